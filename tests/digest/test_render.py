"""Tests of ingest/digest/render.py: completeness, escaping and contrast of HTML and text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as parser

from ingest.digest import Digest, render_html, render_text
from tests.support.digest_samples import (
    FACTS,
    TEXT,
    changed_figure,
    copy,
    digest,
    edit,
    fact,
    failure,
    health,
    period,
    story,
)
from tests.support.rendered import chromium, measure

FULL = period(
    features=(story(1, copies=(copy(9),)), story(2, score=0.8)),
    edits=(edit(before="民警7名。", after="民警9名。"),),
    outcomes={"stored": 2, "repost": 1, "timeout": 1},
    failures=(failure(1),),
)


def visible(page: str) -> str:
    """Return the visible text of a page."""
    tree = parser.fromstring(page)
    for hidden in tree.xpath("//style|//title"):
        hidden.drop_tree()
    return str(tree.text_content())


def test_html_and_text_have_the_same_content() -> None:
    """Facts with quotes, copies, edits, failures and sources are in both the HTML and the text."""
    made = digest(FULL, (health("坏网", last_error="DNS", failures=2), health("静网", last_new=None)))
    for shown in (visible(render_html(made)), render_text(made)):
        for words in (
            "柳树湾派出所的板凳夜话",
            "42.6平方公里",
            "辖区面积42.6平方公里",
            "转载 1 处",
            "被公安部命名为“枫桥式公安派出所”",
            "最早见于 青河日报（2026年11月20日）",
            "97%",
            "第 1 版 → 第 2 版",
            "坏网",
            "静网",
            "超时",
            "检查网址",
            "2026年11月21日 星期六",
        ):
            assert words in shown, words


def test_digest_without_new_stories() -> None:
    """The headline of a digest without new stories states that and counts failing sources (FAULTS P7, G5)."""
    made = digest(period(), (health("坏网", last_error="DNS", failures=2),))
    for shown in (visible(render_html(made)), render_text(made)):
        assert "没有新特写，1 个来源失败" in shown


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "</td></tr></table><b>",
    "&lt;b&gt;",
    "'onmouseover='x",
    "]]>",
    "<!--",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_stored_markup_is_escaped(payload: str) -> None:
    """A payload in any field is shown as text; it adds no element or event handler (FAULTS W4, G4)."""
    text = f"{TEXT}\n{payload}记住"
    facts = (*FACTS, fact("initiative", f"{payload}记住", text, name=payload))
    hostile = story(
        title=payload,
        source=payload,
        text=text,
        facts=facts,
        url=f"https://news.example/{payload}",
        copies=(copy(9, title=payload, source=payload, url=f"javascript:{payload}"),),
    )
    made = digest(
        period(
            features=(hostile,),
            edits=(edit(before="甲" * 9, after="甲" * 9 + payload),),
            failures=(failure(1, detail=payload, source=payload),),
        ),
        (health(payload, last_error=payload, failures=1), health(payload, last_new=None)),
    )
    page = render_html(made)
    tree = parser.fromstring(page)
    plain = parser.fromstring(render_html(digest(FULL, (health("x", last_error="x"), health("x", last_new=None)))))
    assert {element.tag for element in tree.iter()} <= {element.tag for element in plain.iter()}
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert all(link.startswith(("http://", "https://", "#s")) for link in tree.xpath("//a/@href"))
    assert payload in visible(page)


def many(count: int) -> Digest:
    """Return a digest with `count` items of each kind and long texts."""
    long = "很长的一句话" * 40
    stories = tuple(
        story(n, title=f"{n}{long}", copies=tuple(copy(1000 + n, title=long) for _ in range(5))) for n in range(count)
    )
    stories = tuple(replace(view, facts=view.facts * 3) for view in stories)
    changes = tuple(edit(n, before=long, after=long[::-1]) for n in range(min(count, 60)))
    return digest(
        period(
            features=stories,
            edits=changes,
            outcomes={"stored": count},
            failures=tuple(failure(n, detail=long) for n in range(count)),
        ),
        tuple(health(f"{n}{long}"[:64], last_error=long, failures=1) for n in range(min(count, 300))),
    )


def test_files_keep_everything() -> None:
    """With 60 stories both files contain every fact, quote, copy and edit.

    Only the first failed pages are listed; the others are counted.
    """
    made = many(60)
    page, plain = render_html(made), render_text(made)
    assert "新特写 60 篇" in page
    for shown in (page, plain):
        assert shown.count("刑事警情52起，同比下降45.3%") >= 60
        assert shown.count("辖区面积42.6平方公里") == 120 and shown.count("copy.example") == 300
        assert "还有 40 个" in shown
    assert page.count('class="hunk"') >= 60


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_as_rendered(dark: bool) -> None:
    """Every text of the page has a contrast of at least 4.5 in light and dark mode.

    No element is wider than a phone.
    """
    made = digest(FULL, (health("坏网", last_error="DNS", failures=2),), figures=[changed_figure("民警", 35, 41)])
    with chromium() as browser:
        found = measure(browser, render_html(made), dark=dark)
    assert len(found.contrasts) > 80 and found.width == 390
    assert found.worst[0] >= 4.5, found.worst


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_any_text_renders(title: str, body: str) -> None:
    """For any text, the HTML can be parsed, and HTML and text can be encoded as UTF-8."""
    made = digest(period(features=(story(title=title, text=f"{body}文", facts=()),)))
    parser.fromstring(render_html(made).encode("utf-8"))
    render_text(made).encode("utf-8")


def test_more_than_two_stories_have_a_table_of_contents() -> None:
    """Three stories are listed at the top of the page, each with a link to its section."""
    three = digest(period(features=tuple(story(n, title=f"第{n}篇") for n in (1, 2, 3))))
    tree = parser.fromstring(render_html(three))
    assert [link for link in tree.xpath("//a/@href") if link.startswith("#")] == ["#s1", "#s2", "#s3"]
    assert all(tree.xpath(f"//*[@id='s{n}']") for n in (1, 2, 3))
    assert "  1. 第1篇 柳树湾派出所" in render_text(three)
    assert "#s1" not in render_html(digest(period(features=(story(),))))
