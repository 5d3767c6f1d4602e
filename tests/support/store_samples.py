"""Sample records for the tests of the store, and a function that stores them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from store import Batch, Store
from store.records import Appended, Article, Capture, Credit, Fact, Fingerprint, Match, Verdict

T0 = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TEXT = "清晨六点,井口派出所民警冯勇已经在辖区走访。\n派出所有民警35人,下辖11个社区。"


def article(number: int = 1, text: str = TEXT, **fields: Any) -> Article:
    given: dict[str, Any] = {
        "url": f"https://news.example.cn/a/{number}.html",
        "title": f"井口派出所的一天({number})",
        "text": text,
        "fetched_at": T0,
        "published": "2026-02-28",
        "source": "重庆日报",
        "authors": (Credit("记者", "李明"),),
        "editors": ("王芳",),
        "origins": {"title": "rule"},
        "method": "density",
        "quality": 0.9,
    }
    return Article(**{**given, **fields})


def capture(number: int = 1, **fields: Any) -> Capture:
    given: dict[str, Any] = {
        "url": f"https://news.example.cn/a/{number}.html",
        "final_url": f"https://news.example.cn/a/{number}.html",
        "fetched_at": T0,
        "status": 200,
        "kind": "article",
        "source": "example",
        "warc_file": "a.warc.gz",
        "offset": number * 1000,
        "length": 900,
        "digest": f"sha256:{number:064x}",
        "record_id": f"<urn:uuid:00000000-0000-0000-0000-{number:012d}>",
    }
    return Capture(**{**given, **fields})


def fact(quote: str = "民警35人", text: str = TEXT, kind: Any = "force", **fields: Any) -> Fact:
    start = text.index(quote)
    return Fact(
        kind,
        quote,
        start,
        start + len(quote),
        fields or {"station": "井口派出所", "category": "民警", "value": 35, "approx": "exact"},
        "force.count@1",
    )


STATION = ("station", {"name": "井口派出所", "city": "重庆市", "main": True})
FEATURE = Verdict("feature", 0.93, ("特写: 派出所 ×3",), "police-station@1")
BRIEF = Verdict("brief", 0.31, ("短讯",), "police-station@1")


def fingerprint(*bands: str, method: str = "minhash@1") -> Fingerprint:
    return Fingerprint("0" * 64, bands, method)


def batch_of(store: Store, at: datetime = T0) -> Any:
    return store.batch(at=at, program="suowen 0.1.0", rules={"read": "1", "facts": "1"})


def put(
    batch: Batch,
    given: Article,
    *,
    number: int | None = None,
    match: Match | None = None,
    bands: tuple[str, ...] = (),
    verdict: Verdict = FEATURE,
    facts: tuple[Fact, ...] = (),
) -> Appended:
    """Store an article with its verdict, facts and story, as the pipeline does; with `number`, also its capture.

    If the article is stored already without a change, only the capture is stored.
    """
    place = None if number is None else batch.capture(capture(number, url=given.url))
    appended = batch.article(given, "example", place)
    if appended.change != "unchanged":
        batch.verdict(appended.revision, verdict)
        batch.facts(appended.revision, facts)
        batch.story(appended.article, fingerprint(*bands), match)
    return appended


def later(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)
