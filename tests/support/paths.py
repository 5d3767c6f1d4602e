"""Paths of the repository that tests use."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GATE = ROOT / "tests" / "gate"
SEEDS = sorted((ROOT / "seeds").glob("0*.txt"))
