"""Fixture that forks the workers of this folder's tests from the test process, which saves 2 s for each test."""

from __future__ import annotations

import pytest

from ingest import worker_pool
from tests.support import forked_workers


@pytest.fixture(autouse=True)
def _forked_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "start_fork_server", forked_workers.fork_server)
