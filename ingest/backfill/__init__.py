"""Backfill: process years of archived pages on a Dask cluster and append the results to one store (docs/scale.md)."""
