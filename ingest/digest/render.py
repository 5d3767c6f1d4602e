"""Render a Digest as HTML for mail and as plain text, shortened so that Gmail does not clip the mail at 102 kB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ingest.digest import labels_zh
from ingest.digest.compose import Change, Digest, Failure, Figure, Group, Notice, Story
from ingest.digest.text_diff import Hunk

#: maximum bytes of the HTML part (hteumeuleu/email-bugs issue 41: Gmail clips mails over 102 kB)
LIMIT = 100_000
#: a digest of more stories than this starts with a table of contents; not measured
INDEXED = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caps:
    """Maximum number of items shown of each kind; the rest is only counted."""

    stories: int
    #: lines of one group of facts
    lines: int
    quotes: int
    copies: int
    changes: int
    hunks: int
    examples: int
    notices: int
    #: characters of a title, a line or a quote
    text: int


#: tried in turn until the HTML fits; the last always fits (at most 3 stories of at most 90 short lines)
LADDER = (
    Caps(stories=40, lines=8, quotes=2, copies=8, changes=20, hunks=8, examples=3, notices=40, text=200),
    Caps(stories=20, lines=6, quotes=1, copies=5, changes=12, hunks=6, examples=3, notices=30, text=160),
    Caps(stories=10, lines=5, quotes=1, copies=4, changes=8, hunks=4, examples=2, notices=20, text=120),
    Caps(stories=6, lines=4, quotes=1, copies=2, changes=4, hunks=3, examples=1, notices=12, text=80),
    Caps(stories=3, lines=2, quotes=1, copies=1, changes=2, hunks=2, examples=1, notices=6, text=60),
)


def render_html(digest: Digest) -> str:
    """Render the digest as one HTML page under 100 kB, with inline styles for mail programs and all text escaped."""
    for caps in LADDER:
        html = labels_zh.printable(
            _template().render(
                digest=digest, caps=caps, w=labels_zh, more=_more, link=link, lines=_lines, indexed=INDEXED
            )
        )
        if len(html.encode("utf-8")) <= LIMIT:
            break
    return html


def render_text(digest: Digest) -> str:
    """Render the digest as plain text, with the limits of the longest HTML form."""
    caps = LADDER[0]
    lines = [f"所闻 {labels_zh.day_in_words(digest.day)}", digest.headline]
    if digest.since:
        lines.append(f"自 {labels_zh.day_in_words(digest.since)} 以来")
    if len(digest.stories) > INDEXED:
        lines += [
            "",
            *(
                f"{n:>3}. {story.title} {story.station}".rstrip()
                for n, story in enumerate(digest.stories[: caps.stories], start=1)
            ),
        ]
    for story in digest.stories[: caps.stories]:
        lines += ["", "=" * 40, *_story(story, caps)]
    lines += _rest(digest.stories, caps.stories, "篇")
    sections = (
        ("旧稿再转载", (line for story in digest.reposted[: caps.stories] for line in _repost(story, caps))),
        ("修订", (line for change in digest.changes[: caps.changes] for line in _change(change, caps))),
        ("数字有变", (line for figure in digest.figures[: caps.changes] for line in _figure(figure))),
        ("来源抓取失败", _notices(digest.failing, caps)),
        ("来源无更新", _notices(digest.silent, caps)),
        ("抓取失败的页面", (line for failure in digest.failures for line in _failure(failure, caps))),
        (
            f"检查网址 {digest.total} 次",
            (
                *(f"  {meaning} {count}" for _, meaning, count in digest.outcomes),
                *([f"  {labels_zh.PRUNED}"] if digest.pruned else []),
            ),
        ),
    )
    for heading, body in sections:
        shown = list(body)
        if shown:
            lines += ["", f"【{heading}】", *shown]
    lines += ["", f"生成于 {labels_zh.moment(digest.made_at)}"]
    return labels_zh.printable("\n".join(lines) + "\n")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cut"] = labels_zh.cut
    return environment.get_template("digest.html")


def link(url: str) -> str:
    """Return the URL if its scheme is http or https, else "": javascript: and data: URLs never become links."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _more(items: Sequence[T], shown: int) -> int:
    return max(0, len(items) - shown)


def _lines(group: Group, caps: Caps) -> int:
    """Return the maximum number of lines shown of a group."""
    return (caps.lines + 1) // 2 if group.minor else caps.lines


# --- plain text ---------------------------------------------------------------------------------------------


def _story(story: Story, caps: Caps) -> Iterator[str]:
    yield story.title
    yield "  ".join(part for part in (story.medium, story.published, story.byline) if part)
    yield story.url
    if story.lead:
        yield f"  {story.lead}"
    if story.station:
        yield f"◆ {story.station}"
    for group in (*story.card, *story.groups):
        yield f"· {group.heading}"
        for line in group.lines[: _lines(group, caps)]:
            yield f"    {line.text}"
            for quote in line.quotes[: caps.quotes]:
                yield f"      「{quote}」"
        yield from _rest(group.lines, _lines(group, caps), "条", "    ")
    if story.copies:
        yield f"· 转载 {len(story.copies)} 处，最早见于 {story.first}"
        yield from _copies(story, caps)
    if story.reasons:
        yield f"· 入选理由 {story.score:.2f}：{labels_zh.cut(story.reasons, caps.text)}"


def _repost(story: Story, caps: Caps) -> Iterator[str]:
    yield f"· {story.title}"
    yield f"  {story.url}"
    yield from _copies(story, caps)


def _copies(story: Story, caps: Caps) -> Iterator[str]:
    for copy in story.copies[: caps.copies]:
        yield f"    {copy.relation} {copy.share}%  {copy.medium} {copy.published} {copy.title}"
        yield f"      {copy.url}"
    yield from _rest(story.copies, caps.copies, "处", "    ")


def _change(change: Change, caps: Caps) -> Iterator[str]:
    yield f"· {change.title}（{change.site}，第 {change.before} 版 → 第 {change.after} 版）"
    yield f"  {change.url}"
    for hunk in change.hunks[: caps.hunks]:
        yield "    " + _marked(hunk)
    yield from _rest(change.hunks, caps.hunks, "处改动", "    ")


def _figure(figure: Figure) -> Iterator[str]:
    yield f"· {figure.station} {figure.what} {figure.before.value} → {figure.after.value}"
    for side in (figure.before, figure.after):
        yield f"    {side.published} {side.title}"
        yield f"      {side.url}"
        yield f"      「{side.quote}」"


def _marked(hunk: Hunk) -> str:
    """Mark removed words with [- -] and added words with {+ +}, as wdiff does."""
    frames = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(frames[piece.mark].format(piece.text) for piece in hunk.pieces)


def _notices(notices: Sequence[Notice], caps: Caps) -> Iterator[str]:
    for notice in notices[: caps.notices]:
        yield f"· {notice.source}：{notice.text}"
    yield from _rest(notices, caps.notices, "个")


def _failure(failure: Failure, caps: Caps) -> Iterator[str]:
    where = "、".join(f"{source} {count}" for source, count in failure.sources[: caps.notices])
    yield f"· {failure.meaning} × {failure.count}：{where}"
    for url, detail in failure.examples[: caps.examples]:
        yield f"    {url}"
        if detail:
            yield f"      {detail}"


def _rest(items: Sequence[object], shown: int, unit: str, indent: str = "") -> Iterator[str]:
    if len(items) > shown:
        yield f"{indent}……还有 {len(items) - shown} {unit}"
