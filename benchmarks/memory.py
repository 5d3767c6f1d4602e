"""Peak memory of every command that reads or writes the store, for growing stores.

    python benchmarks/memory.py                              stores of 5,000 and 50,000 articles of 700 characters
    python benchmarks/memory.py --articles 5000 200000 --only "diff 0" stations
    python benchmarks/memory.py --folder kept                creates the stores there, or measures the existing ones

Each store is a working folder, filled as in benchmarks/append.py in batches of 1,000. Further batches of 1,000 append a
history: every article gets other facts (its station as its subject, with a figure), every tenth a revision, every tenth
another verdict. Each command runs in its own process; the printed peak is the `ru_maxrss` of this process. If the
columns of a command are equal, its memory does not depend on the size of the store. Commands that do not end within
--seconds are marked. The archive files do not exist. `verify` and `replay` therefore report every file as missing,
which is their longest output.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from append import fill
from synthetic_articles import NOW

from store import Store, open_store
from store.queries import article_ids, last_commit
from store.records import Article, Fact, Verdict

#: number of articles per batch
_BATCH = 1000
#: measured commands; `{out}` is a new folder, `{file}` a saved page, `{old}` the last commit before the appended
#: history, `{last}` the last commit
COMMANDS = (
    "sources", "list", "list --json --limit 100000", "list --at {old} --ruling brief", "show 1 --json",
    "log", "log --json --limit 100000", "diff 0 {old}", "diff {old} {last}", "diff 0 {last} --json",
    "diff {old} {last} --json", "diff 1 1 1", "search 井口", "search 派出所 --json --limit 100", "stations",
    "stations --json", "stations --at {old}", "station 石桥派出所 --json", "changes", "changes --json",
    "changes --since {old} --json", "story 1", "verify", "export {out} --format seeds", "export {out} --format jsonl",
    "export {out} --format csv", "export {out} --table facts --format csv", "export {out} --table facts --format xlsx",
    "export {out} --table facts --format parquet", "export {out} --format duckdb", "export {out} --format parquet", "export {out} --format delta",
    "export {out} --format delta --since {old}", "export {out} --format jsonl --since {old} --ruling all",
    "backup {out}", "archive --check", "replay --dry-run --classify", "replay --dry-run", "digest --date 2026-01-01",
    "fact confirm 1.0", "add {file}", "reindex",
)  # fmt: skip
PAGE = (
    "<html><head><title>{0}</title></head><body><h1>{0}</h1>" + "<p>清晨六点,井口派出所民警已经在辖区走访。"
    "所里有民警35人,下辖11个社区,去年调解纠纷120起。</p>" * 8 + "</body></html>"
).format("井口派出所的一天")


def append_history(store: Store, count: int) -> None:
    """Append facts, revisions and verdicts for the first `count` articles."""
    for first in range(1, count + 1, _BATCH):
        with store.database.read() as db:
            rows = db.exec_driver_sql(
                "SELECT r.id, a.id AS article, a.url, r.title, r.text FROM articles a JOIN revisions r "
                f"ON r.article = a.id AND r.number = 1 WHERE a.id BETWEEN {first} AND {first + _BATCH - 1}"
            ).all()
        with store.batch(at=NOW, program="bench", rules={"read": "2"}) as batch:
            for revision, article, url, title, text in rows:
                batch.facts(revision, _facts(text, article))
                if article % 10 == 1:
                    changed = Article(url, title, text + "\n编后:平安是福。", NOW, published="2026-01-01", source="报")
                    batch.facts(batch.article(changed, "bench", None).revision, _facts(text, article))
                if article % 10 == 2:
                    batch.verdict(revision, Verdict("brief", 0.5, ("短",), "police-station@2"))


def _facts(text: str, article: int) -> tuple[Fact, ...]:
    """Return two facts: the station as the article's subject, in one of two districts, and its number of officers."""
    station = text[: text.index("派出所") + 3]
    place = {"city": f"市{article % 2}", "district": f"县{article % 2}"}
    quote = text[text.index("民警") : text.index("人守护") + 1]
    start = text.index(quote)
    return (
        Fact("station", station, 0, len(station), {"name": station, "main": True, **place}, "bench@2"),
        Fact(
            "force",
            quote,
            start,
            start + len(quote),
            {"station": station, "category": "民警", "value": int(quote[2:-1]), "approx": "exact"},
            "bench@2",
        ),
    )


def working_folder(folder: Path, count: int, chars: int) -> tuple[int, int]:
    """Create a working folder with `count` articles and a history, unless it exists.

    Return the last commit before the history and the last commit. Raises SystemExit if an existing folder has another
    number of articles.
    """
    if not folder.exists():
        subprocess.run([sys.executable, "-m", "ingest", "init", folder], check=True, stdout=subprocess.DEVNULL)
    with open_store(f"sqlite:///{folder}/data/suowen.db") as store:
        if not last_commit(store):
            rng, run = random.Random(1), store.start_run(NOW, "bench")
            for first in range(1, count + 1, _BATCH):
                fill(store, rng, first, min(_BATCH, count + 1 - first), chars, run)
            append_history(store, count)
        old = -(-count // _BATCH)
        # a few more articles are allowed: earlier measurements ran `add`
        if not 0 <= sum(1 for _ in article_ids(store)) - count <= 10:
            raise SystemExit(f"{folder} has another number of articles; choose another --folder")
        return old, last_commit(store)


#: program of a small separate process that starts a command, because a forked process inherits the peak of its parent
_LAUNCH = """
import os, signal, subprocess, sys
child = subprocess.Popen(sys.argv[3:], stdout=open(sys.argv[2], "wb"), stderr=subprocess.STDOUT)
signal.signal(signal.SIGALRM, lambda *_: child.kill())
signal.alarm(int(sys.argv[1]))
_, status, used = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss)
"""


def peak(home: Path, command: Sequence[str], seconds: int) -> tuple[float, float] | None:
    """Return (peak MB, seconds) of one command, None if it did not end in time. Raises SystemExit if it failed."""
    started = time.monotonic()
    output_file = home / "output"
    launch = [sys.executable, "-c", _LAUNCH, str(seconds), str(output_file), sys.executable, "-m", "ingest"]
    done = subprocess.run([*launch, "--home", home, *command], check=True, capture_output=True, text=True)
    code, most = map(int, done.stdout.split())
    output = output_file.read_bytes()[-2000:].decode(errors="replace")
    if code not in (0, 1, 3, -9) or "Error" in output:  # verify exits with 1 because archive files are missing
        raise SystemExit(f"{' '.join(command)} ended with {code}: {output[-500:]}")
    return None if code == -9 else (most / 1024, time.monotonic() - started)


def table_cell(home: Path, command: str, commits: tuple[int, int], seconds: int) -> str:
    """Run one command and return its cell of the printed table: peak memory and time, or that it did not end in time."""
    with tempfile.TemporaryDirectory(dir=home) as out:
        page = Path(out) / "page.html"
        page.write_text(PAGE, encoding="utf-8")
        names = {"out": f"{out}/out", "file": page, "old": commits[0], "last": commits[1]}
        found = peak(home, command.format(**names).split(" "), seconds)
    return f"{found[0]:6.0f} MB {found[1]:5.0f} s" if found else f"    not in {seconds:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--chars", type=int, default=700)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seconds", type=int, default=150)
    parser.add_argument("--only", nargs="+", metavar="BEGINNING", help="only commands with these beginnings")
    args = parser.parse_args()
    commands = [command for command in COMMANDS if not args.only or command.startswith(tuple(args.only))]
    with tempfile.TemporaryDirectory() as temporary:
        homes = [(args.folder or Path(temporary)) / str(count) for count in args.articles]
        commits = [working_folder(home, count, args.chars) for home, count in zip(homes, args.articles, strict=True)]
        print("articles".ljust(52), *(f"{count:17,d}" for count in args.articles))
        for command in commands:
            cells = (table_cell(home, command, upto, args.seconds) for home, upto in zip(homes, commits, strict=True))
            print(command.ljust(52), *(cell.rjust(17) for cell in cells), flush=True)


if __name__ == "__main__":
    main()
