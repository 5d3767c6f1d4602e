"""read, judge, facts, cluster as a program calls them: real files, real processes, bad input named."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from ingest.config.data_files import data_file, defaults
from tests.support.command import told as run

SEEDS = sorted((defaults() / "seeds").glob("0*.txt"))
PAGE = """<html><head><meta charset="utf-8"><title>派出所裡的燈火</title></head><body><h1>派出所裡的燈火</h1>
<p>2026-11-20 來源：臺灣日報</p><div class="content"><p>清晨六點，派出所的員警已經在轄區巡邏，老人們都認得他。乾隆年間的石橋邊，
他一站就是二十年，風雨無阻。</p><p>今年以來，這個派出所共接獲警情一千二百餘件，同比下降百分之九點五，轄區民眾的安全感維持在百分之
九十八以上。</p><p>所長說，這個時候最難的不是破案，是讓鄉親們開口。他對門的老會計過了半個月才肯說話，後來還當了調解員。</p></div>
</body></html>"""


def test_facts_of_a_text_count_into_the_file() -> None:
    """Offsets are those of the file as it stands, character for character."""
    done = run("facts", *map(str, SEEDS), "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(rows) == 5
    for path, row in zip(SEEDS, rows, strict=True):
        text = path.read_text(encoding="utf-8")
        assert row["path"] == str(path) and row["facts"]
        assert all(text[fact["start"] : fact["end"]] == fact["quote"] for fact in row["facts"])


def test_judge_prints_what_a_scorer_reads() -> None:
    """{"path", "ruling", "score", "reasons"} a line; the examples are features."""
    rows = [json.loads(line) for line in run("classify", *map(str, SEEDS), "--json").stdout.splitlines()]
    assert [row["ruling"] for row in rows] == ["feature"] * 5
    assert all(row["reasons"] and 0 <= row["score"] <= 1 for row in rows)


def test_read_takes_gzip_and_simplifies_when_asked(tmp_path: Path) -> None:
    """Traditional script is kept as written, or converted word by word."""
    path = tmp_path / "a.html.gz"
    path.write_bytes(gzip.compress(PAGE.encode()))
    kept = json.loads(run("extract", str(path), "--json").stdout)
    assert kept["title"] == "派出所裡的燈火" and kept["source"] == "臺灣日報" and kept["published"][:10] == "2026-11-20"
    assert "轄區巡邏" in kept["text"]
    simple = json.loads(run("extract", str(path), "--json", "--simplify").stdout)
    assert simple["title"] == "派出所里的灯火" and "辖区巡逻" in simple["text"]
    assert "乾隆年间" in simple["text"], "a word that keeps its character in simplified script keeps it"


def test_one_bad_file_is_named_and_the_rest_done(tmp_path: Path) -> None:
    """A missing file, a picture and an error page are each one line; the good one is printed; exit code 3."""
    good, picture = tmp_path / "a.html", tmp_path / "b.html"
    good.write_text(PAGE, encoding="utf-8")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 400)
    done = run("extract", str(tmp_path / "none.html"), str(picture), str(good), "--json")
    assert done.returncode == 3
    assert "none.html" in done.stderr and "b.html" in done.stderr and "Traceback" not in done.stderr
    assert any(json.loads(line).get("title") for line in done.stdout.splitlines())


def test_cluster_names_the_bad_line(tmp_path: Path) -> None:
    """A line that is no JSON object with id and text is named with file and number; exit code 2."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "title": "", "text": "x"}\n{"id": "b"}\n', encoding="utf-8")
    done = run("cluster", str(path), "--json")
    assert done.returncode == 2 and f"{path}:2" in done.stderr and "Traceback" not in done.stderr


def test_cluster_puts_copies_together(tmp_path: Path) -> None:
    """The same text twice is one cluster, another text another."""
    one, two = (path.read_text(encoding="utf-8") for path in SEEDS[:2])
    rows = [
        {"id": "a", "title": "", "text": one},
        {"id": "b", "title": "", "text": "来源:某网\n" + one},
        {"id": "c", "title": "", "text": two},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = {
        row["id"]: row["cluster"] for row in map(json.loads, run("cluster", str(path), "--json").stdout.splitlines())
    }
    assert found["a"] == found["b"] != found["c"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a topic of its own, a source with a rule, and a short deadline."""
    (tmp_path / "config" / "topics").mkdir(parents=True)
    topic = data_file("topics/police-station.yaml").decode().replace("name: police-station", "name: mine")
    (tmp_path / "config" / "topics" / "mine.yaml").write_text(topic, encoding="utf-8")
    (tmp_path / "config" / "settings.yaml").write_text("topic: mine\nworkers: {deadline: 4}\n", encoding="utf-8")
    (tmp_path / "config" / "sources.yaml").write_text(
        "sources: [{name: one, home: 'https://one.cn/', list: [{feed: 'https://one.cn/a'}], extract: {title: h3.own}}]\n",
        encoding="utf-8",
    )
    return tmp_path


def test_a_working_folder_s_topic_and_rules_hold(folder: Path) -> None:
    """With --home the verdict names that folder's topic, --source reads by that source's rules; without, as shipped."""
    seed, page = str(SEEDS[0]), folder / "a.html"
    page.write_text(PAGE.replace("<div", "<h3 class=own>老街上的那盏灯一直亮着</h3><div"), encoding="utf-8")
    home = ("--home", str(folder))
    assert json.loads(run("classify", seed, "--json", *home).stdout)["topic"].startswith("mine@")
    assert json.loads(run("classify", seed, "--json").stdout)["topic"].startswith("police-station@")
    assert json.loads(run("extract", str(page), "--json", *home).stdout)["title"] == "派出所裡的燈火"
    assert (
        json.loads(run("extract", str(page), "--json", "--source", "one", *home).stdout)["title"]
        == "老街上的那盏灯一直亮着"
    )
    assert "no such source" in run("extract", str(page), "--source", "two", *home).stderr


def test_a_file_that_hangs_its_reader_is_killed(folder: Path) -> None:
    """A reader that never comes back (here of a pipe nobody writes to) is killed at its deadline, the rest is done."""
    os.mkfifo(folder / "b.txt")
    done = run("classify", str(folder / "b.txt"), str(SEEDS[0]), "--json", "--home", str(folder))
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 3 and first["outcome"] == "quarantined" and second["ruling"] == "feature"


def test_every_file_has_its_row(tmp_path: Path) -> None:
    """What does not decode, is no text, or is not there has a JSON row as well, in the order asked for."""
    (tmp_path / "a.html").write_bytes(b"<p>\xff\xff\xff\xff\x81\x00" * 200)
    (tmp_path / "b.docx").write_bytes(b"PK\x03\x04" + b"word/document.xml " * 50)
    (tmp_path / "c.txt").write_bytes(b"plain \x01\x02\x03\x04" * 50)
    for command, name in (("extract", "a.html"), ("classify", "b.docx"), ("facts", "c.txt")):
        done = run(command, str(tmp_path / name), str(tmp_path / "none.txt"), "--json")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 3 and [row["outcome"] for row in rows] == ["undecodable", "error"], done.stdout
        assert rows[0]["path"] == str(tmp_path / name) and name in done.stderr and "Traceback" not in done.stderr


def test_cluster_keeps_ids_as_they_are(tmp_path: Path) -> None:
    """1 and "1" are two ids, each told as it was given; gzip is read."""
    one, two = (path.read_text(encoding="utf-8") for path in SEEDS[:2])
    rows = [{"id": 1, "text": one}, {"id": "1", "text": two}, {"id": 2, "text": one + "\n完"}]
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    told = [json.loads(line) for line in run("cluster", str(path), "--json").stdout.splitlines()]
    found = {(type(row["id"]), row["id"]): row["cluster"] for row in told}
    assert len(told) == 3 and found[int, 1] == found[int, 2] and found[str, "1"] == "1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n', 'rows.jsonl:2: the id "a" is that of line 1'),
        (b'{"id": "a", "text": "x"}\n\xff\xfe\x00\n', "rows.jsonl:2: no UTF-8 text"),
        (b"\x1f\x8b\x08\x00rubbish", "rows.jsonl: cannot be read"),
        (b'{"id": null, "text": "x"}', "rows.jsonl:1: not a JSON object"),
        (b"[" * 100_000, "rows.jsonl:1: not a JSON"),
    ],
)
def test_cluster_refuses_with_a_place(tmp_path: Path, content: bytes, said: str) -> None:
    """A repeated id, binary data, damaged gzip, an id that is none: exit code 2, file and line, no traceback."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    done = run("cluster", str(path))
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, done.stderr
