"""The content of a message: sections of items as JSON values, and their form as Markdown and as plain text.

All texts come from a masked `Digest` (ingest/digest/compose.py), so no private person leaves the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ingest.digest import labels_zh
from ingest.digest.compose import Change, Digest, Figure, Group, Notice, Side, Story
from ingest.digest.render import link

#: figures shown of a feature
FIGURES = 4
#: changed paragraphs shown of an edit, and characters of each
HUNKS, HUNK = 5, 160
#: characters of a quote
QUOTE = 80
#: items of one section; the rest is counted. Not measured
ITEMS = 200

#: headings that the text of a figure does not need: 民警 12人
_CLEAR = frozenset({"警力", "下辖"})
#: characters that would become Markdown, HTML or a mention -> full-width ones
_PLAIN = str.maketrans("<>[]*`@#|~", "＜＞［］＊｀＠＃｜～")


def content_of(digest: Digest, extra: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the sections of a digest, changes first; `extra`: sections that a digest does not have."""
    sections = [
        _section("figures", "数字有变", map(_figure, digest.figures), len(digest.figures)),
        _section("edits", "修订", map(_edit, digest.changes), len(digest.changes)),
        *extra,
        _section("features", "新特写", map(_feature, digest.stories), len(digest.stories)),
        _section("reposts", "旧稿再转载", map(_repost, digest.reposted), len(digest.reposted)),
        section("sources", "来源状态", [notice_item(notice) for notice in (*digest.failing, *digest.silent)]),
    ]
    return {"sections": [dict(part) for part in sections if part["items"]]}


def section(kind: str, heading: str, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a section; items beyond `ITEMS` are only counted."""
    return _section(kind, heading, iter(items), len(items))


def item(
    title: str, *, url: str = "", article: int | None = None, lines: Iterable[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Return one item of a section: title, URL of the original, article number, lines."""
    return {"title": title, "url": link(url), "article": article, "lines": [dict(entry) for entry in lines]}


def line(text: str, *, url: str = "", quote: str = "") -> dict[str, str]:
    """Return one line of an item: a text, the URL it links to, a quote after it."""
    return {"text": text, "url": link(url), "quote": labels_zh.cut(quote, QUOTE)}


def notice_item(notice: Notice) -> dict[str, Any]:
    """Return the item of a source's problem."""
    return item(notice.source, lines=[line(notice.text)])


def markdown(content: Mapping[str, Any]) -> str:
    """Format a message as the Markdown that all three bots understand: bold, links, quotes, blank lines."""
    return "\n\n".join(_blocks(content, _bold, _link, "> "))


def plain_text(content: Mapping[str, Any]) -> str:
    """Format a message as plain text."""
    return "\n\n".join(_blocks(content, lambda text: text, lambda text, url: f"{text} {url}".rstrip(), "  ")) + "\n"


def _blocks(content: Mapping[str, Any], bold: Any, linked: Any, quote: str) -> Iterator[str]:
    if content.get("headline"):
        yield bold(str(content["headline"]))
    for part in content.get("sections", ()):
        heading = bold(f"【{part['heading']}】")
        for position, entry in enumerate(part["items"]):
            lines = [linked(entry["title"], entry["url"])]
            for row in entry["lines"]:
                lines.append(
                    linked(row["text"], row["url"]) + (f"\n{quote}{_one(row['quote'])}" if row["quote"] else "")
                )
            block = "\n".join(text for text in lines if text)
            yield f"{heading}\n{block}" if position == 0 else block
        if part.get("more"):
            yield f"还有 {part['more']} 条"


def _one(text: str) -> str:
    return text.translate(_PLAIN)


def _bold(text: str) -> str:
    return f"**{text.translate(_PLAIN)}**"


def _link(text: str, url: str) -> str:
    shown = text.translate(_PLAIN)
    target = url.translate({ord(mark): f"%{ord(mark):02X}" for mark in "()<> "})
    return f"[{shown}]({target})" if target else shown


# --- items of a digest ------------------------------------------------------------------------------------------


def _section(kind: str, heading: str, items: Iterable[Mapping[str, Any]], count: int) -> dict[str, Any]:
    shown = [entry for _, entry in zip(range(ITEMS), items, strict=False)]
    return {"kind": kind, "heading": f"{heading} {count}", "items": shown, "more": max(0, count - ITEMS)}


def _feature(story: Story) -> dict[str, Any]:
    where = next((group.lines[0].text for group in story.card if group.heading == "地区"), "")
    about = " · ".join(part for part in (story.station, where, story.medium, story.published) if part)
    found = [
        (entry.text if group.heading in _CLEAR else f"{group.heading} {entry.text}", entry.quotes)
        for group in _figure_groups(story)
        for entry in group.lines
    ]
    figures = [{"text": text, "quote": quotes[0] if quotes else ""} for text, quotes in found[:FIGURES]]
    honours = [entry.text for group in story.groups if group.heading == "荣誉" for entry in group.lines]
    notes = ["荣誉 " + "、".join(honours[:2])] if honours else []
    if story.copies:
        notes.append(f"转载 {len(story.copies)} 处，最早见于 {story.first}")
    lead = _first_sentence(story.lead)
    texts = [about, lead, "，".join(figure["text"] for figure in figures), *notes]
    shown = item(story.title, url=story.url, article=story.article, lines=[line(text) for text in texts if text])
    return {**shown, "about": about, "lead": lead, "figures": figures, "notes": notes}


def _figure_groups(story: Story) -> Iterator[Group]:
    """Yield the groups of the card that hold figures, the force first."""
    order = ("警力", "辖区", "人口", "下辖", "建所", "单位")
    by_heading = {group.heading: group for group in story.card}
    return (by_heading[heading] for heading in order if heading in by_heading)


def _first_sentence(text: str) -> str:
    end = min((position for mark in "。！？" if (position := text.find(mark)) >= 0), default=len(text) - 1)
    return text[: end + 1]


def _repost(story: Story) -> dict[str, Any]:
    lines = [
        line(f"{copy.relation} {copy.medium} {copy.published} {copy.title}".strip(), url=copy.url)
        for copy in story.copies[:5]
    ]
    return item(story.title, url=story.url, article=story.article, lines=lines)


def _edit(change: Change) -> dict[str, Any]:
    lines = [line(f"{change.site}，第 {change.before} 版 → 第 {change.after} 版")]
    marks = {"same": "{}", "removed": "〔删：{}〕", "added": "〔增：{}〕"}
    for hunk in change.hunks[:HUNKS]:
        text = "".join(marks[piece.mark].format(piece.text) for piece in hunk.pieces)
        lines.append(line("", quote=labels_zh.cut(text, HUNK)))
    if len(change.hunks) > HUNKS:
        lines.append(line(f"还有 {len(change.hunks) - HUNKS} 处改动"))
    shown = item(change.title, url=change.url, article=change.article, lines=lines)
    pieces = [[{"mark": piece.mark, "text": piece.text} for piece in hunk.pieces] for hunk in change.hunks[:HUNKS]]
    return {**shown, "hunks": pieces}


def _figure(figure: Figure) -> dict[str, Any]:
    def side(value: Side) -> dict[str, str]:
        return line(f"{value.value}：{value.published} {value.title}", url=value.url, quote=value.quote)

    shown = item(
        f"{figure.station} {figure.what} {figure.before.value} → {figure.after.value}",
        lines=[side(figure.before), side(figure.after)],
    )
    what = figure.what.rpartition(" ")[2]
    return {**shown, "short": f"{figure.station}{what}{figure.before.value}→{figure.after.value}"}
