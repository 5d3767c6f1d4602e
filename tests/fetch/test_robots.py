"""robots.txt as RFC 9309 asks: odd files, odd servers, and what a failure means."""

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
    """Whether the file lets "suowen" in."""
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
        # Our own group alone counts when there is one, also with a version, in any case, and split in two.
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
        # A group's names may be followed by blank lines and comments; a sitemap line does not end a group.
        ("User-agent: *\n\n# all of you\nDisallow: /", False),
        ("User-agent: *\nSitemap: http://news.example/s.xml\nDisallow: /", False),
        ("User-agent: suowen\nCrawl-delay: 3\nUser-agent: other\nDisallow: /", True),
        ("Disallow: /", True),
        # F16: line ends, marks and dirt.
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
    """RFC 9309 section 2.2, and the dirt of the real net."""
    assert allows(text) is allowed


def test_a_gbk_file_with_chinese_paths() -> None:
    """F16: comments in GBK do not hide the rules around them."""
    assert not allows("# 禁止抓取\nUser-agent: *\nDisallow: /a\n".encode("gbk"))
    assert not allows("User-agent: *\nDisallow: /派出所/\n", "http://news.example/%E6%B4%BE%E5%87%BA%E6%89%80/1.html")


def test_only_so_much_is_read() -> None:
    """F15: rules past 500 KiB do not exist, and a character cut there does no harm."""
    filler = "# 派出所\n" * (MAX_SIZE // 12 + 1000)
    assert not allows("User-agent: *\nDisallow: /a\n" + filler)
    assert allows("User-agent: *\n" + filler + "Disallow: /a\n")


def test_thousands_of_agents_and_rules_are_quick() -> None:
    """F15: 4,000 agents above 4,000 rules took Protego 20 s; here well under one."""
    agents = "".join(f"User-agent: bot{n}\n" for n in range(4000))
    rules = "".join(f"Disallow: /p{n}/\n" for n in range(4000))
    began = time.monotonic()
    assert allows(agents + rules)
    assert not allows(agents + "User-agent: *\n" + rules + "Disallow: /a")
    assert allows("User-agent: *\nDisallow: /" + "*a" * 3000 + "b")
    assert time.monotonic() - began < 5


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_no_bytes_raise(content: bytes) -> None:
    """Whatever a server sends as robots.txt is rules or none."""
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
            "Host: a",
            "Nonsense: 1",
            "words without a colon",
            "Crawl-delay: 3",
            "Disallow /a",
        ]
    ),
)


@given(st.lists(LINES, max_size=14))
@settings(max_examples=400)
def test_dropping_other_agents_changes_no_answer(lines: list[str]) -> None:
    """F15: the groups that Protego never sees are those it would not have used: with and without, the same answers."""
    text = "\n".join(lines)
    whole = Protego.parse(text.replace("Suowen/0.1", "suowen"))
    ours = rules_of(text.encode(), "suowen")
    for path in ("/", "/a", "/a/b", "/a/b.html", "/x", "/y"):
        url = "http://news.example" + path
        assert ours.can_fetch(url, "suowen") == whole.can_fetch(url, "suowen"), text
    assert ours.crawl_delay("suowen") == whole.crawl_delay("suowen"), text


@pytest.mark.parametrize(
    ("said", "seconds"),
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
def test_crawl_delay(said: str, seconds: float) -> None:
    """F17: through Protego and our clamp, whatever it says."""
    delay = rules_of(f"User-agent: *\nCrawl-delay: {said}\nDisallow: /x".encode(), "suowen").crawl_delay("suowen")
    assert gap(0.0 if seconds != 5 else 5.0, delay) == seconds


# --- the keeper ------------------------------------------------------------------------------------------------------


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Site:
    """Answers for robots.txt as told, and counts."""

    def __init__(self, status: int = 200, body: bytes = b"") -> None:
        self.status, self.body, self.asked = status, body, 0

    def __call__(self, url: str) -> RobotsResponse:
        assert url == SITE + "/robots.txt"
        self.asked += 1
        if self.status == 0:
            raise FetchError(url, "network", "the connection failed: refused")
        return RobotsResponse(self.status, self.body)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_4xx_means_no_rules(status: int) -> None:
    """RFC 9309 section 2.3.1.3."""
    assert Robots("suowen", Clock()).check(URL, SITE, Site(status)) is None


@pytest.mark.parametrize("status", [500, 502, 503, 429, 0, 304])
def test_no_answer_means_wait(status: int) -> None:
    """F13: Scrapy and Heritrix allow everything here; RFC 9309 section 2.3.1.4 forbids it. Asked once in RETRY."""
    clock, site = Clock(), Site(status)
    robots = Robots("suowen", clock)
    for _ in range(5):
        with pytest.raises(FetchError) as caught:
            robots.check(URL, SITE, site)
        assert caught.value.code == "robots-unavailable"
        assert 0 < (caught.value.retry_after or 0) <= RETRY.total_seconds()
    assert site.asked == 1
    clock.now += RETRY
    site.status = 200
    robots.check(URL, SITE, site)
    assert site.asked == 2


def test_a_last_good_copy_speaks_for_a_month() -> None:
    """F13: fresh for a day, then asked for again; a copy up to 30 days old bridges an outage, an older one does not."""
    clock, site = Clock(), Site(200, b"User-agent: *\nDisallow: /secret\nCrawl-delay: 9")
    robots = Robots("suowen", clock)
    assert robots.check(URL, SITE, site) == 9
    clock.now += FRESH - timedelta(seconds=1)
    robots.check(URL, SITE, site)
    assert site.asked == 1
    site.status = 500
    clock.now += timedelta(seconds=1)
    assert robots.check(URL, SITE, site) == 9
    assert site.asked == 2
    with pytest.raises(FetchError, match="forbids"):
        robots.check("http://news.example/secret", SITE, site)
    clock.now += KEEP
    with pytest.raises(FetchError) as caught:
        robots.check(URL, SITE, site)
    assert caught.value.code == "robots-unavailable"


def test_a_bounded_number_of_origins_is_held() -> None:
    """A one-off list of thousands of sites does not fill the memory; those used last are still known."""
    robots, asked = Robots("suowen", Clock()), list[str]()

    def ask(url: str) -> RobotsResponse:
        asked.append(url)
        return RobotsResponse(404)

    for n in range(MOST + 10):
        robots.check(f"http://h{n}.example/", f"http://h{n}.example:80", ask)
        robots.check("http://often.example/", "http://often.example:80", ask)
    assert len(asked) == MOST + 11
    robots.check("http://h0.example/", "http://h0.example:80", ask)
    assert len(asked) == MOST + 12


@pytest.mark.parametrize("code", ["paused", "blocked-address"])
def test_failures_that_are_not_about_robots(code: str) -> None:
    """A host that asked for silence is paused, a private address is blocked: the page's outcome says so."""

    def ask(url: str) -> RobotsResponse:
        raise FetchError(url, code, "as it is")

    with pytest.raises(FetchError) as caught:
        Robots("suowen", Clock()).check(URL, SITE, ask)
    assert caught.value.code == code
