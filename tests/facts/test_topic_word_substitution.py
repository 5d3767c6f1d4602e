"""Facts about the units of another topic (fire stations), extracted with the words of that topic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.facts import UnitWords, facts
from tests.support.lexicon import shared_lexicon

FIRE = UnitWords(
    ("消防救援站", "消防站"),
    ("全站", "站里", "该站", "我站"),
    ("消防员", "站长", "指导员"),
    ("消防救援支队",),
)
TEXT = (
    "湖州市消防救援支队南门消防救援站成立于1974年,　现有消防员28人,辖区面积9.7平方公里。\n"
    "站长詹磊说,全站先后荣立集体一等功1次。副站长李大川带着消防员走访居民300户。"
)


def test_facts_of_a_fire_station_are_in_its_own_words() -> None:
    """Names, authority, categories and roles have the words of the text, and each quote is exact."""
    found = facts(TEXT, shared_lexicon(), units=FIRE)
    assert all(TEXT[fact.start : fact.end] == fact.quote for fact in found)
    by_kind = {fact.kind: fact.fields for fact in found}
    station = by_kind["station"]
    assert (station["name"], station["authority"], station["city"]) == (
        "南门消防救援站",
        "湖州市消防救援支队",
        "湖州市",
    )
    assert (by_kind["force"]["category"], by_kind["force"]["value"]) == ("消防员", 28)
    assert (by_kind["founded"]["date"], by_kind["founded"]["station"]) == ("1974", "南门消防救援站")
    people = {fact.fields["name"]: fact.fields for fact in found if fact.kind == "person"}
    assert people["詹磊"]["roles"] == ["站长"] and people["李大川"]["roles"] == ["副站长"]
    assert not any(person.get("private") for person in people.values())


def test_without_its_words_a_fire_station_is_none() -> None:
    """Without the words of a topic for fire stations, the text has no station and no founding date."""
    assert not [fact for fact in facts(TEXT, shared_lexicon()) if fact.kind in ("station", "founded")]


@given(st.text("消防救援站该全里长员南门1名,。 ", max_size=60))
def test_offsets_come_from_the_words_that_were_written(text: str) -> None:
    """Offsets are valid and never decrease. Each character is that of its offset or belongs to a replacement."""
    translated, origin = FIRE.translate(text, None)
    if origin is None:
        assert translated == text
        return
    assert len(origin) == len(translated) and origin == sorted(origin)
    for place, offset in enumerate(origin):
        assert 0 <= offset < len(text)
        assert translated[place] == text[offset] or translated[place] in "".join(FIRE.words.values())
