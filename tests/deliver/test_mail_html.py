"""Tests of ingest/deliver/mail_html.py: size, escaping, quotes and links, contrast."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import html as parser

from ingest.deliver.content import content_of
from ingest.deliver.mail_html import render_mail
from tests.support.digest_samples import copy, digest, edit, health, period, story

PAYLOAD = '"><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(2)>'


@pytest.mark.parametrize("count", [1, 9, 100, 3000])
def test_mail_stays_under_the_limit(count: int) -> None:
    """A mail of 100 features is under 102 kB with all of them; of more, the rest is counted."""
    views = tuple(
        replace(story(n, title=f"第{n}篇 派出所的板凳夜话与枫桥经验纪实"), copies=(copy(9000 + n),))
        for n in range(count)
    )
    page = render_mail({"headline": "标题", **content_of(digest(period(features=views)))})
    assert len(page.encode()) < 102_000
    shown = page.count('class="t"')
    assert shown == count if count <= 100 else f"还有 {count - shown} 条" in page


def test_figures_keep_their_quotes_without_pages() -> None:
    """Without the URL of the pages each figure has its quote; with it there is a link to the article's page."""
    content = {"headline": "标题", **content_of(digest(period(features=(story(),))))}
    plain, linked = render_mail(content), render_mail(content, pages="https://suowen.example.org/")
    assert "民警 12人" in plain and "民警12名" in plain and "详情" not in plain
    assert "民警12名" not in linked and 'href="https://suowen.example.org/articles/1"' in linked
    assert plain.count('class="f"') == 4


def test_changes_come_first() -> None:
    """Edits are above the new features, the state of sources below them, in one line."""
    made = digest(
        period(features=(story(),), edits=(edit(before="民警7名。", after="民警9名。"),)),
        (health("坏网", last_error="x"),),
    )
    page = render_mail({"headline": "标题", **content_of(made)})
    assert page.index("修订 1") < page.index("新特写 1") < page.index("来源状态 1")


def test_stored_markup_is_escaped() -> None:
    """A payload in any text adds no element, handler or link."""
    hostile = story(title=PAYLOAD, source=PAYLOAD, url=f"javascript:{PAYLOAD}", copies=(copy(9, title=PAYLOAD),))
    made = digest(period(features=(hostile,), edits=(edit(before="甲" * 9, after="甲" * 9 + PAYLOAD),)))
    page = render_mail({"headline": PAYLOAD, **content_of(made)}, footer=PAYLOAD)
    tree = parser.fromstring(page)
    assert not tree.xpath("//script|//img") and "49" not in re.sub("[^\u4e00-\u9fff0-9]", "", tree.text_content())[:3]
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert all(href.startswith("https://") for href in tree.xpath("//a/@href"))


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("#1f2328", "#fffdf9"), ("#665f54", "#fffdf9"), ("#a3231c", "#fffdf9"), ("#1f2328", "#f3ede0"),
        ("#8c1d18", "#fbe3e0"), ("#1d5c1f", "#e2f0dc"), ("#ffb9b1", "#4a2422"), ("#a9dfac", "#1f3d22"),
        ("#e8e5df", "#1d1f21"), ("#b5aea2", "#1d1f21"), ("#ff9d92", "#1d1f21"), ("#e8e5df", "#2d2f31"),
    ],
)  # fmt: skip
def test_contrast(text: str, ground: str) -> None:
    """Each text colour of the mail has a contrast of at least 4.5 on its background (WCAG 2.1), light and dark."""
    page = render_mail({"headline": "", "sections": []})
    assert text in page and ground in page
    light, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
