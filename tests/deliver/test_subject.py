"""Tests of ingest/deliver/subject.py: the most important events come first."""

from __future__ import annotations

import pytest

from ingest.deliver.message_content import content_of, item, section
from ingest.deliver.message_text import short
from ingest.deliver.subject import subject
from tests.support.digest_samples import DAY, changed_figure, digest, edit, health, period, story

FAILING = health("坏网", last_error="fetching https://x/: 503 (server-error)")
EDIT = edit(before="民警7名。", after="民警9名。")


@pytest.mark.parametrize(
    ("features", "edits", "figures", "sources", "expected"),
    [
        (9, (), [changed_figure("民警", 35, 41)], (FAILING,), "特写9篇；西彭派出所民警35→41"),
        (1, (EDIT,), [changed_figure("民警", 3, 4), changed_figure("辅警", 5, 6)], (), "特写1篇；西彭派出所民警3→4等2处；1篇原文有改动"),
        (0, (EDIT,), [], (FAILING,), "《柳树湾派出所的板凳夜话》有改动"),
        (0, (), [], (FAILING,), "坏网抓取失败"),
        (0, (), [], (), "没有新内容"),
    ],
)  # fmt: skip
def test_subject(features: int, edits: tuple[object, ...], figures: list[object], sources: tuple[object, ...], expected: str) -> None:  # fmt: skip
    """Features and changed figures come first; sources are named only if there are no other events."""
    views = tuple(story(number) for number in range(features))
    made = digest(period(features=views, edits=edits), sources, figures=figures)  # type: ignore[arg-type]
    assert subject(content_of(made), DAY) == f"所闻 11月21日：{expected}"


def test_only_article_is_named() -> None:
    """The subject of a message about one article has its shortened title; a changed area has its unit once."""
    content = {"sections": [section("gone", "原文已删除", [item("甲" * 30)])]}
    assert subject(content, DAY) == f"所闻 11月21日：《{'甲' * 19}…》已被删除"
    assert short({"label": "辖区", "before": "42平方公里", "after": "50平方公里"}) == "辖区42→50平方公里"
