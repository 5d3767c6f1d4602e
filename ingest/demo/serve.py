"""Serve the demo site: `python -m ingest.demo [--port N] [--second]`. With `--second`, one of its pages is edited."""

from __future__ import annotations

import argparse
import contextlib

from ingest.demo import PORT, DemoSite, demo_source


def main() -> None:
    """Serve the site and print a config/sources.yaml for it."""
    parser = argparse.ArgumentParser(prog="python -m ingest.demo", description="Serve the demo news site on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to listen on (default {PORT})")
    parser.add_argument("--second", action="store_true", help="serve the second state, with one page edited")
    options = parser.parse_args()
    site = DemoSite(options.port, state=2 if options.second else 1)
    print(
        f"Demo site at {site.base_url}/ (Ctrl-C ends it). A config/sources.yaml for it:\n\n{demo_source(site.base_url)}"
    )
    with contextlib.suppress(KeyboardInterrupt):
        site.serve_forever()
