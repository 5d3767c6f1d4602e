"""WARC files for backfills, with pages about police stations among other pages, and a server of byte ranges."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.support.runs import SEEDS
from tests.support.small_site import page

BEGIN = datetime(2021, 5, 1, 8, tzinfo=UTC)
NEWS = "春天里的菜市场很热闹,小贩在街边卖菜。孩子们放学回家,厨房飘出饭香。\n市民李女士说,新建的公园让她感到高兴。"


def feature(number: int) -> str:
    """Return a seed feature with another station name and one more paragraph; each number results in another story."""
    text = SEEDS[number % len(SEEDS)].read_text(encoding="utf-8").split("\n", 1)[1]
    unit = "".join(chr(0x4E00 + 37 * (number + 11) * n % 20_000) for n in range(1, 80))
    return text.replace("派出所", f"{unit[:2]}派出所") + f"\n第{number}篇手记:{unit}。"


def feature_page(number: int) -> bytes:
    """Return a page that contains feature `number`."""
    return page(f"守着第{number}盏灯的派出所民警", feature(number))


def other_page(number: int) -> bytes:
    """Return a page about a market, without any word of the topic."""
    return page(f"菜市场的第{number}个清晨", NEWS * 3)


def write_warc(path: Path, rows: Sequence[tuple[str, bytes]], *, begin: datetime = BEGIN, packed: bool = True) -> Path:
    """Write the pages (URL, body) to a WARC file, as pairs of request and response, dated one minute apart.

    The file is gzipped if `packed` is true. Returns its path.
    """
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        for number, (url, body) in enumerate(rows):
            date = (begin + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            response = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=head, warc_headers_dict={"WARC-Date": date}
            )
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
            request = writer.create_warc_record(
                url, "request", http_headers=asked, warc_headers_dict={"WARC-Date": date}
            )
            writer.write_request_response_pair(request, response)
    return path


def mixed(count: int, every: int, first: int = 0) -> list[tuple[str, bytes]]:
    """Return (URL, body) of `count` pages, numbered from `first`; one page in `every` pages is a feature."""
    return [
        (
            f"http://news{n % 3}.example.cn/2021/{n}.html",
            feature_page(n) if n % every == every - 1 else other_page(n),
        )
        for n in range(first, first + count)
    ]


class RangeServer(ThreadingHTTPServer):
    """Server of the files of a folder, with byte ranges.

    `mode` changes the answer to a range request: "hang" delays it by 60 s, "cut" sends half of it, and "whole" sends
    the complete file.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.mode, self.requests = folder, "", 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RangeServer

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.server.requests += 1
        path = self.server.folder / self.path.lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        data, given = path.read_bytes(), self.headers.get("Range")
        if self.server.mode == "hang" and given:
            time.sleep(60)
        whole = len(data)
        if given and self.server.mode != "whole":
            first, _, last = given.removeprefix("bytes=").partition("-")
            end = min(int(last) + 1 if last else whole, whole)
            data = data[int(first) : end]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{whole}")
        else:
            self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data[: len(data) // 2] if self.server.mode == "cut" and given else data)
            if self.server.mode == "cut" and given:
                self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def range_server(folder: Path) -> Iterator[RangeServer]:
    """Yield a server of a folder on loopback; it is stopped afterwards."""
    server = RangeServer(folder)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
