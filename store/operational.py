"""Operational tables, which change in place: queue, validators, host rates, source health, leases, digests, due times.

Functions that take a connection run inside the caller's transaction. Methods of `Operational` open a short transaction
of their own.
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
from store.sql_parameters import chunks

#: maximum number of outcome rows deleted in one transaction
_SLICE = 10_000


def plain(text: str) -> str:
    """Return text with NUL replaced by U+FFFD and lone surrogates by ?, because the databases do not accept them.

    Only for operational tables: versioned text must not be changed.
    """
    return (
        text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        if not text.isascii() or "\x00" in text
        else text
    )


def _insert(connection: Connection, table: Table) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def put(connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; a row whose primary key exists replaces the stored values."""
    first = rows if isinstance(rows, Mapping) else next(iter(rows), None)
    if first is None:
        return
    keys = [column.name for column in table.primary_key.columns]
    statement = _insert(connection, table)
    changed = {name: statement.excluded[name] for name in first if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose key does not exist yet; return the number of inserted rows."""
    key = next(iter(table.primary_key.columns))
    added = connection.execute(_insert(connection, table).on_conflict_do_nothing().returning(key), rows)
    return len(added.all())


def put_recheck_times(connection: Connection, rows: Mapping[int, tuple[datetime, str | None]]) -> None:
    """Record when articles were last checked, and the dates that listings claimed for them.

    A row without a claimed date leaves the stored date unchanged.
    """
    statement = _insert(connection, looks)
    claim = func.coalesce(statement.excluded.claimed, looks.c.claimed)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["article"], set_={"last_checked": statement.excluded.last_checked, "claimed": claim}
        ),
        [{"article": article, "last_checked": at, "claimed": claimed} for article, (at, claimed) in rows.items()],
    )


def queued_row(row: Queued) -> dict[str, Any]:
    """Return a candidate as a row of the queue, with text that both databases accept."""
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
    """Store the times from which hosts may be requested again."""
    put(
        connection,
        hosts,
        [
            {"host": row.host, "next_at": row.next_at, "paused_until": row.paused_until}
            for row in sorted(rows, key=lambda row: row.host)
        ],
    )


def put_files(connection: Connection, files: Mapping[str, int]) -> None:
    """Store the size in bytes up to which each archive file contains complete records."""
    put(connection, archive_files, [{"name": name, "committed": size} for name, size in sorted(files.items())])


def attempt(connection: Connection, source: str, at: datetime, error: str | None, new: int) -> None:
    """Record one check of a source: `error` (None: success), and `new`, the number of new articles in its listings."""
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
    """The operational part of a store: methods that read and write its operational tables."""

    def __init__(self, database: Database, masking: Rules = NO_RULES) -> None:
        self.database = database
        #: language rules for names, used by masked views
        self.masking = masking

    # --- runs ---------------------------------------------------------------------------------------------------

    def start_run(self, at: datetime, trigger: str) -> int:
        """Create a run and return its number.

        `trigger` names its cause ("run", "serve", "add", "import", "backfill", "demo").
        """
        require_zone(at, "at")
        with self.database.write() as db:
            run = int(db.execute(select(func.coalesce(func.max(runs.c.id), 0) + 1)).scalar_one())
            db.execute(runs.insert(), {"id": run, "started_at": at, "trigger": trigger})
        return run

    def finish_run(self, run: int, at: datetime) -> None:
        """Record when a run ended. A killed run has no end time."""
        with self.database.write() as db:
            db.execute(update(runs).where(runs.c.id == run).values(finished_at=at))

    def gone_articles(self, since: datetime, until: datetime) -> list[int]:
        """Return the stored articles whose page was found gone (404, 410) between two times.

        `since` is inclusive, `until` exclusive.
        """
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
        """Return whether outcome rows of a run started from `since` (inclusive) to `until` (exclusive) were pruned.

        The rows of a run count as pruned if it has none and every stored outcome row was made after it started.
        """
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
        """Delete outcome rows older than `before`, and return their number. Articles and their history are not deleted.

        Each transaction deletes at most `_SLICE` rows, so that no writer waits long.
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

    # --- queries before fetching ----------------------------------------------------------------------------------

    def known(self, urls: Iterable[str]) -> dict[str, KnownUrl]:
        """Return the stored state of those `urls` that belong to an article, by URL.

        A URL of an article that is a spelling of an older one (store/same_page_urls.py) has the state of the older
        article.
        """
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
        """Return at most `limit` articles of a source first seen at or after `since`, longest unchecked first.

        Spellings (store/same_page_urls.py) are left out.
        """
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
        """Return the rejection of each of `urls` that was fetched and is not an article, by URL."""
        with self.database.read() as db:
            return {
                row.url: Rejection(*row)
                for part in chunks(list(dict.fromkeys(urls)))
                for row in db.execute(select(rejections).where(rejections.c.url.in_(part)))
            }

    def validators_of(self, urls: Iterable[str]) -> dict[str, Validators]:
        """Return the stored validators of these URLs, by URL; URLs without validators are left out."""
        with self.database.read() as db:
            return {
                row.url: Validators(*row)
                for part in chunks(list(dict.fromkeys(urls)))
                for row in db.execute(select(validators).where(validators.c.url.in_(part)))
            }

    def queued(self, names: Sequence[str] | None, now: datetime, limit: int) -> list[Queued]:
        """Return at most `limit` due candidates of these sources (None: all sources), oldest first."""
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
        """Return when each host may be requested again, for all hosts."""
        with self.database.read() as db:
            return [HostRate(*row) for row in db.execute(select(hosts).order_by(hosts.c.host))]

    def committed_files(self) -> dict[str, int]:
        """Return the number of bytes of complete records in each archive file, by file name."""
        with self.database.read() as db:
            return {row.name: row.committed for row in db.execute(select(archive_files))}

    def archive_rows(self) -> dict[str, tuple[int, str | None]]:
        """Return (bytes of complete records, location) of each archive file, by file name and sorted by it.

        The location is the folder or URL of a moved or linked file; None for a file in the archive folder.
        """
        with self.database.read() as db:
            return {
                row.name: (row.committed, row.place)
                for row in db.execute(select(archive_files).order_by(archive_files.c.name))
            }

    def moved_files(self) -> dict[str, str]:
        """Return the folder or URL of each archive file that was moved or linked, by file name."""
        return {name: place for name, (_, place) in self.archive_rows().items() if place is not None}

    def linked_files(self) -> frozenset[str]:
        """Return the names of the archive files that another program wrote and that captures refer to."""
        with self.database.read() as db:
            return frozenset(db.execute(select(archive_files.c.name).where(archive_files.c.linked)).scalars())

    def captures_in_files(self) -> dict[str, int]:
        """Return the number of captures in each archive file, by file name."""
        chosen = select(captures.c.warc_file, func.count().label("captures")).group_by(captures.c.warc_file)
        with self.database.read() as db:
            return {row.warc_file: row.captures for row in db.execute(chosen)}

    def record_move(self, name: str, place: str | None, was: str | None) -> bool:
        """Record that an archive file was moved from `was` to `place`. None stands for the archive folder.

        If the stored location is not `was`, nothing is changed and False is returned.
        """
        known = archive_files.c.name == name, archive_files.c.place.is_not_distinct_from(was)
        with self.database.write() as db:
            return bool(db.execute(update(archive_files).where(*known).values(place=place)).rowcount)

    def health(self, names: Sequence[str], now: datetime) -> list[SourceHealth]:
        """Return the recent state of these sources, in the given order.

        For a source that was never tried only `name` and `new_week` are set.
        """
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
        """Return when a source is next due; None if no time is stored."""
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
        """Take a lease and return its epoch (fencing token), which is greater than all earlier epochs of the lease.

        Returns None while another owner has the lease.
        """
        with self.database.write() as db:
            old = db.execute(select(leases).where(leases.c.name == name)).first()
            if old and old.owner != owner and old.until > now:
                return None
            epoch = (old.epoch if old else 0) + 1
            put(db, leases, {"name": name, "owner": owner, "epoch": epoch, "until": now + timedelta(seconds=seconds)})
        return int(epoch)

    def renew_lease(self, name: str, owner: str, epoch: int, now: datetime, seconds: float) -> bool:
        """Extend a lease; return False if the lease was released or taken again after `epoch`."""
        with self.database.write() as db:
            held = update(leases).where(leases.c.name == name, leases.c.owner == owner, leases.c.epoch == epoch)
            return bool(db.execute(held.values(until=now + timedelta(seconds=seconds))).rowcount)

    def release_lease(self, name: str, owner: str) -> None:
        """Release a lease, if `owner` has it. Its epoch remains stored, so that the next epoch is greater."""
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
        """Return the frozen digest of a day; None if the day has no digest."""
        with self.database.read() as db:
            row = db.execute(select(digests).where(digests.c.day == day)).first()
        return DigestRow(*row) if row else None

    def last_digest(self, before_day: str) -> DigestRow | None:
        """Return the latest frozen digest of a day before `before_day`; None if no earlier day has a digest."""
        with self.database.read() as db:
            row = db.execute(
                select(digests).where(digests.c.day < before_day).order_by(digests.c.day.desc()).limit(1)
            ).first()
        return DigestRow(*row) if row else None

    def freeze_digest(self, row: DigestRow) -> DigestRow:
        """Store the digest of a day unless the day already has a digest; return the stored digest."""
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
        """Return whether a day's digest was delivered to a recipient on a channel."""
        key = deliveries.c.day == day, deliveries.c.channel == channel, deliveries.c.recipient == recipient
        with self.database.read() as db:
            return db.execute(select(deliveries.c.day).where(*key)).first() is not None

    def mark_delivered(self, day: str, channel: str, recipient: str, at: datetime) -> None:
        """Record that a day's digest was delivered to a recipient on a channel. An earlier record is kept."""
        with self.database.write() as db:
            db.execute(
                _insert(db, deliveries).on_conflict_do_nothing(),
                {"day": day, "channel": channel, "recipient": recipient, "delivered_at": at},
            )

    # --- the optional LLM --------------------------------------------------------------------------------------------

    def model_answer(self, key: str) -> str | None:
        """Return the stored answer to the request with this key; None if no answer is stored."""
        with self.database.read() as db:
            answer: str | None = db.execute(select(answers.c.answer).where(answers.c.key == key)).scalar()
        return answer

    def store_answer(self, key: str, model: str, answer: str, at: datetime) -> None:
        """Store the answer to a request. An earlier answer is kept."""
        with self.database.write() as db:
            db.execute(
                _insert(db, answers).on_conflict_do_nothing(),
                {"key": key, "model": plain(model), "answer": plain(answer), "made_at": at},
            )

    def model_day(self, day: str) -> ModelDay:
        """Return the numbers of requests and failures of a day (ISO date)."""
        with self.database.read() as db:
            row = db.execute(select(model_days).where(model_days.c.day == day)).first()
        return ModelDay(*row) if row else ModelDay(day)

    def reserve_request(self, day: str, limit: int) -> bool:
        """Count one request of a day before it is sent; return False, without counting, if `limit` is reached."""
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
