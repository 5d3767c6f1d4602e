"""The demo site's server: loopback only, validators and 304 as a good server gives them, the same bytes every time."""

from __future__ import annotations

import hashlib
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType

from ingest.demo.content import Expected, Served, expected, pages


class DemoSite:
    """A small news site on 127.0.0.1, as a context manager. `advance()` makes its one edit."""

    def __init__(self, port: int = 0, state: int = 1) -> None:
        """`port` 0 takes any free one. Raises OSError when the port is taken."""
        self._lock = Lock()
        #: every request answered: method, path with query, status
        self.requests: list[tuple[str, str, int]] = []
        site = self

        class Handler(_Handler):
            demo = site

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._pages = pages(self.base_url, state)
        self.state = state
        self._thread: Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        """Where it is served, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> DemoSite:
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread until interrupted."""
        self._server.serve_forever()

    def advance(self) -> None:
        """Go over to the second state: one page is edited, every other byte stays."""
        with self._lock:
            self.state = 2
            self._pages = pages(self.base_url, 2)

    def expected(self) -> dict[str, Expected]:
        """URL -> what the line should decide of it."""
        return expected(self.base_url)

    def page(self, path: str) -> Served | None:
        """What is served under a path."""
        with self._lock:
            return self._pages.get(path)

    def note(self, method: str, path: str, status: int) -> None:
        """Remember one request."""
        with self._lock:
            self.requests.append((method, path, status))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    #: seconds after which a connection kept open is let go
    timeout = 30
    demo: DemoSite

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the caller's terminal is not ours."""

    def _answer(self, *, with_body: bool) -> None:
        served = self.demo.page(self.path.partition("?")[0])
        if served is None:
            served = Served(b"<html><body><h1>404 Not Found</h1></body></html>", status=404, modified=None)
        tag = f'"{hashlib.sha256(served.content).hexdigest()[:16]}"' if served.modified else None
        status = 304 if self._unchanged(served, tag) else served.status
        self.demo.note(self.command, self.path, status)
        self.send_response(status)
        if tag and served.modified:
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", served.modified)
        if status != 304:
            self.send_header("Content-Type", served.content_type)
            self.send_header("Content-Length", str(len(served.content)))
        self.end_headers()
        if with_body and status != 304:
            self.wfile.write(served.content)

    def _unchanged(self, served: Served, tag: str | None) -> bool:
        """RFC 9110 section 13: If-None-Match goes before If-Modified-Since."""
        if not tag or not served.modified:
            return False
        asked = self.headers.get("If-None-Match")
        if asked is not None:
            tags = [t.strip().removeprefix("W/") for t in asked.split(",")]
            return "*" in tags or tag in tags
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            return parsedate_to_datetime(served.modified) <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False
