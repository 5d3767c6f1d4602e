"""Corrections of facts by people, applied to the extracted facts and kept when the facts are extracted again.

Corrections of one fact accumulate: an edit keeps the fields of earlier edits, and a confirmation keeps earlier edits.
The latest correction decides whether the fact counts as rejected, confirmed or edited. Station cards, digests and
exports leave out rejected facts.
A confirmed fact keeps the confirmed fields, even if later rules extract others from its quote.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, select

from store.hashing import canonical
from store.records import Correction, Fact
from store.schema import judgements
from store.sql_parameters import chunks


@dataclass(slots=True)
class _Effect:
    """The combined effect of all corrections of one fact."""

    action: str
    by: str
    fields: dict[str, Any] = field(default_factory=dict)
    editor: str | None = None

    def apply(self, fact: Fact) -> Fact:
        """Return the fact with the corrections applied."""
        judged = {"reject": "rejected", "confirm": "confirmed", "edit": "edited"}[self.action] + f" by {self.by}"
        if self.editor and self.action == "confirm":
            judged = f"edited by {self.editor}, {judged}"
        return replace(fact, fields={**fact.fields, **self.fields}, judged=judged)


def apply_corrections(
    facts: Iterable[Fact], corrections: Sequence[Correction]
) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Return (effective facts, rejected facts). `corrections`: oldest first. Pure."""
    extracted = tuple(facts)
    effects = _effects(extracted, corrections)
    renamed: dict[str, str] = {}
    for number, effect in effects.items():
        if extracted[number].kind == "station" and effect.fields.get("name"):
            renamed[str(extracted[number].fields.get("name"))] = str(effect.fields["name"])
    kept: list[Fact] = []
    rejected: list[Fact] = []
    for number, raw in enumerate(extracted):
        station = renamed.get(str(raw.fields.get("station")))
        # If a person renamed a station, its facts use the new name.
        fact = raw if station is None else replace(raw, fields={**raw.fields, "station": station})
        found = effects.get(number)
        (rejected if found and found.action == "reject" else kept).append(found.apply(fact) if found else fact)
    return tuple(kept), tuple(rejected)


def carried_over(
    text: str, before: Sequence[Fact], now: Sequence[Fact], corrections: Sequence[Correction]
) -> tuple[Fact, ...]:
    """Return the facts of the earlier fact run `before` that the new run `now` must keep. Pure.

    A fact is kept if a person confirmed or edited it, its quote is still in `text`, and `now` has neither an equal fact
    nor a fact to which the same correction applies.
    """
    present = {_content(fact) for fact in apply_corrections(now, corrections)[0]}
    out = []
    for number, effect in _effects(before, corrections).items():
        fact = before[number]
        start = fact.start if text[fact.start : fact.end] == fact.quote else text.find(fact.quote)
        again = any(correction.matches(fact) and any(map(correction.matches, now)) for correction in corrections)
        if effect.action != "reject" and start >= 0 and not again and _content(effect.apply(fact)) not in present:
            out.append(replace(fact, start=start, end=start + len(fact.quote), position=None))
    return tuple(out)


def _content(fact: Fact) -> tuple[str, str]:
    """Return a fact's kind and non-empty fields in a form that can be compared."""
    return fact.kind, canonical({key: value for key, value in fact.fields.items() if value not in (None, "", [])})


def _effects(facts: Sequence[Fact], corrections: Sequence[Correction]) -> dict[int, _Effect]:
    """Return the combined effect of the corrections of each corrected fact, by its position in `facts`."""
    effects: dict[int, _Effect] = {}
    for correction in corrections:
        for number in _targets(correction, facts):
            effect = effects.setdefault(number, _Effect(correction.action, correction.by))
            effect.action, effect.by = correction.action, correction.by
            if correction.action == "edit":
                effect.fields |= correction.fields
                effect.editor = correction.by
            elif correction.action == "confirm":
                effect.fields = {**correction.as_read, **effect.fields}
    return effects


def _targets(correction: Correction, facts: Sequence[Fact]) -> list[int]:
    """Return the positions in `facts` of the facts to which a correction applies.

    Several facts may have the same kind, subject and quote (2019年、2020年获评先进集体). Then only the facts with the
    most fields equal to `correction.as_read` are returned; if it is empty, all are returned.
    """
    found = [number for number, fact in enumerate(facts) if correction.matches(fact)]
    if len(found) < 2 or not correction.as_read:
        return found
    equal_fields = {
        number: sum(facts[number].fields.get(key) == value for key, value in correction.as_read.items())
        for number in found
    }
    return [number for number in found if equal_fields[number] == max(equal_fields.values())]


def corrections_of(db: Connection, articles: Sequence[int], upto: int) -> dict[int, list[Correction]]:
    """Return the corrections of each article's facts as of Commit `upto`, oldest first, by article id."""
    found: dict[int, list[Correction]] = defaultdict(list)
    for part in chunks(list(dict.fromkeys(articles))):
        rows = db.execute(
            select(judgements)
            .where(judgements.c.article.in_(part), judgements.c.commit_no <= upto)
            .order_by(judgements.c.id)
        )
        for row in rows:
            found[row.article].append(
                Correction(
                    row.article,
                    row.kind,
                    row.quote,
                    row.what,
                    row.action,
                    row.judged_by,
                    row.made_at,
                    json.loads(row.fields),
                    row.note,
                    json.loads(row.as_read or "{}"),
                )
            )
    return found
