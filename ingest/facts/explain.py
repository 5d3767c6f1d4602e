"""Explain decisions: which rule accepted or rejected a number, date, name, title or quotation of a text, and why."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.facts.rule_engine import OTHERWISE, Decision
from store.fact_kinds import MEASURES
from store.records import Fact

if TYPE_CHECKING:
    from ingest.facts.document import Doc

#: reasons for accepting facts of the kinds that have no rule set
_FOUND = {
    "station": "a name before 派出所, after an authority, a division or the start of a clause",
    "person": "a name beside a role, an age, a word of kinship or speech",
}
_PARSED = "its form alone shows what it is"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision of the rules about one part of a text; offsets as in `Fact`."""

    quote: str
    start: int
    end: int
    #: the kind of fact of the deciding rule; which of several rules decides is described in `_telling`
    kind: str
    taken: bool
    #: name and version of the deciding rule, as in `Fact.rule`
    rule: str
    why: str

    def flat(self) -> dict[str, object]:
        """Return all fields, for JSON."""
        return {name: getattr(self, name) for name in ("start", "end", "quote", "kind", "taken", "rule", "why")}


def explanations(doc: Doc, found: Iterable[Fact]) -> tuple[Explanation, ...]:
    """Return one explanation for each part of the text that rules decided about, ordered by start, end and kind.

    A rejection of a name that is accepted at another place is left out. A fact of `found` whose rule did not record any
    acceptance has an explanation of its own. Several kinds test the same number with nouns of different lengths, so
    decisions are grouped by number.
    """
    found = tuple(found)
    groups: dict[tuple[int, int], list[Decision]] = {}
    starts = doc.quantity_starts
    named = {str(fact.fields["name"]) for fact in found if fact.kind in ("person", "station", "credit")}
    for decision in doc.decisions or ():
        if decision.kind in ("person", "station") and doc.s[decision.start : decision.end] in named:
            continue  # rejected at one place, but accepted at another
        place = bisect_left(starts, decision.start) if decision.kind in _FIGURES else len(starts)
        inside = place < len(starts) and starts[place] < decision.end
        groups.setdefault((starts[place], -1) if inside else (decision.start, decision.end), []).append(decision)
    explained = [_explanation(doc, _telling(decisions)) for decisions in groups.values()]
    decided = {one.rule for one in explained if one.taken}
    explained += [
        Explanation(fact.quote, fact.start, fact.end, fact.kind, True, fact.rule, _FOUND.get(fact.kind, _PARSED))
        for fact in found
        if fact.rule not in decided
    ]
    return tuple(sorted(explained, key=lambda one: (one.start, one.end, one.kind)))


#: kinds of facts with numbers as candidates
_FIGURES = frozenset(MEASURES)


def _telling(decisions: list[Decision]) -> Decision:
    """Return the decision that accepted the part, else the first rejection by a rule other than OTHERWISE.

    If all rejections are by OTHERWISE, return the last one.
    Rejections of kind `population` are considered last, because this kind tests every number.
    """
    taken = (decision for decision in decisions if decision.verdict == "take")
    ordered = sorted(decisions, key=lambda decision: decision.kind == "population")
    reasoned = (decision for decision in ordered if decision.rule != OTHERWISE)
    return next(taken, None) or next(reasoned, None) or decisions[-1]


def _explanation(doc: Doc, decision: Decision) -> Explanation:
    start, end = doc.raw_span(decision.start, decision.end)
    taken = decision.verdict == "take"
    return Explanation(doc.raw[start:end], start, end, decision.kind, taken, decision.key, decision.why)
