"""Run `suowen serve` with passes that only print their start; started by tests/schedule/test_service.py.

Arguments: working folder, seconds between the runs of a source, duration of a pass in seconds, reaction to a stop
("heeds": the pass ends; "deaf": it continues), hour of the digest, seconds within which all threads must end.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from ingest.config.load import Config
from ingest.config.settings import DigestSettings, Settings
from ingest.errors import SuowenError
from ingest.pipeline_types import Schedule, Source
from ingest.schedule import service
from store import open_store


def main() -> int:
    """Serve two sources until a signal arrives; return the exit code."""
    home, every, takes, manner, hour = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5]
    service.STOP_WITHIN = float(sys.argv[6])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    sources = [Source(name, "http://a.example/", (), schedule=Schedule(seconds=every)) for name in ("甲网", "乙网")]

    def run_pass(sources_due: Sequence[Source], stop: threading.Event) -> object:
        print("pass", *sorted(source.name for source in sources_due), flush=True)
        end = time.monotonic() + takes
        while time.monotonic() < end and not (manner == "heeds" and stop.is_set()):
            time.sleep(0.05)
        print("end", flush=True)
        return None

    def make_digest(day: date) -> object:
        print("digest", day, flush=True)
        return SimpleNamespace(delivery=None)

    config = Config(home, Settings(digest=DigestSettings(at=hour)), tuple(sources))
    config.data.mkdir(parents=True, exist_ok=True)
    with open_store(config.store_url()) as store:
        try:
            service.serve(store, sources, run_pass, make_digest, config)
        except SuowenError as error:
            print(f"suowen: {error}", file=sys.stderr)
            return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
