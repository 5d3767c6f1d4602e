"""Properties of fact extraction for whole texts: exact quotes, bounded time, lazy loading."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.facts import Lexicon, facts
from store.records import Fact
from tests.support.lexicon import shared_lexicon
from tests.support.paths import ROOT

SEEDS = ROOT / "seeds"
PIECES = [
    "江苏省如皋市公安局磨头派出所", "派出所", "所长冯勇介绍", "民警35人", "、辅警21人", "辖区面积1.84平方公里", "下辖6个社区", "常住人口4.8万余人", "各有56名和67名",
    "荣获“全国模范公安派出所”", "荣立集体二等功1次", "2019年11月29日", "今年4月底", "同比下降45.3%", "分别为15%和20.3%", "由9名增加到61名", "(记者 李 亚 饶 果)",
    "图/公安部门提供", "牟婆婆", "“七铺联防”工作模式", "未发生任何案件、事件和“民转刑”案件", "成立于1950年", "前身为高明派出所", "其中", ",", "。", "\n", " ", "”", "“", "(", "民", "　", "２０２０年",
    "轄區(qū)", "\u200b", "三分之一", "百分之", "近百面", "《百晓手册》", "阿依古丽·赛力克", "碧山、何厝、湖里三家派出所", "建所时间:1982年3月", "新闻推荐", "日电 (张宁)",
]  # fmt: skip


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    loaded = shared_lexicon()
    assert loaded.words.frequency
    return loaded


def check(text: str, found: tuple[Fact, ...]) -> None:
    """Assert that the quotes are exact, the fields are JSON and the facts are sorted."""
    for fact in found:
        assert text[fact.start : fact.end] == fact.quote and fact.quote.strip() == fact.quote != ""
        assert "@" in fact.rule
        json.dumps(dict(fact.fields))
    assert list(found) == sorted(found, key=lambda fact: (fact.start, fact.end))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_quotes_are_exact_in_shuffled_texts(lexicon: Lexicon, pieces: list[str]) -> None:
    """Each quote is the text between its offsets, for any combination of pieces of features."""
    text = "".join(pieces)
    check(text, facts(text, lexicon, title="".join(pieces[:3]), published="2020-10-20"))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=5))
def test_quotes_are_exact_in_any_text(lexicon: Lexicon, noise: str, pieces: list[str]) -> None:
    """Any Unicode text that contains pieces of features is accepted, and the quotes of its facts are exact."""
    text = noise[: len(noise) // 2] + "".join(pieces) + noise[len(noise) // 2 :]
    check(text, facts(text, lexicon))


def test_extraction_is_repeatable(lexicon: Lexicon) -> None:
    """A second run on the same text has the same result."""
    for path in sorted(SEEDS.glob("*.txt")):
        text = path.read_bytes().decode("utf-8")
        assert facts(text, lexicon) == facts(text, lexicon)


def test_width_and_line_ends_do_not_matter(lexicon: Lexicon) -> None:
    """Full-width punctuation and digits do not change the facts; CRLF does not change their fields."""
    wide = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in ",:;()!?%0123456789.+/"})
    for path in sorted(SEEDS.glob("*.txt")):
        text = path.read_bytes().decode("utf-8")
        expected = [(fact.kind, fact.start, fact.end, dict(fact.fields)) for fact in facts(text, lexicon)]
        assert [
            (fact.kind, fact.start, fact.end, dict(fact.fields)) for fact in facts(text.translate(wide), lexicon)
        ] == expected
        assert [fact.fields for fact in facts(text.replace("\n", "\r\n"), lexicon)] == [row[-1] for row in expected]


@pytest.mark.parametrize("shape", ["random", "surnames", "numbers", "quotes", "stations", "one", "brackets"])
def test_long_unpunctuated_han_stays_bounded(shape: str, lexicon: Lexicon) -> None:
    """Some 40,000 characters without sentence ends take less than 20 s of processor time.

    Tagging them with jieba would take two minutes.
    """
    rng = random.Random(7)
    text = {
        "random": "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(40_000)),
        "surnames": "".join(rng.choice("王李张刘陈杨民警所长") for _ in range(40_000)),
        "numbers": "".join(rng.choice("一二三0123个名人万余、和") for _ in range(40_000)),
        "quotes": "“荣获”" * 13_000,
        "stations": "派出所" * 13_000,
        "one": "的" * 40_000,
        "brackets": "((记者 " * 8_000,
    }[shape]
    begin = time.process_time()
    check(text, facts(text, lexicon))
    assert time.process_time() - begin < 20


def test_lexicon_loads_lazily_and_jieba_leaves_no_files(tmp_path: Path) -> None:
    """The dictionary is loaded on first use, in bounded time.

    jieba issues no warning, does not import pkg_resources and writes no cache into the temporary directory.
    """
    script = (
        "import sys, time; begin = time.process_time(); from ingest.facts import Lexicon, facts; "
        "k = Lexicon.load(); lazy = 'words' not in vars(k); "
        "facts('民警冯勇介绍', k); spent = time.process_time() - begin; "
        "print(lazy, 'words' in vars(k), 'jieba' in sys.modules, 'pkg_resources' in sys.modules, spent)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=SEEDS.parent,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    lazy, loaded, jieba, resources, spent = done.stdout.split()
    assert (lazy, loaded, jieba, resources) == ("True", "True", "True", "False"), done.stdout
    assert list(tmp_path.iterdir()) == []
    assert float(spent) < 4.5, f"{spent} s of processor time; measured 0.9 s"


def test_empty_and_foreign_texts_have_no_facts(lexicon: Lexicon) -> None:
    """Empty texts and texts in other languages have no facts."""
    for text in ("", "\n\n", " ", "The quick brown fox.", "......", "“”"):
        assert facts(text, lexicon) == ()
