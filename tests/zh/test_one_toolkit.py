"""Tests that each table and function for Chinese text exists in one file only, and that all stages agree."""

from __future__ import annotations

import re

import pytest

from ingest.classify import Topic
from ingest.classify.document import annotate
from ingest.dedup.names import people
from ingest.extract.bylines import is_name
from ingest.zh.character_normalization import WIDTH
from ingest.zh.lexicon import Lexicon
from ingest.zh.numbers import parse
from ingest.zh.person_names import PersonNames
from ingest.zh.simplify import simplified
from store import search_tokens
from tests.support.paths import ROOT

#: fragment of each table, and the files that may contain the fragment
TABLES = {
    "surnames": ("赵钱孙李", ["config/lexicon/surnames.txt"]),
    "given names": ("娟 -", ["config/lexicon/given-names.txt"]),
    "traditional script": ("髮发", ["config/lexicon/traditional.txt"]),
    "numerals": ('"零一二三四五六七八九"', ["ingest/zh/numbers.py"]),
    "width": ("0xFEE0", ["ingest/fullwidth.py"]),
    "Han characters": ("\\u3400-", ["ingest/zh/han.py"]),
    "person names": ("def plausible_name(", ["ingest/zh/person_names.py"]),
    "jieba": (".Tokenizer(", ["ingest/zh/segment.py"]),
    "divisions": ("110101,", ["config/lexicon/divisions.csv"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_table_exists_once(name: str) -> None:
    """The fragment of each table is in no other file, so that a copy of the table is noticed."""
    fragment, expected = TABLES[name]
    files = [
        path for top in ("ingest", "store", "config") for path in (ROOT / top).rglob("*.*") if path.suffix != ".pyc"
    ]
    found = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if fragment in path.read_text(encoding="utf-8", errors="ignore")
    ]
    assert sorted(found) == expected


def test_width_is_folded_alike_everywhere() -> None:
    """The store, which imports no module of ingest, folds full-width ASCII in the same way as ingest/zh."""
    wide = {char: plain for char, plain in WIDTH.items() if "\uff01" <= char <= "\uff5e"}
    assert len(wide) == 94
    assert all(search_tokens.level(char) == plain.casefold() for char, plain in wide.items())


def test_masked_officer_is_a_person_to_all_stages() -> None:
    """民警佟某某 is a person in bylines, facts, classification and deduplication."""
    text = "民警佟某某赶到现场,帮助群众找回走失的老人。"
    assert is_name("佟某某")
    assert PersonNames(text, Lexicon()).at(2) == 5
    assert annotate("", text, Topic.load()).people == {"佟某某": 1}
    assert people(text) == ["佟某"]


def test_simplified_agrees_with_the_lexicon() -> None:
    """Deduplication and facts map each traditional character to the same simplified one."""
    assert all(simplified(chr(code)) == simple for code, simple in Lexicon().traditional.items())


def test_numerals_of_all_kinds() -> None:
    """`parse` reads years written digit by digit, counts, and numbers without their last unit (两万三)."""
    assert [parse(words) for words in ("二〇二四", "十二", "三十一", "七", "两万三", "一一五")] == [
        2024,
        12,
        31,
        7,
        23000,
        115,
    ]
    assert re.fullmatch(r"\d+", str(parse("九千九百九十九")))
