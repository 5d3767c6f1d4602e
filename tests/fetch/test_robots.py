"""Tests of robots.txt (RFC 9309): malformed files, server failures, and the cache."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from ingest.errors import FetchError
from ingest.fetch.rate_limit import gap
from ingest.fetch.robots import FRESH, KEEP, MAX_SIZE, MOST, RETRY, Robots, RobotsResponse, rules_of

SITE = "http://news.example:80"
URL = "http://news.example/a/b.html"


def allows(content: bytes | str, url: str = URL) -> bool:
    """Return whether the robots.txt `content` allows the agent "suowen" to fetch the URL."""
    raw = content.encode() if isinstance(content, str) else content
    return rules_of(raw, "suowen").can_fetch(url, "suowen")


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /a/\nAllow: /a/b", True),
        ("User-agent: *\nDisallow: /a/b.html$", False),
        ("User-agent: *\nDisallow: /*.html", False),
        ("User-agent: *\nDisallow: /A/", True),
        ("user-AGENT : *\n  DISALLOW :  /a  # but why", False),
        # If groups name our agent, with or without a version and in upper or lower case, only these groups count.
        ("User-agent: suowen\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: SuoWen\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: Suowen/0.1\nDisallow: /", False),
        ("User-agent: Suowen Bot\nDisallow: /", False),
        ("user-agent suowen\ndisallow /", False),
        ("foo: suowen\nbar: /", True),
        ("allow: /a/\n\nuser-agent: suowen\ndisallow: /", False),
        (
            "User-agent: suowen\nDisallow: /x\n\nUser-agent: other\nDisallow: /\n\nUser-agent: suowen\nDisallow: /a",
            False,
        ),
        ("User-agent: other\nUser-agent: suowen\nDisallow: /", False),
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: suowenbot\nDisallow: /", True),
        # Blank lines and comments may follow the agent lines of a group; a sitemap line does not end a group.
        ("User-agent: *\n\n# all of you\nDisallow: /", False),
        ("User-agent: *\nSitemap: http://news.example/s.xml\nDisallow: /", False),
        # Only Allow and Disallow end the agent lines of a group (RFC 9309, 2.2.1); other records are ignored (2.2.4).
        ("User-agent: suowen\nCrawl-delay: 3\nUser-agent: other\nDisallow: /", False),
        ("User-agent: suowen\nLearn-more: yes\nUser-agent: *\nDisallow: /", False),
        ("User-agent: suowen\nClean-param: ref /a\nno colon here\nHost: a\nUser-agent: other\nDisallow: /a", False),
        ("User-agent: other\nNoindex: /x\nUser-agent: suowen\nRequest-rate: 1/5\nDisallow: /a", False),
        ("User-agent: other\nDisallow: /\nLearn-more: yes\nUser-agent: suowen\nDisallow: /x", True),
        ("User-agent: suowen\nDisallow:\nUser-agent: other\nDisallow: /", True),
        ("User-agent: suowen2\nDisallow: /", False),
        ("User-agent: 2suowen\nDisallow: /", True),
        ("Disallow: /", True),
        # FAULTS F16: line ends, byte order marks, NUL and HTML do not hide rules.
        ("User-agent: *\rDisallow: /", False),
        ("User-agent: *\r\nDisallow: /", False),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /\0", False),
        ("User-agent: *\nDisallow: /x\u2028Disallow: /", True),
        ("User-agent: *\nDisallow: /x\x85y\nDisallow: /a", False),
        ("<html><body>User-agent: *\nDisallow: nothing</body></html>", True),
    ],
)
def test_odd_files(text: str, allowed: bool) -> None:
    """The rules of RFC 9309, section 2.2, and malformed files of real sites are parsed as expected."""
    assert allows(text) is allowed


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"])
def test_complete_and_partial_byte_order_marks(mark: bytes) -> None:
    """A complete or partial byte order mark does not hide the first agent line (FAULTS F16).

    Nor does a first line with the full-width sign ＃, whose first byte, EF, is also that of the byte order mark.
    """
    assert not allows(mark + b"User-agent: suowen\nDisallow: /")
    assert not allows(b"\xef\xbb\xbf" + "# 说明\nUser-agent: suowen\nDisallow: /".encode())
    assert not allows("＃ 说明\nUser-agent: suowen\nDisallow: /")


def test_gbk_comments_and_chinese_paths() -> None:
    """Comments in GBK do not hide the rules after them, and a Chinese path matches its encoded form (FAULTS F16)."""
    assert not allows("# 禁止抓取\nUser-agent: *\nDisallow: /a\n".encode("gbk"))
    assert not allows("User-agent: *\nDisallow: /派出所/\n", "http://news.example/%E6%B4%BE%E5%87%BA%E6%89%80/1.html")


def test_file_is_read_up_to_the_maximum_size() -> None:
    """Rules beyond 500 KiB are ignored, even if the limit is inside a character (FAULTS F15)."""
    filler = "# 派出所\n" * (MAX_SIZE // 12 + 1000)
    assert not allows("User-agent: *\nDisallow: /a\n" + filler)
    assert allows("User-agent: *\n" + filler + "Disallow: /a\n")


def test_thousands_of_agents_and_rules_are_linear() -> None:
    """4,000 agents before 4,000 rules, and a rule with 3,000 wildcards, take less than 5 s in total (FAULTS F15).

    Protego took 20 s for the agents and rules.
    """
    agents = "".join(f"User-agent: bot{n}\n" for n in range(4000))
    rules = "".join(f"Disallow: /p{n}/\n" for n in range(4000))
    started = time.monotonic()
    assert allows(agents + rules)
    assert not allows(agents + "User-agent: *\n" + rules + "Disallow: /a")
    assert allows("User-agent: *\nDisallow: /" + "*a" * 3000 + "b")
    assert time.monotonic() - started < 5


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_no_bytes_raise(content: bytes) -> None:
    """Any bytes are parsed without an exception."""
    allows(content)
    allows(b"User-agent: *\nDisallow: " + content)


LINES = st.one_of(
    st.sampled_from(["*", "suowen", "Suowen/0.1", "other", "SUOWEN", "bot*", ""]).map("User-agent: {}".format),
    st.sampled_from(["*", "suowen", "other"]).map("user agent {}".format),
    st.tuples(
        st.sampled_from(["Allow", "Disallow", "disallow ", "Dissallow"]),
        st.sampled_from(["/", "/a", "/a/b", "/*.html", "/a/*$", "", "/x", "/a/b.html$"]),
    ).map(": ".join),
    st.sampled_from(
        [
            "",
            "  ",
            "# note",
            "Sitemap: http://a/s.xml",
            "Disallow /a",
        ]
    ),
)
#: lines that RFC 9309 does not define; they must not change the result
OTHER_LINES = ["Nonsense: 1", "Host: a", "words without a colon", "Crawl-delay: 3", "<br />", "Allowed: /"]


@given(st.lists(st.one_of(LINES, st.sampled_from(OTHER_LINES)), max_size=14))
@settings(max_examples=400)
def test_other_records_do_not_change_the_rules(lines: list[str]) -> None:
    """A file has the same results with and without unknown lines (RFC 9309, section 2.2.4)."""
    known = [line for line in lines if line not in OTHER_LINES]
    with_others, without = ("\n".join(part).encode() for part in (lines, known))
    for path in ("/", "/a", "/a/b.html", "/x"):
        url = "http://news.example" + path
        results = [rules_of(content, "suowen").can_fetch(url, "suowen") for content in (with_others, without)]
        assert results[0] == results[1], lines


@given(st.lists(LINES, max_size=14))
@settings(max_examples=400)
def test_dropping_other_agents_does_not_change_the_result(lines: list[str]) -> None:
    """Without the groups of other agents a file has the same results (FAULTS F15)."""
    text = "\n".join(lines)
    whole = Protego.parse(text.replace("Suowen/0.1", "suowen"))
    ours = rules_of(text.encode(), "suowen")
    for path in ("/", "/a", "/a/b", "/a/b.html", "/x", "/y"):
        url = "http://news.example" + path
        assert ours.can_fetch(url, "suowen") == whole.can_fetch(url, "suowen"), text
    assert ours.crawl_delay("suowen") == whole.crawl_delay("suowen"), text


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("10", 10),
        ("0.2", 1),
        ("1e9", 300),
        ("inf", 5),
        ("nan", 5),
        ("-5", 5),
        ("soon", 5),
        ("", 5),
        ("9" * 400, 5),
    ],
)
def test_crawl_delay_is_clamped(value: str, seconds: float) -> None:
    """A Crawl-delay is clamped to 1 to 300 s; an invalid one is ignored and the source's delay applies (FAULTS F17)."""
    delay = rules_of(f"User-agent: *\nCrawl-delay: {value}\nDisallow: /x".encode(), "suowen").crawl_delay("suowen")
    assert gap(0.0 if seconds != 5 else 5.0, delay) == seconds


# --- the cache ------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class RobotsServer:
    """Function that returns a configured response for robots.txt and counts its calls."""

    def __init__(self, status: int = 200, body: bytes = b"") -> None:
        self.status, self.body, self.requests = status, body, 0

    def __call__(self, url: str) -> RobotsResponse:
        assert url == SITE + "/robots.txt"
        self.requests += 1
        if self.status == 0:
            raise FetchError(url, "network", "the connection failed: refused")
        return RobotsResponse(self.status, self.body)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_4xx_means_no_rules(status: int) -> None:
    """A 4xx response means that there are no rules (RFC 9309, section 2.3.1.3)."""
    assert Robots("suowen", Clock()).check(URL, SITE, RobotsServer(status)) is None


@pytest.mark.parametrize("status", [500, 502, 503, 429, 0, 304])
def test_failure_means_wait(status: int) -> None:
    """If robots.txt cannot be fetched, no page of the host is fetched (RFC 9309, section 2.3.1.4; FAULTS F13).

    After RETRY robots.txt is requested again. Scrapy and Heritrix would allow all pages.
    """
    clock, server = Clock(), RobotsServer(status)
    robots = Robots("suowen", clock)
    for _ in range(5):
        with pytest.raises(FetchError) as caught:
            robots.check(URL, SITE, server)
        assert caught.value.code == "robots-unavailable"
        assert 0 < (caught.value.retry_after or 0) <= RETRY.total_seconds()
    assert server.requests == 1
    clock.now += RETRY
    server.status = 200
    robots.check(URL, SITE, server)
    assert server.requests == 2


def test_last_valid_copy_is_used_for_30_days() -> None:
    """robots.txt is fetched again after a day; during an outage a copy of at most 30 days is used (FAULTS F13)."""
    clock, server = Clock(), RobotsServer(200, b"User-agent: *\nDisallow: /secret\nCrawl-delay: 9")
    robots = Robots("suowen", clock)
    assert robots.check(URL, SITE, server) == 9
    clock.now += FRESH - timedelta(seconds=1)
    robots.check(URL, SITE, server)
    assert server.requests == 1
    server.status = 500
    clock.now += timedelta(seconds=1)
    assert robots.check(URL, SITE, server) == 9
    assert server.requests == 2
    with pytest.raises(FetchError, match="forbids"):
        robots.check("http://news.example/secret", SITE, server)
    clock.now += KEEP
    with pytest.raises(FetchError) as caught:
        robots.check(URL, SITE, server)
    assert caught.value.code == "robots-unavailable"


def test_cache_is_bounded() -> None:
    """With thousands of sites the cache stays bounded, and recently used origins stay in it."""
    robots, requested = Robots("suowen", Clock()), list[str]()

    def fetch(url: str) -> RobotsResponse:
        requested.append(url)
        return RobotsResponse(404)

    for n in range(MOST + 10):
        robots.check(f"http://h{n}.example/", f"http://h{n}.example:80", fetch)
        robots.check("http://often.example/", "http://often.example:80", fetch)
    assert len(requested) == MOST + 11
    robots.check("http://h0.example/", "http://h0.example:80", fetch)
    assert len(requested) == MOST + 12


@pytest.mark.parametrize("code", ["paused", "blocked-address"])
def test_host_failures_become_the_outcome_of_the_page(code: str) -> None:
    """A paused host or a blocked address is the outcome of the page, not "robots-unavailable"."""

    def fetch(url: str) -> RobotsResponse:
        raise FetchError(url, code, "as it is")

    with pytest.raises(FetchError) as caught:
        Robots("suowen", Clock()).check(URL, SITE, fetch)
    assert caught.value.code == code
