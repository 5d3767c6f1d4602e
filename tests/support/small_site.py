"""HTTP server on loopback with pages set by a test, ETags and counted requests."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from ingest.pipeline_types import Outcome

PAGE = """<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>{title}_示例网</title></head>
<body><div class="nav"><a href="/">首页</a> <a href="/news/">新闻</a></div>
<h1>{title}</h1><div class="info">2026-11-20 09:30 来源:示例日报 责任编辑:张三</div>
<div class="article" id="content">
{body}
</div>{more}<div class="footer">版权所有 示例网</div></body></html>"""

#: sources.yaml with the site at {base} as its only source
SOURCES = """
sources:
  - name: small
    home: {base}/
    list:
      - feed: {base}/rss.xml
    delay: 0
    loopback: true
"""


def page(title: str, text: str, more: str = "") -> bytes:
    """Return an article page of the site with one paragraph per line of `text`."""
    body = "\n".join(f"<p>{line}</p>" for line in text.split("\n"))
    return PAGE.format(title=title, body=body, more=more).encode()


def rss(base: str, entries: dict[str, str]) -> bytes:
    """Return a feed with the given entries (titles by path)."""
    items = "".join(f"<item><title>{title}</title><link>{base}{path}</link></item>" for path, title in entries.items())
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>t</title>'
    return f"{head}{items}</channel></rss>".encode()


class NullProgress:
    """Progress listener that does nothing."""

    def planned(self, candidates: int) -> None: ...

    def done(self, outcome: Outcome) -> None: ...

    def listed(self, source: str, candidates: int, error: str | None) -> None: ...


class SmallSite:
    """Server of `pages` (bodies or status codes by path) on a free port of `host`.

    `asked` has the number of requests by path.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, bytes | int] = {"/robots.txt": b"User-agent: *\nDisallow: /private/\n"}
        self.asked: Counter[str] = Counter()
        #: paths served without a Content-Length, so that the body ends with the connection
        self.open_ended: set[str] = set()
        #: targets of redirects by path
        self.redirects: dict[str, str] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked[self.path] += 1
                if target := site.redirects.get(self.path):
                    self.send_response(301)
                    self.send_header("Location", target)
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                found = site.pages.get(self.path, 404)
                if isinstance(found, int):
                    return self._answer(found, b"")
                tag = f'"{hashlib.sha256(found).hexdigest()[:16]}"'
                if self.headers.get("If-None-Match") == tag:
                    return self._answer(304, b"", tag)
                return self._answer(200, found, tag)

            def _answer(self, status: int, body: bytes, tag: str | None = None) -> None:
                self.send_response(status)
                if tag:
                    self.send_header("ETag", tag)
                kind = "application/xml" if self.path.endswith(".xml") else "text/html; charset=utf-8"
                self.send_header("Content-Type", kind)
                if self.path in site.open_ended:
                    self.send_header("Connection", "close")
                elif status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://{host}:{self._server.server_port}"

    def __enter__(self) -> SmallSite:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
