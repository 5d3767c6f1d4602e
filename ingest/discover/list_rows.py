"""Rows of a list: the largest element around each link that contains no other row, and its title, date and snippet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ingest.discover.links import Link, above, han, texts
from ingest.discover.listing_dates import find_date
from ingest.pipeline_types import Page, Source
from ingest.zh.character_normalization import fold

#: maximum number of links in one row (article, column, author, tags); not measured
MOST_IN_ROW = 8
#: minimum Han characters of a text in a row that counts as a summary. Dates in a summary belong to the event,
#: not to the publication
SUMMARY_HAN = 15
#: maximum number of text nodes read from one row
_PIECES = 60
_DATE_AT_END = re.compile(
    r"[\s\[(（【]*((?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
    r"|[\[(（]\d{1,2}[-/]\d{1,2}[\])）])[\])）】\s]*$"
)
#: a date before a title: [09-07], 2019-09-07 or 發布時間: 2019/09/07 08:30. Month and day without brackets do not
#: match, because they may be part of the title
_DATE_AT_START = re.compile(
    r"\s*(?:[\[(（【]\s*(?:(?:19|20)\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*[\])）】]"
    r"|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d\d)?\s"
    r"|(?:出版|[发發]布|更新)?[时時日][间間期]\s*[:：]\s*(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d\d)?)\s*"
)
#: a date in the tooltip of the link: 标题：… 发布时间：2019-9-7
_TOOLTIP = re.compile(r"(?:时间|日期)[:：]\s*([\d年月日\-/.: ]{6,25})")


@dataclass(slots=True)
class Item:
    """One row of a list: its link and the claims about the article."""

    link: Link
    title: str
    date: str | None
    snippet: str | None


def crowd_of(links: Sequence[Link]) -> dict[Any, int]:
    """Return the number of links below each element that is at most DEPTH levels above a link."""
    crowd: dict[Any, int] = {}
    for link in links:
        for holder in above(link.element):
            crowd[holder] = crowd.get(holder, 0) + 1
    return crowd


def items_of(links: Sequence[Link], crowd: Mapping[Any, int], page: Page, source: Source) -> list[Item]:
    """Return the rows of a group of links, one for each URL, with title, date and snippet.

    If fewer than half of the rows have a date, dates are also searched between the rows.
    """
    by_key: dict[str, list[Link]] = {}
    for link in links:
        by_key.setdefault(link.key, []).append(link)
    holders: dict[Any, set[str]] = {}
    for link in links:
        for holder in above(link.element):
            holders.setdefault(holder, set()).add(link.key)
    roots = [_root(group, holders, crowd) for group in by_key.values()]
    items = [_item(group, root, page, source) for group, root in zip(by_key.values(), roots, strict=True)]
    if sum(item.date is not None for item in items) * 2 < len(items):
        _date_between(items, roots, holders, page, source)
    return items


def _best(group: Sequence[Link]) -> Link:
    """Return the link with the best title among several links to the same page (picture, title, 详细)."""
    return max(group, key=lambda link: (not link.pictured and han(link.title) > 0, han(link.title), len(link.title)))


def _root(group: Sequence[Link], holders: Mapping[Any, set[str]], crowd: Mapping[Any, int]) -> Any:
    """Return the element of a row: the highest element above the link that contains no other row, or the link itself.

    The element has at most MOST_IN_ROW links and 40 children, so that it is not a large part of the page.
    """
    root = _best(group).element
    for holder in above(root):
        if len(holders.get(holder, ())) > 1 or holder.tag in ("body", "html", "form"):
            break
        if crowd.get(holder, 0) > MOST_IN_ROW or len(holder) > 40:
            break
        root = holder
    return root


def _item(group: Sequence[Link], root: Any, page: Page, source: Source) -> Item:
    best = _best(group)
    pieces = islice((t for raw in texts(root, without=best.holder) if (t := raw.strip())), _PIECES)
    rest = [" ".join(fold(t).split()) for t in pieces]
    beside = " ".join(t for t in rest if han(t) < SUMMARY_HAN)
    title, written = _without_date(best.title)
    tooltip = _TOOLTIP.search(best.element.get("title") or "")
    stated = (best.stamp, beside, written, tooltip[1] if tooltip else "")
    date = next((d for t in stated if t and (d := find_date(t, page.fetched_at, source.zone, best.url))), None)
    snippet = max((t for t in rest if han(t) >= SUMMARY_HAN), key=len, default=None)
    return Item(best, title, date, snippet)


def _without_date(title: str) -> tuple[str, str]:
    """Return (title without a date at its end or start, that date as written); (title, "") if there is none."""
    ending = _DATE_AT_END.search(title)
    if ending and han(title[: ending.start()]) >= 4:
        return title[: ending.start()].strip(), ending[1]
    opening = _DATE_AT_START.match(title)
    if opening and han(title[opening.end() :]) >= 4:
        return title[opening.end() :].strip(), opening[0]
    return title, ""


def _date_between(
    items: Sequence[Item], roots: Sequence[Any], holders: Mapping[Any, set[str]], page: Page, source: Source
) -> None:
    """Set the missing dates of rows that have no element of their own: <a>, text, <br>, or <dt> with its <dd>.

    Searches the line of the link first, then the text beyond the line, on the side (before or after) that yields more
    dates. Dates are set only if at least half of the rows get one.
    """
    for lines in (True, False):
        found = [
            [
                find_date(_beside(root, holders, after, lines), page.fetched_at, source.zone, item.link.url)
                for item, root in zip(items, roots, strict=True)
            ]
            for after in (True, False)
        ]
        best = max(found, key=lambda dates: sum(d is not None for d in dates))
        if sum(d is not None for d in best) * 2 >= len(items):
            for item, date in zip(items, best, strict=True):
                item.date = item.date or date
            return


def _beside(root: Any, holders: Mapping[Any, set[str]], after: bool, lines: bool) -> str:
    """Return the text between a row and its neighbour, without summaries, at most 300 characters.

    `after`: the text after the row, else before it. `lines`: stop at a <br>.
    """
    out = [root.tail or ""] if after else []
    node = root.getnext() if after else root.getprevious()
    for _ in range(6):
        other = node is None or node in holders or (node.tag == "a" and node.get("href"))
        if other or (lines and node.tag in ("br", "hr")):
            if not after:
                before = root.getparent() if node is None else node
                out.append((before.text if node is None else node.tail) or "")
            break
        if isinstance(node.tag, str):
            out.extend(islice(texts(node), _PIECES))
        out.append(node.tail or "")
        node = node.getnext() if after else node.getprevious()
    return " ".join(fold(t) for t in out if han(t) < SUMMARY_HAN)[:300]
