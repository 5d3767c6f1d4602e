"""Articles whose text is not, or not completely, on the listed page: print views, frames and redirect pages.

The tests use real HTTP and a real store.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline.replay import differences
from store import queries
from tests.support.runs import FEATURE, fill, one_pass, opened
from tests.support.small_site import SmallSite, page

LINES = FEATURE.split("\n")
HALF = len(LINES) // 2
TOOLS = (
    '<div class="tools"><a href="javascript:window.print()">打印</a> <a href="/print/20261120.html">打印版</a></div>'
    '<div class="page"><span>1</span> <a href="/20261120_2.html">2</a> <a href="/20261120_2.html">下一页</a></div>'
)


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite() as running:
        yield running


def two_pages(site: SmallSite) -> None:
    """Serve an article of two pages. The first page links to a print view, which each test adds."""
    fill(site, {"/20261120.html": ("一", "")})
    site.pages["/20261120.html"] = page("一", "\n".join(LINES[:HALF]), TOOLS)
    site.pages["/20261120_2.html"] = page("一", "\n".join(LINES[HALF:]), '<a href="/20261120.html">上一页</a>')


def stored_text(site: SmallSite, folder: Path) -> str:
    """Run one pass that stores one article and return its text, after a check that replay extracts the same text."""
    with opened(folder, site.base) as context:
        assert one_pass(context).outcomes == {"stored": 1}
        asked = site.asked.copy()
        assert list(differences(context)) == []
        assert site.asked == asked
        return queries.show(context.store, 1).revision.content.text


def test_print_view_replaces_the_pages(site: SmallSite, tmp_path: Path) -> None:
    """If an article of several pages has a print view, the print view is fetched instead of the other pages."""
    two_pages(site)
    site.pages["/print/20261120.html"] = page("一", FEATURE)
    text = stored_text(site, tmp_path)
    assert LINES[1][:40] in text and LINES[-1][:40] in text
    assert (site.asked["/print/20261120.html"], site.asked["/20261120_2.html"]) == (1, 0)


@pytest.mark.parametrize(
    "printed",
    [404, page("一", "\n".join(LINES[:HALF])), page("一", "请先登录"), b"%PDF-1.7 \x00\x01\x02" + b"\x00" * 500],
)
def test_bad_print_view_loses_nothing(site: SmallSite, tmp_path: Path, printed: bytes | int) -> None:
    """If the print view is missing, incomplete or not an article, the further pages are fetched."""
    two_pages(site)
    site.pages["/print/20261120.html"] = printed
    text = stored_text(site, tmp_path)
    assert LINES[1][:40] in text and LINES[-1][:40] in text
    assert text.count(LINES[1][:40]) == 1


def test_print_view_of_a_complete_page_is_not_fetched(site: SmallSite, tmp_path: Path) -> None:
    """The print view of a complete page is not fetched; the page itself is extracted."""
    fill(site, {"/20261120.html": ("一", FEATURE)})
    site.pages["/20261120.html"] = page("一", FEATURE, '<a href="/print/20261120.html">打印版</a>')
    stored_text(site, tmp_path)
    assert site.asked["/print/20261120.html"] == 0


FRAMESET = (
    '<html><head><title>一</title></head><frameset cols="200,*"><frame src="/left.html" name="left">'
    '<frame src="/text_20261120.html" name="main"><noframes>您的浏览器不支持框架</noframes></frameset></html>'
)
IFRAME = (
    '<html><head><title>一</title></head><body><div><a href="/">首页</a></div>'
    '<iframe src="/text_20261120.html" width="100%"></iframe><iframe src="/share.html"></iframe></body></html>'
)


@pytest.mark.parametrize("outer", [FRAMESET, IFRAME])
def test_frame_is_followed(site: SmallSite, tmp_path: Path, outer: str) -> None:
    """The frame that contains the article is fetched and extracted; the article keeps the listed URL."""
    fill(site, {"/a.html": ("一", "")})
    site.pages["/a.html"] = outer.encode()
    site.pages["/text_20261120.html"] = page("一", FEATURE)
    assert "辖区面积36.8平方公里" in stored_text(site, tmp_path)
    assert (site.asked["/left.html"], site.asked["/share.html"]) == (0, 0)
    with opened(tmp_path, site.base) as context:
        assert queries.show(context.store, 1).revision.content.url == site.base + "/a.html"


def test_nested_frames_are_not_followed(site: SmallSite, tmp_path: Path) -> None:
    """Only one frame is followed: two pages that contain each other as a frame have an outcome and no article."""
    fill(site, {"/a.html": ("一", "")})
    site.pages["/a.html"] = IFRAME.encode()
    site.pages["/text_20261120.html"] = IFRAME.replace("text_20261120", "a").encode()
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {"not-article": 1}
    assert site.asked["/text_20261120.html"] == 1


def test_frame_of_another_site_is_not_fetched(site: SmallSite, tmp_path: Path) -> None:
    """A page that consists of a frame of another site is not an article, and the other site gets no request."""
    with SmallSite("127.0.0.2") as other:
        fill(site, {"/a.html": ("一", "")})
        site.pages["/a.html"] = IFRAME.replace('"/text', f'"{other.base}/text').encode()
        with opened(tmp_path, site.base) as context:
            assert set(one_pass(context).outcomes) <= {"not-article", "too-short"}
        assert not other.asked


SCRIPT = '<html><head><title>正在跳转</title><script>window.location.href="{to}";</script></head><body></body></html>'
REFRESH = '<html><head><meta http-equiv="refresh" content="0; url={to}"></head><body>正在跳转,请稍候</body></html>'


@pytest.mark.parametrize("stub", [SCRIPT, REFRESH])
def test_redirect_page_is_followed(site: SmallSite, tmp_path: Path, stub: str) -> None:
    """A redirect page, which some sites list for an article on another site, is followed.

    The article keeps the listed URL.
    """
    with SmallSite("127.0.0.2") as other:
        fill(site, {"/a.html": ("一", "")})
        site.pages["/a.html"] = stub.format(to=f"{other.base}/text_20261120.html").encode()
        other.pages["/text_20261120.html"] = page("一", FEATURE)
        assert "辖区面积36.8平方公里" in stored_text(site, tmp_path)
    with opened(tmp_path, site.base) as context:
        assert queries.show(context.store, 1).revision.content.url == site.base + "/a.html"


@pytest.mark.parametrize(
    ("to", "outcome"),
    [
        ("/", "error-page"),
        ("/index.html", "error-page"),
        ("/a.html", "error-page"),
        ("/b.html", "not-article"),
    ],
)
def test_redirect_home_or_in_a_circle_is_not_an_article(site: SmallSite, tmp_path: Path, to: str, outcome: str) -> None:
    """A redirect to the home page, as for removed pages, is not an article.

    If two pages redirect to each other, the listed one is fetched only once.
    """
    fill(site, {"/a.html": ("一", "")})
    site.pages["/"] = site.pages["/index.html"] = page("一", FEATURE)
    site.pages["/a.html"], site.pages["/b.html"] = REFRESH.format(to=to).encode(), REFRESH.format(to="/a.html").encode()
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {outcome: 1}
    assert site.asked["/a.html"] == 1 and site.asked["/"] == site.asked["/index.html"] == 0


def test_script_challenge_is_not_evaded(site: SmallSite, tmp_path: Path) -> None:
    """A script that sets a cookie before it redirects is treated as a block page; its redirect is not followed."""
    fill(site, {"/a.html": ("一", "")})
    script = '<script>document.cookie="x=1";location.href="/b.html"</script>'
    site.pages["/a.html"], site.pages["/b.html"] = f"<html><head>{script}</head></html>".encode(), page("一", FEATURE)
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {"block-page": 1}
    assert site.asked["/b.html"] == 0
