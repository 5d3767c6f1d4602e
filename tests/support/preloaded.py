"""Load all tables of the workers on import: a module for the fork server of the tests' commands."""

from __future__ import annotations

from ingest.pipeline.preload import load_all

load_all()
