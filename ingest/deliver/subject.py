"""The subject of a message, most important news first: 所闻 11月30日：特写9篇；西彭派出所民警35→41."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ingest.digest.format_zh import cut

#: maximum characters of an article's title in a subject
TITLE = 20
#: kind of a section -> label with the number of items, and label with a title if the message has only this item
_LABELS: Mapping[str, tuple[str, str]] = {
    "features": ("特写{}篇", ""),
    "gone": ("{}篇原文已删除", "《{}》已被删除"),
    "corrections": ("更正{}篇", "《{}》有更正"),
    "edits": ("{}篇原文有改动", "《{}》有改动"),
    "reposts": ("再转载{}篇", ""),
    "articles": ("其他文章{}篇", ""),
}


def subject(content: Mapping[str, Any], day: date) -> str:
    """Return the subject of a message that is sent on `day`."""
    return f"所闻 {day.month}月{day.day}日：{summary(content) or '没有新内容'}"


def summary(content: Mapping[str, Any]) -> str:
    """Return a summary of a message, features and changed figures first; sources only if there is nothing else."""
    sections = {part["kind"]: part for part in content["sections"]}
    parts = []
    news = [kind for kind in ("features", "figures", *_LABELS) if kind in sections]
    for kind in dict.fromkeys(news):
        part = sections[kind]
        parts.append(_figures(part) if kind == "figures" else _counted(kind, part, alone=len(set(news)) == 1))
    others = (part.get("summary", "").rstrip("。") for kind, part in sections.items() if kind not in _LABELS)
    return "；".join(parts or filter(None, others))


def _counted(kind: str, part: Mapping[str, Any], *, alone: bool) -> str:
    several, one = _LABELS[kind]
    count = part["count"]
    named = one and alone and count == 1
    return one.format(cut(part["items"][0]["title"], TITLE)) if named else several.format(count)


def _figures(part: Mapping[str, Any]) -> str:
    """Return the first changed figure as text, with the number of all changed figures if there are several."""
    count = sum(len(entry["changed"]) for entry in part["items"]) + part["more"]
    return str(part["items"][0]["short"]) + (f"等{count}处" if count > 1 else "")
