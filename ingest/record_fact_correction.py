"""Record a person's correction of a fact, for `suowen fact` and the pages of `suowen web`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.errors import StaleError, UsageError
from ingest.versions import PROGRAM, RULES
from store import Store, queries
from store.correction_edit import parse_edit
from store.hashing import canonical
from store.records import Correction, Fact

Action = Literal["reject", "confirm", "edit"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Result of a stored correction: the fact as extracted, and the number of the Commit with the correction."""

    fact: Fact
    commit: int


def etag(fact: Fact) -> str:
    """Return a short hash of a fact as extracted.

    A page sends the hash back with a correction. The correction is rejected if a newer extraction has another fact at
    the same position.
    """
    content = canonical([fact.kind, fact.quote, fact.start, dict(fact.fields)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def etags_of(store: Store, revision: int) -> dict[int | None, str]:
    """Return the etags of the facts that a revision's newest fact run extracted, by position."""
    return {fact.position: etag(fact) for fact in queries.extracted_facts(store, revision)}


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
    """Store a person's correction of the fact at `position` in the newest extraction of `article`.

    `by` names the person. `given`: fields of an edit, as typed. `seen`: etag of the fact that the person saw. Raises
    NotFoundError for an unknown article, UsageError for an unknown fact, StaleError if `seen` is the etag of another
    fact, StoreError for an invalid edit.
    """
    view = queries.show(store, article)
    # Read the fact without corrections, because later extractions are compared with its extracted form.
    extracted = queries.extracted_facts(store, view.revision.id)
    fact = next((candidate for candidate in extracted if candidate.position == position), None)
    if fact is None:
        raise UsageError(
            f"{article}.{position}: article {article} has no such fact; `suowen show {article}` lists them"
        )
    if seen is not None and seen != etag(fact):
        raise StaleError(
            f"{article}.{position}: the article was processed again meanwhile and this is another fact now; reload it"
        )
    correction = Correction(
        article, fact.kind, fact.quote, fact.what, action, by, now, parse_edit(fact, given or {}), note, fact.fields
    )
    with store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        batch.correct_fact(correction)
    assert batch.commit_number is not None  # a correction is a versioned row, so it always makes a Commit
    return Recorded(fact, batch.commit_number)
