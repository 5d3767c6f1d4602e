"""The honours in the seeds have the fields of their gold labels: date, awarding body, station and holder."""

from __future__ import annotations

import json
import re

import pytest

from ingest.config.data_files import defaults
from ingest.facts import facts
from tests.support.lexicon import shared_lexicon

SEEDS = defaults() / "seeds"
GOLD = json.loads((SEEDS / "gold.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(GOLD))
def test_honours_have_date_station_and_holder_of_the_gold(name: str) -> None:
    """Date and station are equal to the gold labels. If both have an awarding body, one body contains the other.

    An honour is compared if exactly one found honour has its title and holder. At least two honours of each text are
    compared, or all if it has fewer.
    """
    text = (SEEDS / name).read_text(encoding="utf-8")
    found = [fact.fields for fact in facts(text, shared_lexicon()) if fact.kind == "honour"]
    compared = 0
    for gold in GOLD[name]["honours"]:
        same = [
            fields
            for fields in found
            if bare(fields["title"]) == bare(gold["title"]) and bare(fields["holder"]) == bare(gold["holder"])
        ]
        if len(same) != 1:
            continue
        compared += 1
        assert same[0]["date"] == gold["date"], gold["title"]
        assert same[0]["station"] == gold["station"], gold["title"]
        if gold["by"] and same[0]["by"]:
            assert bare(gold["by"]) in bare(same[0]["by"]) or bare(same[0]["by"]) in bare(gold["by"]), gold["title"]
    assert compared >= min(2, len(GOLD[name]["honours"]))


def bare(text: object) -> str:
    """Return `text` without punctuation and 称号."""
    return re.sub(r"[\W_]+", "", str(text or "")).replace("称号", "")
