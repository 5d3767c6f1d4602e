"""Tests of the quality gates: figures measured on pinned corpora must not fall below the floors of baseline.json."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gate import run
from tests.support.gates import GATES, Gate, baseline, below_floor, updated

IDS = [gate.name for gate in GATES]


@pytest.mark.parametrize("gate", GATES, ids=IDS)
def test_corpus_is_the_pinned_one(gate: Gate) -> None:
    """Each corpus has the hash of baseline.json; after a change, `nox -s gate -- --update` stores the new one."""
    assert gate.corpus_hash() == baseline()[gate.name]["corpus"]


@pytest.mark.parametrize("gate", GATES, ids=IDS)
def test_figures_reach_their_floors(gate: Gate) -> None:
    """The figures of each stage reach their floors."""
    floors = baseline()[gate.name]["floors"]
    figures = gate.measure()
    assert set(figures) == set(floors)
    assert below_floor(figures, floors) == {}


def test_update_raises_floors_and_lowers_none() -> None:
    """`--update` raises floors to the figure minus the slack; a lower figure is refused unless `--lower` is given."""
    entry = {"corpus": "old", "slack": 0.01, "floors": {"recall": 0.9, "precision": 0.95}}
    better = updated(entry, "new", {"recall": 0.97, "precision": 0.951}, lower=False)
    assert better == {"corpus": "new", "slack": 0.01, "floors": {"recall": 0.96, "precision": 0.95}}
    with pytest.raises(
        ValueError, match=r"recall 0\.8900 is below 0\.9\. Floors are lowered with --update --lower only"
    ):
        updated(entry, "new", {"recall": 0.89, "precision": 1.0}, lower=False)
    assert updated(entry, "new", {"recall": 0.89, "precision": 1.0}, lower=True)["floors"]["recall"] == 0.88


def test_unknown_gate_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown name of a gate is an error with exit code 2, so that a typing error is not taken for a success."""
    monkeypatch.setattr("sys.argv", ["run", "fact"])
    with pytest.raises(SystemExit) as ended:
        run.main()
    assert (
        ended.value.code == 2
        and "no such gate: fact; known: classify, dedup, extract, facts" in capsys.readouterr().err
    )


def test_corpus_hash_depends_on_names_and_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming a file or changing a byte changes the hash."""
    monkeypatch.setattr("tests.support.gates.ROOT", tmp_path)
    gate = Gate("toy", lambda: tmp_path.glob("*.txt"), dict)
    hashes = set()
    for name, text in (("a.txt", "1"), ("a.txt", "2"), ("b.txt", "2")):
        for path in tmp_path.glob("*.txt"):
            path.unlink()
        (tmp_path / name).write_text(text)
        hashes.add(gate.corpus_hash())
    assert len(hashes) == 3
