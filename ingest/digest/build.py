"""One day's digest from the store: which stretch of history it covers, its files, its mails.

A digest covers the commits after the last digest's, the first one all from the store's beginning, so that a
day without one loses nothing and nothing comes twice, whatever the clock did. A day's stretch is fixed (frozen)
when it is sent, or when the day is over; until then asking for today shows everything up to now.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.config.settings import Settings
from ingest.digest import labels_zh
from ingest.digest.compose import Digest, compose
from ingest.digest.mail import Delivery, deliver, message, message_id
from ingest.digest.render import render_html, render_text
from ingest.errors import UsageError
from store import Store, history, stations
from store.masking import private_names
from store.records import ArticleView, DigestRow, Edit, Period
from store.station_card import Change


@dataclass(frozen=True, slots=True)
class BuiltDigest:
    """A digest with where it lies and what became of its mails."""

    row: DigestRow
    frozen: bool
    digest: Digest
    html: Path
    text: Path
    #: None when it was not to be sent, or could not: then `unsent` says what the settings lack
    delivery: Delivery | None
    unsent: str = ""

    def __str__(self) -> str:
        """What a person is told: the files, the headline, who has the mail and who has not."""
        lines = [str(self.html), str(self.text), self.digest.headline]
        if self.delivery is not None:
            lines.append(
                f"mailed to {len(self.delivery.sent)}, {len(self.delivery.already)} had it before, "
                f"{len(self.delivery.failed)} failed"
            )
            lines += [f"  {labels_zh.on_one_line(who)}: {why}" for who, why in self.delivery.failed.items()]
        return "\n".join(lines + ([f"not mailed: {self.unsent}"] if self.unsent else []))


def make_digest(
    store: Store,
    settings: Settings,
    *,
    day: date,
    now: datetime,
    folder: Path,
    source_names: Sequence[str],
    send: bool,
    fix: bool = False,
    clock: Callable[[], datetime] | None = None,
) -> BuiltDigest:
    """Write `digest-DAY.html` and `.txt` into `folder`, and send them when asked and configured.

    `day` is a date in the configured zone. Asked again, a frozen day gives the same stretch, and recipients
    who have it are left alone. A day that cannot be mailed for want of settings stays open, unless `fix`: then
    the files are its digest. Raises UsageError for a day to come, ConfigError when mails cannot be
    addressed.
    """
    zone = ZoneInfo(settings.zone)
    today = now.astimezone(zone).date()
    if day > today:
        raise UsageError(f"{day} is yet to come; the digest of today, {today}, is the latest there can be")
    over = day < today and not _told_since(store, day)
    lacking = _lacking(settings) if send else ""
    row, frozen = _row(store, settings, day, zone, now, freeze=fix or over or (send and not lacking))
    digest = _composed(store, settings, row, now, source_names)
    html, text = (
        _write(folder, f"digest-{day}.html", render_html(digest)),
        _write(folder, f"digest-{day}.txt", render_text(digest)),
    )
    delivery = None
    if send and not lacking:
        mail = message(digest, settings.smtp, identity=row.message_id)
        delivery = deliver(
            mail, settings.digest.recipients, settings.smtp, store, day=row.day, clock=clock or (lambda: now)
        )
    return BuiltDigest(row, frozen, digest, html, text, delivery, lacking)


def prune_outcomes(store: Store, settings: Settings, now: datetime) -> int:
    """Drop outcome rows that no digest needs any more, and that are `keep_outcomes_days` old; how many.

    The newest fixed digest keeps its own, since it may be sent again; what no digest has counted yet stays.
    """
    newest = store.last_digest("9999-12-31")
    began = newest and _began(store, newest, ZoneInfo(settings.zone))
    return store.prune_outcomes(min(began, _kept_since(settings, now))) if began else 0


def _kept_since(settings: Settings, now: datetime) -> datetime:
    return now - timedelta(days=settings.digest.keep_outcomes_days)


def _lacking(settings: Settings) -> str:
    if not settings.smtp.host:
        return "settings.yaml names no mail server (smtp.host)"
    return "" if settings.digest.recipients else "settings.yaml names no recipients (digest.recipients)"


def _row(
    store: Store, settings: Settings, day: date, zone: ZoneInfo, now: datetime, *, freeze: bool
) -> tuple[DigestRow, bool]:
    stored = store.digest_row(day.isoformat())
    if stored is not None:
        return stored, True
    after, upto = _stretch(store, day, zone, now)
    identity = message_id(day.isoformat(), secrets.token_hex(8), settings.smtp)
    row = DigestRow(day.isoformat(), after, upto, now, identity)
    return (store.freeze_digest(row), True) if freeze else (row, False)


def _stretch(store: Store, day: date, zone: ZoneInfo, now: datetime) -> tuple[int, int]:
    """Commits (after, upto] of a day without a row."""
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    first, last = history.commits_between(store, start, end)
    if _told_since(store, day):
        return first, last  # this one is for looking back
    before = store.last_digest(day.isoformat())
    if end > now:
        last = history.last_commit(store)
    after = before.upto if before is not None else 0
    return after, max(last, after)


def _told_since(store: Store, day: date) -> bool:
    """Whether a later day's digest is fixed: it covers what this day would have."""
    latest = store.last_digest("9999-12-31")
    return latest is not None and latest.day > day.isoformat()


def _composed(store: Store, settings: Settings, row: DigestRow, now: datetime, source_names: Sequence[str]) -> Digest:
    zone, day = ZoneInfo(settings.zone), date.fromisoformat(row.day)
    began, end = _began(store, row, zone), _end(row, zone)
    start = began or min([_midnight(day, zone), *(commit.at for commit in history.log(store, 1, upto=1))])
    period = history.period(store, row.after, row.upto, start=began, end=max(start, end))
    edited = {edit.after.article: history.show(store, edit.after.article) for edit in period.edits}
    told = tuple(edit for edit in period.edits if _is_feature(edited[edit.after.article]))
    private = {edit.after.article: _private(store, edit) for edit in told}
    digest = compose(
        replace(period, edits=told),
        store.health(source_names, now),
        day=day,
        zone=settings.zone,
        now=now,
        silent_days=settings.digest.silent_days,
        start=start,
        known=_known(store, period),
        private=private,
        figures=_figures(store, row.after, row.upto),
    )
    return replace(digest, pruned=start < _kept_since(settings, now) and store.outcomes_pruned(start, max(start, end)))


def _began(store: Store, row: DigestRow, zone: ZoneInfo) -> datetime | None:
    """When a day's stretch began; None for the first digest's, which has all that ever was, also looks at pages of
    which no commit came."""
    before = store.last_digest(row.day)
    if before is None and row.after == 0:
        return None
    return _end(before, zone) if before and before.upto == row.after else _midnight(date.fromisoformat(row.day), zone)


def _figures(store: Store, after: int, upto: int) -> list[Change]:
    """Figures of stations that an article new in this stretch gives another value than an article before it."""
    last = max((row.id for row in history.list_articles(store, limit=1, at=after)), default=0)
    found = stations.changes(store, since=after, at=upto) if last else ()
    return [change for change in found if change.before.citations[0].article <= last]


def _private(store: Store, edit: Edit) -> frozenset[str]:
    """Private persons of both versions: a name that a site took out must not come back as struck-out words."""
    versions = (history.show(store, edit.after.article, number=version.number) for version in (edit.before, edit.after))
    return frozenset().union(*(private_names(view.facts) for view in versions))


def _end(row: DigestRow, zone: ZoneInfo) -> datetime:
    """Up to when a day's digest counts outcomes: when it was made, at most the end of its day."""
    return min(row.made_at, _midnight(date.fromisoformat(row.day) + timedelta(days=1), zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _is_feature(view: ArticleView) -> bool:
    """Whether an edit is news: of a feature, or of a copy of one."""
    verdict = view.story.verdict if view.story is not None else view.verdict
    return verdict is not None and verdict.ruling == "feature"


def _known(store: Store, period: Period) -> set[int]:
    """Stories that were there before the stretch. The shown revision is the newest, so the first one is looked up."""
    return {
        view.id
        for view in period.features
        if view.representative.commit <= period.after
        or (
            view.representative.number > 1
            and history.show(store, view.representative.article).revisions[0].commit <= period.after
        )
    }


def _write(folder: Path, name: str, content: str) -> Path:
    """Put a file in its place whole: a reader or a crash never finds half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    path, new = folder / name, folder / f".{name}.{os.getpid()}.new"
    try:
        new.write_text(content, encoding="utf-8", errors="replace", newline="\n")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return path
