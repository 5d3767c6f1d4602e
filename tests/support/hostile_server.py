"""Hostile web server on loopback: each path of `PATHS` has its own fault, and requests are recorded.

Responses are raw bytes or functions that write to the socket, because server libraries cannot produce the HTTP errors
of real servers. Used by tests/fetch.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import socketserver
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>派出所里的灯</title></head><body>'
    + "<p>清晨六点,井口派出所的灯亮着。民警老李走进社区,挨家挨户敲门。</p>" * 20
    + "</body></html>"
).encode()


def answer(body: bytes = PAGE, status: str = "200 OK", *headers: str, length: bool = True) -> bytes:
    """Return a valid response, or with `length=False` one without a Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    if not any(line.lower().startswith("content-type") for line in lines):
        lines.append("Content-Type: text/html; charset=utf-8")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(to: str | bytes, status: str = "302 Found") -> bytes:
    """Return a redirect with an empty body."""
    where = to if isinstance(to, bytes) else to.encode()
    return b"HTTP/1.1 " + status.encode() + b"\r\nContent-Length: 0\r\nLocation: " + where + b"\r\n\r\n"


@dataclass
class Request:
    """A request with the socket for its response."""

    server: HostileServer
    sock: socket.socket
    path: str
    headers: dict[str, str]
    #: number of requests for this path so far, including this one
    count: int

    def send(self, data: bytes) -> None:
        """Send bytes to the client. Raises OSError if the client has closed the connection."""
        self.sock.sendall(data)

    def drip(self, data: bytes, pause: float = 0.05, seconds: float = 8.0) -> None:
        """Send `data` repeatedly, a byte every `pause` seconds.

        No repetition begins after `seconds` or after the end of the test.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.server.closing:
            for byte in data:
                self.send(bytes([byte]))
                time.sleep(pause)

    def reset(self) -> None:
        """Close the connection with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Answer = bytes | Callable[[Request], None]


def _flood(data: bytes, head: bytes = b"") -> Callable[[Request], None]:
    def write(request: Request) -> None:
        request.send(head)
        end = time.monotonic() + 8
        while time.monotonic() < end and not request.server.closing:
            request.send(data)

    return write


def _bomb(size: int) -> bytes:
    engine = zlib.compressobj(6, zlib.DEFLATED, 31)
    piece = b"\0" * 1_000_000
    return b"".join([engine.compress(piece) for _ in range(size // len(piece))] + [engine.flush()])


def _half(request: Request) -> None:
    request.send(answer(PAGE)[:-500])


def _half_reset(request: Request) -> None:
    request.send(answer(PAGE)[:-500])
    request.reset()


_GZIPPED = gzip.compress(PAGE)
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


def _chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


#: built-in answers by path; a test may add or replace some in `HostileServer.answers`
PATHS: dict[str, Answer] = {
    "/good": answer(PAGE, "200 OK", 'ETag: "v1"', "Last-Modified: Sat, 07 Sep 2019 05:43:00 GMT"),
    "/chunked": _CHUNKED + _chunks(PAGE[:700], PAGE[700:]),
    "/gzip": answer(_GZIPPED, "200 OK", "Content-Encoding: gzip"),
    "/gzip-two-members": answer(
        gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:]), "200 OK", "Content-Encoding: gzip"
    ),
    "/deflate": answer(zlib.compress(PAGE), "200 OK", "Content-Encoding: deflate"),
    "/deflate-raw": answer(zlib.compress(PAGE)[2:-4], "200 OK", "Content-Encoding: deflate"),
    # FAULTS N7: slow, endless or missing responses
    "/drip-body": lambda request: (request.send(_OK + b"Content-Length: 100000\r\n\r\n"), request.drip(b"x"))[0],
    "/drip-body-no-length": lambda request: (request.send(_OK + b"\r\n"), request.drip(b"x"))[0],
    "/drip-head": lambda request: request.drip(b"HTTP/1.1 200 OK\r\nX-A: b\r\n" + b"X-B: c\r\n" * 1000),
    "/drip-chunk-line": lambda request: (request.send(_CHUNKED), request.drip(b"0"))[0],
    "/continue-flood": _flood(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "/silent": lambda request: time.sleep(8) if not request.server.closing else None,
    # FAULTS N9: truncated responses
    "/short": _half,
    "/rst": _half_reset,
    "/hang-up": lambda request: None,
    "/chunk-short": _CHUNKED + b"400\r\n" + PAGE[:300],
    # FAULTS H1 to H3: redirects
    "/loop": redirect("/loop"),
    "/redir-file": redirect("file:///etc/passwd"),
    "/redir-data": redirect("data:text/html,hello"),
    "/redir-private": redirect("http://10.0.0.1/"),
    "/redir-metadata": redirect("http://169.254.169.254/latest/"),
    "/redir-gbk": redirect("/派出所".encode("gbk")),
    "/redir-bracket": redirect("http://[::1"),
    "/redir-port": redirect("http://127.0.0.1:99999999/"),
    "/redir-label": redirect("http://" + "a" * 300 + ".example/"),
    "/redir-nowhere": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    "/redir-utf8": redirect("/good?q=派出所"),
    "/redir-endless": _flood(b"x" * 65536, b"HTTP/1.1 302 Found\r\nLocation: /good\r\n\r\n"),
    "/redir-bomb": lambda request: request.send(
        b"HTTP/1.1 302 Found\r\nLocation: /good\r\nContent-Encoding: gzip\r\n\r\n" + _bomb(50_000_000)
    ),
    # FAULTS H4 to H7: bodies that are too large, truncated, or in a refused or wrong encoding
    "/bomb": lambda request: request.send(answer(_bomb(100_000_000), "200 OK", "Content-Encoding: gzip")),
    "/huge": _flood(b"x" * 65536, _OK + b"\r\n"),
    "/stacked": answer(gzip.compress(_GZIPPED), "200 OK", "Content-Encoding: gzip, gzip"),
    "/stacked-50": answer(PAGE, "200 OK", "Content-Encoding: " + ", ".join(["gzip"] * 50)),
    "/br": answer(PAGE, "200 OK", "Content-Encoding: br"),
    "/zstd": answer(PAGE, "200 OK", "Content-Encoding: zstd"),
    "/coding-nonsense": answer(PAGE, "200 OK", "Content-Encoding: UTF-8"),
    "/gzip-cut": _OK + b"Content-Encoding: gzip\r\n\r\n" + _GZIPPED[:-30],
    "/gzip-lie": answer(PAGE, "200 OK", "Content-Encoding: gzip"),
    "/noclen": _OK + b"\r\n" + PAGE,
    "/noclen-cut": _OK + b"\r\n" + PAGE[:-200],
    # FAULTS H8: invalid headers, chunks and status lines; error statuses and responses without a body
    "/two-lengths": _OK + b"Content-Length: 10\r\nContent-Length: 20\r\n\r\n" + PAGE,
    "/negative-length": _OK + b"Content-Length: -5\r\n\r\n" + PAGE,
    "/word-length": _OK + b"Content-Length: many\r\n\r\n" + PAGE,
    "/bad-chunk": _CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n",
    "/negative-chunk": _flood(b"x" * 65536, _CHUNKED + b"-5\r\n"),
    "/long-chunk": _CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n",
    "/endless-trailer": _flood(b"X-Trailer: more\r\n" * 200, _CHUNKED + b"0\r\n"),
    "/tiny-chunks": _flood(b"1\r\nx\r\n" * 10_000, _CHUNKED),
    "/coding-transfer": _OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + _chunks(_GZIPPED),
    "/http09": PAGE,
    "/many-headers": _OK + b"".join(b"X-%d: 1\r\n" % n for n in range(150)) + b"Content-Length: 2\r\n\r\nok",
    "/long-header": _OK + b"X-Long: " + b"a" * 100_000 + b"\r\nContent-Length: 2\r\n\r\nok",
    "/status-999": answer(PAGE, "999 Denied"),
    "/status-42": b"HTTP/1.1 42 Huh\r\n\r\n",
    "/garbage": b"\x16\x03\x01 this is not HTTP\r\n\r\n",
    "/404": answer(b"no", "404 Not Found"),
    "/410": answer(b"no", "410 Gone"),
    "/403": answer(b"no", "403 Forbidden"),
    "/412": answer(b"no", "412 Precondition Failed"),
    "/500": answer(b"no", "500 Internal Server Error"),
    "/204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "/304": b"HTTP/1.1 304 Not Modified\r\n\r\n",
    # FAULTS H13, H15, H16: files of other types, cookies and injected header lines
    "/pdf": answer(b"%PDF-1.7\n" + b"\x00\x01\x02" * 500, "200 OK", "Content-Type: text/html"),
    "/jpeg": answer(b"\xff\xd8\xff\xe0" + b"\x00" * 500, "200 OK", "Content-Type: text/html"),
    "/zip.html": answer(b"PK\x03\x04" + b"\x00" * 500, "200 OK", "Content-Type: text/html"),
    "/stream": _flood(
        b"\x00\x01\x02\x03" * 16384,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 2000000000\r\n\r\n",
    ),
    "/cookies": answer(PAGE, "200 OK", *(f"Set-Cookie: id{n}=track{n}; Path=/" for n in range(50))),
    "/folded": b"HTTP/1.1 200 OK\r\nX-Note: one\r\n WARC-Injected: yes\r\nContent-Length: 2\r\n\r\nok",
}


@dataclass
class HostileServer:
    """Test server: `with HostileServer() as server: server.url("/good")`."""

    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    #: (path, headers with lower-case names) of every request, in order
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    closing: bool = False
    connections: int = 0

    def __enter__(self) -> HostileServer:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    server._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, block_on_close, request_queue_size = True, True, False, 128

            def handle_error(self, request: object, client_address: object) -> None:
                """Ignore errors, which occur when a client closes the connection."""

        self._server = Server((self.host, 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing = True
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/good", host: str | None = None) -> str:
        """Return the URL of a path."""
        return f"{'https' if self.tls else 'http'}://{host or self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return the requested paths in order, without /robots.txt."""
        return [path for path, _ in self.seen if path != "/robots.txt"]

    def _serve(self, sock: socket.socket) -> None:
        self.connections += 1
        sock.settimeout(10)
        if self.tls is not None:
            sock = self.tls.wrap_socket(sock, server_side=True)
        with sock:
            buffer = b""
            while not self.closing:
                while b"\r\n\r\n" not in buffer:
                    piece = sock.recv(65536)
                    if not piece:
                        return
                    buffer += piece
                head, buffer = buffer.split(b"\r\n\r\n", 1)
                lines = head.decode("latin-1").split("\r\n")
                path = lines[0].split(" ")[1]
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
                self.seen.append((path, headers))
                count = sum(1 for seen, _ in self.seen if seen == path)
                if not self._answer(Request(self, sock, path, headers, count)):
                    return

    def _answer(self, request: Request) -> bool:
        """Answer one request. Returns True if the connection can be used again."""
        bare = request.path.split("?")[0]
        found = self.answers.get(bare, PATHS.get(bare))
        if found is None:
            request.send(answer(b"no such page", "404 Not Found"))
            return True
        if callable(found):
            found(request)
            return False
        request.send(found)
        return b"\r\nContent-Length: " in found.split(b"\r\n\r\n")[0]
