"""Canonical URLs of archived pages: articles that earlier versions stored twice are found and joined."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.pipeline import visit
from ingest.pipeline.archived_canonical_urls import stated_urls
from ingest.urls import equal_urls
from store import queries
from store.same_page_urls import same_page_pairs
from tests.support.command import run_json, suowen
from tests.support.runs import BRIEF, FEATURE, OTHER, fill, one_pass, opened
from tests.support.small_site import SmallSite, page


def test_article_stored_under_two_views_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the page of one article states the URL of another as canonical, `spellings --dry-run` shows both.

    With --yes they are joined.
    """
    with SmallSite() as site:
        fill(
            site,
            {
                "/2026/1120/123.html": ("渡口的灯", FEATURE),
                "/wap/123.html": ("渡口的灯", FEATURE),
                "/7.html": ("老街来信", OTHER),
            },
        )
        link = f'<link rel="canonical" href="{site.base}/2026/1120/123.html"><h1>'.encode()
        site.pages["/wap/123.html"] = page("渡口的灯", FEATURE).replace(b"<h1>", link)
        monkeypatch.setattr(visit, "article_like", lambda url: False)  # an earlier version ignored canonical URLs
        with opened(tmp_path, site.base) as context:
            one_pass(context)
            assert len(queries.list_articles(context.store)) == 3
            stated, unread = stated_urls(context)
            assert list(stated.values()) == [f"{site.base}/2026/1120/123.html"] and unread == []
            (pair,) = same_page_pairs(context.store, equal_urls, stated)
        shown = suowen("spellings", "--dry-run", home=tmp_path)
        assert f"article {pair.later} is article {pair.older}: 渡口的灯" in shown
        assert f"the page names {site.base}/2026/1120/123.html as its address" in shown
        assert run_json("spellings", "--yes", home=tmp_path)["joined"] is True
        assert suowen("spellings", home=tmp_path) == "no article is stored twice\n"
        assert len(run_json("list", home=tmp_path)) == 2


def test_page_missing_from_the_archive_is_named(tmp_path: Path) -> None:
    """Every page that cannot be read from the archive is reported, not only the first one."""
    with SmallSite() as site:
        fill(site, {"/1.html": ("渡口的灯", FEATURE), "/2.html": ("渡口的灯", BRIEF)})
        with opened(tmp_path, site.base) as context:
            one_pass(context)
            for file in (context.config.data / "warc").glob("*.warc.gz*"):
                file.write_bytes(b"")
            stated, unread = stated_urls(context)
            assert stated == {} and len(unread) == 2
