"""The HTTP server: one process with a few threads that stops on SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Flask
from waitress.server import create_server

from ingest.errors import UsageError
from ingest.web.app import BODY

_log = logging.getLogger("suowen.web")
#: seconds until an idle client is disconnected; maximum bytes of the request head. Not measured
PATIENCE, HEAD = 20, 32_768
#: requests processed at a time; some may wait for another writer. Not measured
THREADS = 8
#: maximum open connections; further clients wait until an idle connection is closed. With 100, the last two of one
#: hundred polling clients waited 15 s
CONNECTIONS = 500


def serve(app: Flask, host: str, port: int, ready: Callable[[str], object], *, proxied: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, then finish the open requests. `ready` is called with the URL.

    `proxied`: trust the X-Forwarded-For header of a proxy on this machine. Raises UsageError when the server cannot
    listen on the address.
    """
    server = listen(app, host, port, proxied=proxied)
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        ready(_address(host, server))
        server.run()
    except SystemExit:  # a signal before run()
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        server.close()
        _log.info("stopped")


def listen(app: Flask, host: str, port: int, patience: int = PATIENCE, *, proxied: bool = False) -> Any:
    """Create a waitress server that is bound but not running. Raises UsageError when it cannot listen."""
    proxy = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-for"} if proxied else {}
    try:
        # ident="": send no Server header.
        return create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident="",
            channel_timeout=patience,
            cleanup_interval=max(1, patience // 4),
            max_request_body_size=BODY,
            max_request_header_size=HEAD,
            connection_limit=CONNECTIONS,
            **proxy,
        )
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened on: {error.strerror or error}; choose another with --port or --host"
        ) from error


def _address(host: str, server: object) -> str:
    """Return the URL of the server; a host with several addresses (localhost) has one port for all of them."""
    listening: list[tuple[str, int]] = getattr(server, "effective_listen", [])
    port = listening[0][1] if listening else getattr(server, "effective_port", 0)
    # Werkzeug's trusted hosts do not support IPv6 literals: [::1] is refused, localhost is accepted.
    return f"http://{'localhost' if ':' in host else host}:{port}/"


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit  # waitress leaves its loop and lets its threads finish
