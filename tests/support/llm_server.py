"""A server on loopback that speaks the OpenAI chat protocol, or whatever a test makes it do instead."""

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
class Seen:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Chat(BaseHTTPRequestHandler):
    """One request and ways to answer it."""

    protocol_version = "HTTP/1.1"
    owner: ChatServer
    seen: Seen

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen = Seen(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
        self.owner.seen.append(self.seen)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.owner.does(self)

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        """A well-formed answer."""
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, words: Any) -> None:
        """An answer of the chat protocol: words as they are, anything else as a JSON object with facts."""
        content = words if isinstance(words, str) else json.dumps({"facts": words}, ensure_ascii=False)
        self.answer(
            200,
            json.dumps(
                {
                    "object": "chat.completion",
                    "choices": [
                        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
                    ],
                }
            ).encode(),
        )

    def raw(self, data: bytes) -> None:
        """These bytes, then nothing."""
        self.wfile.write(data)

    def flood(self, head: bytes, data: bytes, seconds: float = 8.0) -> None:
        """The same over and over, as fast as it is taken."""
        self.wfile.write(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.owner.closing:
            self.wfile.write(data)

    def drip(self, head: bytes, seconds: float = 8.0) -> None:
        """A byte now and then, never an end."""
        self.wfile.write(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.owner.closing:
            time.sleep(0.05)
            if head:
                self.wfile.write(b"x")

    def log_message(self, *arguments: object) -> None:
        pass


class ChatServer:
    """Answers every POST with `does`; remembers what was asked. With `certificate` it speaks TLS."""

    def __init__(self, certificate: trustme.LeafCert | None = None) -> None:
        self.does: Callable[[Chat], None] = lambda chat: chat.say([])
        self.seen: list[Seen] = []
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
        """The article texts that were sent."""
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
