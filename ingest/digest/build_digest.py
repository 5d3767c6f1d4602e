"""Build the digest of one day from the store: its range of commits and its files.

A digest covers the commits after the previous digest; the first digest starts at the first commit. Every commit is
therefore in one digest, even after days without a digest or changes of the clock. Only a digest of a day before the
last frozen digest repeats commits: those of its day. The range is frozen when the digest is sent or the day is over.
Until then, building today's digest again includes all commits so far.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.atomic_write import atomic_write
from ingest.config.settings import Settings
from ingest.digest.compose import Digest, compose_digest
from ingest.digest.digest_range import commit_range, end_of_range, has_later_digest, midnight, start_of_range
from ingest.digest.render import render_html, render_text
from ingest.digest.retention import retention_start
from ingest.errors import UsageError
from store import Store, masked_views, queries
from store.masking import Masked
from store.records import ArticleView, DigestRow, Period
from store.station_card import Change


@dataclass(frozen=True, slots=True)
class BuiltDigest:
    """A digest, the paths of its files, and their content."""

    row: DigestRow
    frozen: bool
    digest: Digest
    html: Path
    text: Path
    page: str
    plain: str

    def __str__(self) -> str:
        """Format the result for the command line: file paths and headline."""
        return "\n".join((str(self.html), str(self.text), self.digest.headline))


def make_digest(
    store: Store,
    settings: Settings,
    *,
    day: date,
    now: datetime,
    folder: Path,
    source_names: Sequence[str],
    fix: bool = False,
) -> BuiltDigest:
    """Write `digest-DAY.html` and `.txt` into `folder` and return the digest.

    The day is frozen if `fix` is true or the day is over. A day before the last frozen digest is frozen only if `fix`
    is true. `day` is a date in the configured time zone. A frozen day always covers the same commits. Raises UsageError
    for a future day.
    """
    zone = ZoneInfo(settings.zone)
    today = now.astimezone(zone).date()
    if day > today:
        raise UsageError(f"{day} is in the future; the latest possible digest is today's, {today}")
    over = day < today and not has_later_digest(store, day)
    row, frozen = _row(store, settings, day, zone, now, freeze=fix or over)
    digest = _composed(store, settings, row, now, source_names)
    page, plain = render_html(digest), render_text(digest)
    html, text = _write(folder, f"digest-{day}.html", page), _write(folder, f"digest-{day}.txt", plain)
    return BuiltDigest(row, frozen, digest, html, text, page, plain)


def preview_digest(
    store: Store, settings: Settings, *, day: date, now: datetime, source_names: Sequence[str]
) -> Digest:
    """Compose the digest of a day without writing or freezing anything."""
    row, _ = _row(store, settings, day, ZoneInfo(settings.zone), now, freeze=False)
    return _composed(store, settings, row, now, source_names)


def _row(
    store: Store, settings: Settings, day: date, zone: ZoneInfo, now: datetime, *, freeze: bool
) -> tuple[DigestRow, bool]:
    stored = store.digest_row(day.isoformat())
    if stored is not None:
        return stored, True
    after, upto = commit_range(store, day, zone, now)
    identity = _message_id(day.isoformat(), settings)
    row = DigestRow(day.isoformat(), after, upto, now, identity)
    return (store.freeze_digest(row), True) if freeze else (row, False)


def _message_id(day: str, settings: Settings) -> str:
    """Return the Message-ID of a day's digest.

    The id is stored with the frozen digest, so that retries use the same id.
    """
    domain = parseaddr(settings.smtp.sender)[1].rpartition("@")[2]
    if not domain or not domain.isascii() or any(mark in domain for mark in " <>\r\n"):
        domain = "suowen.invalid"
    return f"<digest.{day}.{secrets.token_hex(8)}@{domain}>"


def _composed(store: Store, settings: Settings, row: DigestRow, now: datetime, source_names: Sequence[str]) -> Digest:
    zone, day = ZoneInfo(settings.zone), date.fromisoformat(row.day)
    range_start, end = start_of_range(store, row, zone), end_of_range(row, zone)
    start = range_start or min([midnight(day, zone), *(commit.at for commit in queries.log(store, 1, upto=1))])
    period = masked_views.period(store, row.after, row.upto, start=range_start, end=max(start, end))
    edits = period.value.edits
    shown_edits = tuple(edit for edit in edits if _is_feature(queries.show(store, edit.after.article)))
    digest = compose_digest(
        period.map(lambda found: replace(found, edits=shown_edits)),
        masked_views.health(store, source_names, now),
        day=day,
        zone=settings.zone,
        now=now,
        silent_days=settings.digest.silent_days,
        start=start,
        known=_known(store, period.value),
        figures=_figures(store, row.after, row.upto),
    )
    expired = start < retention_start(settings, now)
    return replace(digest, pruned=expired and store.outcomes_pruned(start, max(start, end)))


def _figures(store: Store, after: int, upto: int) -> list[Masked[Change]]:
    """Return the changed figures of stations of which at least one value comes from an article new in this range."""
    return list(masked_views.changes(store, since=after, at=upto, news=True))


def _is_feature(view: ArticleView) -> bool:
    """Return whether the article is a feature or a copy of one; other articles' edits are not shown."""
    verdict = view.story.verdict if view.story is not None else view.verdict
    return verdict is not None and verdict.ruling == "feature"


def _known(store: Store, period: Period) -> set[int]:
    """Return the ids of the period's features whose representative was first stored before the period.

    `Period` has only the newest revision of a representative, so its first revision is read from the store.
    """
    return {
        view.id
        for view in period.features
        if view.representative.commit <= period.after
        or (
            view.representative.number > 1
            and queries.show(store, view.representative.article).revisions[0].commit <= period.after
        )
    }


def _write(folder: Path, name: str, content: str) -> Path:
    """Write a file and return its path. Readers never see a partial file, even after a crash."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with atomic_write(path) as new:
        new.write_text(content, encoding="utf-8", errors="replace", newline="\n")
    return path
