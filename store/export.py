"""Taking articles out: seed-format texts, JSON Lines, CSV, Parquet (and a Delta table: store/delta.py).

The same state exports the same bytes: order is the article's id, and nothing of the day of export goes in. Files are
written beside their place and renamed, so that a full disk leaves the export before as it was.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from store import history
from store.diff import touched
from store.errors import StoreError
from store.masking import private_names, veiled
from store.paging import paged
from store.progress import Progress, unwatched
from store.records import Fact, Revision, Ruling, Verdict
from store.schema import articles, members
from store.snapshot import as_of, representatives
from store.store import Store

Format = Literal["seeds", "jsonl", "csv", "parquet"]
_COLUMNS = (
    "id",
    "url",
    "title",
    "published",
    "source",
    "site",
    "authors",
    "editors",
    "first_seen",
    "fetched_at",
    "revision",
    "commit",
    "ruling",
    "score",
    "story",
    "relation",
    "text",
)


def export(
    store: Store,
    folder: Path,
    fmt: Format,
    *,
    ruling: Ruling | None = "feature",
    at: int | None = None,
    since: int = 0,
    copies: bool | None = None,
    progress: Progress = unwatched,
) -> int:
    """Write articles with this ruling (None: all) into `folder`; how many.

    seeds: NNN_<16 hex of the text's SHA-256>.txt each; jsonl: articles.jsonl, facts within; csv: articles.csv and
    facts.csv, UTF-8 with BOM, cells that a spreadsheet would run as formulas quoted; parquet: articles.parquet and
    facts.parquet (needs pyarrow). `at`: the state as of a Commit; `since`: only articles whose text, verdict or facts
    are newer than that Commit. `copies`: reposts too (None: not as seeds, else yes).
    Raises StoreError when the folder cannot be written, or has the seed files of another export.
    """
    writers: dict[str, Callable[[Path, Iterator[dict[str, Any]]], int]] = {
        "seeds": _seeds,
        "jsonl": _jsonl,
        "csv": _csv,
        "parquet": _parquet,
    }
    if fmt not in writers:
        raise StoreError(f"exporting: {fmt!r} is no format; one of {', '.join(writers)}")
    with_copies = fmt != "seeds" if copies is None else copies
    try:
        folder.mkdir(parents=True, exist_ok=True)
        upto = history.last_commit(store) if at is None else at
        if fmt == "seeds":
            _no_other_export(folder, items(store, ruling=ruling, at=upto, since=since, copies=with_copies))
        return writers[fmt](
            folder, items(store, ruling=ruling, at=upto, since=since, copies=with_copies, progress=progress)
        )
    except OSError as error:
        raise StoreError(f"exporting to {folder}: {error.strerror}; name a folder that can be written") from error


def items(
    store: Store,
    *,
    ruling: Ruling | None,
    at: int | None = None,
    since: int = 0,
    copies: bool = True,
    progress: Progress = unwatched,
) -> Iterator[dict[str, Any]]:
    """Articles as flat objects in order of id, their facts under "facts"; a few at a time in memory. Without `copies`
    only those that stand for their story; with `since` too, those that do since then.

    One state from beginning to end, however long it takes: `at`, or the newest Commit of the beginning.
    """
    upto = history.last_commit(store) if at is None else at
    known = _known(upto, since, copies)
    with store.database.read() as db:
        as_of(db, upto)
        as_of(db, since)
        done, total = 0, db.execute(select(func.count()).select_from(known.subquery())).scalar_one()
    for part in paged(store, known):
        done += len(part)
        with store.database.read() as db:
            rows = history.states_of(db, part, upto, ruling=ruling, since=since if copies else 0)
            told = None if copies else _standing(db, rows, upto, since)
        yield from (item(*row) for row in rows if told is None or row[0].article in told)
        progress("articles exported", done, total)


def _known(upto: int, since: int, copies: bool) -> Select[Any]:
    """Articles among which all are that a state has, or an increment."""
    if not since:
        return select(articles.c.id).where(articles.c.commit_no <= upto)
    newer = touched(since, upto)
    if copies:
        return newer
    # another verdict on one telling can make another stand for the story
    retold = select(members.c.story).where(members.c.article.in_(newer))
    found = newer.union(select(members.c.article).where(members.c.story.in_(retold))).subquery()
    return select(found.c.article)


def _standing(db: Connection, rows: Sequence[history.State], upto: int, since: int) -> set[int]:
    """Those of these articles that stand for their story; after Commit `since` those that changed or did not then."""
    story = {revision.article: row.story for revision, _, row, _ in rows if row.story}
    now = representatives(db, list(story.values()), upto)
    standing = {
        revision.article for revision, _, row, _ in rows if now.get(row.story, revision.article) == revision.article
    }
    if not since:
        return standing
    then = representatives(db, list(story.values()), since)
    changed = {row[0].article for row in history.states_of(db, sorted(standing), upto, since=since)}
    return {
        article for article in standing if article in changed or then.get(story.get(article, 0), article) != article
    }


def item(revision: Revision, verdict: Verdict | None, rest: Any, found: tuple[Fact, ...]) -> dict[str, Any]:
    """One article as a flat object; private persons are masked in its facts, its text is the page's as published."""
    content, names = revision.content, private_names(found)
    return {
        "id": revision.article,
        "url": content.url,
        "title": content.title,
        "published": content.published,
        "source": content.source,
        "site": revision.site,
        "authors": [{"role": credit.role, "name": credit.name} for credit in content.authors],
        "editors": list(content.editors),
        "first_seen": rest.first_seen.isoformat(),
        "fetched_at": content.fetched_at.isoformat(),
        "revision": revision.number,
        "commit": revision.commit,
        "ruling": verdict.ruling if verdict else None,
        "score": verdict.score if verdict else None,
        "story": rest.story,
        "relation": rest.relation,
        "text": content.text,
        "facts": [veiled(fact.flat(), names) for fact in found],
    }


#: a seed's file name: running number, first 16 hex digits of the text's SHA-256
_SEED = re.compile(r"(\d{3,})_([0-9a-f]{16})\.txt")


def _seed_name(number: int, text: str) -> str:
    return f"{number:03d}_{text_digest(text)}.txt"


def text_digest(text: str) -> str:
    """The first 16 hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _no_other_export(folder: Path, rows: Iterator[dict[str, Any]]) -> None:
    """Two exports in one folder would pass for one: refuse when it has seed files that this one does not write."""
    there = sum(1 for _ in _seed_files(folder))
    if there:
        there -= sum((folder / _seed_name(number, row["text"])).exists() for number, row in enumerate(rows))
    if there:
        raise StoreError(f"exporting to {folder}: {there} seed files in it are of another export; name an empty folder")


def _seed_files(folder: Path) -> Iterator[re.Match[str]]:
    with os.scandir(folder) as entries:
        yield from filter(None, (_SEED.fullmatch(entry.name) for entry in entries))


def _seeds(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    number = -1
    for number, row in enumerate(rows):
        with _placed(folder / _seed_name(number, row["text"])) as path:
            path.write_bytes(row["text"].encode())
    return number + 1


def seed_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """(file name, text) of a folder in the seed format, in order of number; `misnamed` says whether they fit.

    Raises StoreError for a file that is no UTF-8.
    """
    for name in sorted((match[0] for match in _seed_files(folder)), key=lambda name: (int(name[:-21]), name)):
        path = folder / name
        try:
            yield name, path.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise StoreError(f"reading {path}: it is not UTF-8 ({error.reason} at byte {error.start})") from error


def misnamed(name: str, text: str) -> bool:
    """Whether a seed's name was made of another text: it was changed since, or cleaned after it was named, as the five
    examples of the format were."""
    return name[-20:-4] != text_digest(text)


@contextlib.contextmanager
def _placed(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, put in its place when all went well."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _jsonl(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with _placed(folder / "articles.jsonl") as path, path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _csv(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with (
        _placed(folder / "articles.csv") as first,
        _placed(folder / "facts.csv") as second,
        first.open("w", encoding="utf-8-sig", newline="") as main,
        second.open("w", encoding="utf-8-sig", newline="") as beside,
    ):
        articles, facts = csv.writer(main), csv.writer(beside)
        articles.writerow(_COLUMNS)
        facts.writerow(_FACTS)
        for row in rows:
            articles.writerow([_cell(row[name]) for name in _COLUMNS])
            facts.writerows([_cell(fact[name]) for name in _FACTS] for fact in flat_facts(row))
            count += 1
    return count


def _parquet(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    from store import delta  # pyarrow is an extra

    with _placed(folder / "articles.parquet") as articles, _placed(folder / "facts.parquet") as facts:
        return delta.write_parquet(articles, facts, rows)


_FACTS = ("article", "kind", "quote", "start", "end", "rule", "fields")


def flat_facts(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The facts of one of `items`, one object each; the kind's own fields as one JSON text."""
    for fact in row["facts"]:
        own = {key: value for key, value in fact.items() if key not in _FACTS}
        yield {
            **{name: fact.get(name) for name in _FACTS},
            "article": row["id"],
            "fields": json.dumps(own, ensure_ascii=False, sort_keys=True),
        }


#: what makes spreadsheets take a cell for a formula (OWASP ASVS 1.2.10)
_FORMULA, _BREAKS = frozenset("=+-@"), ("\t", "\r", "\n")


def _is_run(text: str) -> bool:
    """Whether a spreadsheet could take a cell for a formula: by its first character that is seen, in any width."""
    first = next((character for character in text if unicodedata.category(character)[0] not in "ZC"), "")
    return text.startswith(_BREAKS) or unicodedata.normalize("NFKC", first) in _FORMULA


def _cell(value: Any) -> Any:
    """A value no spreadsheet runs: text that begins like a formula gets a leading apostrophe."""
    if isinstance(value, list):
        value = "; ".join(f"{v['role']} {v['name']}" if isinstance(v, dict) else str(v) for v in value)
    return f"'{value}" if isinstance(value, str) and _is_run(value) else value
