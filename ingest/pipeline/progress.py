"""Interface through which a run reports its progress."""

from __future__ import annotations

from typing import Protocol

from ingest.pipeline_types import Outcome


class RunProgress(Protocol):
    """Receiver of progress: a progress bar or a log."""

    def planned(self, candidates: int) -> None:
        """Add `candidates` to the number of candidates to visit."""

    def done(self, outcome: Outcome) -> None:
        """Report the outcome of one candidate."""

    def listed(self, source: str, candidates: int | None, error: str | None) -> None:
        """Report that the listings of one source were processed.

        `candidates` is None if no listing was modified, `error` is None if no listing failed.
        """
