"""read, judge, facts, cluster as a program calls them: real files, real processes, bad input named."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from ingest.config import defaults

SEEDS = sorted((defaults() / "seeds").glob("0*.txt"))
PAGE = """<html><head><meta charset="utf-8"><title>派出所裡的燈火</title></head><body><h1>派出所裡的燈火</h1>
<p>2026-11-20 來源：臺灣日報</p><div class="content"><p>清晨六點，派出所的員警已經在轄區巡邏，老人們都認得他。乾隆年間的石橋邊，
他一站就是二十年，風雨無阻。</p><p>今年以來，這個派出所共接獲警情一千二百餘件，同比下降百分之九點五，轄區民眾的安全感維持在百分之
九十八以上。</p><p>所長說，這個時候最難的不是破案，是讓鄉親們開口。他對門的老會計過了半個月才肯說話，後來還當了調解員。</p></div>
</body></html>"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ingest", *arguments], capture_output=True, text=True, timeout=100,
                          check=False)  # fmt: skip


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
    rows = [json.loads(line) for line in run("judge", *map(str, SEEDS), "--json").stdout.splitlines()]
    assert [row["ruling"] for row in rows] == ["feature"] * 5
    assert all(row["reasons"] and 0 <= row["score"] <= 1 for row in rows)


def test_read_takes_gzip_and_simplifies_when_asked(tmp_path: Path) -> None:
    """Traditional script is kept as written, or converted word by word."""
    path = tmp_path / "a.html.gz"
    path.write_bytes(gzip.compress(PAGE.encode()))
    kept = json.loads(run("read", str(path), "--json").stdout)
    assert kept["title"] == "派出所裡的燈火" and kept["source"] == "臺灣日報" and kept["published"][:10] == "2026-11-20"
    assert "轄區巡邏" in kept["text"]
    simple = json.loads(run("read", str(path), "--json", "--simplify").stdout)
    assert simple["title"] == "派出所里的灯火" and "辖区巡逻" in simple["text"]
    assert "乾隆年间" in simple["text"], "a word that keeps its character in simplified script keeps it"


def test_one_bad_file_is_named_and_the_rest_done(tmp_path: Path) -> None:
    """A missing file, a picture and an error page are each one line; the good one is printed; exit code 3."""
    good, picture = tmp_path / "a.html", tmp_path / "b.html"
    good.write_text(PAGE, encoding="utf-8")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 400)
    done = run("read", str(tmp_path / "none.html"), str(picture), str(good), "--json")
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
    rows = [{"id": "a", "title": "", "text": one}, {"id": "b", "title": "", "text": "来源:某网\n" + one},
            {"id": "c", "title": "", "text": two}]  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = {row["id"]: row["cluster"] for row in map(json.loads, run("cluster", str(path), "--json").stdout.splitlines())}
    assert found["a"] == found["b"] != found["c"]
