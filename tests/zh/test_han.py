"""All patterns of the program use one definition of a Han character."""

from __future__ import annotations

import re

import pytest

from ingest.facts import facts
from ingest.zh import han
from tests.support.lexicon import shared_lexicon
from tests.support.paths import ROOT

#: matches a range of Han characters in source code, such as U+4E00-U+9FFF, which lacks 〇, 々 and the extensions
_BARE = re.compile("[一\\\\](?:u4e00)?-(?:[鿿龥鿕龦]|\\\\u9f)|\\\\u3400-\\\\u9fff", re.IGNORECASE)


@pytest.mark.parametrize("char", "一鿿㐀䶿㵲䶮㛃〇々豈𠮷𪚥𰻞")
def test_han_includes_extensions(char: str) -> None:
    """Extensions A, B and later, compatibility ideographs, 〇 and 々 are Han characters."""
    assert han.is_han(char) and han.fullmatch(r"[\p{Han}·]", char)


@pytest.mark.parametrize("char", ["", "。", "A", "ー", "あ", "1", "·", "\U0002ffff", "😀"])
def test_other_characters_are_not_han(char: str) -> None:
    """Punctuation, kana, letters, digits and emoji are not Han characters."""
    assert not han.is_han(char)


def test_no_pattern_has_a_bare_range() -> None:
    """No pattern in ingest or store has a range such as U+4E00-U+9FFF, except the definition."""
    files = [*(ROOT / "ingest").rglob("*.py"), *(ROOT / "store").rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        if path.name != "han.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _BARE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("㵲水派出所成立于1950年。", "station", ["㵲水派出所"]),
        ("㵲水派出所所长王晨𠮷介绍,村民李文䶮来过。", "person", ["王晨𠮷", "李文䶮"]),
        ("民警王𠮷和教导员李䶮赶到。", "person", ["王𠮷", "李䶮"]),
        ("民警王某𠮷来了。", "person", ["王某𠮷"]),
        ("(通讯员 王㛃 记者 陈𠮷安)", "credit", ["王㛃", "陈𠮷安"]),
    ],
)
def test_names_with_rare_characters_are_complete(text: str, kind: str, names: list[str]) -> None:
    """A name with a character outside the basic block is found whole."""
    assert [fact.fields["name"] for fact in facts(text, shared_lexicon()) if fact.kind == kind] == names
