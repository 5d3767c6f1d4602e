"""Persons whom signs anywhere in the text show to be officers are not masked; private persons are."""

from __future__ import annotations

import pytest

from ingest.facts import facts, officer_signs
from ingest.facts.officer_signs import OFFICER_PATTERNS, OfficerPattern
from tests.support.lexicon import shared_lexicon

LEXICON = shared_lexicon()
#: text before each example, because features name their station
CONTEXT = "红旗岭派出所成立于1956年。\n"


def persons(text: str) -> dict[str, dict[str, object]]:
    """Return the fields of the persons of `text` by name."""
    return {str(f.fields["name"]): dict(f.fields) for f in facts(CONTEXT + text, LEXICON) if f.kind == "person"}


def name_of(sign: OfficerPattern) -> str:
    return sign.example.split("【")[1].split("】")[0]


@pytest.mark.parametrize("sign", OFFICER_PATTERNS, ids=lambda sign: sign.name)
def test_example_is_decided_by_its_sign(sign: OfficerPattern, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person of the example is an officer; without the pattern, the person is private or not found."""
    text = sign.example.replace("【", "").replace("】", "")
    person = persons(text)[name_of(sign)]
    assert person["role_class"] == "police" and not person.get("private")
    if "(?P<role>" in sign.pattern.pattern:
        assert person["roles"]
    monkeypatch.setattr(
        officer_signs, "OFFICER_PATTERNS", tuple(other for other in OFFICER_PATTERNS if other is not sign)
    )
    without = persons(text).get(name_of(sign))
    assert without is None or without.get("private")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("所长柴立刚说,徒弟邵雨薇如今能独自出警。", "邵雨薇"),
        ("民警柴立刚、季风,在齐胸深的水里走了四个小时。", "季风"),
        ("叶芷兰在这里干了八年。居民都说,叶警官一来,吵不起来。", "叶芷兰"),
        ("“派出所就是最好的田野。”28岁的荀知微这样回答。2021年,她考进莲都分局。", "荀知微"),
        ("西街口派出所今年换了新所长,叫蓝天宇,畲族,36岁。", "蓝天宇"),
        ("辅警孟和平把老人绑在爬犁上。", "孟和平"),
        ("所长别治国说,要换着喊。", "别治国"),
        ("解说员贺冰打开铁箱。如今箱子归贺冰。这位90后姑娘的正式身份是社区民警,解说只是兼着。", "贺冰"),
        ("民警宫建章认得每一家。老宫送菜送药,76天没有回家。同事邹慧芬劝他歇歇。", "邹慧芬"),
        ("所长殷东来说,江面像赶集。殷东来荣立二等功。", "殷东来"),
    ],
)
def test_officer_is_not_masked(text: str, name: str) -> None:
    found = persons(text)
    assert found[name]["role_class"] == "police" and not found[name].get("private")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("村民郭玉莲来到派出所报案。", "郭玉莲"),
        ("村民郭玉莲的儿子当了一名社区民警。", "郭玉莲"),
        ("学生许念慈长大后想当一名民警。", "许念慈"),
        ("村民郭玉莲说,儿子从警校毕业了。", "郭玉莲"),
        ("救他的民警是村民郭玉莲的同学。", "郭玉莲"),
        ("男子王海涛冒充公安局民警,骗走三万元。", "王海涛"),
        ("店主王海涛加入派出所的义警队。", "王海涛"),
        ("村民郭玉莲敲开门,站着的是社区民警。", "郭玉莲"),
        ("民警帮村民郭玉莲找回了羊。他当了十年社区民警。", "郭玉莲"),
        ("村民普天佑和邻村争水。人们把李万龙叫作“阿普警官”。", "普天佑"),
        ("护村队队长郭玉山每晚带人巡逻。", "郭玉山"),
        ("民警仲崇山的女儿仲一帆今年考上了山东警察学院。", "仲一帆"),
        ("村民郭玉莲病了。同事邹慧芬来看她。", "邹慧芬"),
    ],
)
def test_private_person_is_masked(text: str, name: str) -> None:
    assert persons(text)[name].get("private")


def test_expert_is_not_masked() -> None:
    """An expert is a citizen but not private, because experts speak publicly under their name (docs/privacy.md)."""
    person = persons("湖北大学教授钟惟真带学生来调研。")["钟惟真"]
    assert person["role_class"] == "citizen" and "private" not in person


def test_station_before_a_bridge_has_no_head() -> None:
    """派出所长江大桥 does not name a head (所长) 江大桥; 派出所长江涛 names the head 江涛."""
    assert "江大桥" not in persons("派出所长江大桥救援点只有一顶帐篷。")
    assert "江涛" in persons("派出所长江涛说,水退了。")
