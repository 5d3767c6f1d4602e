"""Where a station is: only what the text says, nothing from likeness of names."""

from __future__ import annotations

import pytest

from ingest.facts import Knowledge, facts


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def test_no_place_is_invented(knowledge: Knowledge) -> None:
    """A short name that is another word (七十周年大庆), or a division of a city that the table does not have, places
    no station; the authority is kept as written."""
    text = "在新中国成立七十周年大庆到来之际,雷锋派出所民警忠诚保大庆。雷锋派出所所长解庆武说。"
    (found,) = [fact for fact in facts(text, knowledge) if fact.kind == "station"]
    assert (found.fields["province"], found.fields["city"]) == (None, None)
    (found,) = [fact for fact in facts("云岭市公安局清河分局青石桥派出所成立于1987年。", knowledge) if fact.kind == "station"]
    assert found.fields["authority"] == "云岭市公安局清河分局" and found.fields["province"] is None
