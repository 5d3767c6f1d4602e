"""Serve the demo site: `python -m ingest.demo [--port N] [--second]`. With `--second`, one of its pages is edited."""

from __future__ import annotations

from ingest.demo.serve import main

if __name__ == "__main__":
    main()
