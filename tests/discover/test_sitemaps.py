"""Tests of sitemaps, sitemap indexes, gzip, news fields and text sitemaps."""

from __future__ import annotations

import gzip

import pytest

from ingest.discover.candidate_collector import MAX_CANDIDATES
from ingest.errors import ExtractError
from tests.support.listings import listed

URL = "http://www.example.cn/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def entry(n: int, more: str = "") -> str:
    return f"<url><loc>http://www.example.cn/n/{n}.html</loc>{more}</url>\n"


def urlset(entries: str, spaces: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NS} {spaces}>{entries}</urlset>'


def test_newest_entries_come_first() -> None:
    """lastmod is used as the date; entries without a date come last."""
    body = urlset(
        entry(1) + entry(2, "<lastmod>2020-09-07</lastmod>") + entry(3, "<lastmod>2020-09-08T10:00:00+08:00</lastmod>")
    )
    result = listed(body, "sitemap", URL)
    assert [(c.url[-6:], c.date) for c in result.candidates] == [
        ("3.html", "2020-09-08T10:00:00+08:00"),
        ("2.html", "2020-09-07"),
        ("1.html", None),
    ]
    assert not result.partial and {c.origin for c in result.candidates} == {"sitemap"}


def test_prefixes_that_are_not_declared() -> None:
    """Elements with the prefixes news: and image: are recognised even if the sitemap does not declare the prefixes."""
    xml = (
        "<urlset><url><loc>http://www.example.cn/a/1.html</loc><news:news><news:title>清河派出所的夜晚</news:title>"
        "<news:publication_date>2020-09-07</news:publication_date></news:news>"
        "<image:image><image:title>图片的题目</image:title></image:image></url></urlset>"
    )
    (candidate,) = listed(xml, "sitemap").candidates
    assert (candidate.title, candidate.date) == ("清河派出所的夜晚", "2020-09-07")


def test_news_fields_are_read() -> None:
    """Title and date are read from Google News fields; a picture's title is ignored."""
    spaces = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    body = urlset(
        entry(
            1,
            "<image:image><image:loc>http://www.example.cn/a.jpg</image:loc><image:title>图</image:title></image:image>"
            "<news:news><news:publication><news:name>某报</news:name></news:publication><news:title>清河派出所的夜晚</news:title>"
            "<news:publication_date>2020-09-07</news:publication_date></news:news><lastmod>2020-09-20</lastmod>",
        ),
        spaces,
    )
    (candidate,) = listed(body, "sitemap", URL).candidates
    assert (candidate.url, candidate.title, candidate.date) == (
        "http://www.example.cn/n/1.html",
        "清河派出所的夜晚",
        "2020-09-07",
    )


def test_one_layer_of_gzip_is_decompressed() -> None:
    """One layer of gzip is decompressed; nested and broken gzip are errors (FAULTS F11).

    A truncated file and a decompression bomb result in a partial listing.
    """
    packed = gzip.compress(urlset(entry(1)).encode())
    assert len(listed("", "sitemap", URL, content=packed).candidates) == 1
    for bad in (gzip.compress(packed), packed[:1] + b"\x8bjunk"):
        with pytest.raises(ExtractError):
            listed("", "sitemap", URL, content=bad)
    cut = listed(
        "", "sitemap", URL, content=gzip.compress(urlset("".join(entry(i) for i in range(500))).encode())[:-200]
    )
    assert cut.partial and cut.candidates
    bomb = listed("", "sitemap", URL, content=gzip.compress(urlset(entry(1)).encode()[:-9] + b" " * 60_000_000))
    assert bomb.partial and len(bomb.candidates) <= 1


def test_gbk_sitemap_in_gzip() -> None:
    """A gzipped sitemap that declares GBK is decoded as GBK."""
    body = urlset(entry(1, "<title>镕园派出所的夜晚</title>")).replace("UTF-8", "GBK")
    (candidate,) = listed("", "sitemap", URL, content=gzip.compress(body.encode("gb18030"))).candidates
    assert candidate.title == "镕园派出所的夜晚"


def index(*locs: str) -> str:
    rows = "".join(
        f"<sitemap><loc>{loc}</loc><lastmod>2020-09-{i + 1:02d}</lastmod></sitemap>" for i, loc in enumerate(locs)
    )
    return f'<?xml version="1.0"?><sitemapindex {NS}>{rows}</sitemapindex>'


def test_index_is_followed_one_level() -> None:
    """An index is followed one level on the same site, newest first, up to the limit (FAULTS F11)."""
    body = index(
        URL,
        "http://other.cn/s.xml",
        "http://www.example.cn/s1.xml",
        "http://img.example.cn/s2.xml.gz",
        "http://www.example.cn/s3.xml",
    )
    result = listed(body, "sitemap", URL, pages=2)
    assert [m.url for m in result.more] == ["http://www.example.cn/s3.xml", "http://img.example.cn/s2.xml.gz"]
    assert result.partial and result.candidates == ()
    assert {m.max_pages for m in result.more} == {0}
    inner = listed(index("http://www.example.cn/s9.xml"), "sitemap", "http://www.example.cn/s3.xml", pages=0)
    assert inner.more == () and inner.partial


def test_entries_of_other_sites_are_dropped() -> None:
    """Entries of other sites are dropped (FAULTS F11)."""
    body = urlset(entry(1) + "<url><loc>http://other.cn/n/2.html</loc></url>")
    assert [c.url for c in listed(body, "sitemap", URL).candidates] == ["http://www.example.cn/n/1.html"]


def test_shared_lastmod_is_ignored() -> None:
    """A lastmod shared by all pages is ignored (FAULTS F11)."""
    body = urlset("".join(entry(i, "<lastmod>2020-09-30T23:59:59+08:00</lastmod>") for i in range(20)))
    assert {c.date for c in listed(body, "sitemap", URL).candidates} == {None}


def test_text_sitemap() -> None:
    """A text sitemap has one URL in each line; other lines mark it as partial."""
    result = listed("http://www.example.cn/n/1.html\r\nhttp://www.example.cn/n/2.html\n", "sitemap", URL)
    assert len(result.candidates) == 2 and not result.partial
    assert listed("http://www.example.cn/n/1.html\nnonsense\n", "sitemap", URL).partial


def test_large_sitemap_keeps_the_newest() -> None:
    """Of 12,000 entries the newest MAX_CANDIDATES are kept, and the listing is marked partial (FAULTS F8)."""
    body = urlset("".join(entry(i, f"<lastmod>2020-{1 + i % 9:02d}-01</lastmod>") for i in range(12_000)))
    result = listed(body, "sitemap", URL)
    assert len(result.candidates) == MAX_CANDIDATES and result.partial
    assert result.candidates[0].date == "2020-09-01" and min(c.date or "" for c in result.candidates) >= "2020-05-01"


def test_ill_formed_xml_is_partial() -> None:
    """Entries recovered from ill-formed XML are kept, and the listing is marked partial (FAULTS F12)."""
    for body in (
        urlset(entry(1) + entry(2))[:-30],
        urlset(entry(1) + "<url><loc>http://www.example.cn/a&b.html</loc></url>"),
    ):
        result = listed(body, "sitemap", URL)
        assert result.partial and result.candidates


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body>404</body></html>",
        '<rss version="2.0"><channel/></rss>',
        '<!DOCTYPE u [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
        "/etc/passwd",
    ],
)
def test_other_bodies_are_errors(body: str) -> None:
    """HTML, feeds, paths and entities are errors (FAULTS F1, F6)."""
    with pytest.raises(ExtractError) as caught:
        listed(body, "sitemap", URL)
    assert caught.value.code == "not-a-feed"
