"""robots.txt (RFC 9309): parser, and a cache that fetches the file of each origin once a day.

A 4xx response means that there are no rules. After 5xx, 429 or any other failure, pages must wait, unless a copy of the
rules that is at most KEEP days old can be used.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protego import Protego

from ingest.errors import FetchError

#: age at which rules are fetched again (RFC 9309, 2.4); maximum age of a copy used during an outage (30 days: not
#: measured)
FRESH, KEEP = timedelta(hours=24), timedelta(days=30)
#: time for which a failure is remembered, so that thirty candidates of one host cause only one request; not measured
RETRY = timedelta(minutes=10)
#: maximum number of bytes read from a robots.txt (RFC 9309, 2.5)
MAX_SIZE = 500 * 1024
#: maximum number of cached origins, which limits the memory for a list of ten thousand sites; not measured
MOST = 2_000
#: maximum redirects to a robots.txt (RFC 9309, 2.3.1.2)
MAX_HOPS = 5

#: failures of the host rather than of its robots.txt; they become the outcome of the page
_HOST_FAILURES = frozenset({"paused", "blocked-address", "bad-url"})

_LINE_END = re.compile(r"\r\n|\r|\n")
# A robots.txt line ends only at CR and LF, but Protego uses str.splitlines, which also splits at these characters. NUL
# is replaced too.
_NOT_LINE_ENDS = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0", " "))
_PRODUCT_TOKEN = re.compile(r"[a-z_-]*")
# a UTF-8 byte order mark, which is removed; some files have only its first two bytes, or the first
_BOM = re.compile(rb"\A(?:\xef\xbb\xbf|\xef\xbb?(?=[\x00-\x7f]))")
_AGENT = re.compile(r"^\s*user[\s-]*agent\s*[:\s]\s*([^#]*)", re.I)
# Only these lines end the list of agents before them (RFC 9309, 2.2.1). The spellings are those that Protego accepts.
_RULE = re.compile(r"^\s*(?:dis?s?al+[aol]w|diasllow|allow)\s*[:\s]", re.I)
# Other records that Protego understands. Unlike rules, they do not end the list of agents (RFC 9309, 2.2.4).
_OTHER_RECORD = re.compile(r"^\s*(?:crawl[ -]delay|request[ -]rate|visit[ -]time)\s*[:\s]", re.I)


def rules_of(content: bytes, agent: str) -> Protego:
    """Return the rules of a robots.txt for `agent` (a product token: "suowen"). Never raises.

    Invalid content allows every URL. Groups of other agents are dropped before Protego parses the file: Protego stores
    every rule for every agent of a group, which takes 20 s for 120 KB with 4,000 agents and 4,000 rules (measured).
    This function takes linear time.
    """
    content = _BOM.sub(b"", content[:MAX_SIZE])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        # The text was truncated at MAX_SIZE within a character, or it is not UTF-8 at all.
        text = content.decode("utf-8" if error.start > len(content) - 4 else "gb18030", "replace")
    return Protego.parse("\n".join(_relevant_groups(text.translate(_NOT_LINE_ENDS), agent.lower())))


@dataclass(slots=True)
class _Group:
    """A group of a robots.txt.

    `named`: it has an agent line. `complete`: its first rule was read, which ends its list of agents.
    """

    agents: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    named: bool = False
    complete: bool = False


def _relevant_groups(text: str, agent: str) -> list[str]:
    """Return the lines of the groups for `agent` or "*". Each group begins with these agents; others are left out."""
    group = _Group()
    groups = [group]
    for line in _LINE_END.split(text):
        bare = line.split("#", 1)[0]
        if found := _AGENT.match(bare):
            if group.complete:
                group = _Group()
                groups.append(group)
            group.named = True
            # The version or other words after a product token are ignored, as in Google's parser.
            name = (re.split(r"[\s/]", found.group(1).strip().lower(), maxsplit=1) or [""])[0]
            token = name.replace("*", "") if name != "*" else name
            # Product tokens have no digits (RFC 9309, 2.2.1), so "suowen2" means "suowen".
            if token != agent and _PRODUCT_TOKEN.match(token)[0] == agent:  # type: ignore[index]
                token = agent
            if token in ("*", agent) and token not in group.agents:
                group.agents.append(token)
        elif group.named and (_RULE.match(bare) or _OTHER_RECORD.match(bare)):
            group.complete = group.complete or _RULE.match(bare) is not None
            if group.agents or not group.complete:
                group.lines.append(bare)
    kept: list[str] = []
    for group in groups:
        if group.agents:
            kept += [f"User-agent: {token}" for token in group.agents]
            kept += group.lines
    return kept


@dataclass(frozen=True, slots=True)
class RobotsResponse:
    """Response to a request for a robots.txt: the final status, and the body (b"" unless the status is 200)."""

    status: int
    body: bytes = b""


#: function that fetches a robots.txt by its URL; raises FetchError if there is no response
RobotsFetcher = Callable[[str], RobotsResponse]


@dataclass(slots=True)
class _CacheEntry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    #: the last valid rules, and the time when they were fetched
    rules: Protego | None = None
    fetched: datetime | None = None
    #: reason and time of the last failure
    failure: str = ""
    failed: datetime | None = None


class Robots:
    """In-memory cache of the rules of each origin.

    Thread-safe: threads that need the same origin wait for one fetch.
    """

    def __init__(self, agent: str, clock: Callable[[], datetime]) -> None:
        self._agent, self._clock = agent, clock
        self._lock = threading.Lock()
        self._origins: dict[str, _CacheEntry] = {}

    def check(self, url: str, origin: str, fetch: RobotsFetcher) -> float | None:
        """Return the crawl delay of `origin` in seconds; None if the rules set no delay.

        Raises FetchError "robots" if `url` is forbidden, "robots-unavailable" if the rules are unknown. A failure of
        the host itself (_HOST_FAILURES) is raised unchanged.
        """
        rules = self._rules(url, origin, fetch)
        if not rules.can_fetch(url, self._agent):
            raise FetchError(url, "robots", "robots.txt of the site forbids it")
        return rules.crawl_delay(self._agent)

    def _rules(self, url: str, origin: str, fetch: RobotsFetcher) -> Protego:
        with self._lock:
            entry = self._origins.pop(origin, None) or _CacheEntry()
            self._origins[origin] = entry
            if len(self._origins) > MOST:
                # Remove the least recently used entry. A thread that fetches its rules keeps a reference to it.
                self._origins.pop(next(iter(self._origins)))
        with entry.lock:
            now = self._clock()
            if entry.rules is not None and entry.fetched is not None and now - entry.fetched < FRESH:
                return entry.rules
            if entry.failed is None or now - entry.failed >= RETRY:
                self._refresh(entry, origin, fetch)
            if entry.rules is not None and entry.fetched is not None and now - entry.fetched < KEEP:
                return entry.rules
            left = RETRY - (self._clock() - (entry.failed or now))
            raise FetchError(
                url,
                "robots-unavailable",
                f"robots.txt could not be fetched: {entry.failure}",
                retry_after=max(1.0, left.total_seconds()),
            )

    def _refresh(self, entry: _CacheEntry, origin: str, fetch: RobotsFetcher) -> None:
        try:
            response = fetch(f"{origin}/robots.txt")
        except FetchError as error:
            if error.code in _HOST_FAILURES:
                raise
            entry.failure, entry.failed = error.detail, self._clock()
            return
        if 200 <= response.status < 300:
            entry.rules = rules_of(response.body, self._agent)
        elif 400 <= response.status < 500 and response.status != 429:
            entry.rules = rules_of(b"", self._agent)
        else:
            entry.failure, entry.failed = f"the server returned {response.status}", self._clock()
            return
        entry.fetched, entry.failed = self._clock(), None
