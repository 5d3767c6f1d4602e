"""HTTP server of the demo site, on loopback only.

Most responses have validators (ETag, Last-Modified), and conditional requests get 304 responses. Pages contain nothing
random and no current time.
"""

from __future__ import annotations

import hashlib
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType

from ingest.demo.site_pages import Expected, Served, expected, pages


class DemoSite:
    """Small news site on 127.0.0.1, as a context manager. `advance()` edits one page."""

    def __init__(self, port: int = 0, state: int = 1) -> None:
        """Bind to `port`; 0 selects a free port. Raises OSError if the port is in use."""
        self._lock = Lock()
        #: all answered requests: method, path with query, status
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
        """Port on which the site listens."""
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        """URL of the site, without a trailing slash."""
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
        """Switch to the second state: one page is edited, all others are unchanged."""
        with self._lock:
            self.state = 2
            self._pages = pages(self.base_url, 2)

    def expected(self) -> dict[str, Expected]:
        """Return the expected outcome of each listed URL."""
        return expected(self.base_url)

    def page(self, path: str) -> Served | None:
        """Return the response for a path, or None if the site has no page there."""
        with self._lock:
            return self._pages.get(path)

    def note(self, method: str, path: str, status: int) -> None:
        """Record one request."""
        with self._lock:
            self.requests.append((method, path, status))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    #: seconds after which an idle connection is closed
    timeout = 30
    demo: DemoSite

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing: only the command prints on the terminal."""

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
        """Return whether the validators of the request match; If-None-Match has precedence (RFC 9110 section 13)."""
        if not tag or not served.modified:
            return False
        none_match = self.headers.get("If-None-Match")
        if none_match is not None:
            tags = [t.strip().removeprefix("W/") for t in none_match.split(",")]
            return "*" in tags or tag in tags
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            return parsedate_to_datetime(served.modified) <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False
