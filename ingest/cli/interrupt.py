"""Ctrl-C: the first one stops a run after the fetched pages are stored, the second one exits at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ingest.pipeline.context import RunContext


@contextmanager
def interruptible(context: RunContext) -> Iterator[threading.Event]:
    """Stop the pass on the first Ctrl-C and exit on the second. Yields the event that stops the pass.

    After the first Ctrl-C, fetched pages are stored and the other candidates stay queued; KeyboardInterrupt is raised
    at the end of the pass.
    """
    stop = context.sleep.stop = threading.Event()

    def stop_or_exit(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        typer.echo("suowen: stopping; fetched pages are being stored (Ctrl-C again exits at once)", err=True)
        stop.set()

    before = signal.signal(signal.SIGINT, stop_or_exit)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
    if stop.is_set():
        raise KeyboardInterrupt
