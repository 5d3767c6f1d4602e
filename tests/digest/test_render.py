"""ingest/digest/render.py: what comes out is whole, safe and small."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as parser

from ingest.digest import Digest, render_html, render_text
from ingest.digest.render import LIMIT
from tests.support.digest_samples import FACTS, TEXT, copy, digest, edit, fact, failure, health, period, story

FULL = period(
    features=(story(1, copies=(copy(9),)), story(2, score=0.8)),
    edits=(edit(before="民警7名。", after="民警9名。"),),
    outcomes={"stored": 2, "repost": 1, "timeout": 1},
    failures=(failure(1),),
)


def visible(page: str) -> str:
    """What a reader sees of a page."""
    tree = parser.fromstring(page)
    for hidden in tree.xpath("//style|//title"):
        hidden.drop_tree()
    return str(tree.text_content())


def test_everything_is_in_both_forms() -> None:
    """Facts with quotes, copies, changes, failures and sources are in the HTML and in the text."""
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
            "看过网址",
            "2026年11月21日 星期六",
        ):
            assert words in shown, words


def test_nothing_new_is_still_a_digest() -> None:
    """P7, G5: with nothing new the digest says that, and which sources fail."""
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
def test_markup_from_outside_is_text(payload: str) -> None:
    """W4, G4: in every field the payload shows as itself; no element or handler comes into being."""
    text = f"{TEXT}\n{payload}记住"
    facts = (*FACTS, fact("initiative", f"{payload}记住", text, name=payload))
    told = story(
        title=payload,
        source=payload,
        text=text,
        facts=facts,
        url=f"https://news.example/{payload}",
        copies=(copy(9, title=payload, source=payload, url=f"javascript:{payload}"),),
    )
    made = digest(
        period(
            features=(told,),
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
    """A digest with `count` of everything, and long words in it."""
    long = "很长的一句话" * 40
    told = tuple(
        story(n, title=f"{n}{long}", copies=tuple(copy(1000 + n, title=long) for _ in range(5))) for n in range(count)
    )
    told = tuple(replace(one, facts=one.facts * 3) for one in told)
    changes = tuple(edit(n, before=long, after=long[::-1]) for n in range(min(count, 60)))
    return digest(
        period(
            features=told,
            edits=changes,
            outcomes={"stored": count},
            failures=tuple(failure(n, detail=long) for n in range(count)),
        ),
        tuple(health(f"{n}{long}"[:64], last_error=long, failures=1) for n in range(min(count, 300))),
    )


@pytest.mark.parametrize("count", [1, 30, 300, 3000])
def test_the_page_stays_small(count: int) -> None:
    """G5: whatever the day brought, the HTML stays under 100 kB and says how much it leaves out."""
    made = many(count)
    page = render_html(made)
    assert len(page.encode()) <= LIMIT
    assert f"新特写 {count} 篇" in page
    if count > 40:
        assert "篇特写，请用 suowen list 查看" in page
        assert f"……还有 {count - 40} 篇" in render_text(made)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_any_text_renders(title: str, body: str) -> None:
    """No character breaks the page: it parses again and encodes as UTF-8."""
    made = digest(period(features=(story(title=title, text=f"{body}文", facts=()),)))
    parser.fromstring(render_html(made).encode("utf-8"))
    render_text(made).encode("utf-8")


def test_more_than_two_stories_begin_with_a_list() -> None:
    """Three stories are listed at the top, each linked to its place in the page."""
    three = digest(period(features=tuple(story(n, title=f"第{n}篇") for n in (1, 2, 3))))
    tree = parser.fromstring(render_html(three))
    assert [link for link in tree.xpath("//a/@href") if link.startswith("#")] == ["#s1", "#s2", "#s3"]
    assert all(tree.xpath(f"//*[@id='s{n}']") for n in (1, 2, 3))
    assert "  1. 第1篇 柳树湾派出所" in render_text(three)
    assert "#s1" not in render_html(digest(period(features=(story(),))))


def test_figures_and_events_are_shortened_first() -> None:
    """Of many figures half as many are shown as of many initiatives; what is left out is counted."""
    text = "".join(f"“{n}号”工作法,处理{n}件。" for n in range(10, 40))
    facts = tuple(fact("initiative", f"“{n}号”工作法", text, name=f"{n}号") for n in range(10, 40)) + tuple(
        fact("statistic", f"处理{n}件", text, metric="处理", value=n, unit="件") for n in range(10, 40)
    )
    shown = render_text(digest(period(features=(story(text=text, facts=facts),))))
    assert (shown.count("号”工作法」"), shown.count("「处理")) == (8, 4)
    assert "……还有 22 条" in shown
    assert "……还有 26 条" in shown
