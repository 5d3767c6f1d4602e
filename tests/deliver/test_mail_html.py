"""Tests of ingest/deliver/mail_html.py: size, escaping, quotes and links, contrast and height as rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html as parser

from ingest.config.settings import Settings, SmtpSettings
from ingest.deliver.mail_html import render_mail
from ingest.deliver.message_content import content_of, item, line, section
from ingest.deliver.message_text import markdown
from ingest.deliver.subject import subject
from tests.support.digest_samples import DAY, NOW, ZONE, changed_figure, copy, digest, edit, health, period, story
from tests.support.rendered import PHONE, SCREEN, chromium, measure

PAYLOAD = '"><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(2)>'
MADE_AT = datetime.fromtimestamp(NOW.timestamp(), ZoneInfo(ZONE))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Yield a Chromium browser for all tests of this module."""
    with chromium() as started:
        yield started


def render(content: dict[str, Any], **settings: Any) -> str:
    """Return the HTML of a message with its subject."""
    headline = content.get("headline") or subject(content, DAY)
    return render_mail({"headline": headline, **content}, made_at=MADE_AT, settings=Settings(**settings))


def rich(features: int = 9) -> dict[str, Any]:
    """Return a message with every kind of section."""
    made = digest(
        period(
            features=tuple(
                story(n, title=f"第{n}篇 柳树湾派出所的板凳夜话", copies=(copy(90 + n),))
                for n in range(1, features + 1)
            ),
            edits=(edit(before="民警7名。第二段。", after="民警9名。第二段。新的一段。"),),
        ),
        (health("坏网", last_error="fetching https://x/: 503 (server-error)"),),
        figures=[changed_figure("民警", 35, 41), changed_figure("辅警", 20, 25)],
    )
    extra = [
        section(
            "gone",
            "原文已删除",
            [
                item(
                    "旧闻",
                    url="https://a.cn",
                    lines=[line("青河日报"), line("https://a.cn/" + "x" * 200, url="https://a.cn", quote="引文")],
                )
            ],
        ),
        section(
            "corrections", "更正", [item("旧闻", lines=[line("青河日报"), line("原为：民警12人", quote="民警12名")])]
        ),
    ]
    return content_of(made, extra)


@pytest.mark.parametrize("count", [1, 9, 100, 3000])
def test_mail_stays_under_the_limit(count: int) -> None:
    """A mail is smaller than 102 kB, and 100 features with their quotes fit into a mail.

    Features beyond the limit are only counted.
    """
    views = tuple(
        replace(story(n, title=f"第{n}篇 派出所的板凳夜话与枫桥经验纪实"), copies=(copy(9000 + n),))
        for n in range(count)
    )
    page = render(content_of(digest(period(features=views))))
    assert len(page.encode()) < 102_000
    shown = page.count('class="i"')
    if count <= 100:
        assert shown == page.count("“民警12名”") == count
    else:
        assert f"还有{count - shown}条。" in page


def test_figures_keep_their_quotes_without_pages() -> None:
    """Without the URL of the web pages each figure has its quote; with the URL the article's page is linked instead."""
    content = content_of(digest(period(features=(story(),))))
    plain, linked = render(content), render(content, pages="https://suowen.example.org/")
    assert "民警 <b>12人</b>" in plain and "“民警12名”" in plain and "详情" not in plain
    assert "“民警12名”" not in linked and 'href="https://suowen.example.org/articles/1"' in linked
    assert plain.count("<span>") == 4


def test_changes_come_first() -> None:
    """Changed figures, edits, corrections and removals precede the new features; sources follow in one line."""
    page = render(rich())
    order = ["数字有变", "原文有改动", "原文已删除", "更正", "新特写 9", "来源情况"]
    places = [page.index(f"<h2>{heading}") for heading in order]
    assert places == sorted(places) and '<p class="n">坏网抓取失败。</p>' in page


def test_changed_figures_of_two_articles_are_grouped() -> None:
    """Two changed figures of one station are one item with both articles and all quotes."""
    page = render(rich(1))
    (group,) = parser.fromstring(page).xpath('//div[h3="西彭派出所"]')
    text = "".join(group.itertext())
    assert "民警 35人 → 41人，辅警 20人 → 25人" in " ".join(text.split())
    assert group.xpath(".//p[@class='q']/text()") == ["“民警35人”“辅警20人”", "“民警41人”“辅警25人”"]
    assert group.xpath(".//a/@href") == ["https://old.example/1.html", "https://new.example/2.html"]


def test_unsubscribing_is_explained() -> None:
    """With mail settings the mail names the address for unsubscribing; without them it does not."""
    page = render(rich(1), smtp=SmtpSettings(host="x", sender="所闻 <suowen@example.org>"))
    assert 'href="mailto:suowen@example.org"' in page and "退订" in page
    assert "退订" not in render(rich(1))


def test_stored_markup_is_escaped() -> None:
    """A payload in any text adds no element, event handler or link."""
    hostile = story(title=PAYLOAD, source=PAYLOAD, url=f"javascript:{PAYLOAD}", copies=(copy(9, title=PAYLOAD),))
    made = digest(period(features=(hostile,), edits=(edit(before="甲" * 9, after="甲" * 9 + PAYLOAD),)))
    page = render({"headline": PAYLOAD, "note": PAYLOAD, **content_of(made)})
    tree = parser.fromstring(page)
    assert not tree.xpath("//script|//img") and "49" not in re.sub("[^0-9]", " ", tree.text_content()).split()
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert all(href.startswith("https://") for href in tree.xpath("//a/@href"))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [PHONE, SCREEN])
def test_contrast_as_rendered(browser: Any, size: tuple[int, int], dark: bool) -> None:
    """Each text of the rendered mail has a contrast of at least 4.5 (WCAG 2.1); no element is wider than the screen."""
    page = render({**rich(), "overview": [["特写", "9"]], "note": "自11月18日以来"}, smtp=SmtpSettings(sender="a@b.cn"))
    found = measure(browser, page, size, dark=dark)
    assert len(found.contrasts) > 100 and found.width == size[0]
    assert found.worst[0] >= 4.5, found.worst


def test_nine_features_within_four_screens(browser: Any) -> None:
    """Nine features with all their sections take at most four screens of a phone."""
    features = content_of(digest(period(features=tuple(story(n, copies=(copy(90 + n),)) for n in range(1, 10)))))
    assert measure(browser, render(features)).height <= 4 * PHONE[1]


def test_unchecked_sources_are_not_silent() -> None:
    """Sources that no run has listed yet are not reported as silent; bots get a link to each article's page."""
    made = digest(period(features=(story(),)), (health("新网", last_attempt=None, last_new=None),))
    content = {**content_of(made), "pages": "https://suowen.example.org"}
    assert "新网尚未检查。" in render(content) and "没有新文章" not in render(content)
    assert "[详情](https://suowen.example.org/articles/1)" in markdown(content)
