"""The message of a weekly subscription: figures of the week at the top, features by province."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from ingest.deliver.subject import summary
from ingest.digest.compose import Digest

#: group of the features with an unknown province
ELSEWHERE = "其他地区"


def weekly_message(content: Mapping[str, Any], digest: Digest, since: date, until: date) -> dict[str, Any]:
    """Return the content in weekly form, with its own headline; `since` and `until` are in the zone of the reader."""
    days = format_day_range(since, until)
    sections = [_by_province(part) if part["kind"] == "features" else part for part in content["sections"]]
    return {
        **content,
        "form": "weekly",
        "date": days,
        "headline": f"所闻周报 {days}：{summary(content) or '没有新内容'}",
        "overview": _overview(content, digest),
        "sections": sections,
    }


def format_day_range(since: date, until: date) -> str:
    """Format a range of days: 11月23日—29日, 11月30日—12月6日."""
    if since == until:
        return f"{until.month}月{until.day}日"
    end = f"{until.day}日" if since.month == until.month else f"{until.month}月{until.day}日"
    return f"{since.month}月{since.day}日—{end}"


def _overview(content: Mapping[str, Any], digest: Digest) -> list[list[str]]:
    """Return (label, number) pairs: features, stations, provinces, changed figures, edited articles."""
    provinces = {
        entry["region"]
        for part in content["sections"]
        if part["kind"] == "features"
        for entry in part["items"]
        if entry["region"]
    }
    numbers = {
        "特写": len(digest.stories),
        "派出所": len({story.station for story in digest.stories if story.station}),
        "省区市": len(provinces),
        "数字有变": len(digest.figures),
        "原文有改动": len(digest.changes),
    }
    return [[label, str(number)] for label, number in numbers.items()]


def _by_province(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section of features grouped by province, the one with most features first; unknown provinces last."""
    counts = Counter(entry["region"] for entry in part["items"])
    ordered = sorted(part["items"], key=lambda entry: (not entry["region"], -counts[entry["region"]], entry["region"]))
    items = [{**entry, "group": f"{entry['region'] or ELSEWHERE}（{counts[entry['region']]}篇）"} for entry in ordered]
    return {**part, "items": items}
