"""State of backfills: jobs and their partitions.

The progress of a partition is recorded in the transaction that stores its results, so that no result is counted twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from store import operational
from store.errors import PartitionTakenError
from store.operational import Operational
from store.schema import backfill_jobs, backfill_partitions

#: maximum number of partitions inserted or read in one transaction
ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Job:
    """One backfill. `planned` is False until all its partitions are stored."""

    id: int
    options: Mapping[str, Any]
    made_at: datetime
    planned: bool
    began_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """A stored partition of a backfill."""

    number: int
    location: Mapping[str, Any]
    state: str
    saved: int


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job with its number of partitions by state, its number of pages by result, its working time and failures."""

    job: Job
    states: Mapping[str, int]
    counts: Mapping[str, int]
    #: seconds of work in the partitions, summed over all workers
    seconds: float
    #: (location, reason) of failed partitions and of quarantined or damaged pages; if there are more than a hundred, at
    #: least the first hundred
    failed: Sequence[tuple[str, str]]


def open_job(store: Operational, key: str, options: Mapping[str, Any], at: datetime) -> Job:
    """Return the job with this key, creating it if it does not exist; record `at` as the time of its last start."""
    with store.database.write() as db:
        number = db.execute(select(backfill_jobs.c.id).where(backfill_jobs.c.key == key)).scalar()
        if number is None:
            number = (db.execute(select(func.max(backfill_jobs.c.id))).scalar() or 0) + 1
            row = {"id": number, "key": key, "options": json.dumps(dict(options), ensure_ascii=False), "made_at": at}
            db.execute(insert(backfill_jobs), row)
        db.execute(update(backfill_jobs).where(backfill_jobs.c.id == number).values(began_at=at))
        return _job(db.execute(select(backfill_jobs).where(backfill_jobs.c.id == number)).one())


def _job(row: Any) -> Job:
    options = json.loads(row.options)
    return Job(row.id, options, row.made_at, row.planned_at is not None, row.began_at, row.done_at)


def plan(store: Operational, job: int, locations: Iterable[Mapping[str, Any]], at: datetime) -> int:
    """Store the partitions of a job, replacing those of an interrupted plan. Returns the number of new partitions.

    The replacement loses no work, because no partition is read before the plan is complete.
    """
    number, rows = 0, list[dict[str, Any]]()
    with store.database.write() as db:
        db.execute(backfill_partitions.delete().where(backfill_partitions.c.job == job))
    for location in locations:
        text = json.dumps(dict(location), ensure_ascii=False, sort_keys=True)
        rows.append({"job": job, "number": number, "location": text, **_FRESH})
        number += 1
        if len(rows) == ROWS:
            _insert(store, rows)
            rows = []
    _insert(store, rows)
    with store.database.write() as db:
        db.execute(update(backfill_jobs).where(backfill_jobs.c.id == job).values(planned_at=at))
    return number


_FRESH = {"state": "waiting", "saved": 0, "counts": "{}", "detail": "", "seconds": 0.0, "done_at": None}


def _insert(store: Operational, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        with store.database.write() as db:
            db.execute(insert(backfill_partitions), rows)


def restart(store: Operational, job: int) -> None:
    """Reset all partitions of a job, so that each is read again from its beginning."""
    with store.database.write() as db:
        db.execute(update(backfill_partitions).where(backfill_partitions.c.job == job).values(**_FRESH))


def open_partitions(store: Operational, job: int) -> Iterator[PartitionRow]:
    """Yield the partitions that are waiting or failed, in order, with at most `ROWS` in memory at a time."""
    last = -1
    while True:
        chosen = (
            select(backfill_partitions)
            .where(backfill_partitions.c.job == job, backfill_partitions.c.number > last)
            .where(backfill_partitions.c.state != "done")
            .order_by(backfill_partitions.c.number)
            .limit(ROWS)
        )
        with store.database.read() as db:
            rows = db.execute(chosen).all()
        if not rows:
            return
        for row in rows:
            yield PartitionRow(row.number, json.loads(row.location), row.state, row.saved)
        last = rows[-1].number


def count_open(store: Operational, job: int) -> int:
    """Return the number of partitions that are waiting or failed."""
    table = backfill_partitions
    chosen = select(func.count()).select_from(table).where(table.c.job == job, table.c.state != "done")
    with store.database.read() as db:
        return int(db.execute(chosen).scalar_one())


def record_partition(
    db: Connection,
    job: int,
    number: int,
    *,
    before: int,
    saved: int,
    state: str,
    counts: Mapping[str, int],
    detail: str,
    seconds: float,
    at: datetime,
) -> None:
    """Record in the open transaction that a partition now has `saved` stored results instead of `before`.

    Raises PartitionTakenError if another process has stored results of the partition meanwhile or the partition is
    done. The caller must then roll the transaction back, so that no result is counted twice.
    """
    table = backfill_partitions
    changed = db.execute(
        update(table)
        .where(table.c.job == job, table.c.number == number, table.c.saved == before, table.c.state != "done")
        .values(
            saved=saved,
            state=state,
            counts=json.dumps(dict(counts), sort_keys=True),
            detail=operational.plain(detail),
            seconds=seconds,
            done_at=at if state == "done" else None,
        )
    )
    if changed.rowcount != 1:
        raise PartitionTakenError(f"partition {number} of backfill {job}: another process has stored it meanwhile")
    if state == "done":
        db.execute(update(backfill_jobs).where(backfill_jobs.c.id == job).values(done_at=at))


def saved_of(store: Operational, job: int, number: int) -> tuple[int, str]:
    """Return (number of stored results, state) of a partition."""
    table = backfill_partitions
    with store.database.read() as db:
        row = db.execute(select(table.c.saved, table.c.state).where(table.c.job == job, table.c.number == number)).one()
        return int(row.saved), str(row.state)


def statuses(store: Operational) -> list[JobStatus]:
    """Return all jobs with their status, oldest first."""
    with store.database.read() as db:
        jobs = db.execute(select(backfill_jobs).order_by(backfill_jobs.c.id)).all()
        return [_status(db, _job(row)) for row in jobs]


def _status(db: Connection, job: Job) -> JobStatus:
    table = backfill_partitions
    states, counts, seconds, failed = Counter[str](), Counter[str](), 0.0, list[tuple[str, str]]()
    columns = (table.c.state, table.c.counts, table.c.seconds, table.c.detail, table.c.location)
    for row in db.execute(select(*columns).where(table.c.job == job.id).order_by(table.c.number)):
        states[row.state] += 1
        counts.update(json.loads(row.counts))
        seconds += row.seconds
        if row.detail and len(failed) < 100:
            failed += [(describe(json.loads(row.location)), line) for line in row.detail.split("\n")]
    return JobStatus(job, states, counts, seconds, failed)


def describe(location: Mapping[str, Any]) -> str:
    """Return the location of a partition as text for people."""
    if "ranges" in location:
        return f"{len(location['ranges'])} ranges of {location['file']}"
    start, end = location.get("start", 0), location.get("end")
    return str(location["file"]) + (f", bytes {start:,} to {end:,}" if end is not None else "")
