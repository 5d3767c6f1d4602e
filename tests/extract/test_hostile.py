"""Tests of hostile and broken pages: each ends in bounded time with a text or an outcome code."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.discover import read_listing
from ingest.errors import ExtractError
from ingest.extract import extract
from ingest.pipeline_types import OUTCOMES, Listing, Page, Source
from ingest.zh.seed_format import clean_lines

NOW = datetime(2023, 5, 6, tzinfo=UTC)
SENTENCE = "清晨六点半,社区民警已经骑着电动车钻进了巷子,几位老人正等着他来说说上个月的纠纷。"
#: limit of the CPU time of a page in seconds, half the deadline of a worker; each page took less than 2 s when measured
DEADLINE = 5.0
SOURCE = Source("a", "http://a.example/", ())


def page(html: str, url: str = "http://a.example/2023/0505/1.html") -> Page:
    return Page(
        url=url,
        final_url=url,
        status=200,
        headers={},
        content=b"",
        text=html,
        encoding="utf-8",
        encoding_origin="header",
        fetched_at=NOW,
    )


def outcome(html: str) -> str:
    """Return "text" with the length of the extracted text, or the outcome code of the refusal."""
    try:
        return f"text {len(extract(page(html)).article.text)}"
    except ExtractError as error:
        assert error.code in OUTCOMES
        return error.code


@pytest.mark.parametrize(
    ("name", "make", "want"),
    [
        ("100,000 levels", lambda: "<div>" * 100_000 + SENTENCE * 5 + "</div>" * 100_000, r"text \d+"),
        ("1,000,000 nodes", lambda: f"<p>{SENTENCE}</p>" + "<i></i>" * 1_000_000, "too-large"),
        ("10 MB", lambda: f"<p>{SENTENCE}</p>" + "<p>字</p>" * 1_300_000, "too-large"),
        ("100,000 attributes", lambda: "<div " + " ".join(f'a{i}="1"' for i in range(100_000)) + f"><p>{SENTENCE * 5}</p>", r"text \d+"),
        ("200,000 <br>", lambda: f"<p>{SENTENCE * 4}</p>" + "<br>" * 200_000, r"text \d+"),
        ("500,000 <", lambda: f"<p>{SENTENCE * 4}</p>" + "<" * 500_000, r"text \d+|unreadable"),
        ("30,000 open links", lambda: f"<h1>题</h1><p>{SENTENCE * 4}</p>" + '<a href="/1">' * 30_000, r"text \d+|not-article"),
        ("one line of 3 MB", lambda: "<p>" + SENTENCE * 70_000 + "</p>", r"text \d+"),
        ("30,000 nested tables", lambda: "<table><tr><td>" * 30_000 + SENTENCE * 5, r"text \d+|unreadable|too-short"),
        ("inline pictures", lambda: f"<p>{SENTENCE * 4}</p>" + '<img src="data:image/png;base64,' + "A" * 6_000_000 + '">', r"text \d+"),
        ("brackets", lambda: "<p>" + "(" * 200_000 + "</p>" + f"<p>{SENTENCE * 4}</p>", r"text \d+"),
        ("blanks", lambda: "<p>" + "\u3000 " * 300_000 + f"</p><p>{SENTENCE * 4}</p>", r"text \d+"),
        ("digits", lambda: "<h1>题</h1><div>" + "2023-05-" * 20_000 + f"</div><p>{SENTENCE * 4}</p>", r"text \d+"),
        ("script of braces", lambda: "<script>var a = " + '{"a":' * 20_000 + "字" * 100 + "</script>", r"too-short|unreadable|block-page"),
    ],
)  # fmt: skip
def test_hostile_page_ends_in_time(name: str, make: Callable[[], str], want: str) -> None:
    """Each hostile page ends within DEADLINE seconds of CPU time, with a text or an outcome code."""
    html = make()
    start = time.process_time()
    got = outcome(html)
    assert time.process_time() - start < DEADLINE
    assert re.fullmatch(want, got), f"{name}: {got}"


#: strings that a test repeats thousands of times: strings that took an earlier version quadratic time, and strings that
#: its regular expressions begin with
PIECES = (
    "<a href=1.html>字<b>1</b>",
    "1-",
    "2026-11-20 ",
    "<br>",
    "<p>1",
    "<div>",
    "<noscript>字",
    "来源:",
    "(",
    "“",
    "1,",
    "派出所",
    " ",
    "|",
    "记者 张三 ",
)
#: positions of the repeated text in a page
PLACES = {
    "line": "<h1>题目</h1><p>{}</p>",
    "heading": "<title>{0}</title><h1>{0}</h1>",
    "byline": "<h1>题目</h1><div class=info>{}</div>",
    "script": "<h1>题目</h1><script>var a = {{'title': '题目', 'content': '{}'}}</script>",
    "attribute": "<h1 class='{0}'>题目</h1><a href='{0}'>下一页</a>",
}


@pytest.mark.parametrize("place", PLACES)
def test_doubled_text_takes_at_most_2_2_times_as_long(place: str) -> None:
    """Extraction and list detection take at most 2.2 times as long for a text twice as long.

    0.05 s are allowed for noise, and a slow text is measured up to three times.
    """
    stages = (outcome, lambda html: read_listing(page(html), Listing("list", "http://a.example/"), SOURCE))
    body = f"<div class=content>{f'<p>{SENTENCE}</p>' * 4}</div><a href=1.html>{SENTENCE[:12]}</a>"
    slow = {}
    for piece in PIECES:
        half, whole = (PLACES[place].format(piece * (size // len(piece))) + body for size in (10_000, 20_000))
        for stage in stages:
            for _ in range(3):
                first, second = _seconds(stage, half), _seconds(stage, whole)
                if second <= 2.2 * first + 0.05:
                    break
            else:
                slow[piece] = (first, second)
    assert slow == {}


def _seconds(stage: Callable[[str], object], html: str) -> float:
    begin = time.process_time()
    with contextlib.suppress(ExtractError):
        stage(html)
    return time.process_time() - begin


def test_text_after_an_early_end_tag_is_extracted() -> None:
    """Text after a premature </html> or </body> is extracted."""
    html = f"<html><body><h1>派出所的一天</h1><p>{SENTENCE}</p></body></html><p>第二段:{SENTENCE}</p></html><p>第三段:{SENTENCE}</p>"
    assert [line[:3] for line in extract(page(html)).article.text.split("\n")] == ["清晨六", "第二段", "第三段"]


def test_line_without_sentences_is_dropped() -> None:
    """A line of 170,000 characters without the end of a sentence is dropped, even inside the article's container."""
    html = f"<h1>派出所的一天</h1><div><p>{SENTENCE}</p><p>{SENTENCE}</p><p>{'赌' * 170_000}</p></div>"
    assert extract(page(html)).article.text.split("\n") == [SENTENCE, SENTENCE]


def test_deeply_nested_text_is_found() -> None:
    """Text nested deeper than libxml2's limit is found because the page is flattened."""
    html = (
        "<html><head><title>深处</title></head><body>"
        + "<div>" * 3000
        + f"<p>{SENTENCE}</p><p>{SENTENCE}尾</p>"
        + "</div>" * 3000
    )
    assert extract(page(html)).article.text.endswith("尾")


def test_control_characters_are_removed() -> None:
    """NUL, C1 controls and lone surrogates do not prevent the extraction and are not in the article."""
    text = extract(page(f"<h1>题\x00目</h1><p>{SENTENCE}\x00\x85\ud800{SENTENCE}</p>")).article.text
    assert not re.search("[\x00\x80-\x9f\ud800-\udfff]", text)


PARAGRAPHS = st.lists(
    st.text("民警走进巷子与居民谈心。,“”;:!?《》(一)12 年月日", min_size=1, max_size=80), min_size=1, max_size=12
)
TAGS = st.sampled_from(["p", "div", "section", "li", "td", "span", "h3", "blockquote"])


@given(PARAGRAPHS, TAGS)
@settings(max_examples=80, deadline=None)
def test_text_is_in_the_seed_format(paragraphs: list[str], tag: str) -> None:
    """Extracted text is in the seed format: cleaning it again changes nothing."""
    html = (
        "<h1>标题标题标题</h1><div class='content'>"
        + "".join(f"<{tag}>{line}</{tag}>" for line in paragraphs)
        + "</div>"
    )
    try:
        article = extract(page(html)).article
    except ExtractError:
        return
    assert clean_lines(article.text) == article.text


@given(st.lists(st.integers(0, 400), min_size=2, max_size=8, unique=True))
@settings(max_examples=40, deadline=None)
def test_no_paragraph_is_lost_or_moved(numbers: list[int]) -> None:
    """All sentences of a container are extracted once and in order."""
    lines = [f"第{number}户人家住在巷子的尽头,民警每个星期都要上门看一看,问一问有没有什么困难。" for number in numbers]
    html = "<h1>走访日记</h1><div class='content'>" + "".join(f"<p>　　{line}</p>" for line in lines) + "</div>"
    assert extract(page(html)).article.text.split("\n") == lines


@given(st.text("<>/ab=\"' 民。&;#x1-", max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_input_is_extracted_or_refused(html: str) -> None:
    """Any input results in an article or in ExtractError with a known code."""
    outcome(html)
