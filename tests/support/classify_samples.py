"""Labelled texts for the classifier, from tests/classify/texts.

A block of a file has the lines "# kind", title or "-", and body. The label is the name of the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.paths import ROOT

TEXTS = ROOT / "tests" / "classify" / "texts"
SEEDS = ROOT / "seeds"


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with its label."""

    id: str
    #: "feature", "brief" or "other"
    label: str
    kind: str
    title: str
    text: str


def samples() -> list[Sample]:
    """Load all texts, which were written for this set in the style of newspapers, county media and self-media."""
    found = []
    for path in sorted(TEXTS.glob("*.txt")):
        for number, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n")):
            kind, title, *body = block.split("\n")
            found.append(Sample(f"{path.stem}-{number}", path.stem, kind[2:], title.strip("-"), "\n".join(body)))
    return found


def seeds() -> list[str]:
    """Load the five seed features."""
    return [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
