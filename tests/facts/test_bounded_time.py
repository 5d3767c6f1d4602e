"""Time and errors on hostile texts: each stage takes linear time on repeated characters and short cycles."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import cache

import pytest

from ingest.classify import Topic, classify
from ingest.dedup import fingerprint
from ingest.errors import ExtractError
from ingest.facts import MAX_TEXT, document, facts
from ingest.zh import person_names
from ingest.zh.numbers import parse
from ingest.zh.text_spans import Spans
from ingest.zh.word_search import Occurrences, WordIndex, occurrences
from tests.support.lexicon import shared_lexicon

CHARACTERS = "1一百万零的王民所长年月日号,。、;:“”《》()【】\n a·%-.~第某老小说是在省市"
CYCLES = [
    "1,", "1.", "派出所", "所长王", "民警", "“荣获”", "(记者 ", "2019年", "1人", "、1", "一1", "下降1%", "王·", "由1",
    "增加到1", "市公安局", "派出所和", "这一年", "老王,", "王大爷", "<p>", "1年,", "荣立", "获得者",
    "他被评为优秀公务员、", "3次被县公安局评为“先进单位”、", "锦旗86面,", "“要我调”",
]  # fmt: skip
#: random generator of the Han characters that `_different` writes into its pattern
SEEDED = random.Random(7)
SIZE = 4_000


@cache
def _topic() -> Topic:
    return Topic.load("police-station", None)


def _different(pattern: str) -> str:
    """Return a text of 2 * SIZE characters: the pattern repeated, with a random Han character for each "_"."""
    parts = []
    while sum(map(len, parts)) < 2 * SIZE:
        parts.append("".join(chr(SEEDED.randrange(0x4E00, 0x9FA5)) if char == "_" else char for char in pattern))
    return "".join(parts)[: 2 * SIZE]


STAGES: dict[str, Callable[[str], object]] = {
    "facts": lambda text: facts(text, shared_lexicon()),
    "classify": lambda text: classify("", text, _topic()),
    "dedup": lambda text: fingerprint("", text),
}
TEXTS = {
    **{char: char * 2 * SIZE for char in CHARACTERS},
    **{cycle: (cycle * 2 * SIZE)[: 2 * SIZE] for cycle in CYCLES},
    **{
        pattern: _different(pattern)
        for pattern in (
            "所长王__,",
            "来到__路派出所,",
            "居民王__在__,从",
            "王__获评“__先进个人”。",
            "建立了____机制,",
            "记者 王__ ",
            "__·__说,",
        )
    },
}


def _seconds(stage: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    stage(text)
    return time.process_time() - begin


@pytest.mark.parametrize("name", STAGES)
def test_doubled_text_takes_at_most_2_2_times_as_long(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of twice the size takes at most 2.2 times as long, plus 0.05 s; a slow text is measured up to three times.

    The step that skips repeated text is disabled, so that the rules themselves are measured.
    """
    monkeypatch.setattr(document, "_DIFFERENT", 0)
    stage = STAGES[name]
    stage("白杨沟派出所成立于1950年,所长王建国说:“现有民警12人。”")  # loads the dictionaries before the measurement
    slow = {}
    for label, text in TEXTS.items():
        for _ in range(3):
            half, whole = _seconds(stage, text[:SIZE]), _seconds(stage, text)
            if whole <= 2.2 * half + 0.05:
                break
        else:
            slow[label] = (half, whole)
    assert slow == {}


@pytest.mark.parametrize("cycle", ["1人。", "张伟、", "荣立个人二等功1次,", "“荣获”"])
def test_repetition_of_maximum_length_takes_bounded_time(cycle: str) -> None:
    """A repetitive text of the maximum length takes less than 5 s.

    The founding date in the prose before and after the repetition is found once, and all quotes are exact.
    """
    prose = "白杨沟派出所成立于1950年,所长王建国说:“现有民警12人。”"
    text = prose + "\n" + (cycle * MAX_TEXT)[: MAX_TEXT - 2 * len(prose) - 2] + "\n" + prose
    begin = time.process_time()
    found = facts(text, shared_lexicon())
    assert time.process_time() - begin < 5
    assert [text[fact.start : fact.end] for fact in found if fact.kind == "founded"] == ["成立于1950年"]
    assert all(fact.quote == text[fact.start : fact.end] for fact in found)


@pytest.mark.parametrize("pattern", ["50岁的王__", "所长王__,", "“____”", "__派出所"])
def test_many_different_names_take_bounded_time(pattern: str) -> None:
    """A text of a quarter of the maximum length, with many different names, takes less than 4 s.

    It took at most 1.4 s on an idle machine, and 2.6 s beside another test.
    """
    text = "".join(_different(pattern) for _ in range(1 + MAX_TEXT // 8 // SIZE))[: MAX_TEXT // 4]
    assert _seconds(STAGES["facts"], text) < 4


def test_longer_text_is_refused_by_name() -> None:
    """A text longer than the maximum raises an error with the URL and the length of the text."""
    with pytest.raises(ExtractError, match=r"a\.txt: 200,001 characters of text"):
        facts("的" * (MAX_TEXT + 1), shared_lexicon(), url="a.txt")


@pytest.mark.parametrize("text", ["他是所长王", "新任副所长欧", "民警王", "所长万", "所长欧阳", "记者 王"])
def test_surname_at_the_end_is_not_an_error(text: str) -> None:
    """A title and a surname at the end of a text raise no error, and no fact has a name of one character."""
    assert [fact for fact in facts(text, shared_lexicon()) if len(str(fact.fields.get("name"))) < 2] == []


def test_long_runs_of_numerals_are_not_numbers() -> None:
    """5,000 Chinese numerals in a row are not a number; int() refuses more than 4,300 digits."""
    assert parse("七" * 5_000) is None and parse("亿" * 5_000) is None
    assert facts("七" * 5_000 + "人", shared_lexicon()) == ()


def test_occurrences_agree_with_str_methods() -> None:
    """The searches for strings and spans return the same counts, positions and overlaps as plain Python code."""
    rng = random.Random(3)
    text = "".join(rng.choice("甲乙丙") for _ in range(5_000))
    words = ["".join(rng.choice("甲乙丙") for _ in range(rng.randrange(1, 5))) for _ in range(80)]
    counter = Occurrences(text)
    assert [counter.count(word) for word in words] == [text.count(word) for word in words]
    assert occurrences(words, text[:400]) == {
        word: [start for start in range(400) if text.startswith(word, start, 400)]
        for word in words
        if word in text[:400]
    }
    index = WordIndex(words[:60], text[:400])
    assert index.inside((10, 14), (200, 203)) == [
        number for number, word in enumerate(words[:60]) if word in text[10:14] or word in text[200:203]
    ]
    spans = [(3, 5), (4, 9), (9, 10), (20, 22)]
    union = Spans(spans)
    for start in range(25):
        for end in range(start + 1, 26):
            assert union.overlaps(start, end) == any(first < end and start < last for first, last in spans)


def test_names_are_weighed_at_a_bounded_number_of_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words around a name are examined at no more than MAX_WEIGHED places, so that many names take bounded time."""
    text = "".join(f"{surname}建国说,天气好。" for surname in "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨")

    def named() -> int:
        return sum(fact.kind == "person" for fact in facts(text, shared_lexicon()))

    assert named() >= 10
    monkeypatch.setattr(person_names, "MAX_WEIGHED", 3)
    assert 1 <= named() <= 6  # 3 found by the words around them, 3 by their characters alone


def test_a_name_in_a_text_without_line_ends_is_not_in_a_heading() -> None:
    """A name in a short line is in a heading; a name in a line of 60 characters is not."""
    for text, expected in (
        ("民警\n社区民警王建国\n他来了。", True),
        ("王建国" * 20, False),
        ("王建国" * 20 + "\n", False),
        ("王建国", True),
    ):
        place = text.index("王建国")
        assert document.prepare(text, shared_lexicon()).heading(place) is expected
