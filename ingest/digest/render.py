"""Render a Digest as the HTML page and the plain text that are stored as files: every fact with every quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ingest.digest import format_zh, labels_zh
from ingest.digest.compose import Change, Digest, Failure, Figure, Notice, Story
from ingest.digest.text_diff import Hunk

#: a digest of more stories than this starts with a table of contents; not measured
INDEXED = 2
#: maximum failed pages shown of each kind; the others are counted
EXAMPLES = 20


def render_html(digest: Digest) -> str:
    """Render the digest as one HTML page with all text escaped."""
    return format_zh.printable(
        _template().render(
            digest=digest, labels=labels_zh, format=format_zh, link=link, indexed=INDEXED, examples=EXAMPLES
        )
    )


def render_text(digest: Digest) -> str:
    """Render the digest as plain text."""
    lines = [f"所闻 {format_zh.day_in_words(digest.day)}", digest.headline]
    if digest.since:
        lines.append(f"自 {format_zh.day_in_words(digest.since)} 以来")
    if digest.late:
        lines.append(labels_zh.late(digest.late))
    if len(digest.stories) > INDEXED:
        lines += [
            "",
            *(f"{n:>3}. {story.title} {story.station}".rstrip() for n, story in enumerate(digest.stories, start=1)),
        ]
    for story in digest.stories:
        lines += ["", "=" * 40, *_story(story)]
    sections = (
        ("旧稿再转载", (line for story in digest.reposted for line in _repost(story))),
        ("修订", (line for change in digest.changes for line in _change(change))),
        ("数字有变", (line for figure in digest.figures for line in _figure(figure))),
        ("来源抓取失败", _notices(digest.failing)),
        ("来源无更新", _notices(digest.silent)),
        ("抓取失败的页面", (line for failure in digest.failures for line in _failure(failure))),
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
    lines += ["", f"生成于 {format_zh.moment(digest.made_at)}"]
    return format_zh.printable("\n".join(lines) + "\n")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("digest.html")


def link(url: str) -> str:
    """Return the URL if its scheme is http or https, else "": javascript: and data: URLs never become links."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


# --- plain text ---------------------------------------------------------------------------------------------


def _story(story: Story) -> Iterator[str]:
    yield story.title
    yield "  ".join(part for part in (story.medium, story.published, story.byline) if part)
    yield story.url
    if story.lead:
        yield f"  {story.lead}"
    if story.station:
        yield f"◆ {story.station}"
    for group in (*story.card, *story.groups):
        yield f"· {group.heading}"
        for line in group.lines:
            yield f"    {line.text}"
            for quote in line.quotes:
                yield f"      {format_zh.quoted(quote)}"
    if story.copies:
        yield f"· 转载 {len(story.copies)} 处，最早见于 {story.first}"
        yield from _copies(story)
    if story.reasons:
        yield f"· 入选理由 {story.score:.2f}：{story.reasons}"


def _repost(story: Story) -> Iterator[str]:
    yield f"· {story.title}"
    yield f"  {story.url}"
    yield from _copies(story)


def _copies(story: Story) -> Iterator[str]:
    for copy in story.copies:
        yield f"    {copy.relation} {copy.share}%  {copy.medium} {copy.published} {copy.title}"
        yield f"      {copy.url}"


def _change(change: Change) -> Iterator[str]:
    yield f"· {change.title}（{change.site}，第 {change.before} 版 → 第 {change.after} 版）"
    yield f"  {change.url}"
    for hunk in change.hunks:
        yield "    " + _marked(hunk)


def _figure(figure: Figure) -> Iterator[str]:
    yield f"· {figure.station} {figure.what} {figure.before.value} → {figure.after.value}"
    for side in (figure.before, figure.after):
        yield f"    {side.published} {side.title}"
        yield f"      {side.url}"
        yield f"      {format_zh.quoted(side.quote)}"


def _marked(hunk: Hunk) -> str:
    """Mark removed words with [- -] and added words with {+ +}, as wdiff does."""
    frames = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(frames[piece.mark].format(piece.text) for piece in hunk.pieces)


def _notices(notices: Sequence[Notice]) -> Iterator[str]:
    for notice in notices:
        yield f"· {notice.source}：{notice.text}"


def _failure(failure: Failure) -> Iterator[str]:
    where = "、".join(f"{source} {count}" for source, count in failure.sources)
    yield f"· {failure.meaning} × {failure.count}：{where}"
    for url, detail in failure.examples[:EXAMPLES]:
        yield f"    {url}"
        if detail:
            yield f"      {detail}"
    if len(failure.examples) > EXAMPLES:
        yield f"    ……还有 {len(failure.examples) - EXAMPLES} 个"
