"""What a run returns: one visited candidate, and the summary of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ingest.errors import ExtractError, FetchError
from ingest.fetch import NotModified
from ingest.model import Candidate, Outcome, Processed
from store.records import Capture, Validators

#: outcomes that are no failure
GOOD = frozenset({"stored", "repost", "not-feature", "revised", "unchanged", "known", "off-topic", "queued"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One candidate looked at, not yet stored."""

    candidate: Candidate
    result: Processed | NotModified | FetchError | ExtractError | Outcome
    captures: tuple[Capture, ...] = ()
    validators: Validators | None = None
    #: False when nothing proves that the page came whole: it may add text, not take text away (FAULTS.md H7)
    complete: bool = True
    #: how often its candidate was tried before
    tries: int = 0


@dataclass(slots=True)
class Summary:
    """What a run did: outcome code -> how many, and the sources whose listings failed."""

    run: int
    outcomes: Counter[str] = field(default_factory=Counter)
    failed_sources: dict[str, str] = field(default_factory=dict)
    #: the commits the run made, none when it had nothing to add
    commits: list[int] = field(default_factory=list)
    #: candidates that did not become an article, the first hundred
    failures: list[Outcome] = field(default_factory=list)
    #: what is wrong with the archive and could not be mended, one sentence each
    problems: list[str] = field(default_factory=list)
    #: so many hosts in a row could not be reached that it is our own network that is down
    offline: bool = False
    #: candidates that are worth a fetch, by URL, and the URLs that have their outcome
    wanted: dict[str, Candidate] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    @property
    def unreached(self) -> frozenset[str]:
        """Sources whose listings could not be had while our own network was down."""
        return frozenset(self.failed_sources) if self.offline else frozenset()

    def left(self) -> list[Candidate]:
        """Candidates of this run that have no outcome yet."""
        return [candidate for url, candidate in self.wanted.items() if url not in self.settled]

    def count(self, outcome: Outcome) -> None:
        """Take note of one candidate's outcome; the first word on a URL stays, as in the ledger."""
        if outcome.candidate.url in self.settled:
            return
        self.settled.add(outcome.candidate.url)
        self.outcomes[outcome.code] += 1
        if outcome.code not in GOOD and len(self.failures) < 100:
            self.failures.append(outcome)
