"""The content of a message: sections of items as JSON values (ingest/deliver/message_text.py formats them).

All texts come from masked views of the store, most of them by a `Digest` (ingest/digest/compose.py), so a message never
names a private person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ingest.deliver.message_text import first_sentence, marked, short
from ingest.digest import format_zh
from ingest.digest.compose import UNCHECKED, Change, Digest, Figure, Group, Notice, Side, Story
from ingest.digest.render import link

#: maximum figures shown of a feature; maximum figures of one heading while other headings have figures left
FIGURES, EACH = 4, 2
#: maximum changed paragraphs shown of an edit, and maximum characters of each
HUNKS, HUNK = 5, 160
#: maximum characters of a title, of a line and of a quote: a hostile article may have a title of a megabyte. Not
#: measured
TITLE, TEXT, QUOTE = 120, 400, 80
#: maximum items of one section; the others are counted. Not measured
ITEMS = 200
#: maximum sources named in a summary
NAMED = 3

#: province at the beginning of a place, as in 江南省 青河县; a weekly message groups its features by province
_PROVINCE = re.compile(r"\S+(?:省|自治区|特别行政区)(?=\s|$)|(?:北京|天津|上海|重庆)市(?=\s|$)")
#: headings that are not repeated in the label of a figure: 民警12人, not 警力民警12人
_CLEAR = frozenset({"警力", "下辖", "单位"})


def content_of(digest: Digest, extra: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the sections of a digest, changes first, with the sections `extra` after the changes.

    Empty sections are left out.
    """
    changed = list(_by_articles(digest.figures))
    sections = [
        section("figures", "数字有变", [_figures_item(group) for group in changed]),
        _section("edits", "原文有改动", map(_edit, digest.changes), len(digest.changes)),
        *extra,
        _section("features", "新特写", map(_feature, digest.stories), len(digest.stories)),
        _section("reposts", "旧稿再转载", map(_repost, digest.reposted), len(digest.reposted)),
        sources_section(
            [notice_item(notice) for notice in (*digest.failing, *digest.silent)],
            {
                "抓取失败": [notice.source for notice in digest.failing],
                "没有新文章": [notice.source for notice in digest.silent if notice.text != UNCHECKED],
                "尚未检查": [notice.source for notice in digest.silent if notice.text == UNCHECKED],
            },
        ),
    ]
    return {"sections": [dict(part) for part in sections if part["items"]]}


def section(kind: str, heading: str, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a section; items beyond `ITEMS` are only counted."""
    return _section(kind, heading, iter(items), len(items))


def sources_section(items: Sequence[Mapping[str, Any]], by_state: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the section about sources. In a message with other sections, only the "summary" is shown.

    `by_state`: label of a state -> names of sources.
    """
    parts = [f"{_named(names)}{state}" for state, names in by_state.items() if names]
    return {**section("sources", "来源情况", items), "summary": "，".join(parts) + "。" if parts else ""}


def _named(names: Sequence[str]) -> str:
    shown = "、".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown}等{len(names)}个来源"


def item(
    title: str, *, url: str = "", article: int | None = None, lines: Iterable[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Return one item of a section: title, URL of the original, article number, lines."""
    shown = format_zh.cut(title, TITLE)
    return {"title": shown, "url": link(url), "article": article, "lines": [dict(entry) for entry in lines]}


def line(text: str, *, url: str = "", quote: str = "") -> dict[str, str]:
    """Return one line of an item: a text, the target of its link, a quote after it."""
    return {"text": format_zh.cut(text, TEXT), "url": link(url), "quote": format_zh.cut(quote, QUOTE)}


def notice_item(notice: Notice) -> dict[str, Any]:
    """Return the item of a source's problem."""
    return item(notice.source, lines=[line(notice.text)])


# --- features -----------------------------------------------------------------------------------------------------


def _section(kind: str, heading: str, items: Iterable[Mapping[str, Any]], count: int) -> dict[str, Any]:
    shown = [entry for _, entry in zip(range(ITEMS), items, strict=False)]
    return {"kind": kind, "heading": heading, "count": count, "items": shown, "more": max(0, count - ITEMS)}


def _feature(story: Story) -> dict[str, Any]:
    groups = {group.heading: group for group in story.card}
    where = next((groups[heading].lines[0].text for heading in ("地区", "隶属") if heading in groups), "")
    region = _PROVINCE.match(groups["地区"].lines[0].text) if "地区" in groups else None
    place = " · ".join(part for part in (where.replace(" ", ""), story.station) if part)
    source = " ".join(part for part in (story.medium, story.published) if part)
    figures = _chosen(groups)
    honours = [entry.text for group in story.groups if group.heading == "荣誉" for entry in group.lines]
    notes = [f"荣誉：{'、'.join(honours[:2])}" + (f"等{len(honours)}项" if len(honours) > 2 else "")] if honours else []
    if story.copies:
        notes.append(f"转载{len(story.copies)}处，最早见于{story.first}")
    lead = first_sentence(story.lead)
    about = "｜".join(part for part in (place, source) if part)
    texts = [about, lead, "，".join(figure["text"] for figure in figures), *notes]
    shown = item(story.title, url=story.url, article=story.article, lines=[line(text) for text in texts if text])
    return {
        **shown,
        "place": place,
        "region": region[0] if region else "",
        "source": source,
        "lead": lead,
        "figures": figures,
        "notes": notes,
    }


def _chosen(groups: Mapping[str, Group]) -> list[dict[str, str]]:
    """Return at most `FIGURES` figures of a feature: up to `EACH` of a heading, more only if other headings have too
    few.
    """
    order = ("警力", "辖区", "人口", "下辖", "建所", "单位")
    found = [
        (position >= EACH, rank, position, heading, entry)
        for rank, heading in enumerate(order)
        if heading in groups
        for position, entry in enumerate(groups[heading].lines)
    ]
    best = sorted(found, key=lambda row: row[:3])[:FIGURES]
    return [
        _figure(heading, entry.text, entry.quotes) for _, _, _, heading, entry in sorted(best, key=lambda row: row[1:3])
    ]


def _figure(heading: str, text: str, quotes: Sequence[str]) -> dict[str, str]:
    """Return label, value, text and quote of a figure: 民警 12人, 常住人口 3.1万余人, 建所 1958年."""
    label, _, value = text.rpartition(" ")
    if heading == "人口":
        label = label if label.endswith("人口") else f"{label}人口"
    elif heading not in _CLEAR:
        label = f"{heading}{label}"
    return {
        "label": label,
        "value": value,
        "text": f"{label}{value}",
        "quote": format_zh.cut(quotes[0], QUOTE) if quotes else "",
    }


def _repost(story: Story) -> dict[str, Any]:
    lines = [
        line(f"{copy.relation}：{copy.medium} {copy.published}《{copy.title}》", url=copy.url)
        for copy in story.copies[:5]
    ]
    if len(story.copies) > 5:
        lines.append(line(f"还有{len(story.copies) - 5}处转载"))
    return item(story.title, url=story.url, article=story.article, lines=lines)


# --- changes ------------------------------------------------------------------------------------------------------


def _edit(change: Change) -> dict[str, Any]:
    count = f"，共{len(change.hunks)}处" if change.hunks else ""
    lines = [line(f"{change.site}改动了原文（第{change.before}版改为第{change.after}版）{count}")]
    for hunk in change.hunks[:HUNKS]:
        lines.append(line("", quote=""))
        lines[-1]["quote"] = format_zh.cut(marked(hunk.pieces), HUNK)
    if len(change.hunks) > HUNKS:
        lines.append(line(f"还有{len(change.hunks) - HUNKS}处改动"))
    shown = item(change.title, url=change.url, article=change.article, lines=lines)
    pieces = [[{"mark": piece.mark, "text": piece.text} for piece in hunk.pieces] for hunk in change.hunks[:HUNKS]]
    return {**shown, "hunks": pieces}


def _by_articles(figures: Sequence[Figure]) -> Iterator[list[Figure]]:
    """Yield the changed figures in groups with the same station and the same two articles."""
    groups: dict[tuple[str, str, str], list[Figure]] = {}
    for figure in figures:
        groups.setdefault((figure.station, figure.before.url, figure.after.url), []).append(figure)
    yield from groups.values()


def _figures_item(group: Sequence[Figure]) -> dict[str, Any]:
    """Return the item of a station's changed figures, with both articles and both quotes."""
    first = group[0]
    changed = [
        {
            "label": format_zh.cut(figure.what.rpartition(" ")[2], TITLE),
            "before": figure.before.value,
            "after": figure.after.value,
        }
        for figure in group
    ]

    def sides(of: Callable[[Figure], Side]) -> dict[str, Any]:
        side = of(first)
        quotes = "”“".join(dict.fromkeys(of(figure).quote for figure in group if of(figure).quote))
        shown = line(f"{side.published}《{side.title}》".strip(), url=side.url)
        return {**shown, "quote": format_zh.cut(quotes, 2 * QUOTE)}

    texts = [f"{entry['label']}{entry['before']}→{entry['after']}" for entry in changed]
    before, after = sides(lambda figure: figure.before), sides(lambda figure: figure.after)
    lines = [{**before, "text": f"原：{before['text']}"}, {**after, "text": f"现：{after['text']}"}]
    shown = item(f"{first.station} {'，'.join(texts)}", lines=lines)
    return {
        **shown,
        "station": format_zh.cut(first.station, TITLE),
        "changed": changed,
        "short": first.station + short(changed[0]),
    }
