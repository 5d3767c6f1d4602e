"""The message to the engineer, sent with the daily digest: failing and silent sources, failed pages, counts."""

from __future__ import annotations

from typing import Any

from ingest.deliver.message_content import item, line, notice_item, section
from ingest.digest import format_zh, labels_zh
from ingest.digest.compose import Digest, Failure

#: maximum sources and pages shown of each kind of failure; the file of the digest lists more
EXAMPLES = 5


def engineer_content(digest: Digest) -> dict[str, Any]:
    """Return the content of the message, also on a day without problems: a missing message is itself a warning."""
    sections = [
        section("failing", "抓取失败的来源", [notice_item(notice) for notice in digest.failing]),
        section("silent", "没有新文章的来源", [notice_item(notice) for notice in digest.silent]),
        section("failures", "抓取失败的网页", [_failure(failure) for failure in digest.failures]),
        section("outcomes", "检查结果", [item(f"检查网址{digest.total}次", lines=[line(_outcomes(digest))])]),
    ]
    return {
        "headline": f"所闻运行 {digest.day.month}月{digest.day.day}日：{_state(digest)}",
        "date": format_zh.day_in_words(digest.day),
        "overview": [
            ["检查网址", str(digest.total)],
            ["失败的来源", str(len(digest.failing))],
            ["无新文章的来源", str(len(digest.silent))],
            ["失败的网页", str(sum(failure.count for failure in digest.failures))],
        ],
        "sections": [part for part in sections if part["items"]],
    }


def _state(digest: Digest) -> str:
    pages = sum(failure.count for failure in digest.failures)
    parts = [
        f"{len(digest.failing)}个来源抓取失败" if digest.failing else "",
        f"{len(digest.silent)}个来源没有新文章" if digest.silent else "",
        f"{pages}个网页抓取失败" if pages else "",
    ]
    return "，".join(filter(None, parts)) or f"运行正常，检查网址{digest.total}次"


def _failure(failure: Failure) -> dict[str, Any]:
    """Return the item of one kind of failure, with some of its sources and pages."""
    sources = "，".join(f"{source} {count}个" for source, count in failure.sources[:EXAMPLES])
    pages = [line(f"{url}（{detail}）" if detail else url, url=url) for url, detail in failure.examples[:EXAMPLES]]
    more = failure.count - len(pages)
    rest = [line(f"还有{more}个网页")] if more > 0 else []
    return item(f"{failure.meaning}：{failure.count}个", lines=[line(sources), *pages, *rest])


def _outcomes(digest: Digest) -> str:
    counts = "，".join(f"{label} {count}" for _, label, count in digest.outcomes)
    return counts + (labels_zh.PRUNED if digest.pruned else "")
