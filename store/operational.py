"""Operational tables, which change in place: queue, validators, host rates, source health, leases, digests, due times.

Functions that take a connection run inside the caller's transaction; `Operational` opens its own, short ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Database
from store.masking import NO_RULES, Rules
from store.records import (
    DigestRow,
    HostRate,
    KnownUrl,
    ModelDay,
    Queued,
    Rejection,
    SourceHealth,
    Validators,
    require_zone,
)
from store.schema import (
    answers,
    archive_files,
    articles,
    captures,
    deliveries,
    digests,
    hosts,
    leases,
    looks,
    model_days,
    outcomes,
    queue,
    rejections,
    runs,
    sources,
    spellings,
    validators,
)
from store.sql import chunks

#: outcome rows deleted in one transaction
_SLICE = 10_000


def plain(text: str) -> str:
    """Return text that both databases accept: NUL and lone surrogates become U+FFFD. For notes, not for versioned
    text."""
    return (
        text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        if not text.isascii() or "\x00" in text
        else text
    )


def _insert(connection: Connection, table: Table) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def put(connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or update those whose primary key exists."""
    first = rows if isinstance(rows, Mapping) else next(iter(rows), None)
    if first is None:
        return
    keys = [column.name for column in table.primary_key.columns]
    statement = _insert(connection, table)
    changed = {name: statement.excluded[name] for name in first if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose key does not exist; return their number."""
    key = next(iter(table.primary_key.columns))
    added = connection.execute(_insert(connection, table).on_conflict_do_nothing().returning(key), rows)
    return len(added.all())


def put_looks(connection: Connection, rows: Mapping[int, tuple[datetime, str | None]]) -> None:
    """Record when articles were last checked; a claimed date stays until another is claimed."""
    statement = _insert(connection, looks)
    claim = func.coalesce(statement.excluded.claimed, looks.c.claimed)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["article"], set_={"last_checked": statement.excluded.last_checked, "claimed": claim}
        ),
        [{"article": article, "last_checked": at, "claimed": claimed} for article, (at, claimed) in rows.items()],
    )


def queued_row(row: Queued) -> dict[str, Any]:
    """Return a candidate as a row of the queue, its text made acceptable to both databases."""
    return {
        "url": plain(row.url),
        "source": row.source,
        "origin": row.origin,
        "first_seen": row.first_seen,
        "title": row.title and plain(row.title),
        "date": row.date and plain(row.date),
        "snippet": row.snippet and plain(row.snippet),
        "tries": row.tries,
        "next_try": row.next_try,
    }


def put_host_rates(connection: Connection, rows: Iterable[HostRate]) -> None:
    """Store when hosts may be requested again."""
    put(
        connection,
        hosts,
        [
            {"host": row.host, "next_at": row.next_at, "paused_until": row.paused_until}
            for row in sorted(rows, key=lambda row: row.host)
        ],
    )


def put_files(connection: Connection, files: Mapping[str, int]) -> None:
    """Store the sizes up to which archive files hold whole records."""
    put(connection, archive_files, [{"name": name, "committed": size} for name, size in sorted(files.items())])


def attempt(connection: Connection, source: str, at: datetime, error: str | None, new: int) -> None:
    """Record one check of a source."""
    old = connection.execute(select(sources).where(sources.c.name == source)).first()
    put(
        connection,
        sources,
        {
            "name": source,
            "last_attempt": at,
            "last_success": at if error is None else (old.last_success if old else None),
            "last_error": None if error is None else plain(error),
            "failures": 0 if error is None else (old.failures if old else 0) + 1,
            "last_new": at if new > 0 else (old.last_new if old else None),
        },
    )


class Operational:
    """The operational part of a store."""

    def __init__(self, database: Database, masking: Rules = NO_RULES) -> None:
        self.database = database
        #: what masked views know of Chinese names
        self.masking = masking

    # --- runs ---------------------------------------------------------------------------------------------------

    def start_run(self, at: datetime, trigger: str) -> int:
        """Open a run and return its number; `trigger` names what started it ("run", "add", "schedule", "demo")."""
        require_zone(at, "at")
        with self.database.write() as db:
            run = int(db.execute(select(func.coalesce(func.max(runs.c.id), 0) + 1)).scalar_one())
            db.execute(runs.insert(), {"id": run, "started_at": at, "trigger": trigger})
        return run

    def finish_run(self, run: int, at: datetime) -> None:
        """Record when a run ended; a run without an end was killed."""
        with self.database.write() as db:
            db.execute(update(runs).where(runs.c.id == run).values(finished_at=at))

    def gone_articles(self, since: datetime, until: datetime) -> list[int]:
        """Return the stored articles whose page was found to be gone (404, 410) in this period, until exclusive."""
        chosen = (
            select(outcomes.c.article)
            .where(
                outcomes.c.outcome == "gone",
                outcomes.c.article.is_not(None),
                outcomes.c.made_at >= since,
                outcomes.c.made_at < until,
            )
            .distinct()
            .order_by(outcomes.c.article)
        )
        with self.database.read() as db:
            return list(db.execute(chosen).scalars())

    def outcomes_pruned(self, since: datetime, until: datetime) -> bool:
        """Return whether outcome rows of a run in this period (until exclusive) were pruned: it has none, and all
        that remain are younger."""
        first = select(func.min(outcomes.c.made_at)).scalar_subquery()
        lost = (
            select(runs.c.id)
            .where(
                runs.c.started_at >= since,
                runs.c.started_at < until,
                or_(first.is_(None), runs.c.started_at < first),
                ~exists().where(outcomes.c.run == runs.c.id).correlate(runs),
            )
            .limit(1)
        )
        with self.database.read() as db:
            return db.execute(lost).first() is not None

    def prune_outcomes(self, before: datetime) -> int:
        """Delete outcome rows older than `before`, `_SLICE` a transaction so that no writer waits long; return their
        number.

        Articles and their history stay.
        """
        oldest = (
            select(outcomes.c.run, outcomes.c.url)
            .where(outcomes.c.made_at < before)
            .order_by(outcomes.c.made_at)
            .limit(_SLICE)
        )
        deleted, count = 0, _SLICE
        while count == _SLICE:
            with self.database.write() as db:
                count = db.execute(outcomes.delete().where(tuple_(outcomes.c.run, outcomes.c.url).in_(oldest))).rowcount
            deleted += count
        return deleted

    # --- queries of fetching --------------------------------------------------------------------------------------

    def known(self, urls: Iterable[str]) -> dict[str, KnownUrl]:
        """Return those of `urls` that belong to an article; for a spelling the article that it stands for."""
        asked = articles.alias("asked")
        chosen = (
            select(
                asked.c.url.label("asked"),
                articles.c.url,
                articles.c.id,
                articles.c.first_seen,
                looks.c.last_checked,
                looks.c.claimed,
            )
            .select_from(asked)
            .outerjoin(spellings, spellings.c.article == asked.c.id)
            .join(articles, articles.c.id == func.coalesce(spellings.c.same_as, asked.c.id))
            .join(looks, looks.c.article == articles.c.id)
        )
        with self.database.read() as db:
            return {
                row.asked: KnownUrl(*row[1:])
                for part in chunks(list(dict.fromkeys(urls)))
                for row in db.execute(chosen.where(asked.c.url.in_(part)))
            }

    def recent(self, site: str, since: datetime, limit: int) -> list[KnownUrl]:
        """Return articles of a source first seen at or after `since`, the longest unchecked first."""
        chosen = (
            select(articles.c.url, articles.c.id, articles.c.first_seen, looks.c.last_checked, looks.c.claimed)
            .join(looks, looks.c.article == articles.c.id)
            .where(articles.c.site == site, articles.c.first_seen >= since)
            .where(articles.c.id.not_in(select(spellings.c.article)))
            .order_by(looks.c.last_checked, articles.c.id)
            .limit(limit)
        )
        with self.database.read() as db:
            return [KnownUrl(*row) for row in db.execute(chosen)]

    def rejected(self, urls: Iterable[str]) -> dict[str, Rejection]:
        """Return those of `urls` that were fetched and were not an article, with their outcome and time."""
        with self.database.read() as db:
            return {
                row.url: Rejection(*row)
                for part in chunks(list(dict.fromkeys(urls)))
                for row in db.execute(select(rejections).where(rejections.c.url.in_(part)))
            }

    def validators_of(self, urls: Iterable[str]) -> dict[str, Validators]:
        """Return the stored validators of these URLs."""
        with self.database.read() as db:
            return {
                row.url: Validators(*row)
                for part in chunks(list(dict.fromkeys(urls)))
                for row in db.execute(select(validators).where(validators.c.url.in_(part)))
            }

    def queued(self, names: Sequence[str] | None, now: datetime, limit: int) -> list[Queued]:
        """Return due candidates of these sources (None: all), oldest first."""
        chosen = (
            select(queue)
            .where(or_(queue.c.next_try.is_(None), queue.c.next_try <= now))
            .order_by(queue.c.first_seen, queue.c.url)
            .limit(limit)
        )
        if names is not None:
            chosen = chosen.where(queue.c.source.in_(names))
        with self.database.read() as db:
            return [Queued(*row) for row in db.execute(chosen)]

    def host_rates(self) -> list[HostRate]:
        """Return when each host may be requested again."""
        with self.database.read() as db:
            return [HostRate(*row) for row in db.execute(select(hosts).order_by(hosts.c.host))]

    def committed_files(self) -> dict[str, int]:
        """Return archive file -> bytes of whole records."""
        with self.database.read() as db:
            return {row.name: row.committed for row in db.execute(select(archive_files))}

    def archive_rows(self) -> dict[str, tuple[int, str | None]]:
        """Return archive file -> (bytes of whole records, folder or URL that it was moved to, or None), by name."""
        with self.database.read() as db:
            return {
                row.name: (row.committed, row.place)
                for row in db.execute(select(archive_files).order_by(archive_files.c.name))
            }

    def moved_files(self) -> dict[str, str]:
        """Return moved archive file -> folder or URL that holds it."""
        return {name: place for name, (_, place) in self.archive_rows().items() if place is not None}

    def linked_files(self) -> frozenset[str]:
        """Return the archive files of somebody else that captures refer to."""
        with self.database.read() as db:
            return frozenset(db.execute(select(archive_files.c.name).where(archive_files.c.linked)).scalars())

    def captures_in_files(self) -> dict[str, int]:
        """Return archive file -> number of captures in it."""
        chosen = select(captures.c.warc_file, func.count().label("captures")).group_by(captures.c.warc_file)
        with self.database.read() as db:
            return {row.warc_file: row.captures for row in db.execute(chosen)}

    def record_move(self, name: str, place: str | None, was: str | None) -> bool:
        """Record that an archive file was moved from `was` to `place` (None: the archive folder); False when it was
        not at `was`."""
        known = archive_files.c.name == name, archive_files.c.place.is_not_distinct_from(was)
        with self.database.write() as db:
            return bool(db.execute(update(archive_files).where(*known).values(place=place)).rowcount)

    def health(self, names: Sequence[str], now: datetime) -> list[SourceHealth]:
        """Return the recent state of these sources, in the given order; a source never tried has only its name."""
        week = (
            select(articles.c.site, func.count().label("new"))
            .where(articles.c.site.in_(names), articles.c.first_seen >= now - timedelta(days=7))
            .group_by(articles.c.site)
        )
        with self.database.read() as db:
            rows = {row.name: row for row in db.execute(select(sources).where(sources.c.name.in_(names)))}
            new = {row.site: row.new for row in db.execute(week)}
        return [_health(name, rows.get(name), new.get(name, 0)) for name in names]

    def next_due(self, source: str) -> datetime | None:
        """Return when a source is next due; None when that was not set."""
        with self.database.read() as db:
            due: datetime | None = db.execute(select(sources.c.next_due).where(sources.c.name == source)).scalar()
        return due

    def set_next_due(self, source: str, at: datetime) -> None:
        """Set when a source is next due."""
        with self.database.write() as db:
            statement = _insert(db, sources)
            db.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"next_due": at}),
                {"name": source, "failures": 0, "next_due": at},
            )

    # --- leases -------------------------------------------------------------------------------------------------

    def take_lease(self, name: str, owner: str, now: datetime, seconds: float) -> int | None:
        """Take a lease and return its epoch (fencing token), greater than all before; None while another owner holds
        it."""
        with self.database.write() as db:
            old = db.execute(select(leases).where(leases.c.name == name)).first()
            if old and old.owner != owner and old.until > now:
                return None
            epoch = (old.epoch if old else 0) + 1
            put(db, leases, {"name": name, "owner": owner, "epoch": epoch, "until": now + timedelta(seconds=seconds)})
        return int(epoch)

    def renew_lease(self, name: str, owner: str, epoch: int, now: datetime, seconds: float) -> bool:
        """Extend a lease; False when another owner took it since."""
        with self.database.write() as db:
            held = update(leases).where(leases.c.name == name, leases.c.owner == owner, leases.c.epoch == epoch)
            return bool(db.execute(held.values(until=now + timedelta(seconds=seconds))).rowcount)

    def release_lease(self, name: str, owner: str) -> None:
        """Release a lease; its epoch stays, so that the next one is greater."""
        with self.database.write() as db:
            row = db.execute(select(leases).where(leases.c.name == name, leases.c.owner == owner)).first()
            if row:
                put(
                    db,
                    leases,
                    {
                        "name": name,
                        "owner": "",
                        "epoch": row.epoch,
                        "until": datetime.fromtimestamp(0, tz=row.until.tzinfo),
                    },
                )

    # --- digests ------------------------------------------------------------------------------------------------

    def digest_row(self, day: str) -> DigestRow | None:
        """Return the frozen digest of a day."""
        with self.database.read() as db:
            row = db.execute(select(digests).where(digests.c.day == day)).first()
        return DigestRow(*row) if row else None

    def last_digest(self, before_day: str) -> DigestRow | None:
        """Return the latest digest of an earlier day."""
        with self.database.read() as db:
            row = db.execute(
                select(digests).where(digests.c.day < before_day).order_by(digests.c.day.desc()).limit(1)
            ).first()
        return DigestRow(*row) if row else None

    def freeze_digest(self, row: DigestRow) -> DigestRow:
        """Store a day's digest unless it has one; return the stored one."""
        with self.database.write() as db:
            db.execute(
                _insert(db, digests).on_conflict_do_nothing(),
                {
                    "day": row.day,
                    "after_no": row.after,
                    "upto_no": row.upto,
                    "made_at": row.made_at,
                    "message_id": row.message_id,
                },
            )
            return DigestRow(*db.execute(select(digests).where(digests.c.day == row.day)).one())

    def delivered(self, day: str, channel: str, recipient: str) -> bool:
        """Return whether a day's digest was delivered to a recipient."""
        key = deliveries.c.day == day, deliveries.c.channel == channel, deliveries.c.recipient == recipient
        with self.database.read() as db:
            return db.execute(select(deliveries.c.day).where(*key)).first() is not None

    def mark_delivered(self, day: str, channel: str, recipient: str, at: datetime) -> None:
        """Record that a day's digest was delivered to a recipient; the first record is kept."""
        with self.database.write() as db:
            db.execute(
                _insert(db, deliveries).on_conflict_do_nothing(),
                {"day": day, "channel": channel, "recipient": recipient, "delivered_at": at},
            )

    # --- the optional LLM --------------------------------------------------------------------------------------------

    def model_answer(self, key: str) -> str | None:
        """Return the stored answer to the request with this key."""
        with self.database.read() as db:
            answer: str | None = db.execute(select(answers.c.answer).where(answers.c.key == key)).scalar()
        return answer

    def store_answer(self, key: str, model: str, answer: str, at: datetime) -> None:
        """Store the answer to a request; the first one is kept."""
        with self.database.write() as db:
            db.execute(
                _insert(db, answers).on_conflict_do_nothing(),
                {"key": key, "model": plain(model), "answer": plain(answer), "made_at": at},
            )

    def model_day(self, day: str) -> ModelDay:
        """Return the numbers of requests and failures of a day (ISO)."""
        with self.database.read() as db:
            row = db.execute(select(model_days).where(model_days.c.day == day)).first()
        return ModelDay(*row) if row else ModelDay(day)

    def reserve_request(self, day: str, limit: int) -> bool:
        """Count one request of a day before it is sent; False, without counting, once `limit` is reached."""
        with self.database.write() as db:
            row = db.execute(select(model_days).where(model_days.c.day == day)).first()
            used = ModelDay(*row) if row else ModelDay(day)
            if used.requests >= limit:
                return False
            put(db, model_days, {"day": day, "requests": used.requests + 1, "failures": used.failures})
        return True

    def count_failure(self, day: str) -> None:
        """Count one failed request of a day."""
        with self.database.write() as db:
            db.execute(update(model_days).where(model_days.c.day == day).values(failures=model_days.c.failures + 1))


def _health(name: str, row: Row[Any] | None, new: int) -> SourceHealth:
    if row is None:
        return SourceHealth(name, None, None, None, 0, None, new)
    return SourceHealth(name, row.last_attempt, row.last_success, row.last_error, row.failures, row.last_new, new)
