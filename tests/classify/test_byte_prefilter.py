"""Tests of the byte prefilter, which passes every labelled feature in each common encoding, and of quick rejection."""

from __future__ import annotations

import json
from dataclasses import replace

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.classify import Topic, bytes_may_be_feature, classifier, classify, text_may_be_feature
from ingest.classify.byte_prefilter import names_topic, necessary_words
from ingest.fetch.charset import decode
from tests.support.classify_samples import samples, seeds

TOPIC = Topic.load()
FEATURES = [(s.title, s.text) for s in samples() if s.label == "feature"] + [("", text) for text in seeds()]
TRADITIONAL = opencc.OpenCC("s2t")
OTHER = "春天里的菜市场,小贩在街边卖菜。孩子们放学回家,厨房飘出饭香。"
PLAIN = f"<html><body><ul>{'<li><a href=/x>体育新闻</a>' * 40}</ul><h1>菜市场</h1><p>{OTHER}</p></body></html>"


def page(title: str, text: str, charset: str) -> bytes:
    paragraphs = "".join(f"<p>{line}</p>\n" for line in text.split("\n"))
    markup = f"<html><head><meta charset={charset}><title>{title}</title></head><body><h1>{title}</h1>{paragraphs}</body></html>"
    return markup.encode({"gbk": "gb18030", "big5": "big5hkscs"}.get(charset, charset), "xmlcharrefreplace")


def passes(content: bytes) -> bool:
    """Return whether a page passes both steps of the prefilter, as in a backfill."""
    return bytes_may_be_feature(content, TOPIC) and text_may_be_feature(decode(content).text, TOPIC)


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "big5", "utf-16"])
def test_no_labelled_feature_is_lost(charset: str) -> None:
    """All labelled features pass as pages in UTF-8, GBK, UTF-16 and, with traditional characters, Big5."""
    assert len(FEATURES) > 100
    converted = TRADITIONAL.convert if charset == "big5" else str
    lost = [title for title, text in FEATURES if not passes(page(converted(title), converted(text), charset))]
    assert lost == []


def test_no_labelled_feature_is_lost_in_character_references_and_escapes() -> None:
    for title, text in FEATURES:
        decimal = f"<p>{title}{text}</p>".encode("ascii", "xmlcharrefreplace")
        hexadecimal = "".join(f"&#x{ord(c):X};" if ord(c) > 127 else c for c in text).encode()
        script = json.dumps({"title": title, "content": text}).encode()
        assert [passes(decimal), passes(hexadecimal), passes(script)] == [True] * 3, title


@pytest.mark.parametrize(
    "word",
    [
        "派<b>出</b>所",
        "派\n 出 所",
        "派&#20986;所",
        "派(pài)出(chū)所(suǒ)",
        "派\u200b出\u200c所",
        "\\u6d3e\\u51fa\\u6240",
        "派齣所",
        "警務站",
    ],
)
def test_a_word_is_found_however_it_is_written(word: str) -> None:
    """Markup, blanks, pinyin, invisible characters, escapes and traditional characters do not hide a unit's name."""
    for encoding in ("utf-8", "gb18030"):
        assert passes(PLAIN.replace("小贩", word).encode(encoding)), encoding


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5hkscs"])
def test_a_page_without_the_words_is_rejected(encoding: str) -> None:
    content = (TRADITIONAL.convert(PLAIN) if encoding == "big5hkscs" else PLAIN).encode(encoding)
    assert not bytes_may_be_feature(content, TOPIC)


def test_a_single_word_in_a_long_page_is_not_enough() -> None:
    """One 民警 in a menu does not let a long page pass; the name of a unit or 民警 in many sentences does."""
    long = PLAIN.replace(OTHER, OTHER * 40)
    assert not passes(long.replace("体育新闻", "民警", 1).encode())
    assert passes(long.replace("体育新闻", "南山派出所", 1).encode())
    assert passes(long.replace("小贩", "民警").encode())


def test_words_come_from_the_topic() -> None:
    """Necessary words differ by topic. For a word that contains ASCII, only its other characters are searched."""
    words = TOPIC.words.model_copy(update={"units": ("消防救援站",), "short": ("119站",), "people": ("消防员",)})
    fire = Topic(words, TOPIC.genres, TOPIC.card, TOPIC.weights, "fire@1")
    assert bytes_may_be_feature("<p>南门消防救援站的老槐树".encode(), fire)
    assert bytes_may_be_feature("<p>119 站".encode(), fire)
    assert not bytes_may_be_feature("<p>南山派出所的民警".encode(), fire)


def test_quick_rejection_gives_the_same_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples have the same verdict with and without quick rejection, also after words of the topic are replaced."""
    texts = [(s.title, s.text) for s in samples()][::4]
    texts += [(title, TOPIC.own.sub("人", text)) for title, text in texts]
    texts += [(title, TOPIC.field.sub("人", text)) for title, text in texts[len(texts) // 2 :]]
    quick = [classify(title, text, TOPIC) for title, text in texts]
    rejected = sum(not names_topic(title, text, TOPIC) for title, text in texts)
    monkeypatch.setattr(classifier, "names_topic", lambda *_: True)
    assert [classify(title, text, TOPIC) for title, text in texts] == quick
    assert rejected > 20


PIECES = [
    "派",
    "出",
    "所",
    "民",
    "警",
    "民警",
    "\u200b",
    "(pài)",
    "(pai)",
    "<b>",
    "<图>",
    "務",
    "站",
    "公安",
    "。",
    " ",
    "\n",
    "\u3000",
    "a",
    "\xa0",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.lists(st.sampled_from(PIECES), max_size=8))
def test_no_text_with_a_word_of_the_topic_is_rejected(text: list[str], title: list[str]) -> None:
    """A text without `<` in which the classifier finds a word of the topic is not rejected."""
    arguments = ("".join(title).replace("<", ""), "".join(text), TOPIC)
    document = classifier.annotate(*arguments)
    if any(map(TOPIC.own.search, (document.title, *document.lines))) and "<" not in arguments[1]:
        assert names_topic(*arguments)


def test_a_topic_with_a_word_in_ascii_passes_every_page() -> None:
    """The prefilter searches only the Chinese characters of a word; the word 119 has none, so no page is rejected."""
    words = TOPIC.words.model_copy(update={"units": ("消防救援站",), "short": ("119",), "people": ("消防员",)})
    assert necessary_words(replace(TOPIC, words=words)).own.search("春天里的菜市场")
