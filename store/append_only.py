"""Append-only triggers on SQLite and PostgreSQL. Migrations create them; `verify` reports missing or altered ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, text

_FUNCTION = """
CREATE OR REPLACE FUNCTION suowen_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP; END $$"""

#: PostgreSQL query for (table, name, `tgtype`) of the triggers that are enabled, have neither a WHEN condition nor a
#: list of columns, and call `suowen_refuse` with its original body
_IN_FORCE = """
SELECT c.relname, t.tgname, t.tgtype FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND cardinality(t.tgattr::int2[]) = 0
AND p.proname = 'suowen_refuse' AND p.prosrc = :body"""
#: `tgtype` of the two triggers of a table. Its bits: 1 for each row, 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE
_CHANGES, _TRUNCATE = 1 | 2 | 8 | 16, 2 | 32


def protect(connection: Connection, table: str, unique: Sequence[str], *, may_delete: bool = False) -> None:
    """Create triggers that refuse UPDATE of `table`, and also DELETE and TRUNCATE unless `may_delete`.

    `unique` lists the table's unique keys ("id" or "run, url"). SQLite's INSERT OR REPLACE deletes a row without firing
    DELETE triggers (unless recursive_triggers is on). Therefore SQLite refuses an INSERT with an existing key too,
    unless `may_delete`.
    """
    verbs = ("UPDATE",) if may_delete else ("UPDATE", "DELETE")
    if connection.dialect.name == "postgresql":
        connection.execute(text(_FUNCTION))
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(verbs)} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION suowen_refuse()"
            )
        )
        if not may_delete:
            connection.execute(
                text(
                    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION suowen_refuse()"
                )
            )
        return
    for verb in verbs:
        connection.execute(text(_refusal(table, verb)))
    for number, key in enumerate(unique if not may_delete else ()):
        same = " AND ".join(f"{column.strip()} = NEW.{column.strip()}" for column in key.split(","))
        connection.execute(
            text(
                _sqlite(
                    f"{table}_no_replace_{number}",
                    f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})",
                    f"{table} is append-only: {key} is there already",
                )
            )
        )


def unprotected(connection: Connection, tables: Iterable[str]) -> Iterator[str]:
    """Yield the tables in `tables` whose append-only triggers are missing, disabled or altered.

    SQLite's triggers against INSERT OR REPLACE are not checked.
    """
    if connection.dialect.name == "postgresql":
        enabled = {tuple(row) for row in connection.execute(text(_IN_FORCE), {"body": _FUNCTION.split("$$")[1]})}
        yield from (
            table
            for table in tables
            if not enabled.issuperset(
                ((table, f"{table}_append_only", _CHANGES), (table, f"{table}_no_truncate", _TRUNCATE))
            )
        )
        return
    found = {row.sql for row in connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'"))}
    yield from (table for table in tables if not {_refusal(table, verb) for verb in ("UPDATE", "DELETE")} <= found)


def _refusal(table: str, verb: str) -> str:
    """Return the SQL of the SQLite trigger that refuses `verb` (UPDATE or DELETE) on a table."""
    return _sqlite(f"{table}_no_{verb.lower()}", f"BEFORE {verb} ON {table}", f"{table} is append-only: {verb} refused")


def _sqlite(name: str, when: str, message: str) -> str:
    return f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
