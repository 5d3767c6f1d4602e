"""The judge: verdicts with reasons, topics as data, bounded cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from ingest.classify import FEATURES, Topic, classify, extract_features, may_be_feature
from ingest.classify.document import annotate
from ingest.config.data_files import defaults
from ingest.errors import ConfigError
from tests.support.classify_samples import samples, seeds
from tests.support.paths import DOCS, ROOT

TOPIC = Topic.load()
FIRE = """\
name: fire-station
version: 1
units: [消防救援站, 消防站]
short: [全站, 站里]
people: [消防员, 站长, 指导员, 班长]
kinds: [特勤]
unnamed: [各, 全国, 一个, 这个]
authority: [消防救援支队, 消防救援大队]
field: [消防, 火灾, 救援]
rivals: [派出所, 民警, 法庭, 交警]
prefilter:
  any: [消防, 火]
  never: [股票]
"""


def fire(home: Path) -> Topic:
    """A second topic, written as a user would."""
    (home / "config" / "topics").mkdir(parents=True)
    (home / "config" / "topics" / "fire-station.yaml").write_text(FIRE, encoding="utf-8")
    return Topic.load("fire-station", home)


def test_the_example_features_are_features() -> None:
    """The five articles the product is made for must never be missed."""
    assert [classify("", text, TOPIC).ruling for text in seeds()] == ["feature"] * 5


def test_a_verdict_says_why() -> None:
    """Reasons name the words and counts that weighed, with their sign, and the topic's version."""
    verdict = classify("", seeds()[0], TOPIC)
    assert verdict.topic.startswith("police-station@")
    assert any(reason.startswith("+") and "people_named" in reason for reason in verdict.reasons)
    assert any("阳沟" in reason for reason in verdict.reasons)


def test_reasons_are_the_same_in_every_run() -> None:
    """Names of a verdict come in the order of the text, not in the order of a set that another process has otherwise."""
    asked = (
        "from ingest.classify import Topic, classify; from tests.support.classify_samples import samples\n"
        "print([classify(s.title, s.text, Topic.load()).reasons for s in samples()[::9]])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", asked],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    ("text", "units", "people"),
    [
        ("沟口派出所民警马成林守着山。马成林说,不走。马成林五十岁。", ["沟口"], ["马成林"]),
        ("沟口派出所民警覃浩数台阶。覃浩说,台阶陡。覃浩从不嫌累。", ["沟口"], ["覃浩"]),
        ("所长蒋涛提醒大家,民警韩冬接过电话。", [], ["蒋涛", "韩冬"]),
        ("钟楼做过派出所,我小时候派出所就在这里,派出所民警来做笔录。", [], []),
        ("全市老旧派出所都在改造,苏木边境派出所也不例外。", [], []),
        ("江口便民警务站的民警巴图和小徐轮班。", ["江口"], []),
    ],
)
def test_units_and_people_are_names_and_nothing_else(text: str, units: list[str], people: list[str]) -> None:
    """Own names of units and people are found at their whole length; verbs, adjectives and generic words are none."""
    reading = annotate("", text, TOPIC)
    assert (list(reading.units), list(reading.people)) == (units, people)


def test_wording_knows_neither_topic_nor_names() -> None:
    """The pieces that are weighed hold no word of the topic and no name, so that the weights serve another topic."""
    reading = annotate("沟口派出所", "沟口派出所民警马成林守着山。马成林说,不走。", TOPIC)
    assert {"守着", "山", "不走"} <= set(reading.pieces)
    assert not {"派出", "民警", "沟口", "马成", "成林"} & set(reading.pieces)
    assert not [piece for piece in TOPIC.model.wording.pieces if TOPIC.vocabulary.fullmatch(piece)]


def test_a_passing_mention_is_no_portrait() -> None:
    """A portrait of somebody else stays one when a police station is named on the way."""
    text = (
        "药箱是1987年发的,皮子开了线。村医石群玉背着它走了三十七年。\n村里没有路灯,她有一只矿灯。出诊的夜里,狗先听见"
        "她的脚步,然后门就开了。\n“别记了,都是乡亲。”有一年两家动了锄头,她挡在中间,派出所民警来做笔录,她摆摆手。\n"
        "去年她查出了病,儿子把她接到城里。住了十天,她跑了回来。"
    )
    verdict = classify("一万个夜晚", text, TOPIC)
    assert verdict.ruling != "feature"
    assert any("absent" in reason for reason in verdict.reasons), verdict.reasons


def test_what_never_names_the_unit_is_no_feature() -> None:
    """However a text is told: without a word of the unit or its people it is no feature of the topic, and says so."""
    text = seeds()[0]
    for word in (*TOPIC.words.units, *TOPIC.words.short, *TOPIC.words.people):
        text = text.replace(word, "茶馆")
    verdict = classify("", text, TOPIC)
    assert verdict.ruling != "feature" and verdict.score == 0
    assert verdict.reasons == ("no word of the unit or its people",)


def test_reasons_are_the_largest_contributions() -> None:
    """What is shown is what decided: no other measure weighs more than the least one shown."""
    text = seeds()[2]
    verdict = classify("", text, TOPIC)
    shown = {reason.split(" ")[1].strip(":") for reason in verdict.reasons}
    weighed = {k: abs(TOPIC.model.weights[k] * m.value) for k, m in extract_features("", text, TOPIC).items()}
    assert max(v for k, v in weighed.items() if k not in shown) <= min(weighed[k] for k in shown)


@pytest.mark.parametrize(
    ("title", "text", "ruling"),
    [
        (
            "城东派出所开展夜查",
            "7月3日晚,城东派出所组织民警对辖区旅馆、网吧开展集中清查,查处治安案件1起,整改隐患3处。下一步,该所将继续加大检查力度。",
            "brief",
        ),
        (
            "小辣椒红透半边天",
            "走进大湾村,家家户户的屋檐下挂满了红辣椒。村支书说,去年全村种了1200亩,人均增收4600元。",
            "other",
        ),
        ("", "", "other"),
    ],
)
def test_what_is_no_feature_is_a_brief_of_the_field_or_other(title: str, text: str, ruling: str) -> None:
    """A police item without a portrait is a brief; what has nothing to do with the field is other."""
    assert classify(title, text, TOPIC).ruling == ruling


def test_near_misses_with_the_same_card_are_told_apart() -> None:
    """Area, people, honours and quotations alone decide nothing: a fire station's portrait is not ours, ours is."""
    ours = next(s for s in samples() if s.title.startswith("柳坡派出所"))
    theirs = next(s for s in samples() if s.kind == "fire-station" and s.title == "铁打的营盘")
    assert classify(ours.title, ours.text, TOPIC).ruling == "feature"
    assert classify(theirs.title, theirs.text, TOPIC).ruling != "feature"


def test_length_decides_nothing() -> None:
    """A brief told five times over stays one, and no measure grows with repetition by more than smoothing."""
    brief = next(s for s in samples() if s.label == "brief" and s.kind == "campaign-brief")
    for times in (1, 5, 20):
        assert classify(brief.title, "\n".join([brief.text] * times), TOPIC).ruling != "feature"


def test_script_and_pollution_change_nothing() -> None:
    """A copy in traditional characters, wide punctuation or with pinyin behind them gets the same ruling."""
    for sample in [s for s in samples() if s.label == "feature" and len(s.text) > 150][:12]:
        plain = classify(sample.title, sample.text, TOPIC)
        traditional = OpenCC("s2t").convert(sample.text)
        glossed = sample.text.replace("所", "所(suǒ)")
        wide = sample.text.translate({ord(c): ord(c) + 0xFEE0 for c in ",:;?!()0123456789"})
        for other in (traditional, glossed, wide):
            assert abs(classify(sample.title, other, TOPIC).score - plain.score) < 0.12, sample.id


def test_another_topic_is_another_file(tmp_path: Path) -> None:
    """A user watches fire stations by writing a topic, without code and without fitting anything."""
    topic = fire(tmp_path)
    theirs = [s for s in samples() if s.kind in ("fire-station", "fire")]
    ours = [s for s in samples() if s.label == "feature" and "消防" not in s.text]
    assert sum(classify(s.title, s.text, topic).ruling == "feature" for s in theirs if len(s.text) > 100) >= 2
    assert sum(classify(s.title, s.text, topic).ruling == "feature" for s in ours) <= len(ours) // 20
    assert classify("", seeds()[0], topic).ruling != "feature"
    assert topic.label.startswith("fire-station@1-")


def test_a_changed_topic_is_another_version(tmp_path: Path) -> None:
    """Verdicts of a topic whose words were edited carry another label, even when its version was left alone."""
    topics = tmp_path / "config" / "topics"
    topics.mkdir(parents=True)
    text = (defaults() / "config" / "topics" / "police-station.yaml").read_text(encoding="utf-8")
    (topics / "police-station.yaml").write_text(
        text.replace("units: [派出所,", "units: [派出所, 治安岗亭,"), encoding="utf-8"
    )
    changed = Topic.load(home=tmp_path)
    assert changed.label != TOPIC.label
    assert changed.label.rsplit("-", 1)[0] == TOPIC.label.rsplit("-", 1)[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FIRE.replace("units:", "unit:"), "unit"),
        (FIRE.replace("units: [消防救援站, 消防站]", "units: []"), "units"),
        (FIRE + "model: nothing.yaml\n", "nothing.yaml"),
        ("a: [", "not YAML"),
    ],
)
def test_a_mistake_in_a_topic_is_named(tmp_path: Path, text: str, says: str) -> None:
    """A wrong topic file is an error that names file and key, never a silent default."""
    (tmp_path / "config" / "topics").mkdir(parents=True)
    (tmp_path / "config" / "topics" / "fire-station.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        Topic.load("fire-station", tmp_path)


@pytest.mark.parametrize("name", ["../settings", "no-such-topic", ""])
def test_a_topic_name_leads_nowhere_else(name: str) -> None:
    """A topic's name is a name, not a path."""
    with pytest.raises(ConfigError):
        Topic.load(name)


def test_every_measure_has_a_weight_and_a_paragraph() -> None:
    """The shipped model weighs exactly the measures there are, and docs/judging.md explains each."""
    page = (DOCS / "judging.md").read_text(encoding="utf-8")
    assert set(TOPIC.model.weights) == set(FEATURES)
    assert [name for name in FEATURES if f"`{name}`" not in page] == []


def test_the_prefilter_loses_no_feature() -> None:
    """Title alone, and title with snippet: under 1 % of features may be lost, here none is; other fields are out."""
    asked = [(s.title, s.text[:80]) for s in samples() if s.label == "feature"]
    asked += [(title, None) for title, _ in asked if title]
    lost = [pair for pair in asked if not may_be_feature(pair[0], pair[1], TOPIC)]
    assert len(lost) < 0.01 * len(asked), lost
    assert not may_be_feature("沪指收跌0.3% 两市成交额破万亿", "券商股领跌", TOPIC)
    assert may_be_feature("", None, TOPIC)


@pytest.mark.parametrize(
    "title", ["世界超市里的“联合国”", "金牌调解员老吴的二十年", "气温零下四十度,他们在界碑旁过年", "露天电影散场以后"]
)
def test_the_prefilter_takes_no_figure_of_speech_for_another_field(title: str) -> None:
    """A word of another field in quotation marks, and everyday words, rule nothing out."""
    assert may_be_feature(title, None, TOPIC)
    assert not may_be_feature(title.replace("“联合国”", "联合国"), None, TOPIC) or "联合国" not in title


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(alphabet="派出所民警“”。,1年老王说\n(", max_size=400))
def test_any_text_gets_a_verdict(title: str, text: str) -> None:
    """No text raises, scores stay between 0 and 1, measures too, and the same text gets the same verdict."""
    verdict = classify(title, text, TOPIC)
    assert 0 <= verdict.score <= 1
    assert verdict == classify(title, text, TOPIC)
    assert all(0 <= taken.value <= 1 for taken in extract_features(title, text, TOPIC).values())


@pytest.mark.parametrize(
    "text", ["“" * 60_000, "中" * 60_000 + "派出所", "派出所民警" * 20_000, "<" * 60_000, "(a" * 30_000]
)
def test_hostile_text_costs_little(text: str) -> None:
    """Texts built against patterns take a bounded time (2 s here, for a machine under load)."""
    started = time.perf_counter()
    classify("", text, TOPIC)
    assert time.perf_counter() - started < 2
