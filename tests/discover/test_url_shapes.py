"""Tests of the shapes of addresses, which the articles of one site or portal share."""

from __future__ import annotations

from time import process_time

import pytest

from ingest.discover.url_shapes import address_shape, article_like, article_shape, is_about_site, is_special


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://mil.n.example.cn/jssd/2026-02-28/doc-ifyrwsqk2225771.shtml", "http://ent.example.cn/s/m/2026-02-27/doc-ifyrvaxf1803801.shtml"),
        ("https://new.example.cn/rain/a/20260913A00MO400", "https://new.example.cn/rain/a/20260912A0561J00"),
        ("https://news.example.cn/26/0703/13/FGK7NCOR0001899O.html", "https://ent.example.cn/26/0702/09/FGH801750001899O.html"),
        ("https://fashion.example.cn/s/ce/2026-02-17/1647/doc-ifxeuwws4927156.shtml", "http://ent.example.cn/s/m/2026-02-27/doc-ifyrvaxf1803801.shtml"),
        ("https://tw.example.com/%E9%95%B7%E9%9D%92-%E5%B0%88%E6%A1%88-090500123.html", "https://tw.example.com/老街-警務室-的燈-142130224.html"),
        ("http://www.example.com.tw/realtime/article/life/20260212/522938/老街的燈", "http://www.example.com.tw/realtime/article/local/20260211/523187/守夜人"),
        ("https://www.gov.example.gov.cn/a/b/202603/content_694.htm", "https://www.gov.example.gov.cn/c/202602/content_71.htm"),
    ],
)  # fmt: skip
def test_articles_of_a_portal_share_a_shape(first: str, second: str) -> None:
    """Articles that differ in channel, host, numbers and identifiers have the same shape."""
    assert article_shape(first) == article_shape(second)


def test_columns_and_articles_differ() -> None:
    """A column page and an article have different shapes; `address_shape` differs for another folder."""
    article, column = "https://www.example.cn/a/2026-11/05/c18600629.html", "https://www.example.cn/a/list.html"
    assert article_shape(article) != article_shape(column)
    assert article_like(article) and not article_like(column)
    assert address_shape(article) != address_shape(article.replace("/a/", "/b/"))


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("http://slide.example.cn/s/slide_1_2841_245054.html", True),
        ("http://video.example.cn/p/2026-02-28/detail-ifyrwsqk.html", True),
        ("http://blog.example.cn/s/blog_13c62b79c0102x8c6.html", True),
        ("http://www.example.cn/E/Photos.aspx?ProjectID=610", True),
        ("http://games.example.cn/o/n/2026-02-28/fyrwsqk1264928.shtml", False),
        ("http://www.example.cn/picture/406445155", True),
        ("http://news.example.cn/o/2026-02-28/doc-ifyrztfz5164535.shtml", False),
    ],
)
def test_special_addresses(url: str, want: bool) -> None:
    """Addresses of galleries, videos and blogs are special; a dated address in a games channel is an article."""
    assert is_special(url) is want


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("https://www.example.com/politics/20260714/GHMECYZUKFBEZAG7DDOI3ZDDMM/", True),
        ("https://www.example.com/politics/20260714/", True),
        ("https://www.example.com/politics/", False),
        ("http://www.example.cn/index/article/magazine/mag_id/397.html", False),
        ("http://www.example.cn/issue/26.html", False),
        ("http://www.example.cn/magazine/2026/c18600629.html", True),
    ],
)
def test_addresses_of_articles(url: str, want: bool) -> None:
    """An address with a date is an article, also without a file name; a column or an issue of a magazine is not."""
    assert article_like(url) is want


def test_a_long_address_takes_linear_time() -> None:
    """Addresses of 200,000 characters are processed in less than one second of CPU time."""
    begin = process_time()
    article_shape("http://www.example.cn/" + "a" * 100_000 + "1" + "b" * 100_000)
    address_shape("http://www.example.cn/" + "ab1" * 60_000)
    assert process_time() - begin < 1


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("https://www.example.com/corp/about/intro/", True),
        ("https://www.example.com/aboutus.html", True),
        ("https://www.example.com/help/2024/0612/12345.html", False),
        ("https://www.example.com/service/12345.html", False),
    ],
)
def test_pages_about_the_site(url: str, want: bool) -> None:
    """Pages such as /about/ and aboutus.html are about the site; numbered articles in folders such as help are not."""
    assert is_about_site(url) is want
