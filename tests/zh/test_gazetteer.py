"""The region of a station is read from the text, not guessed from similar names in the division table."""

from __future__ import annotations

import pytest

from ingest.facts import Lexicon, facts
from tests.support.lexicon import shared_lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return shared_lexicon()


def test_no_region_is_invented(lexicon: Lexicon) -> None:
    """A word that equals a short place name (大庆 in 七十周年大庆), or a district of an unlisted city, gives no region.

    The authority is stored as written.
    """
    text = "在新中国成立七十周年大庆到来之际,雷锋派出所民警忠诚保大庆。雷锋派出所所长解庆武说。"
    (found,) = [fact for fact in facts(text, lexicon) if fact.kind == "station"]
    assert (found.fields["province"], found.fields["city"]) == (None, None)
    (found,) = [
        fact for fact in facts("云岭市公安局清河分局青石桥派出所成立于1987年。", lexicon) if fact.kind == "station"
    ]
    assert found.fields["authority"] == "云岭市公安局清河分局" and found.fields["province"] is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("傍晚,云岭市清河区的老街亮起灯。云岭市公安局清河分局青石桥派出所成立于1986年。", (None, None, None)),
        ("云岭市清河区青石桥派出所成立于1986年。", (None, None, None)),
        ("青石桥派出所位于云岭市清河区老街。", (None, None, None)),
        ("青石桥派出所守着云岭市清河区,2023年被清河区评为先进。", (None, None, None)),
        ("云岭市公安局清河分局青石桥派出所2023年被清河区评为先进。", (None, None, None)),
        ("铁岭市清河区青石桥派出所成立于1986年。", ("辽宁省", "铁岭市", "清河区")),
        ("青石桥派出所是全市渝北区最大的派出所。", ("重庆市", "重庆市", "渝北区")),
    ],
)
def test_county_of_unknown_city_is_not_its_namesake(lexicon: Lexicon, text: str, place: tuple[str | None, ...]) -> None:
    """清河区 (铁岭市) of the gazetteer is not assigned to a station in 清河区 of a city that the gazetteer lacks.

    全市 is not the name of a city.
    """
    found = next(fact for fact in facts(text, lexicon) if fact.kind == "station")
    assert found.fields["name"] == "青石桥派出所"
    assert tuple(found.fields[part] for part in ("province", "city", "district")) == place


def test_name_of_newspaper_gives_the_city(lexicon: Lexicon) -> None:
    """The city in the name of a newspaper before 讯 is the city of the station."""
    text = "厦门日报讯 碧坡派出所在顶澳仔开了爱民驿站。"
    found = next(fact for fact in facts(text, lexicon) if fact.kind == "station")
    assert found.fields["city"] == "厦门市"
