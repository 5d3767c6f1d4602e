"""Tests of the demo site over HTTP on loopback: the pages agree with the expected results that the site states."""

from __future__ import annotations

import gzip
import http.client
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.config.load import load
from ingest.demo import DemoSite, demo_source
from ingest.demo.seed_articles import SEEDS
from ingest.demo.site_pages import ENTRIES, pages
from ingest.discover import read_listing
from ingest.pipeline_types import OUTCOMES, Candidate, Page, Source
from ingest.zh.seed_format import clean_lines


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with DemoSite() as running:
        yield running


def get(site: DemoSite, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Send one real request; return status, headers with lower-case names, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    try:
        connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def page(site: DemoSite, url: str) -> Page:
    """Fetch a page of the site in the form that discover expects."""
    status, headers, content = get(site, url.removeprefix(site.base_url))
    declared = re.search(rb"charset=([\w-]+)", content[:500])
    gb = declared is not None and declared[1].lower() == b"gb2312"
    text = "" if content.startswith(b"\x1f\x8b") else content.decode("gb18030" if gb else "utf-8")
    return Page(url, url, status, headers, content, text, "", "", datetime(2026, 11, 20, tzinfo=UTC))


def configured(site: DemoSite, folder: Path) -> Source:
    """Return the demo's source as loaded from its configuration."""
    (folder / "config").mkdir()
    (folder / "config" / "sources.yaml").write_text(demo_source(site.base_url), encoding="utf-8")
    (source,) = load(folder, {}).sources
    return source


def discovered(site: DemoSite, source: Source) -> dict[str, Candidate]:
    """Return the candidates of all listings, with further pages and sitemaps; the first candidate of a URL is kept."""
    found: dict[str, Candidate] = {}
    waiting = list(source.listings)
    while waiting:
        listing = waiting.pop(0)
        listed = read_listing(page(site, listing.url), listing, source)
        assert not listed.partial, listing.url
        for candidate in listed.candidates:
            found.setdefault(candidate.url, candidate)
        waiting.extend(listed.more)
    return found


def test_listings_have_every_expected_page_and_no_other(site: DemoSite, tmp_path: Path) -> None:
    """All listings together have each expected page under one URL, with title and date, and no other page."""
    found = discovered(site, configured(site, tmp_path))
    assert set(found) == set(site.expected())
    by_path = {site.base_url + entry.path: entry for entry in ENTRIES}
    for url, candidate in found.items():
        assert candidate.title == clean_lines(by_path[url].title), url
        assert candidate.date is not None and candidate.date.startswith(by_path[url].date), url


def test_every_expectation_is_an_outcome(site: DemoSite) -> None:
    """Each expected outcome is an outcome code, each story has one first article, and each stored page has a text."""
    stories: dict[str, int] = {}
    for expected in site.expected().values():
        assert expected.outcome in OUTCOMES and (expected.after is None or expected.after in OUTCOMES)
        if expected.outcome in ("stored", "repost"):
            assert expected.text and expected.title and expected.story
            stories[expected.story] = stories.get(expected.story, 0) + (expected.outcome == "stored")
    assert set(stories.values()) == {1}


@pytest.mark.parametrize("seed", SEEDS, ids=lambda s: s.number)
def test_seed_texts_are_the_seeds_without_boilerplate(seed: object) -> None:
    """Each named caption and boilerplate line is a line of the seed.

    The expected text consists of lines of the seed, in their order, in the seed format.
    """
    assert seed in SEEDS
    (entry,) = [s for s in SEEDS if s is seed]
    lines = entry.lines()
    for named in (*entry.captions, *entry.boilerplate, *filter(None, (entry.picture_credit, entry.cut_from))):
        assert named in lines, named
    kept = entry.paragraphs()
    assert kept and set(entry.subheads) <= set(kept)
    position = 0
    for number, line in enumerate(kept):
        whole = line + entry.tail if number == len(kept) - 1 else line
        position = lines.index(whole, position) + 1
    assert clean_lines(entry.text()) == entry.text() and len(entry.text()) > 2000


def test_validators_are_answered_with_304(site: DemoSite) -> None:
    """A request with the ETag, a weak ETag in a list, or Last-Modified is answered with 304 without a body.

    A request with a wrong ETag is answered with the page.
    """
    status, headers, body = get(site, "/rss.xml")
    assert status == 200 and body and headers["etag"] and headers["last-modified"]
    for validators in (
        {"If_None_Match": headers["etag"]},
        {"If_None_Match": f'"x", W/{headers["etag"]}'},
        {"If_Modified_Since": headers["last-modified"]},
    ):
        status, again, body = get(site, "/rss.xml", **validators)
        assert (status, body) == (304, b"") and again["etag"] == headers["etag"]
    status, _, body = get(site, "/rss.xml", If_None_Match='"other"', If_Modified_Since=headers["last-modified"])
    assert status == 200 and body


def test_error_and_block_pages_have_no_validators(site: DemoSite) -> None:
    """Error and block pages have no validators, because they must not be answered with 304 later."""
    for path in ("/yl/2026-09/02/c_1404.html", "/yl/2026-09/05/c_1406.html", "/nowhere.html"):
        _, headers, _ = get(site, path)
        assert "etag" not in headers and "last-modified" not in headers


def test_second_state_edits_one_page() -> None:
    """Between the two states of the site, the page that is expected to be revised changes, and no other page does.

    A request with the ETag of the first state is answered with the changed page.
    """
    base = "http://127.0.0.1:1"
    first, second = pages(base, 1), pages(base, 2)
    assert first == pages(base, 1) and set(first) == set(second)
    changed = {path for path in first if first[path] != second[path]}
    revised = {e.path for e in ENTRIES if e.expected is not None and e.expected.after == "revised"}
    assert changed == revised and len(changed) == 1
    with DemoSite() as running:
        (path,) = changed
        _, before, _ = get(running, path)
        running.advance()
        status, after, _ = get(running, path, If_None_Match=before["etag"])
        assert status == 200 and after["etag"] != before["etag"]
        assert running.requests == [("GET", path, 200), ("GET", path, 200)]


def test_gb18030_pages_declared_as_gb2312(site: DemoSite) -> None:
    """A list page and two articles are GB18030 but declared as gb2312; one article has characters that gb2312 lacks."""
    for path in ("/jwzx/index.html", "/content/2019/09/10/40041.html", "/ls/20260921/6001.htm"):
        _, headers, content = get(site, path)
        assert b"gb2312" in content and "charset" not in headers["content-type"]
        content.decode("gb18030")
    _, _, content = get(site, "/content/2019/09/10/40041.html")
    with pytest.raises(UnicodeDecodeError):
        content.decode("gb2312")


def test_sitemap_is_one_layer_of_gzip(site: DemoSite) -> None:
    """The sitemap in the index is gzipped once and contains news fields."""
    _, _, content = get(site, "/sitemap-1.xml.gz")
    assert b"news:publication_date" in gzip.decompress(content)


def test_head_and_robots(site: DemoSite) -> None:
    """HEAD has no body; robots.txt disallows the page that is expected to be disallowed."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    connection.request("HEAD", "/")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read() == b""
    connection.close()
    _, _, robots = get(site, "/robots.txt")
    forbidden = [u for u, e in site.expected().items() if e.outcome == "robots"]
    assert b"Disallow: /private/" in robots and all("/private/" in u for u in forbidden) and forbidden
