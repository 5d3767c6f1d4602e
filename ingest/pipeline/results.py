"""Results of a run: Visit for one candidate, Summary for the whole run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ingest.errors import ExtractError, FetchError
from ingest.fetch import NotModified
from ingest.pipeline_types import Candidate, Outcome, Processed
from store.records import Capture, Validators

#: outcome codes that are not failures
GOOD = frozenset({"stored", "repost", "not-feature", "revised", "unchanged", "known", "off-topic", "queued"})


@dataclass(frozen=True, slots=True)
class Visit:
    """Result of visiting one candidate, not yet stored."""

    candidate: Candidate
    result: Processed | NotModified | FetchError | ExtractError | Outcome
    captures: tuple[Capture, ...] = ()
    validators: Validators | None = None
    #: False if the page may be incomplete: its text may extend the stored text but not shorten it (FAULTS H7)
    complete: bool = True
    #: number of earlier tries of the candidate
    tries: int = 0
    #: the requested URL, if a redirect or the canonical URL of the page led to the article at `candidate.url`
    requested: str | None = None
    #: True for an archived page, which may be older than the stored text and then does not replace it
    archived: bool = False


@dataclass(slots=True)
class Summary:
    """Summary of a run: its outcomes, commits, failures and problems."""

    run: int
    outcomes: Counter[str] = field(default_factory=Counter)
    #: source name -> reason why its listings failed
    failed_sources: dict[str, str] = field(default_factory=dict)
    #: names of the sources whose listings all answered "304 Not Modified"
    not_modified: list[str] = field(default_factory=list)
    #: numbers of the new commits; empty if there was nothing to append
    commits: list[int] = field(default_factory=list)
    #: outcomes of failed candidates, the first hundred
    failures: list[Outcome] = field(default_factory=list)
    #: defects of the archive that could not be repaired, one sentence each
    problems: list[str] = field(default_factory=list)
    #: True if our own network is down: too many hosts in a row were unreachable
    offline: bool = False
    #: URL -> candidate to fetch
    wanted: dict[str, Candidate] = field(default_factory=dict)
    #: URLs that have an outcome
    settled: set[str] = field(default_factory=set)

    @property
    def unreached(self) -> frozenset[str]:
        """Names of the sources whose listings failed, if our own network was down; else empty."""
        return frozenset(self.failed_sources) if self.offline else frozenset()

    def left(self) -> list[Candidate]:
        """Return the candidates of this run that have no outcome yet."""
        return [candidate for url, candidate in self.wanted.items() if url not in self.settled]

    def count(self, outcome: Outcome) -> None:
        """Count the outcome of one candidate; only the first outcome of a URL counts, as in the store."""
        if outcome.candidate.url in self.settled:
            return
        self.settled.add(outcome.candidate.url)
        self.outcomes[outcome.code] += 1
        if outcome.code not in GOOD and len(self.failures) < 100:
            self.failures.append(outcome)
