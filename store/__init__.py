"""The store: records, the database that stores them, and its queries. Imports nothing of ingest.

`open_store(url)` opens a store. Each name of this package is imported on first use: parsing worker processes need only
`store.records` and so do not load SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.batch import Batch
    from store.errors import StoreError
    from store.store import Store, open_store

__all__ = ["Batch", "Store", "StoreError", "open_store"]

_MODULES = {"Batch": "store.batch", "Store": "store.store", "StoreError": "store.errors", "open_store": "store.store"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'store' has no attribute {name!r}")
