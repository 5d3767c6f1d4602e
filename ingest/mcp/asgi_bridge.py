"""Streamable HTTP for the web application: it passes one request to the ASGI application of the package mcp, in a
thread.

The web server is synchronous, and it has checked every request (token, host, limits) before it calls this module. The
package answers with plain JSON, so that a request is one call with the whole body and one whole answer. There are no
sessions and no server-sent streams: GET and DELETE get 405, which the protocol allows. (The package would answer GET
with a stream that never ends.)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from concurrent.futures import TimeoutError as TooLate
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from ingest.mcp.answers import Answers
from ingest.mcp.server import make_server

#: maximum seconds for an answer; the slowest, `changes` over 50,000 articles, took less. Not measured otherwise
PATIENCE = 120.0
#: request headers that the package reads
_PASSED = (
    "content-type",
    "accept",
    "mcp-protocol-version",
    "mcp-session-id",
    "mcp-method",
    "mcp-name",
    "last-event-id",
)


class Bridge:
    """Bridge to the MCP application. Its event loop runs in a thread that the first request starts. Thread-safe."""

    def __init__(self, answers: Answers) -> None:
        self._answers, self._lock = answers, threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._manager: StreamableHTTPSessionManager | None = None

    def handle(self, headers: Iterable[tuple[str, str]], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return (status, headers, body) of the answer to a POST. Raises TimeoutError after `PATIENCE` seconds."""
        loop = self._started()
        passed = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers
                  if name.lower() in _PASSED or name.lower().startswith("mcp-param-")]  # fmt: skip
        call = asyncio.run_coroutine_threadsafe(self._call(passed, body), loop)
        try:
            return call.result(PATIENCE)
        except TooLate:
            call.cancel()
            raise TimeoutError from None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                ready = threading.Event()
                threading.Thread(target=lambda: asyncio.run(self._run(ready)), daemon=True, name="mcp").start()
                ready.wait()
            assert self._loop is not None
            return self._loop

    async def _run(self, ready: threading.Event) -> None:
        server = make_server(self._answers)
        # no check here, because the web application has already checked Host and Origin
        trusted = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        manager = StreamableHTTPSessionManager(
            server._lowlevel_server, json_response=True, stateless=True, security_settings=trusted
        )
        async with manager.run():
            self._manager, self._loop = manager, asyncio.get_running_loop()
            ready.set()
            await asyncio.Event().wait()

    async def _call(self, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        assert self._manager is not None
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/mcp", "raw_path": b"/mcp", "root_path": "", "query_string": b"", "headers": headers,
            "client": None, "server": None, "state": {},
        }  # fmt: skip
        sent, done = False, bytearray()
        answer: dict[str, Any] = {"status": 500, "headers": []}

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.Event().wait()  # never returns: the client stays connected until the answer is complete
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.update(status=message["status"], headers=message["headers"])
            else:
                done.extend(message.get("body", b""))

        await self._manager.handle_request(scope, receive, send)
        shown = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer["headers"]]
        return int(answer["status"]), shown, bytes(done)
