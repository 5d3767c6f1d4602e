"""Short forms of the campaigns; `nox -s campaign` runs the full ones (CONTRIBUTING.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns import kills, mutations, outbox


@pytest.mark.timeout(300)
def test_few_kills_lose_and_double_nothing() -> None:
    """`run` killed at two writes, and `restore` and `backup` at one each, have the same result as runs without a kill."""
    count, violations = kills.campaign(2, 0, 1, seed=3, only=("restore", "backup"))
    assert violations == [] and sum(count.values()) >= 4


@pytest.mark.timeout(300)
def test_parts_make_each_kill_once() -> None:
    """Two parts of a campaign of three kills kill twice and once."""
    parts = [kills.campaign(0, 0, 3, seed=3, only=("fact",), part=(number, 2)) for number in (1, 2)]
    assert [(sum(count.values()), violations) for count, violations in parts] == [(2, []), (1, [])]


@pytest.mark.timeout(300)
def test_few_mutations_end_in_results_or_known_errors() -> None:
    """120 mutated inputs of all kinds end in a result or in an error of the program, within the limits of a worker."""
    found = list(mutations.campaign(120, seed=7))
    assert [result for result in found if result.violation] == []
    assert {result.kind for result in found} == set(mutations.KINDS)


@pytest.mark.timeout(120)
def test_killed_senders_lose_nothing(tmp_path: Path) -> None:
    """With every fifth request failing and three kills, each of 200 messages arrives.

    There are at most as many duplicates as kills.
    """
    result = outbox.campaign(tmp_path, messages=200, kills=3)
    assert (result.missing, result.unsettled) == (0, 0) and result.duplicates <= result.kills
