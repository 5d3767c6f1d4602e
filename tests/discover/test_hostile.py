"""Tests that hostile listing pages are parsed in bounded time; the program parses them in a worker that it can kill."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.discover.candidate_collector import MAX_CANDIDATES
from ingest.errors import ExtractError
from ingest.pipeline_types import ListingKind
from ingest.urls import canonical
from tests.support.layout_base import Layout
from tests.support.layouts import LAYOUTS
from tests.support.listings import listed

LINK = "<a href='/n/2020{0:05d}.html'>清河派出所的第{0}个夜晚</a>"


def links(count: int, before: str = "", after: str = "") -> str:
    return "".join(before + LINK.format(i) + after for i in range(count))


HOSTILE: dict[str, tuple[ListingKind, Callable[[], str]]] = {
    "nested tags": ("list", lambda: "<div>" * 200_000 + links(3)),
    "attributes": ("list", lambda: "<div " + " ".join(f"a{i}=1" for i in range(100_000)) + ">" + links(3)),
    "many links": ("list", lambda: "<ul>" + links(30_000, "<li>", "</li>")),
    "deep links": ("list", lambda: links(20_000, "<div>")),
    "open links": ("list", lambda: "".join(f"<a href='/n/{i}.html'><div>" + "字<br>" * 20 for i in range(2_000))),
    "angles": ("list", lambda: "<" * 500_000),
    "breaks": ("list", lambda: "<br>" * 200_000 + links(3)),
    "one paragraph": ("list", lambda: "<p>" + "派出所" * 1_500_000 + links(3)),
    "as many paths as links": ("list", lambda: "".join(f"<div class='{chr(97 + i % 26)}x{'y' * (i % 90)}'>{LINK.format(i)}</div>" for i in range(5_000))),
    "one link": ("list", lambda: "<ul>" + ("<li>" + LINK.format(1) + "</li>") * 20_000),
    "dates": ("list", lambda: "<ul>" + links(2_000, "<li>", "2019-" * 100 + "</li>")),
    "scripts": ("list", lambda: "<script>" + "createPageHTML('" * 100_000 + "</script>" + links(5, "<li>")),
    "brackets": ("list", lambda: "<script>var list = " + "[{" * 100_000 + "</script>"),
    "datastores": ("list", lambda: "<datastore " + "<script type=text/xml>" * 50_000),
    "escapes": ("list", lambda: "".join(f"<a href='/n/{'a%41' * 400}{i}.html'>清河派出所的夜晚</a>" for i in range(1_000))),
    "json": ("list", lambda: "[" * 200_000),
    "instructions": ("feed", lambda: "<?a ?>" * 200_000),
    "comments": ("feed", lambda: "<!--" * 200_000),
    "doctypes": ("feed", lambda: "<!DOCTYPE a [" * 20_000),
    "feed attributes": ("feed", lambda: "<rss " + " ".join(f"a{i}='1'" for i in range(50_000)) + "><channel></channel></rss>"),
    "open entries": ("sitemap", lambda: "<urlset>" + "<url>" * 100_000),
    "index": ("sitemap", lambda: "<sitemapindex>" + "".join(f"<sitemap><loc>http://www.example.cn/{i}.xml</loc></sitemap>" for i in range(50_000)) + "</sitemapindex>"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_listing_ends_in_time(name: str) -> None:
    """Each page takes at most 8 s of CPU time and results in a bounded list or ExtractError.

    The slowest page took 2.4 s on a busy machine.
    """
    kind, make = HOSTILE[name]
    body = make()
    start = time.process_time()
    try:
        result = listed(body, kind, pages=2)
    except ExtractError as error:
        assert error.code == "not-a-feed" and len(str(error)) < 1000
    else:
        assert len(result.candidates) <= MAX_CANDIDATES and len(result.more) <= 2
    assert time.process_time() - start < 8


PAGES = [make() for make in LAYOUTS]


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(PAGES),
    st.floats(0, 1),
    st.floats(0, 1),
    st.text(max_size=30),
    st.sampled_from([None, r"/\d+", "."]),
)
def test_damaged_list_pages(page: Layout, start: float, end: float, noise: str, pattern: str | None) -> None:
    """A damaged list page results in distinct candidates with canonical URLs or in ExtractError."""
    low, high = sorted((int(start * len(page.html)), int(end * len(page.html))))
    try:
        result = listed(page.html[:low] + noise + page.html[high:], "list", page.url, pattern=pattern, pages=2)
    except ExtractError as error:
        assert error.code == "not-a-feed"
        return
    assert all(canonical(c.url) == c.url for c in result.candidates)
    assert len({c.url for c in result.candidates}) == len(result.candidates)
