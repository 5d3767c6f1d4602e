"""Tests of ingest/urls.py: canonical forms, keys, sites and rejections."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.urls import MAX_LENGTH, canonical, host_of, key, same_site, url_in_line

PIECES = """
http:// https:// // / \\ @ : ? # & = % %zz %41 .. . ; [ ] a.com 中国.cn ：／／ 。 ） utm_source=1 from=timeline id=2
127.1 0x7f [::1] 80 99999 user xn-- _ - é 新闻
"""
pieces = st.sampled_from([*PIECES.split(), "\t", "\n", "\x00", "\ud800", " ", "\u200b"])
urlish = st.one_of(
    st.lists(pieces, max_size=10).map("".join), st.text(st.characters(exclude_categories=()), max_size=60)
)


@pytest.mark.parametrize("url", ["https://a.cn/x;", "https://a.cn//;", "https://a.cn/b/..;", "https://a.cn/x;;?q=1"])
def test_empty_parameter_at_the_end_of_a_path_is_dropped(url: str) -> None:
    """An empty parameter (;) at the end of a path is dropped with a base URL, as urljoin does, and without a base."""
    once = canonical(url)
    assert ";" not in once and canonical(url, "https://other.cn/") == canonical(once) == once


@given(urlish, st.sampled_from([None, "http://b.cn/c/d.html?x=1"]))
def test_canonical_is_stable_or_raises_value_error(url: str, base: str | None) -> None:
    """Any string results in a stable ASCII URL or a ValueError with a reason."""
    try:
        once = canonical(url, base)
    except ValueError as error:
        assert str(error)
        return
    assert once.isascii() and once.startswith(("http://", "https://")) and len(once) <= MAX_LENGTH
    assert canonical(once) == once
    assert canonical(once, "https://other.cn/") == once
    assert key(other_scheme(once)) == key(once)
    assert host_of(once)


def other_scheme(url: str) -> str:
    """Return the same URL with the other scheme, unless it has a port."""
    if ":" in url.split("/")[2]:
        return url
    return url.replace("http://", "https://", 1) if url.startswith("http://") else url.replace("https://", "http://", 1)


@given(urlish)
def test_other_functions_raise_only_value_error(url: str) -> None:
    """url_in_line, key and host_of raise only ValueError; same_site raises no exception."""
    for function in (url_in_line, key, host_of):
        with contextlib.suppress(ValueError):
            function(url)
    assert same_site(url, "http://a.com/") in (True, False)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("HTTP://WWW.Example.COM:80/A/b?id=2#top", "http://www.example.com/A/b?id=2"),
        ("https://a.com:443", "https://a.com/"),
        ("http://a.com:8080/x", "http://a.com:8080/x"),
        ("http://a.com./x", "http://a.com/x"),
        ("https://a.com/a/../b//c/./?b=2&a=1", "https://a.com/b//c/?b=2&a=1"),
        ("http://a.com/%e6%96%b0%7Ex y", "http://a.com/%E6%96%B0~x%20y"),
        ("http://a.com/新闻.html?q=所", "http://a.com/%E6%96%B0%E9%97%BB.html?q=%E6%89%80"),
        ("http://a.com/100%", "http://a.com/100%25"),
        ("http://a.com/x?", "http://a.com/x"),
        ("http://中国警察网.cn/x", "http://xn--fiqs8sf6dbz8b2vm.cn/x"),
        ("http://a。com/x", "http://a.com/x"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://[0:0::1]/", "http://[::1]/"),
        ("http://a.com/x;jsessionid=0A1B?id=1", "http://a.com/x?id=1"),
        # full-width characters, and punctuation of a sentence around the URL
        ("  http：／／a．com／x／１.html  ", "http://a.com/x/1.html"),
        ("http://a.com/x.html。", "http://a.com/x.html"),
        ("http://a.com/x.html）", "http://a.com/x.html"),
        ("\ufeffhttp://a.com/x\u200b", "http://a.com/x"),
    ],
)
def test_equivalent_spellings_have_one_form(url: str, form: str) -> None:
    """Equivalent spellings of a URL have one canonical form."""
    assert canonical(url) == form


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("utm_source=wx&utm_medium=x&id=3", "?id=3"),
        ("id=3&spm=C73544894212.P59792594134&share_token=9", "?id=3"),
        ("from=singlemessage&isappinstalled=0", ""),
        ("from=timeline&wxfrom=5&scene=1", ""),
        ("from=2020-01-01&to=2020-02-01", "?from=2020-01-01&to=2020-02-01"),
        ("src=/a/index.html", "?src=/a/index.html"),
        ("_=1600000000000&id=1", "?id=1"),
        ("b=2&a=1", "?b=2&a=1"),
        ("a=1&a=2", "?a=1&a=2"),
        ("newsId=5&amp;utm_source=x", "?newsId=5"),
        ("wfr=spider&for=pc&id=17", "?id=17"),
        ("hmsr=toutiao.io&hmpl=&nodeid=8", "?nodeid=8"),
    ],
)
def test_tracking_parameters_are_removed(query: str, kept: str) -> None:
    """Parameters that record how a reader arrived are removed; others stay in their order."""
    assert canonical(f"http://a.com/x?{query}") == f"http://a.com/x{kept}"


def test_wechat_articles_have_one_form() -> None:
    """Four parameters identify a WeChat article; the others record how it was opened."""
    assert (
        canonical("https://mp.weixin.qq.com/s?__biz=MzA==&mid=1&idx=1&sn=ab&chksm=1&scene=27&poc_token=x&lang=zh#rd")
        == "https://mp.weixin.qq.com/s?__biz=MzA==&mid=1&idx=1&sn=ab"
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "empty"),
        ("http://a\\@b/", "backslash"),
        ("http://a.com\\b", "backslash"),
        ("http://a\tb.com/", "control"),
        ("http://a.com/\x00", "control"),
        ("http://user:canary@a.com/", "password"),
        ("http://f:b/", "port"),
        ("http://a.com:99999/", "port"),
        ("http://[::1", "cannot be separated"),
        ("http:///a", "no host"),
        ("http://a..b/", "not a host name"),
        ("http://%61.com/", "%"),
        ("http://256.1.1.1/", "IPv4"),
        ("http://" + "a" * 300 + ".com/", "not a host name"),
        ("http://a.com/" + "x" * MAX_LENGTH, "long"),
        ("file:///etc/passwd", "file:"),
        ("javascript:alert(1)", "javascript:"),
        ("view-source:http://a.com/", "view-source:"),
        ("source:http://a.com/", "source:"),
        ("mailto:x@a.com", "mailto:"),
        ("x@a.com", "missing"),
        ("/etc/passwd", "missing"),
    ],
)
def test_rejections_give_a_reason_without_secrets(url: str, why: str) -> None:
    """Each rejection has a reason, which never contains a credential."""
    with pytest.raises(ValueError, match=why) as caught:
        canonical(url)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("href", "form"),
    [
        ("./t20190907_1.html", "http://a.gov.cn/zw/gz/t20190907_1.html"),
        ("../../x.html", "http://a.gov.cn/x.html"),
        ("..\\..\\x.html", "http://a.gov.cn/x.html"),
        ("//b.cn/x", "http://b.cn/x"),
        ("?page=2", "http://a.gov.cn/zw/gz/index.html?page=2"),
        ("\n  /x\n .html", "http://a.gov.cn/x%20.html"),
        ("http://c.cn/x", "http://c.cn/x"),
    ],
)
def test_relative_links(href: str, form: str) -> None:
    """Links are resolved against their page in the same way as in browsers."""
    assert canonical(href, "http://a.gov.cn/zw/gz/index.html") == form


@pytest.mark.parametrize(
    "href", ["\\\\evil.cn/x", "/\\evil.cn/x", "http:\\\\evil.cn", "javascript:void(0)", "mailto:a@b.c"]
)
def test_backslash_links_are_rejected(href: str) -> None:
    """A link with backslashes that browsers would read as the start of another host is rejected.

    Links of other schemes are rejected, too.
    """
    with pytest.raises(ValueError):
        canonical(href, "http://a.gov.cn/zw/")


def test_key_ignores_scheme_and_query_order() -> None:
    """http and https, and any order of the query, have the same key; another path has another key."""
    assert key("http://A.com/x?b=1&a=2") == key("https://a.com:443/x?a=2&b=1#f")
    assert key("http://a.com/x") != key("http://a.com/x/")
    assert key("http://m.a.com/x") != key("http://www.a.com/x")


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("- [标题](http://a.com/x_(1).html)", "http://a.com/x_(1).html"),
        ("看这个：http://a.com/x.html。", "http://a.com/x.html"),
        ("<http://a.com/x>", "http://a.com/x"),
        ("(http://a.com/x)", "http://a.com/x"),
        ("www.a.com/x.html", "http://www.a.com/x.html"),
        ("１、http：／／www.ａ.com／x", "http://www.a.com/x"),
        ("http://http://a.com/x", "http://a.com/x"),
        ("\ufeffhttp://a.com/x\t备注", "http://a.com/x"),
        ('"http://a.com/x","标题"', "http://a.com/x"),
    ],
)
def test_url_is_found_in_a_line(line: str, url: str) -> None:
    """The URL in pasted Markdown, quotes, sentences and spreadsheet rows is found."""
    assert url_in_line(line) == url


@pytest.mark.parametrize(
    "line",
    [
        "http://a b.example.cn/x",
        "http://a　b.example.cn/x",
        "http://a\tb.example.cn/x",
        "http://exa mple.cn/x",
        "http://a.cn/my page.html",
        "http://a.cn /x.html",
        "http://a.cn/x ?id=3",
        "http:// a.cn/x",
        "www.a.cn/my page.html",
        "http://a.cn/it's.html",
        "标题 http://a b.cn/x",
    ],
)
def test_blank_inside_a_url_is_rejected(line: str) -> None:
    """A URL with a blank is rejected, because the part before the blank would be another address."""
    with pytest.raises(ValueError):
        url_in_line(line)


@pytest.mark.parametrize(
    "note", ["标题", "2023.05.06", "2023-05-06 标题", "(ok)", "seen", "12,5", "\tname", "- 张三", "# x.y"]
)
def test_note_behind_a_url_is_allowed(note: str) -> None:
    """Titles, dates and remarks after a URL are not part of the URL."""
    assert url_in_line(f"http://a.cn/x.html {note}") == "http://a.cn/x.html"


@pytest.mark.parametrize("line", ["", "没有网址", "http://a.com http://b.com", "view-source:http://a.com/", "a@b.com"])
def test_line_without_a_single_url_is_rejected(line: str) -> None:
    """A line without a URL, with several URLs, or with another scheme before the URL (view-source:) is rejected."""
    with pytest.raises(ValueError):
        url_in_line(line)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("http://cpc.people.com.cn/1", "https://legal.people.com.cn/", True),
        ("http://gaj.cq.gov.cn/", "http://www.cq.gov.cn/x", True),
        ("http://www.cq.gov.cn/", "http://www.sh.gov.cn/", False),
        ("http://a.com.cn/", "http://b.com.cn/", False),
        ("http://127.0.0.1:80/", "http://127.0.0.1:81/", True),
        ("http://127.0.0.1/", "http://127.0.0.2/", False),
        ("http://a.com/", "nonsense", False),
    ],
)
def test_same_site(a: str, b: str, same: bool) -> None:
    """A site is a registrable domain; com.cn and gov.cn are public suffixes."""
    assert same_site(a, b) is same
