"""Backfill: years of archived pages through the functions of a run, on Dask, into the one store (docs/scale.md)."""
