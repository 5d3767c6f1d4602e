"""The HTTP server: one process with a few threads that stops on SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from ingest.errors import UsageError
from ingest.web.app import BODY

_log = logging.getLogger("suowen.web")
#: PATIENCE: seconds until an idle client is disconnected, and deadline of a request head. HEAD: maximum bytes of a
#: request head. Not measured
PATIENCE, HEAD = 20, 32_768
#: additional seconds for a request whose head is complete. Not measured
BODY_TIME = 40
#: number of requests processed at the same time; some may wait for another writer. Not measured
THREADS = 8
#: Maximum open connections in total, and per client address. With a total of 100, the last two of one hundred polling
#: clients waited 15 s. With these values, while 540 clients of one address sent a byte every 4 s, another client was
#: answered within 0.1 s
CONNECTIONS, PER_ADDRESS = 500, 100
#: maximum requests in progress of one client address behind a proxy, which opens a connection for each request. Not
#: measured
PER_FORWARDED = 32


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
    except SystemExit:  # a signal that arrived before run()
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        server.close()
        _log.info("stopped")


class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection, with a deadline for each request.

    Waitress closes a connection whose `last_activity` is too long ago. While a request arrives, `last_activity` is the
    time of its first byte, so that a client cannot keep the connection open by sending a byte now and then.
    """

    proxied = False
    _active = 0.0
    _since = 0.0

    @property
    def last_activity(self) -> float:
        """Time from which waitress counts the idle seconds of this connection."""
        if self.request is None:
            return self._active
        return self._since + (BODY_TIME if self.request.headers_finished else 0)

    @last_activity.setter
    def last_activity(self, value: float) -> None:
        self._active = value

    @property
    def waiting(self) -> bool:
        """Whether no complete request has arrived and no response is being sent."""
        return not (self.requests or self.total_outbufs_len)

    @property
    def client(self) -> str | None:
        """Address of the client.

        Behind a proxy: the address forwarded with the request in progress, None between requests.
        """
        if not self.proxied:
            return str(self.addr[0])
        if not self.requests:
            return None
        return str(self.requests[0].headers.get("X_FORWARDED_FOR", "")).rpartition(",")[2].strip() or None

    def received(self, data: bytes) -> bool:
        """Process received bytes as waitress does, and return the result of waitress.

        The connection is closed if its forwarded address has too many requests in progress.
        """
        before = self.request
        taken = bool(super().received(data))
        if self.request is not before:
            self._since = self._active
        if self.proxied and (client := self.client) is not None:
            busy = sum(channel.client == client for channel in self.server.active_channels.values())
            self.will_close |= busy > PER_FORWARDED
        return taken


def _make_room(server: Any, accept: Callable[[], Any]) -> Callable[[], Any]:
    """Return an `accept` that closes the longest waiting connection when a limit is reached.

    A connection is waiting until its request is complete. A client that sends its request at once is therefore served,
    even if other clients hold many connections open. If a limit is reached and no connection is waiting, the new
    connection is refused.
    """

    def accept_with_room() -> Any:
        accepted = accept()
        if accepted is None:
            return None
        connection, address = accepted
        channels = list(server.active_channels.values())
        same = (
            []
            if server.channel_class.proxied
            else [channel for channel in channels if channel.client == str(address[0])]
        )
        for crowd, limit in ((same, PER_ADDRESS), (channels, CONNECTIONS)):
            if len(crowd) < limit:
                continue
            waiting = (channel for channel in crowd if channel.waiting)
            idle = min(waiting, key=lambda channel: channel.last_activity, default=None)
            if idle is None:
                connection.close()
                return None
            idle.handle_close()
        return accepted

    return accept_with_room


def listen(app: Flask, host: str, port: int, patience: int = PATIENCE, *, proxied: bool = False) -> Any:
    """Create a waitress server that is bound but not running. Raises UsageError when it cannot listen."""
    proxy = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-for"} if proxied else {}
    try:
        # ident="": send no Server header.
        server = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident="",
            channel_timeout=patience,
            cleanup_interval=max(1, patience // 4),
            max_request_body_size=BODY,
            max_request_header_size=HEAD,
            connection_limit=CONNECTIONS + 100,  # never reached: `_make_room` closes connections before that
            **proxy,
        )
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened on: {error.strerror or error}; choose another with --port or --host"
        ) from error
    channel_class = type("Channel", (_Channel,), {"proxied": proxied})
    # A host with several addresses (localhost) has one server for each.
    servers = getattr(server, "map", {0: server}).values()
    for listening in [dispatcher for dispatcher in servers if isinstance(dispatcher, BaseWSGIServer)]:
        listening.channel_class = channel_class
        listening.accept = _make_room(listening, listening.accept)
    return server


def _address(host: str, server: object) -> str:
    """Return the URL of the server; a host with several addresses (localhost) has one port for all of them."""
    listening: list[tuple[str, int]] = getattr(server, "effective_listen", [])
    port = listening[0][1] if listening else getattr(server, "effective_port", 0)
    # Werkzeug's trusted hosts do not support IPv6 literals: [::1] is refused, localhost is accepted.
    return f"http://{'localhost' if ':' in host else host}:{port}/"


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit  # waitress then leaves its loop and lets its threads finish
