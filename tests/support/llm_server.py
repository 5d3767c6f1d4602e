"""Server on loopback for the OpenAI chat protocol, with configurable faults."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import trustme


@dataclass(frozen=True)
class ReceivedRequest:
    """Request that the server received; the names of its headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Chat(BaseHTTPRequestHandler):
    """Handler of one request, with methods that send responses."""

    protocol_version = "HTTP/1.1"
    owner: ChatServer
    seen: ReceivedRequest

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen = ReceivedRequest(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
        self.owner.seen.append(self.seen)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.owner.does(self)

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        """Send a valid HTTP response."""
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, content: Any) -> None:
        """Send a response of the chat protocol. `content` is a string, or facts that become a JSON object."""
        text = content if isinstance(content, str) else json.dumps({"facts": content}, ensure_ascii=False)
        self.answer(
            200,
            json.dumps(
                {
                    "object": "chat.completion",
                    "choices": [
                        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
                    ],
                }
            ).encode(),
        )

    def raw(self, data: bytes) -> None:
        """Send only these bytes."""
        self.wfile.write(data)

    def flood(self, head: bytes, data: bytes, seconds: float = 8.0) -> None:
        """Send `head`, then `data` repeatedly for `seconds`, as fast as the client reads."""
        self.wfile.write(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.owner.closing:
            self.wfile.write(data)

    def drip(self, head: bytes, seconds: float = 8.0) -> None:
        """Send `head`, then one byte each 0.05 s for `seconds`. If `head` is empty, only wait for `seconds`."""
        self.wfile.write(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.owner.closing:
            time.sleep(0.05)
            if head:
                self.wfile.write(b"x")

    def log_message(self, *arguments: object) -> None:
        pass


class ChatServer:
    """Chat server that handles each POST with `does` and records the requests.

    It uses TLS if `certificate` is given.
    """

    def __init__(self, certificate: trustme.LeafCert | None = None) -> None:
        self.does: Callable[[Chat], None] = lambda chat: chat.say([])
        self.seen: list[ReceivedRequest] = []
        self.closing = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Chats", (Chat,), {"owner": self}))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.base = f"http{'s' if certificate else ''}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def texts(self) -> list[str]:
        """Article texts of the received requests."""
        return [json.loads(json.loads(seen.body)["messages"][-1]["content"])["text"] for seen in self.seen]

    def close(self) -> None:
        """Stop listening."""
        if not self.closing:
            self.closing = True
            self._server.shutdown()
            self._server.server_close()

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
