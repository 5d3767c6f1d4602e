"""Tests of feeds: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed, and bodies that are not feeds."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.discover.candidate_collector import MAX_CANDIDATES
from ingest.errors import ExtractError
from ingest.urls import canonical
from tests.support.listings import listed

URL = "http://www.example.cn/rss.xml"


def rss(items: str, version: str = "2.0", declaration: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return f'{declaration}<rss version="{version}"><channel><title>某网</title><link>http://www.example.cn/</link>{items}</channel></rss>'


def item(n: int, title: str = "清河派出所的夜晚", more: str = "") -> str:
    return f"<item><title>{title}</title><link>http://www.example.cn/n/{n}.html</link>{more}</item>"


ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>某网</title><id>x</id>
<link rel="next" href="http://www.example.cn/atom.xml?page=2"/>
<entry><title type="html">清河&lt;b&gt;派出所&lt;/b&gt;的夜晚</title><link rel="enclosure" href="http://www.example.cn/a.mp3"/><link rel="alternate" href="/n/1.html"/>
<id>tag:1</id><updated>2020-09-07T13:43:45+08:00</updated><summary>摘要一二三</summary></entry></feed>"""
RDF = """<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="x"><title>某网</title></channel><item rdf:about="http://www.example.cn/n/1.html"><title>清河派出所的夜晚</title><link>http://www.example.cn/n/1.html</link><dc:date>2020-09-07T13:43:45+08:00</dc:date></item></rdf:RDF>"""
RSS09 = rss(
    item(1),
    "0.91",
    '<?xml version="1.0" encoding="gb2312"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">',
)
RSS2 = rss(
    item(
        1,
        more="<pubDate>Mon, 07 Sep 2020 13:43:45 +0800</pubDate><description>&lt;p&gt;摘要一二三&lt;/p&gt;</description>",
    )
)
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "某网",
        "next_url": "http://www.example.cn/feed2.json",
        "items": [
            {
                "id": "1",
                "url": "http://www.example.cn/n/1.html",
                "title": "清河派出所的夜晚",
                "content_html": "<p>摘要一二三</p>",
                "date_published": "2020-09-07T13:43:45+08:00",
            }
        ],
    }
)
RSS090 = '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>x</title></channel><item><title>清河派出所的夜晚</title><link>http://www.example.cn/n/1.html</link></item></rdf:RDF>'
BAIDU = '<?xml version="1.0" encoding="utf-8"?><document><webSite>x</webSite><item><link>http://www.example.cn/n/1.html</link><title>清河派出所的夜晚</title><pubDate>2020-09-07 13:43:45</pubDate></item></document>'


@pytest.mark.parametrize(
    ("body", "dated"),
    [
        (RSS2, True),
        (RSS09, False),
        (RSS090, False),
        (RDF, True),
        (ATOM, True),
        (JSON, True),
        (BAIDU, True),
        ("\ufeff\n " + RSS2, True),
    ],
    ids=["rss2", "rss091", "rss090", "rdf", "atom", "json", "baidu", "bom"],
)
def test_all_formats_give_the_same_candidate(body: str, dated: bool) -> None:
    """In every format, an article has the same URL and title, and the same date if its format has dates."""
    (candidate,) = listed(body, "feed", URL).candidates
    assert candidate.url == "http://www.example.cn/n/1.html" and candidate.title == "清河派出所的夜晚"
    assert candidate.date == ("2020-09-07T13:43:45+08:00" if dated else None)
    assert (candidate.origin, candidate.source) == ("feed", "test")


def test_snippets_lose_markup() -> None:
    """Markup is removed from summaries, even if it is escaped once or twice."""
    for body in (RSS2, ATOM, JSON):
        assert listed(body, "feed", URL).candidates[0].snippet == "摘要一二三"


def test_further_pages_of_atom_and_json_feed() -> None:
    """Links to further pages (rel=next, next_url) are returned unless the limit of pages is reached."""
    assert [m.url for m in listed(ATOM, "feed", URL, pages=2).more] == ["http://www.example.cn/atom.xml?page=2"]
    assert [m.url for m in listed(JSON, "feed", URL, pages=2).more] == ["http://www.example.cn/feed2.json"]
    assert listed(ATOM, "feed", URL, pages=1).more == ()


def test_undecoded_bytes_are_decoded() -> None:
    """A feed sent as octet-stream in GB18030 that declares UTF-8 is decoded (FAULTS F7)."""
    body = rss(item(1, "镕园派出所的夜晚"))
    (candidate,) = listed("", "feed", URL, content=body.encode("gb18030")).candidates
    assert candidate.title == "镕园派出所的夜晚"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   \n",
        "/etc/passwd",
        "http://127.0.0.1:1/rss.xml",
        "<html><head><title>登录</title></head><body>请登录</body></html>",
        "<!DOCTYPE html><html><body><h1>404</h1></body></html>",
        '<?xml version="1.0"?><urlset><url><loc>http://www.example.cn/1.html</loc></url></urlset>',
        '{"code": 403}',
        '{"items": "none", "version": "https://jsonfeed.org/version/1"}',
        "{broken",
        '{"items":' + "[" * 100_000,
        "<svg><title>rss</title></svg>",
    ],
)
def test_other_bodies_are_errors(body: str) -> None:
    """HTML, sitemaps, empty bodies, paths and URLs are errors with the code "not-a-feed" (FAULTS F2, F6)."""
    with pytest.raises(ExtractError) as caught:
        listed(body, "feed", URL)
    assert caught.value.code == "not-a-feed"


def test_paths_and_urls_are_not_opened(tmp_path: Path) -> None:
    """A body that is a path or a URL is not opened: the file is not read and the port not connected (FAULTS F2)."""
    canary = tmp_path / "canary.xml"
    canary.write_text(rss(item(1)), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        for body in (str(canary), canary.as_uri(), f"http://127.0.0.1:{port}/"):
            with pytest.raises(ExtractError):
                listed(body, "feed", URL)
            with pytest.raises(ExtractError):
                listed("", "feed", URL, content=body.encode())
        doctype = f'<!DOCTYPE rss SYSTEM "http://127.0.0.1:{port}/rss.dtd">'
        assert len(listed(doctype + rss(item(1), declaration=""), "feed", URL).candidates) == 1
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]>',
        "<!-- x -->" * 2000 + '<!doctype r [ <!entity a "b"> ]>',
        'noise before <!DOCTYPE r [<!ENTITY a "b">]>',
    ],
)
def test_declared_entities_are_rejected(doctype: str) -> None:
    """Feeds that declare entities, also external or parameter entities, are rejected (FAULTS F1)."""
    with pytest.raises(ExtractError, match="entities"):
        listed('<?xml version="1.0"?>' + doctype + rss(item(1, "&a;"), declaration=""), "feed", URL)


def test_empty_feed_is_valid() -> None:
    """A channel without items is a valid feed without candidates."""
    result = listed(rss(""), "feed", URL)
    assert result.candidates == () and not result.partial


@pytest.mark.parametrize("share", range(5, 100, 5))
def test_truncated_feed_is_partial(share: int) -> None:
    """A feed cut after 10 % to 95 % of its length results in entries before the cut and is partial (FAULTS F5).

    A feed cut after 5 % may be an error instead.
    """
    body = rss("".join(item(i) for i in range(40)))
    cut = body[: len(body) * share // 100]
    try:
        result = listed(cut, "feed", URL)
    except ExtractError:
        assert share <= 5
        return
    assert result.partial and len(result.candidates) >= (share - 8) * 40 // 100


def test_php_warnings_before_the_feed_are_skipped() -> None:
    """PHP warnings before the XML declaration are skipped, and the listing is marked partial."""
    result = listed("Warning: include() failed in x.php on line 3\n" + rss(item(1)), "feed", URL)
    assert len(result.candidates) == 1 and result.partial


def test_links_are_canonical_and_hostile_links_dropped() -> None:
    """Tracking parameters are removed, and two forms of a URL are one candidate (FAULTS F4, F9).

    Links with javascript:, data: or a password are dropped.
    """
    links = [
        "http://www.example.cn/n/1.html?utm_source=rss",
        "https://www.example.cn/n/1.html#a",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://u:p@www.example.cn/n/2.html",
        "/n/3.html",
        "http://www.example.cn/n/4.html?id=4&amp;from=timeline",
    ]
    body = rss(
        "".join(f"<item><title>甲{i}</title><link>{u}</link><guid>same</guid></item>" for i, u in enumerate(links))
    )
    assert [c.url for c in listed(body, "feed", URL).candidates] == [
        "http://www.example.cn/n/1.html",
        "http://www.example.cn/n/3.html",
        "http://www.example.cn/n/4.html?id=4",
    ]


def test_guid_is_a_link_only_when_it_is_a_url() -> None:
    """Without <link>, a GUID is used as the link only if it is a URL."""
    body = rss(
        "<item><title>甲</title><guid>http://www.example.cn/n/1.html</guid></item><item><title>乙</title><guid>77</guid></item>"
    )
    assert [c.url for c in listed(body, "feed", URL).candidates] == ["http://www.example.cn/n/1.html"]


def test_titles_lose_markup() -> None:
    """Tags and control characters are removed from titles (FAULTS F4)."""
    body = rss(item(1, "&lt;img src=x onerror=alert(1)&gt;清河派出所&#8203;的夜晚&amp;nbsp;"))
    assert listed(body, "feed", URL).candidates[0].title == "清河派出所的夜晚"


def test_huge_feed_is_limited() -> None:
    """A feed of 20,000 items results in MAX_CANDIDATES candidates and is marked partial (FAULTS F8).

    A title of 3,000,000 characters is cut to 300.
    """
    body = rss(item(0, "所" * 3_000_000) + "".join(item(i) for i in range(1, 20_000)))
    result = listed(body, "feed", URL)
    assert len(result.candidates) == MAX_CANDIDATES and result.partial
    assert len(result.candidates[0].title or "") == 300


def test_many_attributes_are_dropped() -> None:
    """A feed with 40,000 attributes on a tag is parsed; feedparser alone took 12 s for them (FAULTS F3)."""
    attributes = " ".join(f'a{i}="1"' for i in range(40_000))
    assert (
        len(listed(f'<rss version="2.0" {attributes}><channel>{item(1)}</channel></rss>', "feed", URL).candidates) == 1
    )


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("Mon, 07 Sep 2020 13:43:45 GMT", "2020-09-07T13:43:45+00:00"),
        ("Mon, 07 Sep 2020 13:43:45 CST", "2020-09-07T13:43:45+08:00"),
        ("Mon Sep 07 13:43:45 CST 2020", "2020-09-07T13:43:45+08:00"),
        ("2020-09-07 13:43", "2020-09-07T13:43+08:00"),
        ("2020年9月7日", "2020-09-07"),
        ("1599457425", "2020-09-07T13:43:45+08:00"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Mon, 07 Sep 2037 13:43:45 GMT", None),
        ("0001-01-01", None),
        ("3小时前", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_of_feeds(written: str, date: str | None) -> None:
    """RFC 822, Java, Chinese and epoch dates are read, and CST is China Standard Time (FAULTS F10).

    Unset, future and relative dates result in None.
    """
    body = rss(item(1, more=f"<pubDate>{written}</pubDate>"))
    assert listed(body, "feed", URL).candidates[0].date == date


def test_link_pattern_filters_feeds() -> None:
    """The source's link pattern is applied to the entries of feeds."""
    body = rss(item(1) + "<item><title>广告</title><link>http://www.example.cn/ad/9.html</link></item>")
    assert [c.url for c in listed(body, "feed", URL, pattern=r"/n/\d+").candidates] == [
        "http://www.example.cn/n/1.html"
    ]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300), st.integers(0, 400))
def test_damaged_feeds(noise: str, position: int) -> None:
    """A damaged feed results in candidates with canonical URLs or in ExtractError."""
    for body in (RSS2, ATOM, RDF, JSON):
        broken = body[:position] + noise + body[position:]
        try:
            result = listed(broken, "feed", URL)
        except ExtractError:
            continue
        assert all(canonical(c.url) == c.url for c in result.candidates)
