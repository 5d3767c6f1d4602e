"""Loads the fixtures of tests/support/plugin.py for every test."""

pytest_plugins = ["tests.support.plugin"]
