"""Title filter: which listed articles may be features, by their titles and snippets. It runs in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.classify import title_may_be_feature
from ingest.pipeline import cached_tables


def triage(rows: Sequence[tuple[str | None, str | None]], topic: str, home: Path | None) -> list[bool]:
    """Return for each (title, snippet) whether the article may be a feature."""
    known = cached_tables.topic(topic, home)
    return [title_may_be_feature(title or "", snippet or "", known) for title, snippet in rows]
