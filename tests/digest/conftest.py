"""Fixtures of the digest tests. They use SQLite only, because the digest does not depend on the database."""

from __future__ import annotations

import pytest

from store import Store


@pytest.fixture
def store(lite: Store) -> Store:
    """Return an empty store on SQLite."""
    return lite
