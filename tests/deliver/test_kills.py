"""Short form of the outbox campaign (benchmarks/outbox_kills.py): senders are killed, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.outbox_kills import campaign


@pytest.mark.timeout(120)
def test_killed_senders_lose_nothing(tmp_path: Path) -> None:
    """Of 300 messages with every fifth request failing and three kills, each arrives; duplicates share an id."""
    result = campaign(tmp_path, messages=300, kills=3)
    assert result.missing == 0 and result.duplicates <= result.kills
