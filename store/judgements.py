"""What people said of facts, laid over what the rules read: it survives every later reading and is shown as theirs.

The latest word on a fact counts. A rejected fact is left out wherever facts are told (cards, digest, export) and shown
apart; an edited one carries the person's fields beside the same quote.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from store.errors import StoreError
from store.operational import chunks
from store.records import Fact, Judgement
from store.schema import judgements


def lay_over(facts: Iterable[Fact], said: Sequence[Judgement]) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """(facts as they count, facts rejected); `said` oldest first. Pure."""
    kept: list[Fact] = []
    rejected: list[Fact] = []
    for fact in facts:
        word = next((one for one in reversed(said) if one.means(fact)), None)
        if word is None:
            kept.append(fact)
        elif word.action == "reject":
            rejected.append(replace(fact, judged=f"rejected by {word.by}"))
        elif word.action == "confirm":
            kept.append(replace(fact, judged=f"confirmed by {word.by}"))
        else:
            kept.append(replace(fact, fields={**fact.fields, **word.fields}, judged=f"edited by {word.by}"))
    return tuple(kept), tuple(rejected)


def judgements_of(db: Connection, articles: Sequence[int], upto: int) -> dict[int, list[Judgement]]:
    """Article -> what was said of its facts as of Commit `upto`, oldest first."""
    found: dict[int, list[Judgement]] = defaultdict(list)
    for part in chunks(list(dict.fromkeys(articles))):
        rows = db.execute(select(judgements).where(judgements.c.article.in_(part), judgements.c.commit_no <= upto)
                          .order_by(judgements.c.id))
        for row in rows:
            found[row.article].append(Judgement(
                row.article, row.kind, row.quote, row.what, row.action, row.judged_by, row.made_at,
                json.loads(row.fields), row.note))
    return found


def edited_fields(fact: Fact, given: Mapping[str, str]) -> dict[str, object]:
    """FIELD=VALUE as typed -> fields of an edit, each of the type the fact has.

    Raises StoreError for a field that the fact has not, or a value of another type.
    """
    out: dict[str, object] = {}
    for name, text in given.items():
        if name not in fact.fields:
            known = ", ".join(fact.fields)
            raise StoreError(f"editing a {fact.kind} fact: it has no field {name}; it has {known}")
        old = fact.fields[name]
        try:
            new = text if isinstance(old, str) or (old is None and not _is_json(text)) else json.loads(text)
        except ValueError:
            raise StoreError(f"editing a {fact.kind} fact: {name}={text} is no value; it was {old!r}") from None
        if old is not None and not isinstance(new, type(old)) and not _both_numbers(old, new):
            raise StoreError(f"editing a {fact.kind} fact: {name} is {old!r}, {text} is of another type")
        out[name] = new
    return out


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _both_numbers(one: object, other: object) -> bool:
    numbers = (int, float)
    return isinstance(one, numbers) and isinstance(other, numbers) and not isinstance(other, bool)
