"""The rules of facts: each example is decided by its rule, and the removal of any rule makes a test fail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ingest.config.data_files import data_file
from ingest.errors import ConfigError
from ingest.facts import facts
from ingest.facts.document import prepare
from ingest.facts.extraction import extract_facts
from ingest.facts.rule_engine import OTHERWISE, SETS, Decision, Rule, RuleSet, When, Window, leave, take
from ingest.zh.lexicon import Lexicon
from tests.support.lexicon import shared_lexicon

MARKED = re.compile("【(.*?)】", re.DOTALL)


def decided(rules: RuleSet[Any], example: str) -> list[Decision]:
    """Return the decisions of the rule set about the marked part of an example."""
    mark = MARKED.search(example)
    assert mark is not None and len(MARKED.findall(example)) == 1, f"one part must be marked: {example}"
    doc = prepare(MARKED.sub(lambda found: found[1], example), shared_lexicon())
    doc.decisions = []
    extract_facts(doc, shared_lexicon())
    start, end = mark.start(), mark.end() - 2
    names = {rule.name for rule in rules}
    return [
        one
        for one in doc.decisions
        if one.kind == rules.kind and one.rule in names and one.start < end and start < one.end
    ]


CASES = [pytest.param(rules, rule, id=f"{rules.kind}-{rule.name}") for rules in SETS for rule in rules.rules]


@pytest.mark.parametrize(("rules", "rule"), CASES)
def test_each_example_is_decided_by_its_rule(rules: RuleSet[Any], rule: Rule[Any]) -> None:
    """Each rule has examples, and is the only rule that decides about the marked part of each example."""
    assert rule.examples, "a rule needs an example"
    for example in rule.examples:
        assert [one.rule for one in decided(rules, example)] == [rule.name], example


@pytest.mark.parametrize(("rules", "rule"), CASES)
def test_without_a_rule_its_examples_are_decided_otherwise(
    rules: RuleSet[Any], rule: Rule[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the rule, the verdict on each of its examples changes, so that no rule is superfluous."""
    monkeypatch.setattr(rules, "rules", tuple(other for other in rules.rules if other is not rule))
    for example in rule.examples:
        assert [one.verdict for one in decided(rules, example)] != [rule.verdict], example


class _Word:
    """A candidate that consists of a whole text."""

    def __init__(self, text: str) -> None:
        self.doc = prepare(text, shared_lexicon())
        self.doc.decisions = []
        self.span = (0, len(text))


def test_first_rule_that_matches_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules are tried in order; the decision is recorded with its reason.

    A candidate without a matching rule is rejected.
    """
    monkeypatch.setattr("ingest.facts.rule_engine.SETS", [])
    text: Window[_Word] = Window(lambda word: word.doc.s)
    rules: RuleSet[_Word] = RuleSet(
        "event",
        7,
        "words",
        leave("small", text("小"), "it is small"),
        take("big one", text.starts("大") & ~text.has("小") | text("{:force.vague}"), "it is big"),
        otherwise="neither",
    )
    words = [_Word("大小"), _Word("大所"), _Word("有警察"), _Word("所")]
    found = [rules.decide(word) for word in words]
    assert [rule.name for rule in found] == ["small", "big one", "big one", OTHERWISE]
    assert rules.key(found[1]) == "event.big-one@7"
    assert words[1].doc.decisions == [Decision("event", "big one", "event.big-one@7", "take", "it is big", 0, 2)]


def test_two_rules_of_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules with the same name are an error, because the name identifies a rule in the store."""
    monkeypatch.setattr("ingest.facts.rule_engine.SETS", [])
    same: Rule[_Word] = take("same", When(lambda word: True), "")
    with pytest.raises(ValueError, match="two rules have the same name"):
        RuleSet("event", 1, "words", same, same, otherwise="")


def test_word_lists_of_a_working_folder_are_used(tmp_path: Path) -> None:
    """A facts.txt of the working folder replaces the shipped one. Missing lists and words outside a list are errors."""
    shipped = data_file("lexicon/facts.txt").decode()
    own = tmp_path / "config" / "lexicon" / "facts.txt"
    own.parent.mkdir(parents=True)
    own.write_text(shipped.replace("[force.nouns]\n", "[force.nouns]\n护村犬\n"), encoding="utf-8")
    text = "派出所现有护村犬12名。"
    (fact,) = [fact for fact in facts(text, Lexicon.load(tmp_path)) if fact.kind == "force"]
    assert (fact.fields["category"], fact.fields["value"]) == ("护村犬", 12)
    assert not [fact for fact in facts(text, shared_lexicon()) if fact.kind == "force"]
    own.write_text(shipped.replace("[force.nouns]", "[force.words]"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"facts.txt: the list \[force.nouns\] is missing"):
        Lexicon.load(tmp_path)
    own.write_text("民警\n" + shipped, encoding="utf-8")
    with pytest.raises(ConfigError, match="'民警' stands before the first"):
        Lexicon.load(tmp_path)
