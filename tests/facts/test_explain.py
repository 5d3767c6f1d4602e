"""Explanations: each number, date, name, title and quotation has its deciding rule and a reason."""

from __future__ import annotations

import pytest

from ingest.errors import ExtractError
from ingest.facts import MAX_TEXT, explain, facts
from ingest.facts.explain import Explanation
from tests.support.lexicon import shared_lexicon

TEXT = (
    "如皋市公安局城关派出所成立于\uff11\uff19\uff18\uff16年,现有民警35人。\n"
    "去年,派出所每班6名民警值守。所长王建国说,这个月又走访了50户。"
)


def by_quote(found: tuple[Explanation, ...]) -> dict[str, Explanation]:
    return {one.quote: one for one in found}


def test_each_part_is_taken_or_left_with_its_rule_and_reason() -> None:
    """Each accepted or rejected part has its kind, the rule that decided, a reason and an exact quote."""
    found = by_quote(explain(TEXT, shared_lexicon()))
    shown = {quote: (one.kind, one.taken, one.rule.partition("@")[0]) for quote, one in found.items()}
    assert shown["\uff11\uff19\uff18\uff16年"] == ("founded", True, "founded.of-a-named-station")
    assert shown["现有民警35人"] == ("force", True, "force.stated")
    assert shown["6名民警"] == ("force", False, "force.on-duty")
    assert shown["所长王建国"][:2] == ("person", True)
    assert all(one.why and TEXT[one.start : one.end] == one.quote for one in found.values())


def test_what_is_taken_is_what_facts_returns() -> None:
    """The accepted parts have the same kinds and rules as the facts, and each number has an explanation."""
    taken = {(one.kind, one.rule) for one in explain(TEXT, shared_lexicon()) if one.taken}
    assert taken == {(fact.kind, fact.rule) for fact in facts(TEXT, shared_lexicon())}
    quotes = " ".join(one.quote for one in explain(TEXT, shared_lexicon()))
    assert all(number in quotes for number in ("35", "6", "50"))


def test_too_long_a_text_is_refused() -> None:
    """The maximum length of `facts` also applies to explanations."""
    with pytest.raises(ExtractError, match="at most 200,000"):
        explain("一" * (MAX_TEXT + 1), shared_lexicon())


def test_names_that_were_left_have_their_reason() -> None:
    """Each rejected name has its rule, but a name that is accepted elsewhere in the text (王建国) is not listed."""
    text = (
        "如皋市公安局城关派出所很小。县公安局加强派出所建设,基层派出所都来了。"
        "所长王建国说,马天民式的民警都来了。龙湖春江紫宸项目停了。王建国来过。\n"
        "有个小站,叫石佛寺西,旁边是石佛寺小学。"
    )
    left = {one.quote: one.rule for one in explain(text, shared_lexicon()) if not one.taken}
    assert left == {
        "加强派出所": "station.not-a-name@4",
        "基层派出所": "station.sort-of-station@4",
        "马天民": "person.not-a-person@4",
        "江紫宸": "person.no-evidence@4",
        "石佛寺": "person.place@4",
    }
