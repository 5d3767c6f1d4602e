"""Tests of ingest/deliver/weekly_message.py: the weekly form of a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ingest.deliver.mail_html import render_mail
from ingest.deliver.message_content import content_of
from ingest.deliver.message_text import plain_text
from ingest.deliver.weekly_message import format_day_range, weekly_message
from tests.support.digest_samples import FACTS, NOW, changed_figure, digest, period, story
from tests.support.rendered import chromium, measure


def in_province(number: int, province: str) -> Any:
    """Return a feature with its station in `province`."""
    place = {"province": province, "city": "", "district": "青河县", "name": f"第{number}派出所"}
    facts = tuple(replace(fact, fields={**fact.fields, **place}) if fact.kind == "station" else fact for fact in FACTS)
    return story(number, title=f"第{number}篇", facts=facts)


def week() -> dict[str, Any]:
    """Return the weekly message of six features: five in two provinces, one without a province."""
    provinces = ["江南省", "重庆市", "江南省", "", "重庆市", "江南省"]
    features = tuple(in_province(number, province) for number, province in enumerate(provinces, start=1))
    made = digest(period(features=features), figures=[changed_figure("民警", 35, 41)])
    return weekly_message(content_of(made), made, date(2026, 11, 23), date(2026, 11, 29))


def test_features_are_grouped_by_province() -> None:
    """The province with the most features comes first, in mail and text; the subject names the week."""
    content = week()
    assert content["headline"] == "所闻周报 11月23日—29日：特写6篇；西彭派出所民警35→41"
    page = render_mail(content, made_at=NOW)
    groups = ["江南省（3篇）", "重庆市（2篇）", "其他地区（1篇）"]
    for shown in (page, plain_text(content)):
        places = [shown.index(group) for group in groups]
        assert places == sorted(places)
    assert "<b>6</b>特写" in page and "11月23日—29日" in page
    assert "青河县公安局柳树湾派出所成立于1958年" not in page, "the lead sentences are left out"


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (date(2026, 11, 23), date(2026, 11, 29), "11月23日—29日"),
        (date(2026, 11, 30), date(2026, 12, 6), "11月30日—12月6日"),
        (date(2026, 11, 30), date(2026, 11, 30), "11月30日"),
    ],
)
def test_span(since: date, until: date, expected: str) -> None:
    """The month is named once if both days are in the same month, and a single day is named once."""
    assert format_day_range(since, until) == expected


def test_weekly_mail_as_rendered() -> None:
    """The weekly mail has a contrast of at least 4.5 in light and dark mode and is not wider than a phone."""
    page = render_mail(week(), made_at=NOW)
    with chromium() as browser:
        for dark in (False, True):
            found = measure(browser, page, dark=dark)
            assert found.worst[0] >= 4.5 and found.width == 390, found.worst
