"""Rebuild the LSH keys that an older method made."""

from __future__ import annotations

from datetime import datetime

from ingest.dedup import METHOD, fingerprint
from ingest.versions import PROGRAM, RULES
from store import Store
from store.outdated_lsh_keys import articles_to_rekey


def rebuild_lsh_keys(store: Store, at: datetime, size: int = 200) -> int:
    """Rebuild LSH keys made by an older method so that new copies match them. Stories do not change.

    Returns the number of articles whose keys were rebuilt.
    """
    done = 0
    while rows := articles_to_rekey(store, METHOD, size):
        with store.batch(at=at, program=PROGRAM, rules=RULES) as batch:
            for article, title, text in rows:
                batch.story(article, fingerprint(title, text), None)
        done += len(rows)
    return done
