"""Tests of the classifier: verdicts with reasons, topics defined by data files, and bounded time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from ingest.classify import FEATURES, Topic, classify, extract_features
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


def fire_topic(home: Path) -> Topic:
    """Write the fire-station topic into a working folder and load it."""
    (home / "config" / "topics").mkdir(parents=True)
    (home / "config" / "topics" / "fire-station.yaml").write_text(FIRE, encoding="utf-8")
    return Topic.load("fire-station", home)


def test_seed_features_are_ruled_feature() -> None:
    """The ruling on each of the five seed articles is "feature"."""
    assert [classify("", text, TOPIC).ruling for text in seeds()] == ["feature"] * 5


def test_verdict_gives_reasons() -> None:
    """Reasons contain signed contributions and words of the text; the verdict contains the topic label."""
    verdict = classify("", seeds()[0], TOPIC)
    assert verdict.topic.startswith("police-station@")
    assert any(reason.startswith("+") and "people_named" in reason for reason in verdict.reasons)
    assert any("阳沟" in reason for reason in verdict.reasons)


def test_reasons_do_not_depend_on_hash_seed() -> None:
    """A process with another hash seed returns the same reasons."""
    code = (
        "import json; from ingest.classify import Topic, classify; from tests.support.classify_samples import samples\n"
        "topic = Topic.load()\n"
        "print(json.dumps([classify(s.title, s.text, topic).reasons for s in samples()[::40]]))"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout
    assert json.loads(other) == [list(classify(s.title, s.text, TOPIC).reasons) for s in samples()[::40]]


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
def test_units_and_people_are_found_by_full_name(text: str, units: list[str], people: list[str]) -> None:
    """Own names of units and people are found at full length; verbs, adjectives and generic words are not names."""
    document = annotate("", text, TOPIC)
    assert (list(document.units), list(document.people)) == (units, people)


def test_ngrams_exclude_topic_words_and_names() -> None:
    """N-grams contain neither topic words nor names, so that the weights also serve another topic."""
    document = annotate("沟口派出所", "沟口派出所民警马成林守着山。马成林说,不走。", TOPIC)
    assert {"守着", "山", "不走"} <= set(document.ngrams)
    assert not {"派出", "民警", "沟口", "马成", "成林"} & set(document.ngrams)
    assert not [ngram for ngram in TOPIC.weights.ngrams.weights if TOPIC.vocabulary.fullmatch(ngram)]


def test_passing_mention_is_not_a_feature() -> None:
    """A portrait of a village doctor that mentions a police station once is not ruled feature."""
    text = (
        "药箱是1987年发的,皮子开了线。村医石群玉背着它走了三十七年。\n村里没有路灯,她有一只矿灯。出诊的夜里,狗先听见"
        "她的脚步,然后门就开了。\n“别记了,都是乡亲。”有一年两家动了锄头,她挡在中间,派出所民警来做笔录,她摆摆手。\n"
        "去年她查出了病,儿子把她接到城里。住了十天,她跑了回来。"
    )
    verdict = classify("一万个夜晚", text, TOPIC)
    assert verdict.ruling != "feature"
    assert any("absent" in reason for reason in verdict.reasons), verdict.reasons


def test_text_without_unit_words_is_not_a_feature() -> None:
    """A seed feature without any word for units and people scores 0; the only reason is that these words are missing."""
    text = seeds()[0]
    for word in (*TOPIC.words.units, *TOPIC.words.short, *TOPIC.words.people):
        text = text.replace(word, "茶馆")
    verdict = classify("", text, TOPIC)
    assert verdict.ruling != "feature" and verdict.score == 0
    assert verdict.reasons == ("no word of the unit or its people",)


def test_reasons_are_the_largest_contributions() -> None:
    """No contribution left out of the reasons is larger than the smallest contribution in the reasons."""
    text = seeds()[2]
    verdict = classify("", text, TOPIC)
    shown = {reason.split(" ")[1].strip(":") for reason in verdict.reasons}
    weighed = {k: abs(TOPIC.weights.features[k] * m.value) for k, m in extract_features("", text, TOPIC).items()}
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
def test_rejected_text_is_brief_or_other(title: str, text: str, ruling: str) -> None:
    """A police item without a portrait is ruled brief.

    A text about another subject and an empty text are ruled other.
    """
    assert classify(title, text, TOPIC).ruling == ruling


def test_fire_station_portrait_is_not_a_feature() -> None:
    """The portrait of a police station is ruled feature; the portrait of a fire station is not."""
    ours = next(s for s in samples() if s.title.startswith("柳坡派出所"))
    theirs = next(s for s in samples() if s.kind == "fire-station" and s.title == "铁打的营盘")
    assert classify(ours.title, ours.text, TOPIC).ruling == "feature"
    assert classify(theirs.title, theirs.text, TOPIC).ruling != "feature"


def test_repetition_does_not_change_ruling() -> None:
    """A brief repeated 5 and 20 times is still not ruled feature."""
    brief = next(s for s in samples() if s.label == "brief" and s.kind == "campaign-brief")
    for count in (1, 5, 20):
        assert classify(brief.title, "\n".join([brief.text] * count), TOPIC).ruling != "feature"


def test_script_and_glosses_do_not_change_score() -> None:
    """Traditional characters, full-width punctuation and pinyin in brackets change the score by less than 0.12."""
    for sample in [s for s in samples() if s.label == "feature" and len(s.text) > 150][:12]:
        plain = classify(sample.title, sample.text, TOPIC)
        traditional = OpenCC("s2t").convert(sample.text)
        glossed = sample.text.replace("所", "所(suǒ)")
        wide = sample.text.translate({ord(c): ord(c) + 0xFEE0 for c in ",:;?!()0123456789"})
        for other in (traditional, glossed, wide):
            assert abs(classify(sample.title, other, TOPIC).score - plain.score) < 0.12, sample.id


def test_second_topic_needs_only_a_topic_file(tmp_path: Path) -> None:
    """With a topic file for fire stations, at least two texts about fire stations are ruled feature.

    At most 5 % of the features that do not contain 消防 are ruled feature.
    """
    topic = fire_topic(tmp_path)
    fire = [s for s in samples() if s.kind in ("fire-station", "fire")]
    ours = [s for s in samples() if s.label == "feature" and "消防" not in s.text]
    assert sum(classify(s.title, s.text, topic).ruling == "feature" for s in fire if len(s.text) > 100) >= 2
    assert sum(classify(s.title, s.text, topic).ruling == "feature" for s in ours) <= len(ours) // 20
    assert classify("", seeds()[0], topic).ruling != "feature"
    assert topic.label.startswith("fire-station@1-")


def test_label_of_the_shipped_topic_is_stable() -> None:
    """The label of the shipped topic is pinned, because stored verdicts contain it."""
    assert TOPIC.label == "police-station@1-d75cc0"


def test_comments_do_not_change_the_label(tmp_path: Path) -> None:
    """The label depends on values only: a topic file with another comment has the same label."""
    topics = tmp_path / "config" / "topics"
    topics.mkdir(parents=True)
    text = (defaults() / "config" / "topics" / "police-station.yaml").read_text(encoding="utf-8")
    (topics / "police-station.yaml").write_text("# another comment\n" + text, encoding="utf-8")
    assert Topic.load(home=tmp_path).label == TOPIC.label


def test_edited_topic_has_another_label(tmp_path: Path) -> None:
    """Editing a word changes the label even when the version number stays the same."""
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
    ("text", "message"),
    [
        (FIRE.replace("units:", "unit:"), "unit"),
        (FIRE.replace("units: [消防救援站, 消防站]", "units: []"), "units"),
        (FIRE + "weights: nothing.yaml\n", "nothing.yaml"),
        (FIRE + "model: nothing.yaml\n", "topics/fire-station.yaml: model: this key is now called weights"),
        ("a: [", "not YAML"),
    ],
)
def test_topic_file_mistake_is_reported(tmp_path: Path, text: str, message: str) -> None:
    """A wrong topic file is a ConfigError that names the key or the file."""
    (tmp_path / "config" / "topics").mkdir(parents=True)
    (tmp_path / "config" / "topics" / "fire-station.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        Topic.load("fire-station", tmp_path)


@pytest.mark.parametrize("name", ["../settings", "no-such-topic", ""])
def test_invalid_topic_name_is_rejected(name: str) -> None:
    """Paths, unknown names and the empty name are ConfigErrors."""
    with pytest.raises(ConfigError):
        Topic.load(name)


def test_every_feature_has_weight_and_documentation() -> None:
    """The shipped weights cover exactly the features, and docs/classification.md lists each."""
    page = (DOCS / "classification.md").read_text(encoding="utf-8")
    assert set(TOPIC.weights.features) == set(FEATURES)
    assert [name for name in FEATURES if f"`{name}`" not in page] == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(alphabet="派出所民警“”。,1年老王说\n(", max_size=400))
def test_any_text_is_classified(title: str, text: str) -> None:
    """No text raises an exception; score and features are between 0 and 1; the same text has the same verdict."""
    verdict = classify(title, text, TOPIC)
    assert 0 <= verdict.score <= 1
    assert verdict == classify(title, text, TOPIC)
    assert all(0 <= feature.value <= 1 for feature in extract_features(title, text, TOPIC).values())


@pytest.mark.parametrize(
    "text", ["“" * 60_000, "中" * 60_000 + "派出所", "派出所民警" * 20_000, "<" * 60_000, "(a" * 30_000]
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    """Each text built to slow the patterns down takes less than 2 s, also on a machine under load."""
    started = time.perf_counter()
    classify("", text, TOPIC)
    assert time.perf_counter() - started < 2


def test_age_between_role_and_name_does_not_hide_the_officer() -> None:
    """A name after an age (24岁的顾长明) is recognised as an officer's if the sentence before it contains the role."""
    text = "冬天里,守桥的民警中间来了一个新人。\n24岁的顾长明刚下夜班,又接到了电话。"
    assert "顾长明" in annotate("", text, Topic.load()).people
