"""Taking articles out: seed-format texts, JSON Lines, CSV.

The same state exports the same bytes: order is the article's id, and nothing of the day of export goes in.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from store import history
from store.errors import StoreError
from store.records import Fact, Revision, Ruling, Verdict
from store.state import NOW, facts_of
from store.store import Store

Format = Literal["seeds", "jsonl", "csv"]
#: articles held in memory at a time
_CHUNK = 200
_COLUMNS = ("id", "url", "title", "published", "source", "site", "authors", "editors", "first_seen", "fetched_at",
            "revision", "commit", "ruling", "score", "story", "relation", "text")


def export(store: Store, folder: Path, fmt: Format, *, ruling: Ruling | None = "feature", at: int | None = None,
           since: int = 0, copies: bool | None = None) -> int:
    """Write articles with this ruling (None: all) into `folder`; how many.

    seeds: NNN_<16 hex of the text's SHA-256>.txt each; jsonl: articles.jsonl, facts within; csv: articles.csv and
    facts.csv, UTF-8 with BOM, cells that a spreadsheet would run as formulas quoted. `at`: the state as of a Commit;
    `since`: only what is newer than that Commit. `copies`: reposts too (None: not as seeds, else yes).
    Raises StoreError when the folder cannot be written.
    """
    writers: dict[str, Callable[[Path, Iterator[dict[str, Any]]], int]] = {
        "seeds": _seeds, "jsonl": _jsonl, "csv": _csv}
    if fmt not in writers:
        raise StoreError(f"exporting: {fmt!r} is no format; one of {', '.join(writers)}")
    with_copies = fmt != "seeds" if copies is None else copies
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return writers[fmt](folder, items(store, ruling=ruling, at=at, since=since, copies=with_copies))
    except OSError as error:
        raise StoreError(f"exporting to {folder}: {error.strerror}; name a folder that can be written") from error


def items(store: Store, *, ruling: Ruling | None, at: int | None = None, since: int = 0,
          copies: bool = True) -> Iterator[dict[str, Any]]:
    """Articles as flat objects in order of id, their facts under "facts"; a few at a time in memory."""
    upto = NOW if at is None else at
    last = 0
    while True:
        with store.database.read() as db:
            rows = history.page_of(db, upto, after=last, limit=_CHUNK, ruling=ruling, since=since, copies=copies)
            if not rows:
                return
            found = facts_of(db, [revision.id for revision, *_ in rows], upto)
        for revision, verdict, rest in rows:
            yield _item(revision, verdict, rest, found.get(revision.id, ()))
        last = rows[-1][0].article


def _item(revision: Revision, verdict: Verdict | None, rest: Any, found: tuple[Fact, ...]) -> dict[str, Any]:
    content = revision.content
    return {
        "id": revision.article, "url": content.url, "title": content.title, "published": content.published,
        "source": content.source, "site": revision.site,
        "authors": [{"role": credit.role, "name": credit.name} for credit in content.authors],
        "editors": list(content.editors), "first_seen": rest.first_seen.isoformat(),
        "fetched_at": content.fetched_at.isoformat(), "revision": revision.number, "commit": revision.commit,
        "ruling": verdict.ruling if verdict else None, "score": verdict.score if verdict else None,
        "story": rest.story, "relation": rest.relation, "text": content.text,
        "facts": [fact.flat() for fact in found]}


def _seeds(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    number = -1
    for number, row in enumerate(rows):
        data = row["text"].encode()
        (folder / f"{number:03d}_{hashlib.sha256(data).hexdigest()[:16]}.txt").write_bytes(data)
    return number + 1


def _jsonl(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with (folder / "articles.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _csv(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with (folder / "articles.csv").open("w", encoding="utf-8-sig", newline="") as main, \
            (folder / "facts.csv").open("w", encoding="utf-8-sig", newline="") as beside:
        articles, facts = csv.writer(main), csv.writer(beside)
        articles.writerow(_COLUMNS)
        facts.writerow(("article", "kind", "quote", "start", "end", "rule", "fields"))
        for row in rows:
            articles.writerow([_cell(row[name]) for name in _COLUMNS])
            for fact in row["facts"]:
                own = {k: v for k, v in fact.items() if k not in ("kind", "quote", "start", "end", "rule")}
                facts.writerow([row["id"], fact["kind"], _cell(fact["quote"]), fact["start"], fact["end"],
                                _cell(fact["rule"]), _cell(json.dumps(own, ensure_ascii=False, sort_keys=True))])
            count += 1
    return count


#: what makes spreadsheets take a cell for a formula, full-width forms too (OWASP ASVS 1.2.10)
_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


def _cell(value: Any) -> Any:
    """A value no spreadsheet runs: text that begins like a formula gets a leading apostrophe."""
    if isinstance(value, list):
        value = "; ".join(f"{v['role']} {v['name']}" if isinstance(v, dict) else str(v) for v in value)
    if isinstance(value, str) and value.lstrip(" \u3000\xa0").startswith(_DANGEROUS):
        return "'" + value
    return value
