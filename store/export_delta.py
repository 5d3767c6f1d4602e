"""Parquet files and a Delta Lake table, for Spark, DuckDB, Trino and pandas. Needs the extras parquet and delta.

Version N of the Delta table corresponds to Commit N. For each of the Commits 1 to N it has one row for every article
that the Commit changed, with the article's state after that Commit. "VERSION AS OF 17" is therefore the history up to
Commit 17; of an article's rows in that version, the row with the greatest `commit` is the state after Commit 17. A
later export adds the Commits made since.

An incremental table begins after Commit V. Its first version has number V and is empty. Delta readers support this,
because a table whose log was cleaned up looks the same. In such a table, too, version N corresponds to Commit N.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from store import queries
from store.as_of_queries import resolve_commit
from store.commit_diff import touched
from store.errors import StoreError
from store.export_rows import article_row, export_masks, flat_facts
from store.progress_callback import Progress, ignore_progress
from store.sql_parameters import batched, paged_ids
from store.store import Store

#: rows of a Parquet row group: some megabytes of text
_GROUP = 500
#: rows of a row group in a Delta file, which the writer keeps in memory until it is full. One Commit with 200,000
#: articles of 250 characters took 283 MB with this value and 481 MB without; exporting a small Commit takes 250 MB
_ROWS = 20_000
#: Maximum bytes of a column's least and greatest value in the statistics by which readers skip files. By default, the
#: statistics in the file and in the log would contain two whole texts: for 100 Commits of one article of 966 characters
#: each, a version took 28.6 kB with the defaults, and 12.9 kB with this setting and the next one
_BOUND = 64
#: columns with statistics in the log
_SKIPPED_BY = "id,commit,published,source,site,fetched_at,ruling,story"


def _modules(*names: str) -> list[Any]:
    from importlib import import_module

    try:
        return [import_module(name) for name in names]
    except ImportError as error:
        extra = "delta" if "deltalake" in names else "parquet"
        raise StoreError(f"exporting: {error.name} is not installed; pip install 'suowen[{extra}]'") from error


def _schemas() -> tuple[Any, Any]:
    """Return the Arrow schemas of an article and of a fact."""
    (pa,) = _modules("pyarrow")
    text, whole = pa.string(), pa.int64()
    credit = pa.struct([("role", text), ("name", text)])
    article = pa.schema(
        [
            ("id", whole),
            ("url", text),
            ("title", text),
            ("published", text),
            ("source", text),
            ("site", text),
            ("authors", pa.list_(credit)),
            ("editors", pa.list_(text)),
            ("first_seen", text),
            ("fetched_at", text),
            ("revision", whole),
            ("commit", whole),
            ("ruling", text),
            ("score", pa.float64()),
            ("story", whole),
            ("relation", text),
            ("text", text),
        ]
    )
    fact = pa.schema(
        [
            ("article", whole),
            ("kind", text),
            ("quote", text),
            ("start", whole),
            ("end", whole),
            ("rule", text),
            ("fields", text),
        ]
    )
    return article, fact


def write_parquet(articles: Path, facts: Path, rows: Iterator[dict[str, Any]]) -> int:
    """Write article rows as two Parquet files, a row group at a time; return the number of articles."""
    pa, pq = _modules("pyarrow", "pyarrow.parquet")
    article_schema, fact_schema = _schemas()
    count = 0
    with (
        pq.ParquetWriter(articles, article_schema, compression="zstd") as first,
        pq.ParquetWriter(facts, fact_schema, compression="zstd") as second,
    ):
        for group in batched(rows, _GROUP):
            first.write_table(pa.Table.from_pylist(group, schema=article_schema))
            found = [fact for row in group for fact in flat_facts(row)]
            if found:
                second.write_table(pa.Table.from_pylist(found, schema=fact_schema))
            count += len(group)
    return count


def export_delta(
    store: Store,
    folder: Path,
    *,
    at: int | None = None,
    since: int = 0,
    unmasked: bool = False,
    progress: Progress = ignore_progress,
) -> tuple[int, int]:
    """Update the Delta table in `folder` to the newest Commit, or to `at`; return (its Commit before, its Commit now).

    A new table begins after Commit `since`. Private persons, mobile and ID numbers are masked unless `unmasked` is set.

    Raises StoreError if the folder contains files that are not a Delta table, or the table of another store; if the
    table begins after another Commit than `since` (unless `since` is 0) or is newer than `at`; or if another export is
    writing to it.
    """
    pa, deltalake = _modules("pyarrow", "deltalake")
    schema = _delta_schema(pa)
    with store.database.read() as db:
        resolve_commit(db, at)  # raises NotFoundError for a number above the last Commit's
        resolve_commit(db, since)
    last = queries.last_commit(store) if at is None else at
    with _locked(folder), _delta_errors(deltalake, folder):
        table, done = _open_table(deltalake, folder, since)
        if done > last:
            raise StoreError(
                f"exporting to {folder}: its table is at commit {done}, the requested state at {last}; "
                "name a new folder"
            )
        if table is None:
            table = _create_table(store, deltalake, folder, schema, since)
        else:
            _same_history(store, table, folder, done)
        for number in range(done + 1, last + 1):
            _append(table, schema, _changed(store, number, unmasked), _properties(store, number))
            progress("commits exported", number - done, last - done)
    return done, last


def _properties(store: Store, number: int) -> dict[str, str]:
    """Return the metadata of a version: number and hash of its Commit."""
    digest = queries.log(store, 1, upto=number)[0].digest if number else ""
    return {"suowen.commit": str(number), "suowen.digest": digest}


def _create_table(store: Store, deltalake: Any, folder: Path, schema: Any, since: int) -> Any:
    """Create an empty table at version `since`."""
    table = deltalake.DeltaTable.create(
        folder,
        schema=schema,
        name="suowen",
        configuration={
            "delta.logRetentionDuration": "interval 36500 days",
            "delta.dataSkippingStatsColumns": _SKIPPED_BY,
        },
        commit_properties=deltalake.CommitProperties(custom_metadata=_properties(store, since)),
    )
    if not since:
        return table
    # A log that begins at a later version needs a checkpoint (Delta protocol, "Checkpoints", "Last Checkpoint File").
    table.create_checkpoint()
    log = folder / "_delta_log"
    for end in (".checkpoint.parquet", ".json"):
        (log / f"{0:020d}{end}").rename(log / f"{since:020d}{end}")
    pointer = log / "_last_checkpoint"
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "version": since}))
    return deltalake.DeltaTable(folder)


def _append(table: Any, schema: Any, rows: Iterator[dict[str, Any]], properties: dict[str, str]) -> None:
    """Append one version with these rows, a group at a time."""
    pa, deltalake = _modules("pyarrow", "deltalake")
    failures: list[StoreError] = []

    def batches() -> Iterator[Any]:
        try:
            yield from (pa.RecordBatch.from_pylist(group, schema=schema) for group in batched(rows, _GROUP))
        except StoreError as error:  # Delta would raise an error of its own instead
            failures.append(error)
            raise

    try:
        deltalake.write_deltalake(
            table,
            pa.RecordBatchReader.from_batches(schema, batches()),
            mode="append",
            writer_properties=deltalake.WriterProperties(
                compression="ZSTD", max_row_group_size=_ROWS, statistics_truncate_length=_BOUND
            ),
            commit_properties=deltalake.CommitProperties(custom_metadata=properties),
        )
    except Exception:
        if failures:
            raise failures[0] from None
        raise


@contextlib.contextmanager
def _delta_errors(deltalake: Any, folder: Path) -> Iterator[None]:
    """Turn Delta's errors (a full disk, a damaged table) into StoreError."""
    try:
        yield
    except (deltalake.exceptions.DeltaError, OSError) as error:
        raise StoreError(
            f"exporting to {folder}: {' '.join(str(error).split())}; a table there keeps the commits that "
            "it has: make room and run again, or name a new folder"
        ) from error


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder, because two exports at once would append a Commit twice."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StoreError(
            f"exporting to {folder}: another export is writing to it; run again when that is done"
        ) from error
    finally:
        os.close(handle)


def _delta_schema(pa: Any) -> Any:
    """Return the schema of an article with its facts nested, so that one table version contains a whole Commit."""
    article, fact = _schemas()
    inside = pa.struct([column for column in fact if column.name != "article"])
    return article.append(pa.field("facts", pa.list_(inside)))


def _open_table(deltalake: Any, folder: Path, since: int) -> tuple[Any, int]:
    """Return the existing table and its version; (None, `since`) for a new or empty folder."""
    if not any(folder.iterdir()):
        return None, since
    log = folder / "_delta_log"
    if not log.is_dir():
        raise StoreError(f"exporting to {folder}: it is not empty and not a Delta table; name a new folder")
    table = deltalake.DeltaTable(folder)
    first = min(int(path.stem) for path in log.glob("[0-9]" * 20 + ".json"))
    if since not in (0, first):
        raise StoreError(
            f"exporting to {folder}: its table begins after commit {first}, not {since}; leave "
            "the beginning out to continue it, or name a new folder"
        )
    return table, int(table.version())


def _same_history(store: Store, table: Any, folder: Path, number: int) -> None:
    """Raise StoreError unless the table's last version was made from Commit `number` of this store."""
    stored = table.history(1)[0].get("suowen.digest")
    if number and (not stored or stored != _properties(store, number)["suowen.digest"]):
        raise StoreError(f"exporting to {folder}: its table holds another history; name a new folder")


def _changed(store: Store, number: int, unmasked: bool) -> Iterator[dict[str, Any]]:
    """Yield the articles that a Commit changed, in their state after that Commit."""
    for part in paged_ids(store.database, touched(number - 1, number)):
        with store.database.read() as db:
            states = queries.article_states(db, part, number)
        masks = {} if unmasked else export_masks(store, states)
        for state in states:
            row = article_row(state, masks.get(state[0].article))
            row["commit"] = number
            row["facts"] = [{key: fact[key] for key in fact if key != "article"} for fact in flat_facts(row)]
            yield row
