"""What is known: records, the database that keeps them, and what can be asked of it. Imports nothing of ingest.

`open_store(url)` is the door. It is imported when first asked for: who only needs `store.records` (the parsing workers)
loads no SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.batch import Batch
    from store.errors import StoreError
    from store.store import Store, open_store

__all__ = ["Batch", "Store", "StoreError", "open_store"]

_HOMES = {"Batch": "store.batch", "Store": "store.store", "StoreError": "store.errors", "open_store": "store.store"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'store' has no attribute {name!r}")
