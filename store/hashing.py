"""Hashes of rows, texts and Commits: versioned SHA-256 over canonical JSON.

A row's hash leaves out empty fields (None, "", [], {}), so that a column added later does not change old hashes. A
Commit's hash covers its header, its parent's hash and the hashes of its rows. Any change, addition or removal of a row
or Commit therefore breaks all later hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from store.errors import ConflictError
from store.schema import utc_text

#: value of `commits.format` for hashes made by this module
FORMAT = 1


def canonical(value: Any) -> str:
    """Return canonical JSON: sorted keys, no blanks, Chinese characters not escaped."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(text: str, what: str) -> bytes:
    try:
        return hashlib.sha256(text.encode()).digest()
    except UnicodeEncodeError as error:
        raise ConflictError(f"storing {what}: a lone surrogate (U+{ord(text[error.start]):04X}) is not text") from error


def row_hash(table: str, row: Mapping[str, Any], parts: Iterable[Mapping[str, Any]] = ()) -> bytes:
    """Return the SHA-256 over a row's non-empty columns and over its dependent rows `parts`.

    Raises ConflictError for text with a NUL character or a lone surrogate.
    """
    kept = {key: _plain(value) for key, value in row.items() if key != "digest" and not _empty(value)}
    body = canonical(
        [f"suowen.row.{FORMAT}", table, kept, *({k: v for k, v in part.items() if not _empty(v)} for part in parts)]
    )
    if "\\u0000" in body and "\x00" in "".join(v for v in kept.values() if isinstance(v, str)):
        raise ConflictError(f"storing a row of {table}: a NUL character cannot be stored")
    return _sha256(body, f"a row of {table}")


def content_hash(title: str, text: str) -> bytes:
    """Return the SHA-256 over title and text; a different value makes a new revision."""
    return _sha256(canonical(["suowen.content.1", title, text]), "an article")


def commit_hash(header: Mapping[str, Any], rows: Mapping[str, Iterable[bytes]]) -> str:
    """Return the SHA-256 (hex) over the header, which includes the parent's hash, and the hashes of the rows.

    `rows`: table -> hashes of its rows in order of id.
    """
    total = hashlib.sha256(canonical([f"suowen.commit.{FORMAT}", header]).encode())
    for table, digests in rows.items():
        first = True
        for digest in digests:
            if first:
                total.update(b"\n" + table.encode() + b"\n")
                first = False
            total.update(digest)
    return total.hexdigest()


def commit_header(
    number: int, made_at: datetime, program: str, rules: str, counts: str, captures_upto: int, parent: str
) -> dict[str, Any]:
    """Return the header of a Commit in the form that its hash covers."""
    return {
        "number": number,
        "at": utc_text(made_at),
        "program": program,
        "rules": rules,
        "counts": counts,
        "captures_upto": captures_upto,
        "parent": parent,
    }


def _empty(value: Any) -> bool:
    return value is None or value == "" or value in ("[]", "{}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    return value.hex() if isinstance(value, bytes | memoryview) else value
