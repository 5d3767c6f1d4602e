"""Tests of store/fact_kinds.py: only this module lists the kinds, and a new kind needs few changes."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from store.fact_kinds import KINDS, MEASURES, subject_of
from tests.support.paths import ROOT

PACKAGES = ("ingest", "store")
#: lines that a new kind adds to each file: (text before which the lines are inserted, the lines)
MOTTO = {
    "store/fact_kinds.py": (
        '        Kind("credit",',
        '        Kind("motto", "所训", (_STATION, _NAME), subject="name", card_row=True, searched=True, named=True),\n',
    ),
    "ingest/facts/extraction.py": (
        "    found += event_facts(doc)\n",
        "    from ingest.facts.motto import motto_facts\n\n    found += motto_facts(doc)\n",
    ),
    "docs/FACTS.md": ("| credit |", "| motto | station, name | 忠诚为民 |\n"),
}
RULES = '''"""Rules for the kind motto."""

import re


def motto_facts(doc):
    """Return the mottos of `doc`."""
    return [
        doc.fact("motto", match.start(1), match.end(1), "motto@1", {"station": doc.main, "name": match[1]})
        for match in re.finditer("所训是“([^”]+)”", doc.s)
    ]
'''
CHECK = """
import json
from dataclasses import replace
from ingest.config.settings import Settings
from ingest.digest.compose import FACT_TEXT, HEADINGS
from ingest.facts import Lexicon, facts, llm_proposals
from store.correction_edit import parse_edit
from store.station_card import Citation, StationMention, build_cards
text = "井口派出所的所训是“忠诚为民”。"
(motto,) = [fact for fact in facts(text, Lexicon.load()) if fact.kind == "motto"]
mention = StationMention("井口派出所", {}, None, True, (Citation(1, "u", "t", "2026", motto),))
(value,) = build_cards([mention])[0].values
accepted = llm_proposals.accept(text, json.dumps({"facts": [{"kind": "motto", "quote": "忠诚为民", "name": "忠诚为民"}]}), "m")
print(json.dumps([
    motto.what, HEADINGS["motto"], FACT_TEXT["motto"](motto.fields), value.kind, value.what,
    parse_edit(motto, {"name": "执法为民"}), "motto: station, name" in llm_proposals.messages(text)[0]["content"],
    [fact.kind for fact in accepted.facts], Settings(llm={"kinds": ["motto"]}).llm.kinds,
], ensure_ascii=False))
"""


def test_new_kind_touches_four_files(tmp_path: Path) -> None:
    """A new kind needs an entry in fact_kinds.py, a file of rules, a call of these rules and a row in docs/FACTS.md.

    Extraction, card, digest, LLM proposals, corrections and settings then include the kind.
    """
    for name in (*PACKAGES, "config", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (before, added) in MOTTO.items():
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, name
        (tmp_path / name).write_text(text.replace(before, added + before), encoding="utf-8")
    (tmp_path / "ingest/facts/motto.py").write_text(RULES, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "."},
    )
    assert done.stderr == ""
    assert done.stdout.strip() == (
        '["忠诚为民", "所训", "忠诚为民", "motto", "忠诚为民", {"name": "执法为民"}, true, ["motto"], ["motto"]]'
    )


def test_table_of_kinds_exists_once() -> None:
    """No module has a second list of the kinds: no collection has six or more of their names.

    Tables of functions by kind are not counted. compose.py, which contains the headings and texts of the digest by
    kind, is not checked.
    """
    found = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                values: list[ast.expr | None] = []
                if isinstance(node, ast.Tuple | ast.List | ast.Set):
                    values = [*node.elts]
                elif isinstance(node, ast.Dict):  # a table of functions by kind is code, not a second list of kinds
                    pairs = zip(node.keys, node.values, strict=True)
                    values = [key for key, value in pairs if not isinstance(value, ast.Name | ast.Lambda)]
                kinds = {value.value for value in values if isinstance(value, ast.Constant)} & KINDS.keys()
                if len(kinds) >= 6 and path.name != "compose.py":
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
    lists = re.findall(r'"founded",\s*"area"', "".join(p.read_text() for p in (ROOT / "store").glob("*.py")))
    assert lists == []


@pytest.mark.parametrize("name", KINDS)
def test_entries_are_consistent(name: str) -> None:
    """The subject is a field of the kind, a measure has a value, a unit and a card row, and field names are unique.

    MEASURES contains exactly the measures and the kinds that may change.
    """
    kind = KINDS[name]
    fields = [field.name for field in kind.fields]
    assert kind.name == name and len(fields) == len(set(fields))
    assert not kind.subject or kind.subject in fields
    assert not kind.measure or ("value" in fields and kind.unit and kind.card_row)
    assert (name in MEASURES) is (kind.measure or kind.may_change)


def test_subject_of_a_fact() -> None:
    """The subject of a fact is the field that its kind names, or "" if the kind or the fact has none."""
    assert subject_of("force", {"category": "民警", "station": "井口派出所"}) == "民警"
    assert subject_of("founded", {"date": "1950"}) == "" and subject_of("honour", {"title": None}) == ""
