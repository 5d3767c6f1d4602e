"""robots.txt as RFC 9309 asks: text -> rules, and a keeper that fetches each origin's file once a day.

A server's 4xx means that there are no rules; 5xx, 429 and anything that kept us from the file mean wait, unless a copy
of the last KEEP days can speak for it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protego import Protego

from ingest.errors import FetchError

#: how long rules may be used before they are asked for again, and how long a last good copy may speak (RFC 9309, 2.4)
FRESH, KEEP = timedelta(hours=24), timedelta(days=30)
#: how long a failure is remembered, so that thirty candidates of one host do not ask thirty times; not measured
RETRY = timedelta(minutes=10)
#: bytes read of a robots.txt (RFC 9309, 2.5)
MAX_SIZE = 500 * 1024
#: origins whose rules are held: a list of ten thousand sites must not fill the memory. Not measured
MOST = 2_000
#: redirects followed to a robots.txt (RFC 9309, 2.3.1.2)
MAX_HOPS = 5

#: failures to fetch a robots.txt that say nothing about it: they hold for the page itself
_NOT_OURS = frozenset({"paused", "blocked-address", "bad-url"})

_LINE_END = re.compile(r"\r\n|\r|\n")
# str.splitlines, which Protego uses, also splits at these; a robots.txt line ends at CR and LF only.
_NOT_LINE_ENDS = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0", " "))
_AGENT = re.compile(r"^\s*user[\s-]*agent\s*[:\s]\s*([^#]*)", re.I)
_SITEWIDE = re.compile(r"^\s*(?:site-?map|sitemaps|host)\s*[:\s]", re.I)
# A line of rules ends the list of names above it; words without a colon are no rule, unless Protego knows the first.
_RULE = re.compile(r":|^\s*(?:dis?s?al+[aol]w|diasllow|allow|crawl[ -]delay|request[ -]rate|visit[ -]time)\s", re.I)


def rules_of(content: bytes, agent: str) -> Protego:
    """The rules of a robots.txt that concern `agent` (a product name: "suowen"). Never raises; nonsense allows all.

    Groups of other agents are dropped before Protego sees them: it keeps every rule for every agent of a group, which
    takes 20 s on 120 KB with 4,000 agents above 4,000 rules (measured; ours stays linear).
    """
    content = content[:MAX_SIZE].removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        # Cut at MAX_SIZE in the middle of a character, or not UTF-8 at all.
        text = content.decode("utf-8" if error.start > len(content) - 4 else "gb18030", "replace")
    return Protego.parse("\n".join(_ours(text.translate(_NOT_LINE_ENDS), agent.lower())))


def _ours(text: str, agent: str) -> list[str]:
    """The lines of the groups that name `agent` or "*", with only those names above them."""
    kept: list[str] = []
    names: list[str] = []
    wanted = in_names = False
    for line in _LINE_END.split(text):
        bare = line.split("#", 1)[0]
        if found := _AGENT.match(bare):
            if not in_names:
                names, wanted, in_names = [], False, True
            # A version or further words behind the product's name do not make it another (as Google reads it).
            name = (re.split(r"[\s/]", found.group(1).strip().lower(), maxsplit=1) or [""])[0]
            token = name.replace("*", "") if name != "*" else name
            if token in ("*", agent):
                wanted = True
                if token not in names:
                    names.append(token)
                    kept.append(f"User-agent: {token}")
        elif _RULE.search(bare) and not _SITEWIDE.match(bare):
            in_names = False
            if wanted:
                kept.append(bare)
    return kept


@dataclass(frozen=True, slots=True)
class RobotsResponse:
    """What came of asking for a robots.txt: the final status and the body (of a 2xx)."""

    status: int
    body: bytes = b""


#: fetches a robots.txt; raises FetchError for what kept it from an answer
Ask = Callable[[str], RobotsResponse]


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    #: the last good rules and when they were fetched
    rules: Protego | None = None
    fetched: datetime | None = None
    #: why the last attempt failed, and when
    failure: str = ""
    failed: datetime | None = None


class Robots:
    """The rules of every origin, in memory. Thread-safe; one thread asks for a file, the others of that origin wait."""

    def __init__(self, agent: str, clock: Callable[[], datetime]) -> None:
        self._agent, self._clock = agent, clock
        self._lock = threading.Lock()
        self._origins: dict[str, _Kept] = {}

    def check(self, url: str, origin: str, ask: Ask) -> float | None:
        """The crawl delay that `origin` asks for, None when it asks for none.

        Raises FetchError "robots" when `url` is forbidden, "robots-unavailable" when nobody can say.
        """
        rules = self._rules(url, origin, ask)
        if not rules.can_fetch(url, self._agent):
            raise FetchError(url, "robots", "robots.txt of the site forbids it")
        return rules.crawl_delay(self._agent)

    def _rules(self, url: str, origin: str, ask: Ask) -> Protego:
        with self._lock:
            kept = self._origins.pop(origin, None) or _Kept()
            self._origins[origin] = kept
            if len(self._origins) > MOST:
                # The one longest unused. A thread that is asking for it keeps its own hold on it.
                self._origins.pop(next(iter(self._origins)))
        with kept.lock:
            now = self._clock()
            if kept.rules is not None and kept.fetched is not None and now - kept.fetched < FRESH:
                return kept.rules
            if kept.failed is None or now - kept.failed >= RETRY:
                self._ask(kept, origin, ask)
            if kept.rules is not None and kept.fetched is not None and now - kept.fetched < KEEP:
                return kept.rules
            left = RETRY - (self._clock() - (kept.failed or now))
            raise FetchError(
                url,
                "robots-unavailable",
                f"robots.txt could not be had: {kept.failure}",
                retry_after=max(1.0, left.total_seconds()),
            )

    def _ask(self, kept: _Kept, origin: str, ask: Ask) -> None:
        try:
            answer = ask(f"{origin}/robots.txt")
        except FetchError as error:
            if error.code in _NOT_OURS:
                raise
            kept.failure, kept.failed = error.detail, self._clock()
            return
        if 200 <= answer.status < 300:
            kept.rules = rules_of(answer.body, self._agent)
        elif 400 <= answer.status < 500 and answer.status != 429:
            kept.rules = rules_of(b"", self._agent)
        else:
            kept.failure, kept.failed = f"the server answered {answer.status}", self._clock()
            return
        kept.fetched, kept.failed = self._clock(), None
