"""Load the fixtures of tests/support/plugin.py for all tests."""

pytest_plugins = ["tests.support.plugin"]
