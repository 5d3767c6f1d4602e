"""A person's word on a fact -> the store: what `suowen fact` and the pages of `suowen web` share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.errors import StaleError, UsageError
from ingest.versions import PROGRAM, RULES
from store import Store, history
from store.corrections import parse_edit
from store.hashing import canonical
from store.records import Correction, Fact

Action = Literal["reject", "confirm", "edit"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A word that was kept: the fact as the rules read it, and the Commit that has the word."""

    fact: Fact
    commit: int


def etag(fact: Fact) -> str:
    """A short mark of a fact as read: whoever decides on what is shown sends it back, so that the word never falls on
    another fact that a newer reading put in its place."""
    told = canonical([fact.kind, fact.quote, fact.start, dict(fact.fields)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def record_correction(
    store: Store,
    article: int,
    position: int,
    action: Action,
    by: str,
    now: datetime,
    *,
    note: str = "",
    given: Mapping[str, str] | None = None,
    seen: str | None = None,
) -> Recorded:
    """Keep what `by` says of fact ARTICLE.POSITION of the newest reading; `given`: FIELD=VALUE of an edit as typed.

    Raises NotFoundError for no such article, UsageError for no such fact, StaleError when `seen` is another
    fact's seal, StoreError for an edit that cannot be.
    """
    view = history.show(store, article)
    # The fact as the rules read it: that is what another reading is compared with.
    fact = next((one for one in history.extracted_facts(store, view.revision.id) if one.position == position), None)
    if fact is None:
        raise UsageError(
            f"{article}.{position}: article {article} has no such fact; `suowen show {article}` lists them"
        )
    if seen is not None and seen != etag(fact):
        raise StaleError(
            f"{article}.{position}: the article was read again meanwhile and this is another fact now; look at it again"
        )
    said = Correction(
        article, fact.kind, fact.quote, fact.what, action, by, now, parse_edit(fact, given or {}), note, fact.fields
    )
    with store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        batch.correct_fact(said)
    assert batch.commit_number is not None  # a judgement is a versioned row
    return Recorded(fact, batch.commit_number)
