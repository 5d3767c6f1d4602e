"""The text of a message: its content as Markdown and as plain text, and short forms of sentences and changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ingest.digest.text_diff import Piece

#: maximum characters of a lead sentence; minimum characters of a first sentence that is shown alone
#: (最美民警，因何而美？ is too short)
LEAD, SHORT = 72, 15
#: characters that services read as Markdown, HTML or a mention -> full-width characters
_PLAIN = str.maketrans("<>[]*`@#|~", "＜＞［］＊｀＠＃｜～")


def shortened(content: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Return the content with at most `most` items of each section; the others are counted."""
    sections = [
        {**part, "items": part["items"][:most], "more": part["more"] + max(0, len(part["items"]) - most)}
        for part in content.get("sections", ())
    ]
    return {**content, "sections": sections}


def markdown(content: Mapping[str, Any]) -> str:
    """Format a message as Markdown that 企业微信, 钉钉 and 飞书 all understand: bold, links, quotes, blank lines."""
    return "\n\n".join(_blocks(content, _bold, _link, "> "))


def plain_text(content: Mapping[str, Any], *, shown: Callable[[str], str] = str) -> str:
    """Format a message as plain text; `shown` is applied to headings, titles and lines, but not to quotes."""
    return "\n\n".join(_blocks(content, shown, lambda text, url: f"{shown(text)} {url}".rstrip(), "  ")) + "\n"


def escape_markup(text: str) -> str:
    """Replace the characters that services read as markup or as a mention (@all, <!channel>) by full-width ones."""
    return text.translate(_PLAIN)


_Linked = Callable[[str, str], str]


def _blocks(content: Mapping[str, Any], bold: Callable[[str], str], linked: _Linked, quote: str) -> Iterator[str]:
    if content.get("headline"):
        yield bold(str(content["headline"]))
    if content.get("note"):
        yield linked(str(content["note"]), "")
    sections, pages = content.get("sections", ()), content.get("pages")
    for part in sections:
        heading = bold(f"【{part['heading']}】{part['count']}")
        if part["kind"] == "sources" and part.get("summary") and len(sections) > 1:
            yield f"{bold('【' + part['heading'] + '】')}{linked(part['summary'], '')}"
            continue
        group = None
        for position, entry in enumerate(part["items"]):
            block = _block(entry, linked, quote)
            if pages and entry["article"]:
                block += "\n" + linked("详情", f"{pages}/articles/{entry['article']}")
            if entry.get("group") and entry["group"] != group:
                group = entry["group"]
                block = f"{bold(group)}\n{block}"
            yield f"{heading}\n{block}" if position == 0 else block
        if part.get("more"):
            yield f"还有{part['more']}条。"


def _block(entry: Mapping[str, Any], linked: _Linked, quote: str) -> str:
    lines = [linked(entry["title"], entry["url"])]
    for row in entry["lines"]:
        lines.append(linked(row["text"], row["url"]))
        if row["quote"]:
            lines.append(
                f"{quote}“{escape_markup(row['quote'])}”" if entry.get("hunks") is None else f"{quote}{row['quote']}"
            )
    return "\n".join(text for text in lines if text)


def _bold(text: str) -> str:
    return f"**{escape_markup(text)}**"


def _link(text: str, url: str) -> str:
    shown = escape_markup(text)
    target = url.translate({ord(mark): f"%{ord(mark):02X}" for mark in "()<> @"})
    return f"[{shown}]({target})" if target else shown


def first_sentence(text: str) -> str:
    """Return the first sentence. If it is a question or shorter than `SHORT`, the second one is added.

    A result longer than `LEAD` is cut, if possible at a comma or semicolon, and ends with ……
    """
    ends = [match.end() for match in re.finditer("[。！？…]+[”’」』）]*", text)] or [len(text)]
    end = ends[0]
    if len(ends) > 1 and (end < SHORT or text[:end].rstrip("”’」』）").endswith("？")):
        end = ends[1]
    lead = text[:end].strip()
    if len(lead) <= LEAD:
        return lead
    comma = max(lead.rfind(mark, SHORT, LEAD) for mark in "，；")
    return (lead[:comma] if comma > 0 else lead[: LEAD - 2]) + "……"


def marked(pieces: Sequence[Piece]) -> str:
    """Format a changed paragraph: 民警〔28→29〕人; 〔删：…〕 for removed and 〔增：…〕 for added words."""
    shown, position = "", 0
    while position < len(pieces):
        piece = pieces[position]
        after = pieces[position + 1] if position + 1 < len(pieces) else None
        if piece.mark == "removed" and after is not None and after.mark == "added":
            shown += f"〔{piece.text}→{after.text}〕"
            position += 1
        else:
            shown += {"same": "{}", "removed": "〔删：{}〕", "added": "〔增：{}〕"}[piece.mark].format(piece.text)
        position += 1
    return shown


def short(changed: Mapping[str, str]) -> str:
    """Format a change for a subject, with the unit once and without 人: 民警35→41, 辖区42→50平方公里."""
    before, after = changed["before"], changed["after"]
    unit = re.search(r"[^\d.]*$", before)
    if unit and unit[0] and after.endswith(unit[0]):
        before = before.removesuffix(unit[0])
        after = after.removesuffix("人") if unit[0] == "人" else after
    return f"{changed['label']}{before}→{after}"
