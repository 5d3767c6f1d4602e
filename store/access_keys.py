"""Access keys: API tokens and secret addresses of feeds, stored as hashes and withdrawn by name.

A secret has 256 random bits. It cannot be guessed from its plain SHA-256, so a slow password hash is not needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update

from store.errors import ConflictError, NotFoundError
from store.hashing import canonical
from store.operational import plain
from store.schema import access_keys
from store.store import Store

Kind = Literal["token", "feed"]
Scope = Literal["read", "correct", "admin"]
#: scopes of a key; each scope includes the earlier scopes
SCOPES: tuple[Scope, ...] = ("read", "correct", "admin")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An API token or the secret address of a feed, without its secret."""

    kind: Kind
    #: unique among the keys of its kind that are not withdrawn
    name: str
    scope: Scope
    made_at: datetime
    #: None if the key does not expire
    expires_at: datetime | None = None
    #: for a feed: which entries it contains (`ingest.web.feeds`), as JSON values
    target: Mapping[str, Any] = field(default_factory=dict)
    revoked_at: datetime | None = None

    def valid(self, now: datetime) -> bool:
        """Return whether the key gives access at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def add_key(store: Store, key: AccessKey, secret: str) -> None:
    """Store a key with the hash of its secret.

    Raises ConflictError if a key of the same kind and name exists that is not withdrawn.
    """
    with store.database.write() as db:
        same = access_keys.c.kind == key.kind, access_keys.c.name == plain(key.name), access_keys.c.revoked_at.is_(None)
        if db.execute(select(access_keys.c.hash).where(*same)).first():
            raise ConflictError(
                f"adding {key.kind} {key.name}: the name is used; choose another, or revoke that {key.kind} first"
            )
        db.execute(
            access_keys.insert().values(
                hash=_hash(secret),
                kind=key.kind,
                name=plain(key.name),
                scope=key.scope,
                target=canonical(dict(key.target)),
                made_at=key.made_at,
                expires_at=key.expires_at,
            )
        )


def find_key(store: Store, kind: Kind, secret: str, now: datetime) -> AccessKey | None:
    """Return the valid key with this kind and secret; None if it does not exist, is withdrawn or has expired."""
    chosen = select(access_keys).where(access_keys.c.hash == _hash(secret), access_keys.c.kind == kind)
    with store.database.read() as db:
        row = db.execute(chosen).first()
    key = _load(row) if row else None
    return key if key is not None and key.valid(now) else None


def list_keys(store: Store, kind: Kind) -> list[AccessKey]:
    """Return all keys of a kind, including withdrawn ones, sorted by name, then oldest first."""
    chosen = select(access_keys).where(access_keys.c.kind == kind)
    with store.database.read() as db:
        return [_load(row) for row in db.execute(chosen.order_by(access_keys.c.name, access_keys.c.made_at))]


def revoke_key(store: Store, kind: Kind, name: str, now: datetime) -> None:
    """Withdraw a key by name, so that it gives no access from now on.

    Raises NotFoundError if no key of the kind has the name, or if every key with the name is withdrawn already.
    """
    same = access_keys.c.kind == kind, access_keys.c.name == name, access_keys.c.revoked_at.is_(None)
    with store.database.write() as db:
        if not db.execute(update(access_keys).where(*same).values(revoked_at=now)).rowcount:
            raise NotFoundError(f"revoking {kind} {name}: there is no such {kind}; `suowen {kind} list` shows them")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _load(row: Any) -> AccessKey:
    return AccessKey(row.kind, row.name, row.scope, row.made_at, row.expires_at, json.loads(row.target), row.revoked_at)
