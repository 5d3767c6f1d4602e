"""What a run reports while it works."""

from __future__ import annotations

from typing import Protocol

from ingest.model import Outcome


class RunProgress(Protocol):
    """Whoever follows a run: a progress bar, a log."""

    def planned(self, candidates: int) -> None:
        """So many more candidates will be looked at."""

    def done(self, outcome: Outcome) -> None:
        """One candidate has its outcome."""

    def listed(self, source: str, candidates: int, error: str | None) -> None:
        """One source's listings were read."""
