"""One-off ingestion on the command line with real HTTP, real saved pages and WARC files, and a real store."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.config.data_files import defaults
from ingest.config.load import load
from ingest.pipeline.add_inputs import source_of
from ingest.pipeline.context import ONE_OFF
from ingest.schedule.lock import locked
from store import open_store, queries
from tests.support.command import run
from tests.support.small_site import SOURCES, SmallSite, page, rss

SEEDS = sorted((defaults() / "seeds").glob("0*.txt"))
FEATURE = SEEDS[1].read_text(encoding="utf-8").split("\n", 1)[1]


def suowen(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run one command in `folder` and return the completed process."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SUOWEN_")}
    return run(*arguments, cwd=folder, env=environment, stdin=stdin)


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite() as running:
        yield running


def working_folder(folder: Path, base: str) -> Path:
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "sources.yaml").write_text(SOURCES.format(base=base), encoding="utf-8")
    return folder


# --- loopback ----------------------------------------------------------------------------------------------------


def spellings(port: str) -> list[str]:
    hosts = (
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "127.0.0.2",
        "0.0.0.0",
    )
    return [f"http://{host}:{port}/a.html" for host in hosts]


def test_new_folder_allows_no_spelling_of_loopback(site: SmallSite, tmp_path: Path) -> None:
    """After `suowen init` no spelling of a loopback address lets a request reach a service of this machine."""
    site.pages["/a.html"] = page("两路派出所的枫桥路", FEATURE)
    port = site.base.rpartition(":")[2]
    assert suowen(tmp_path, "init", ".").returncode == 0
    urls = [*spellings(port), "http://127.0.0.1:8765/a.html", "http://2130706433:8765/", "http://0x7f.1/"]
    done = suowen(tmp_path, "add", "--json", *urls)
    outcomes = json.loads(done.stdout)["outcomes"]
    assert done.returncode == 3
    assert sum(site.asked.values()) == 0
    assert set(outcomes) == {"blocked-address"}, (outcomes, done.stderr.decode())


def test_loopback_is_allowed_for_the_origin_of_its_source_only(site: SmallSite, tmp_path: Path) -> None:
    """An enabled source on loopback allows its own scheme, host and port; other ports are refused."""
    site.pages["/a.html"] = page("两路派出所的枫桥路", FEATURE)
    with SmallSite() as other:
        other.pages["/a.html"] = page("两路派出所的枫桥路", FEATURE)
        working_folder(tmp_path, site.base)
        done = suowen(tmp_path, "add", "--json", f"{site.base}/a.html", f"{other.base}/a.html")
        assert json.loads(done.stdout)["outcomes"] == {"stored": 1, "blocked-address": 1}
        assert sum(other.asked.values()) == 0


def test_source_of_a_url(tmp_path: Path) -> None:
    """`source_of` returns the enabled source of the URL's site; on loopback only a source with the URL's origin.

    It returns ONE_OFF for any other URL, also if the site has a source that is disabled.
    """
    text = """
sources:
  - {name: shut, home: "http://127.0.0.1:8765/", list: [{feed: "http://127.0.0.1:8765/f"}], loopback: true, enabled: false}
  - {name: own, home: "http://127.0.0.1:9000/", list: [{feed: "http://127.0.0.1:9000/f"}], loopback: true}
  - {name: public, home: "https://www.example.cn/", list: [{feed: "https://www.example.cn/f"}]}
  - {name: idle, home: "https://www.example.com/", list: [{feed: "https://www.example.com/f"}], enabled: false}
"""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text(text, encoding="utf-8")
    config = load(tmp_path, {})
    for url, name in {
        "http://127.0.0.1:9000/x": "own",
        "http://127.0.0.1:9001/x": ONE_OFF.name,
        "http://127.0.0.1/x": ONE_OFF.name,
        "https://127.0.0.1:9000/x": ONE_OFF.name,
        "http://127.0.0.1:8765/x": ONE_OFF.name,
        "http://gaj.example.cn:8080/x": "public",
        "https://www.example.com/x": ONE_OFF.name,
        "file:///home/x.html": ONE_OFF.name,
    }.items():
        assert source_of(config, url).name == name, url


# --- saved pages and WARC files ----------------------------------------------------------------------------------


def added(folder: Path, *arguments: str, code: int = 0) -> dict[str, int]:
    done = suowen(folder, "add", "--json", *arguments)
    assert done.returncode == code, (done.stdout.decode(), done.stderr.decode())
    return dict(json.loads(done.stdout)["outcomes"])


def check_store(folder: Path) -> None:
    """Check that verify reports no problem and that warcio confirms every digest."""
    done = suowen(folder, "verify")
    assert done.returncode == 0, done.stdout.decode()
    files = [str(path) for path in (folder / "data" / "warc").glob("*.warc.gz")]
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", *files], capture_output=True, text=True, check=False
    )
    assert files and checked.returncode == 0 and "fail" not in checked.stdout.lower(), checked.stdout


def text_of(folder: Path, article: int = 1) -> str:
    with open_store(load(folder, {}).store_url()) as store:
        return queries.show(store, article).revision.content.text


HALVES = FEATURE[: FEATURE.index("\n", len(FEATURE) // 2)], FEATURE[FEATURE.index("\n", len(FEATURE) // 2) + 1 :]
MORE = '<div class="page"><a href="c_2201.html">1</a> <a href="c_2201_2.html">2</a> <a href="c_2201_2.html">下一页</a></div>'
BACK = (
    '<div class="page"><a href="c_2201.html">上一页</a> <a href="c_2201.html">1</a> <a href="c_2201_2.html">2</a></div>'
)


def foreign_warc(path: Path, pages: list[tuple[str, str, bytes, str]], *, one_piece: bool = False) -> Path:
    """Write a WARC file of responses (URL, date, body, type): plain, gzipped record by record, or gzipped whole."""
    packed = path.name.endswith(".gz")
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed and not one_piece)
        for url, date, body, kind in pages:
            head = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=io.BytesIO(body), http_headers=head, warc_headers_dict={"WARC-Date": date}
                )
            )
    if one_piece:
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


@pytest.mark.parametrize("name", ["页 面.html", "text.txt", "packed.html.gz"])
def test_saved_page_verifies(tmp_path: Path, name: str) -> None:
    """A saved page that states no address is stored and verified.

    Adding it again adds nothing, and adding it with a changed text makes a revision.
    """
    working_folder(tmp_path, "http://127.0.0.1:1")
    body = FEATURE.encode() if name.endswith(".txt") else page("两路派出所的枫桥路", FEATURE)
    (tmp_path / name).write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    assert added(tmp_path, name) == {"stored": 1}
    check_store(tmp_path)
    assert added(tmp_path, name) == {"known": 1}
    os.utime(tmp_path / name)
    assert added(tmp_path, name) == {"unchanged": 1}
    changed = body.replace("36.8平方公里".encode(), "37.2平方公里".encode())
    (tmp_path / name).write_bytes(gzip.compress(changed) if name.endswith(".gz") else changed)
    assert added(tmp_path, name) == {"revised": 1}
    assert "37.2平方公里" in text_of(tmp_path)
    check_store(tmp_path)


def crawled(site: SmallSite, folder: Path) -> Path:
    """Crawl the site (listing, robots.txt, one article of two pages) and return the only WARC file."""
    site.pages["/c_2201.html"] = page("两路派出所的枫桥路", HALVES[0], MORE)
    site.pages["/c_2201_2.html"] = page("两路派出所的枫桥路", HALVES[1], BACK)
    site.pages["/rss.xml"] = rss(site.base, {"/c_2201.html": "两路派出所的枫桥路"})
    done = suowen(working_folder(folder, site.base), "run", "small", "--json")
    assert json.loads(done.stdout)["outcomes"] == {"stored": 1}, done.stderr.decode()
    (file,) = (folder / "data" / "warc").glob("*.warc.gz")
    return file


def test_own_archive_adds_nothing(site: SmallSite, tmp_path: Path) -> None:
    """Adding a copy of the folder's own WARC file, twice, gives only the outcome "known" and appends no record."""
    file = crawled(site, tmp_path)
    copy = tmp_path / "copy.warc.gz"
    copy.write_bytes(file.read_bytes())
    for _ in range(2):
        assert added(tmp_path, "copy.warc.gz") == {"known": 1}
    assert file.read_bytes() == copy.read_bytes()
    check_store(tmp_path)


def test_archive_of_another_folder_is_added_without_the_site(site: SmallSite, tmp_path: Path) -> None:
    """A WARC file of another folder is stored as one article of two pages, without a request to the site.

    The listing and robots.txt in the file are skipped. If the file is added again, the article is known.
    """
    file = crawled(site, tmp_path / "theirs")
    whole = text_of(tmp_path / "theirs")
    ours = working_folder(tmp_path / "ours", "http://127.0.0.1:1")
    site.asked.clear()
    assert added(ours, str(file)) == {"stored": 1}
    assert text_of(ours) == whole
    assert added(ours, str(file)) == {"known": 1}
    assert sum(site.asked.values()) == 0
    check_store(ours)


def listed(folder: Path) -> list[str]:
    with open_store(load(folder, {}).store_url()) as store:
        return [row.url for row in queries.list_articles(store)]


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz", "one.warc.gz"])
@pytest.mark.parametrize("turned", [False, True])
def test_foreign_warc_of_a_two_page_article(tmp_path: Path, name: str, turned: bool) -> None:
    """Two pages of an article are joined, in either order in the WARC file and with any compression.

    Records that are not pages are skipped.
    """
    base = "http://news.invalid"
    records = [
        (f"{base}/robots.txt", "2026-11-01T08:00:00Z", b"User-agent: *\nDisallow:\n", "text/plain"),
        (f"{base}/rss.xml", "2026-11-01T08:00:01Z", rss(base, {"/c_2201.html": "一"}), "text/html"),
        (f"{base}/logo.png", "2026-11-01T08:00:02Z", b"\x89PNG\r\n\x1a\n" + bytes(50), "image/png"),
        (f"{base}/c_2201.html", "2026-11-01T08:00:03Z", page("两路派出所的枫桥路", HALVES[0], MORE), "text/html"),
        (f"{base}/c_2201_2.html", "2026-11-01T08:00:04Z", page("两路派出所的枫桥路", HALVES[1], BACK), "text/html"),
    ]
    folder = working_folder(tmp_path, "http://127.0.0.1:1")
    foreign_warc(folder / name, records[::-1] if turned else records, one_piece=name.startswith("one"))
    assert added(folder, name) == {"stored": 1}
    assert listed(folder) == [f"{base}/c_2201.html"]
    assert all(line.strip() in text_of(folder) for line in (HALVES[0].split("\n")[0], HALVES[1].split("\n")[-1]))
    assert added(folder, name) == {"known": 1}
    check_store(folder)


def test_older_capture_never_becomes_the_newest_text(tmp_path: Path) -> None:
    """The stored text is that of the newest capture of a page, in whatever order the captures are added.

    This holds for captures in one file and in several files.
    """
    folder, url = working_folder(tmp_path, "http://127.0.0.1:1"), "http://news.invalid/a.html"
    old = (url, "2026-11-01T08:00:00Z", page("两路派出所的枫桥路", FEATURE), "text/html")
    new = (
        url,
        "2026-11-09T08:00:00Z",
        page("两路派出所的枫桥路", FEATURE.replace("36.8平方", "37.2平方")),
        "text/html",
    )
    foreign_warc(folder / "new.warc.gz", [new])
    foreign_warc(folder / "old.warc.gz", [old])
    foreign_warc(folder / "turned.warc.gz", [new, old])
    assert added(folder, "new.warc.gz") == {"stored": 1}
    for name in ("old.warc.gz", "turned.warc.gz", "new.warc.gz", "old.warc.gz"):
        assert added(folder, name) == {"known": 1}, name
    assert "37.2平方" in text_of(folder)
    other = working_folder(tmp_path / "other", "http://127.0.0.1:1")
    foreign_warc(other / "turned.warc.gz", [new, old])
    foreign_warc(other / "straight.warc.gz", [old, new])
    added(other, "turned.warc.gz")
    assert "37.2平方" in text_of(other)
    third = working_folder(tmp_path / "third", "http://127.0.0.1:1")
    added(third, str(other / "straight.warc.gz"))
    assert "37.2平方" in text_of(third)


def test_damaged_warc_gives_its_whole_pages(tmp_path: Path) -> None:
    """The complete pages of a truncated file are stored, the damage has an outcome, and the exit code is 3."""
    folder = working_folder(tmp_path, "http://127.0.0.1:1")
    file = foreign_warc(
        folder / "x.warc.gz",
        [
            (
                f"http://news.invalid/{name}.html",
                "2026-11-01T08:00:00Z",
                page("两路派出所的枫桥路", FEATURE),
                "text/html",
            )
            for name in "ab"
        ],
    )
    file.write_bytes(file.read_bytes()[:-200])
    assert added(folder, "x.warc.gz", code=3) == {"stored": 1, "error": 1}


# --- lists -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["file", "stdin"])
def test_list_in_gb18030_with_bad_lines(site: SmallSite, tmp_path: Path, way: str) -> None:
    """For a GB18030 list, from a file or standard input, the JSON has the outcome of each URL and each bad line."""
    text = f"# 名单\n标题:某派出所 {site.base}/gone.html\nftp://example.cn/x\n{site.base}/gone.html\n".encode("gb18030")
    folder = working_folder(tmp_path, site.base)
    (folder / "list.txt").write_bytes(text)
    done = suowen(folder, "add", "--json", *(["--file", "list.txt"] if way == "file" else ["-"]), stdin=text)
    printed = json.loads(done.stdout)
    assert done.returncode == 3, done.stderr.decode()
    assert [(result["url"], result["outcome"]) for result in printed["results"]] == [(f"{site.base}/gone.html", "gone")]
    place = "list.txt" if way == "file" else "standard input"
    assert [(line["place"], line["line"]) for line in printed["bad"]] == [(place, 3), (place, 4)]


def test_arguments_that_are_neither_url_nor_file(tmp_path: Path) -> None:
    """A very long word, a folder and an empty argument are each reported as bad, without a traceback."""
    done = suowen(working_folder(tmp_path, "http://127.0.0.1:1"), "add", "--json", "x" * 300, "config", "")
    assert done.returncode == 3 and b"Traceback" not in done.stderr
    assert len(json.loads(done.stdout)["bad"]) == 3 and b"is a folder" in done.stderr


def test_failed_file_is_named(tmp_path: Path) -> None:
    """The message about a saved page without an article names its file. The other file is added."""
    for name, text in (("empty.html", "<p>"), ("good.html", f"<h1>渡口的灯</h1><p>{FEATURE}</p>")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    home = working_folder(tmp_path / "home", "http://127.0.0.1:1")
    done = run("add", tmp_path / "empty.html", tmp_path / "good.html", "--home", home)
    out = done.stdout.decode()
    assert done.returncode == 3 and "too-short: empty.html: " in out and "a new article" in out
    assert str(tmp_path) not in out


def test_data_is_private_whatever_the_umask(tmp_path: Path) -> None:
    """Even with umask 0, other users have no access to data/, its files, a backup, or a restored data/."""
    working_folder(tmp_path, "http://127.0.0.1:1")
    (tmp_path / "a.html").write_bytes(page("两路派出所的枫桥路", FEATURE))
    (again := tmp_path / "again").mkdir()
    working_folder(again, "http://127.0.0.1:1")
    before = os.umask(0)
    try:
        assert added(tmp_path, "a.html") == {"stored": 1}
        assert suowen(tmp_path, "backup", str(tmp_path / "all.tar")).returncode == 0
        assert suowen(again, "restore", str(tmp_path / "all.tar")).returncode == 0
        with locked(tmp_path / "data", "owner"):
            pass
    finally:
        os.umask(before)
    folders = (tmp_path / "data", again / "data")
    paths = [tmp_path / "all.tar", *folders, *(path for folder in folders for path in folder.rglob("*"))]
    assert {"serve.lock", "suowen.db"} <= {path.name for path in paths}
    assert {path.name: oct(path.stat().st_mode) for path in paths if path.stat().st_mode & 0o077} == {}


def test_saved_pages_leave_no_path(tmp_path: Path) -> None:
    """The address of a saved page is that of --url or of the browser's comment "saved from url".

    The output of `list` and `export` does not contain the path of the file.
    """
    working_folder(tmp_path, "http://127.0.0.1:1")
    folder = tmp_path / "canary"
    folder.mkdir()
    body = page("两路派出所的枫桥路", FEATURE)
    saved = {
        "a.html": b"<!-- saved from url=(0027)http://news.example.cn/1.html -->" + body,
        "b.html": body,
        "c.html": body.replace("36.8平方公里".encode(), "37.2平方公里".encode()),
    }
    for name, content in saved.items():
        (folder / name).write_bytes(content)
    assert added(tmp_path, "canary/a.html") == {"stored": 1}
    assert added(tmp_path, "canary/b.html") == {"known": 1}
    assert added(tmp_path, "canary/b.html", "--url", "http://other.example.cn/2.html") == {"repost": 1}
    assert suowen(tmp_path, "add", "canary/a.html", "canary/b.html", "--url", "http://e.cn/").returncode == 2
    added(tmp_path, "canary/c.html")
    assert suowen(tmp_path, "export", "out", "--format", "jsonl").returncode == 0
    exported = (tmp_path / "out" / "articles.jsonl").read_text(encoding="utf-8")
    listed = suowen(tmp_path, "list", "--json").stdout.decode()
    assert "http://news.example.cn/1.html" in exported
    assert "http://news.example.cn/1.html" in listed and "http://other.example.cn/2.html" in listed
    assert "canary" not in listed + exported
