"""Tests of the commands extract, classify, facts and cluster with real files, real processes and bad input."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from ingest.cli import try_files
from ingest.config.data_files import data_file, defaults
from ingest.config.settings import WorkerSettings
from tests.support.command import run_text

SEEDS = sorted((defaults() / "seeds").glob("0*.txt"))
PAGE = """<html><head><meta charset="utf-8"><title>派出所裡的燈火</title></head><body><h1>派出所裡的燈火</h1>
<p>2026-11-20 來源：臺灣日報</p><div class="content"><p>清晨六點，派出所的員警已經在轄區巡邏，老人們都認得他。乾隆年間的石橋邊，
他一站就是二十年，風雨無阻。</p><p>今年以來，這個派出所共接獲警情一千二百餘件，同比下降百分之九點五，轄區民眾的安全感維持在百分之
九十八以上。</p><p>所長說，這個時候最難的不是破案，是讓鄉親們開口。他對門的老會計過了半個月才肯說話，後來還當了調解員。</p></div>
</body></html>"""


def test_offsets_of_facts_refer_to_the_file() -> None:
    """Offsets of facts count the characters of the unchanged file."""
    done = run_text("facts", *map(str, SEEDS), "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(rows) == 5
    for path, row in zip(SEEDS, rows, strict=True):
        text = path.read_text(encoding="utf-8")
        assert row["path"] == str(path) and row["facts"]
        assert all(text[fact["start"] : fact["end"]] == fact["quote"] for fact in row["facts"])


def test_classify_prints_json_lines() -> None:
    """Each line has ruling, score and reasons; the example texts are ruled feature."""
    rows = [json.loads(line) for line in run_text("classify", *map(str, SEEDS), "--json").stdout.splitlines()]
    assert [row["ruling"] for row in rows] == ["feature"] * 5
    assert all(row["reasons"] and 0 <= row["score"] <= 1 for row in rows)


def test_extract_reads_gzip_and_simplifies(tmp_path: Path) -> None:
    """A gzipped page is read; its traditional characters stay as written, or are converted with --simplify."""
    path = tmp_path / "a.html.gz"
    path.write_bytes(gzip.compress(PAGE.encode()))
    kept = json.loads(run_text("extract", str(path), "--json").stdout)
    assert kept["title"] == "派出所裡的燈火" and kept["source"] == "臺灣日報" and kept["published"][:10] == "2026-11-20"
    assert "轄區巡邏" in kept["text"]
    simple = json.loads(run_text("extract", str(path), "--json", "--simplify").stdout)
    assert simple["title"] == "派出所里的灯火" and "辖区巡逻" in simple["text"]
    assert "乾隆年间" in simple["text"], "a word that keeps its character in simplified script keeps it"


def test_bad_files_are_reported_and_the_rest_processed(tmp_path: Path) -> None:
    """A missing file and a picture are reported, and the good file is printed. The exit code is 3."""
    good, picture = tmp_path / "a.html", tmp_path / "b.html"
    good.write_text(PAGE, encoding="utf-8")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 400)
    done = run_text("extract", str(tmp_path / "none.html"), str(picture), str(good), "--json")
    assert done.returncode == 3
    assert "none.html" in done.stderr and "b.html" in done.stderr and "Traceback" not in done.stderr
    assert any(json.loads(line).get("title") for line in done.stdout.splitlines())


def test_bug_with_one_file_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A file that triggers a bug is reported and the others are processed (exit code 3).

    The traceback is logged.
    """
    caplog.set_level("INFO")
    paths = [tmp_path / name for name in ("a.txt", "b.txt", "c.txt")]

    def process(workers: object, path: Path) -> str:
        return {"a.txt": "one", "c.txt": "three"}[path.name]

    with pytest.raises(SystemExit) as ended:
        try_files._process_files(paths, WorkerSettings(), process, lambda path, found: print(found), as_json=False)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out.split()) == (3, ["one", "three"])
    assert "b.txt: a bug in processing it: KeyError: 'b.txt' (error)" in printed.err and "Traceback" in caplog.text


def test_cluster_reports_a_bad_line(tmp_path: Path) -> None:
    """A line that is not a JSON object with id and text is reported with file and line number.

    The other lines are processed, and the exit code is 3.
    """
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "title": "", "text": "x"}\n{"id": "b"}\n', encoding="utf-8")
    done = run_text("cluster", str(path), "--json")
    assert done.returncode == 3 and f"{path}:2" in done.stderr and "Traceback" not in done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"id": "a", "cluster": "a"}]


def test_cluster_puts_copies_together(tmp_path: Path) -> None:
    """A text and its copy with a source line are one cluster; another text is a second cluster."""
    first, second = (path.read_text(encoding="utf-8") for path in SEEDS[:2])
    rows = [
        {"id": "a", "title": "", "text": first},
        {"id": "b", "title": "", "text": "来源:某网\n" + first},
        {"id": "c", "title": "", "text": second},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = {
        row["id"]: row["cluster"]
        for row in map(json.loads, run_text("cluster", str(path), "--json").stdout.splitlines())
    }
    assert found["a"] == found["b"] != found["c"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a working folder with its own topic, a source with extraction rules, and a short deadline."""
    (tmp_path / "config" / "topics").mkdir(parents=True)
    topic = data_file("topics/police-station.yaml").decode().replace("name: police-station", "name: mine")
    (tmp_path / "config" / "topics" / "mine.yaml").write_text(topic, encoding="utf-8")
    (tmp_path / "config" / "settings.yaml").write_text("topic: mine\nworkers: {deadline: 4}\n", encoding="utf-8")
    (tmp_path / "config" / "sources.yaml").write_text(
        "sources: [{name: one, home: 'https://one.cn/', list: [{feed: 'https://one.cn/a'}], extract: {title: h3.own}}]\n",
        encoding="utf-8",
    )
    return tmp_path


def test_topic_and_rules_of_a_working_folder_are_used(folder: Path) -> None:
    """--home selects the topic of the folder, --source the extraction rules of the source.

    By default the shipped topic and rules are used.
    """
    seed, page = str(SEEDS[0]), folder / "a.html"
    page.write_text(PAGE.replace("<div", "<h3 class=own>老街上的那盏灯一直亮着</h3><div"), encoding="utf-8")
    home = ("--home", str(folder))
    assert json.loads(run_text("classify", seed, "--json", *home).stdout)["topic"].startswith("mine@")
    assert json.loads(run_text("classify", seed, "--json").stdout)["topic"].startswith("police-station@")
    assert json.loads(run_text("extract", str(page), "--json", *home).stdout)["title"] == "派出所裡的燈火"
    assert (
        json.loads(run_text("extract", str(page), "--json", "--source", "one", *home).stdout)["title"]
        == "老街上的那盏灯一直亮着"
    )
    assert "no such source" in run_text("extract", str(page), "--source", "two", *home).stderr


def test_worker_that_hangs_is_killed(folder: Path) -> None:
    """A hanging worker (it reads a pipe without a writer) is killed at its deadline; the other files are processed."""
    os.mkfifo(folder / "b.txt")
    done = run_text("classify", str(folder / "b.txt"), str(SEEDS[0]), "--json", "--home", str(folder))
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 3 and first["outcome"] == "quarantined" and second["ruling"] == "feature"


def test_every_file_has_a_json_row(tmp_path: Path) -> None:
    """Missing files, undecodable files and files without text have a JSON row too, in the order of the arguments."""
    (tmp_path / "a.html").write_bytes(b"<p>\xff\xff\xff\xff\x81\x00" * 200)
    (tmp_path / "b.docx").write_bytes(b"PK\x03\x04" + b"word/document.xml " * 50)
    (tmp_path / "c.txt").write_bytes(b"plain \x01\x02\x03\x04" * 50)
    for command, name, outcome in (
        ("extract", "a.html", "undecodable"),
        ("classify", "b.docx", "not-html"),
        ("facts", "c.txt", "undecodable"),
    ):
        done = run_text(command, str(tmp_path / name), str(tmp_path / "none.txt"), "--json")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 3 and [row["outcome"] for row in rows] == [outcome, "error"], done.stdout
        assert rows[0]["path"] == str(tmp_path / name) and name in done.stderr and "Traceback" not in done.stderr


def test_facts_are_explained(tmp_path: Path) -> None:
    """--explain prints each quote that a rule matched or rejected, with rule and reason, as a table or as JSON."""
    path = tmp_path / "a.txt"
    path.write_text("派出所现有民警35人。每班6名民警值守。", encoding="utf-8")
    (row,) = map(json.loads, run_text("facts", str(path), "--explain", "--json").stdout.splitlines())
    assert [(one["quote"], one["taken"], one["rule"].partition("@")[0]) for one in row["explained"]] == [
        ("现有民警35人", True, "force.stated"),
        ("6名民警", False, "force.on-duty"),
    ]
    shown = run_text("facts", str(path), "--explain").stdout
    assert "force.on-duty" in shown and "a shift, a patrol or reinforcements" in shown


def test_cluster_needs_a_file_or_the_store(tmp_path: Path) -> None:
    """`cluster` with neither FILE nor --store, with both, or with FILE and --dry-run is a usage error."""
    path = tmp_path / "rows.jsonl"
    path.write_text("", encoding="utf-8")
    for arguments in ((), (str(path), "--store"), (str(path), "--dry-run")):
        done = run_text("cluster", *arguments)
        assert done.returncode == 2 and "cluster" in done.stderr


def test_cluster_keeps_the_type_of_ids(tmp_path: Path) -> None:
    """The ids 1 and "1" are different ids and keep their types; gzip input is accepted."""
    first, second = (path.read_text(encoding="utf-8") for path in SEEDS[:2])
    rows = [{"id": 1, "text": first}, {"id": "1", "text": second}, {"id": 2, "text": first + "\n完"}]
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    rows_out = [json.loads(line) for line in run_text("cluster", str(path), "--json").stdout.splitlines()]
    found = {(type(row["id"]), row["id"]): row["cluster"] for row in rows_out}
    assert len(rows_out) == 3 and found[int, 1] == found[int, 2] and found[str, "1"] == "1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n', 'rows.jsonl:2: line 1 has the same id "a"'),
        (b'{"id": "a", "text": "x"}\n\xff\xfe\x00\n', "rows.jsonl:2: not UTF-8 text"),
        (b"\x1f\x8b\x08\x00rubbish", "rows.jsonl: cannot be read"),
        (b'{"id": null, "text": "x"}', "rows.jsonl:1: not a JSON object"),
        (b"[" * 100_000, "rows.jsonl:1: not a JSON"),
    ],
)
def test_cluster_reports_the_place_of_bad_input(tmp_path: Path, content: bytes, message: str) -> None:
    """A line with a repeated id, binary data or an invalid id is skipped and reported with file and line (exit code 3).

    Damaged gzip data ends the command with exit code 2.
    """
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    done = run_text("cluster", str(path))
    assert done.returncode == (2 if "cannot be read" in message else 3)
    assert done.stdout == ("a\ta\n" if content.startswith(b'{"id": "a"') else "")
    assert message in done.stderr and "Traceback" not in done.stderr, done.stderr
