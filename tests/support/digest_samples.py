"""Builders of invented values for digest tests, in the style of real ones: stories, facts, edits, source health."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingest.digest import Digest, compose_digest
from store.masked_views import mask_change, mask_health, mask_period
from store.masking import Mask, private_names
from store.records import (
    Article,
    Credit,
    Edit,
    Fact,
    OutcomeRow,
    Period,
    Revision,
    SourceHealth,
    StoryCopy,
    StoryView,
    Verdict,
)
from store.station_card import Change, Citation, Value

#: 08:05 on Saturday 21 November 2026 in Shanghai
NOW = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
DAY = date(2026, 11, 21)
ZONE = "Asia/Shanghai"
TEXT = (
    "青河县公安局柳树湾派出所成立于1958年,辖区面积42.6平方公里,常住人口3.1万余人,下辖11个社区。\n"
    "全所现有民警12名、辅警27名。所长周卫国说,2023年派出所被公安部命名为“枫桥式公安派出所”。\n"
    "71岁的居民张建国把锦旗送到所里,他的电话13812345678一直存在民警手机上。\n"
    "所里推行“板凳夜话”工作法,今年以来刑事警情52起,同比下降45.3%。"
)


def fact(kind: str, quote: str, text: str = TEXT, **fields: Any) -> Fact:
    """Build a fact; its quote must occur in `text`."""
    start = text.index(quote)
    return Fact(kind, quote, start, start + len(quote), fields, "test@1")  # type: ignore[arg-type]


NAME = "柳树湾派出所"
FACTS = (
    fact(
        "station",
        "青河县公安局柳树湾派出所",
        name=NAME,
        authority="青河县公安局",
        province="江南省",
        city="江南省",
        district="青河县",
        main=True,
    ),
    fact("founded", "成立于1958年", station=NAME, date="1958"),
    fact("area", "辖区面积42.6平方公里", station=NAME, value=42.6),
    fact("population", "常住人口3.1万余人", station=NAME, category="常住", value=31000, approx="over"),
    fact("division", "下辖11个社区", station=NAME, category="社区", value=11, approx="exact"),
    fact("force", "民警12名", station=NAME, category="民警", value=12, approx="exact"),
    fact("force", "辅警27名", station=NAME, category="辅警", value=27, approx="exact"),
    fact(
        "honour",
        "被公安部命名为“枫桥式公安派出所”",
        station=NAME,
        title="枫桥式公安派出所",
        by="公安部",
        date="2023",
        count=None,
    ),
    fact("person", "所长周卫国", name="周卫国", roles=["所长"], role_class="police", station=NAME),
    fact("person", "居民张建国", name="张建国", roles=["居民"], role_class="citizen", station=None, private=True),
    fact("initiative", "“板凳夜话”工作法", name="板凳夜话", since=None),
    fact(
        "statistic",
        "刑事警情52起,同比下降45.3%",
        metric="刑事警情",
        value=52,
        unit="起",
        approx="exact",
        change={"direction": "down", "percent": 45.3},
        period="今年以来",
    ),
)


def article(number: int = 1, **changes: Any) -> Article:
    """Build the article of a feature; `changes` replaces its fields."""
    made = Article(
        f"https://news.example/{number}.html",
        "柳树湾派出所的板凳夜话",
        TEXT,
        NOW,
        published="2026-11-20T08:12+08:00",
        source="青河日报",
        authors=(Credit("记者", "李亚"),),
    )
    return replace(made, **changes)


def revision(number: int = 1, *, commit: int = 5, version: int = 1, **changes: Any) -> Revision:
    """Build revision `version` of article `number`."""
    return Revision(number * 10 + version, number, version, commit, "青河网", article(number, **changes))


def copy(number: int, **changes: Any) -> StoryCopy:
    """Build a repost."""
    made = StoryCopy(
        number,
        f"https://copy.example/{number}.html",
        "柳树湾派出所的板凳夜话",
        "青河日报",
        "江南网",
        "repost",
        0.97,
        "2026-11-20T10:40+08:00",
        NOW,
    )
    return replace(made, **changes)


def story(
    number: int = 1,
    *,
    commit: int = 5,
    copies: tuple[StoryCopy, ...] = (),
    facts: tuple[Fact, ...] = FACTS,
    score: float = 0.9,
    **changes: Any,
) -> StoryView:
    """Build a story of one feature and its copies."""
    verdict = Verdict(
        "feature", score, ("+2.0 one_unit: 9 of 9 mentions", "+0.6 quoted: 1 of 9 sentences"), "police-station@1"
    )
    return StoryView(number, revision(number, commit=commit, **changes), verdict, facts, copies)


def edit(number: int = 3, *, before: str, after: str, **changes: Any) -> Edit:
    """Build an edit of an article."""
    old = revision(number, commit=2, text=before)
    return Edit(old, replace(revision(number, version=2, text=after), **changes))


def failure(number: int, code: str = "timeout", **changes: Any) -> OutcomeRow:
    """Build the outcome row of a failed fetch."""
    made = OutcomeRow(1, f"https://slow.example/{number}.html", "慢网", code, "30 s 内没有收完", NOW)
    return replace(made, **changes)


def health(name: str, **changes: Any) -> SourceHealth:
    """Build the health of a source without failures; `changes` replaces its fields."""
    return replace(SourceHealth(name, NOW, NOW, None, 0, NOW - timedelta(hours=3), 4), **changes)


def period(
    *,
    features: tuple[StoryView, ...] = (),
    edits: tuple[Edit, ...] = (),
    outcomes: Mapping[str, int] | None = None,
    failures: tuple[OutcomeRow, ...] = (),
) -> Period:
    """Build a period of commits 4 to 6."""
    return Period(3, 6, features, edits, outcomes or {}, failures)


def digest(
    of: Period,
    sources: tuple[SourceHealth, ...] = (),
    *,
    private: Mapping[int, Iterable[str]] | None = None,
    figures: Sequence[Change] = (),
    **options: Any,
) -> Digest:
    """Compose the digest of a period at NOW. Private persons of the period's facts and of `private` are masked."""
    names = {article: set(found) for article, found in (private or {}).items()}
    for view in of.features:
        names.setdefault(view.representative.article, set()).update(private_names(view.facts))
    masks = defaultdict(Mask, {article: Mask(found) for article, found in names.items()})
    return compose_digest(
        mask_period(of, masks),
        mask_health(sources),
        day=DAY,
        zone=ZONE,
        now=NOW,
        silent_days=7,
        figures=[mask_change(change, masks) for change in figures],
        **options,
    )


def changed_figure(category: str, before: int, after: int, station: str = "西彭派出所") -> Change:
    """Build a change in the number of a station's staff between two articles."""
    sides = (("old", 1, "旧文", "2020-10-22", before), ("new", 2, "新文", "2026-11-20", after))
    values = []
    for host, number, title, day, value in sides:
        quote = f"{category}{value}人"
        stated = fact("force", quote, quote, station=station, category=category, value=value, approx="exact")
        citation = Citation(number, f"https://{host}.example/{number}.html", title, day, stated)
        values.append(Value("force", category, value, (citation,)))
    return Change(station, "force", category, *values)
