"""The server: one process, a few threads, ended by SIGTERM or SIGINT."""

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
#: seconds after which a client that says nothing more is hung up on; bytes of a request's head
PATIENCE, HEAD = 20, 32_768
#: requests answered at a time; some may wait for another writer. Not measured
THREADS = 8
#: connections at a time; past them newcomers wait until an idle one is hung up on. With 100, the two last of a hundred
#: who keep asking waited 15 s
CONNECTIONS = 500


def serve(app: Flask, host: str, port: int, ready: Callable[[str], object], *, proxied: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the address once it answers. What is under way is finished.
    `proxied`: a proxy on this machine says in X-Forwarded-For who asks.

    Raises UsageError when the address cannot be listened on.
    """
    server = listen(app, host, port, proxied=proxied)
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        ready(_address(host, server))
        server.run()
    except SystemExit:  # asked before it ran
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        server.close()
        _log.info("stopped")


def listen(app: Flask, host: str, port: int, patience: int = PATIENCE, *, proxied: bool = False) -> Any:
    """A server of waitress that has its address and does not run yet. Raises UsageError when it cannot have it."""
    proxy = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-for"} if proxied else {}
    try:
        # No name and no version of the server is told.
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
            f"{host}:{port} cannot be listened on: {error.strerror or error}; name another with --port or --host"
        ) from error


def _address(host: str, server: object) -> str:
    """Where it listens; a host of several addresses (localhost) has a server for each, on one port."""
    listening: list[tuple[str, int]] = getattr(server, "effective_listen", [])
    port = listening[0][1] if listening else getattr(server, "effective_port", 0)
    # Werkzeug's list of trusted hosts knows no IPv6 literals: [::1] is refused, a name that leads there is not.
    return f"http://{'localhost' if ':' in host else host}:{port}/"


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit  # waitress ends its loop with it and lets its threads finish
