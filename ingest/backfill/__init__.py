"""Backfill: process years of archived pages with the functions of a run, on Dask, into one store (docs/scale.md)."""
