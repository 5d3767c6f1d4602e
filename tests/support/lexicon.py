"""The lexicon of the program, loaded once for all tests of a process: loading and its first use take 1 s and 80 MB."""

from __future__ import annotations

from ingest.pipeline import cached_tables
from ingest.zh.lexicon import Lexicon


def shared_lexicon() -> Lexicon:
    """Return the lexicon of the shipped files, which the workers of the pipeline use too."""
    return cached_tables.lexicon(None)
