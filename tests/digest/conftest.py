"""Fixtures of the digest tests. The digest does not depend on the database, so they use SQLite only."""

from __future__ import annotations

import pytest

from store import Store


@pytest.fixture
def store(lite: Store) -> Store:
    """An empty store on SQLite."""
    return lite
