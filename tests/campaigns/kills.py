"""Kill campaign: commands are killed with SIGKILL at their writes, then run again; no data may be lost or doubled.

    python -m tests.campaigns.kills [--sqlite 200] [--postgres 60] [--others 12] [--only NAME] [--part 1/4] [--seed 1]

`run` is killed `--sqlite` times on SQLite and `--postgres` times on PostgreSQL (0 skips a database). Each command of
CASES is killed `--others` times (0: once at each of its writes; -1: never). After each kill, verify must report no
problem, and a second run of the command must have the result of a run without a kill. Prints each violation and
exits with 1 if there is one.

`--part 2/4` makes a quarter of the kills: the parts 1/4 to 4/4 together make each kill of the campaign once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.config.load import load
from store import open_store, queries
from store.errors import StoreError
from tests.support.command import run
from tests.support.postgres import database, server
from tests.support.runs import BRIEF, FEATURE, OTHER, fill, working_folder
from tests.support.small_site import SmallSite, page

#: articles of the site: two features, a repost of the first feature, and four briefs
PAGES = {
    "/1.html": ("渡口的灯", FEATURE),
    "/2.html": ("老街来信", OTHER),
    "/3.html": ("转载:渡口的灯", FEATURE),
    **{f"/{number}.html": (f"第{number}篇", f"{BRIEF}第{number}次。") for number in range(4, 8)},
}


@dataclass(frozen=True, slots=True)
class Case:
    """One command to kill: its arguments, the folder it starts from, and the exit codes allowed afterwards."""

    name: str
    #: arguments; {work} stands for a folder beside the working folder, {site} for the URL of the site
    arguments: tuple[str, ...]
    #: folder at the start: "empty" (without a store), "stored" (after a run), or "changed" ("stored" with an extraction
    #: rule added)
    start: str = "stored"
    #: arguments of the second run; None: those of the first
    again: tuple[str, ...] | None = None
    #: allowed exit codes of the second run besides 0, because the killed run may have finished its work
    codes: tuple[int, ...] = ()


CASES = (
    Case("init", ("init", "{work}/new")),
    Case("add", ("add", "{site}/1.html", "{work}/saved.html"), "empty"),
    Case("import", ("import", "{work}/seeds"), "empty"),
    Case("digest", ("digest",)),
    Case("replay", ("replay", "--yes"), "changed"),
    Case("fact", ("fact", "confirm", "1.1", "--by", "campaign")),
    Case("reindex", ("reindex",)),
    Case("export seeds", ("export", "{work}/out")),
    Case("export jsonl", ("export", "{work}/out", "--format", "jsonl")),
    Case("backup", ("backup", "{work}/all.tar"), again=("backup", "{work}/second.tar")),
    Case("restore", ("restore", "{work}/given.tar"), "empty", codes=(1,)),
    Case("archive", ("archive", "--move-to", "{work}/far"), codes=(3,)),
)


class Campaign:
    """The site, the folders that cases start from, and the violations found so far."""

    def __init__(self, root: Path, site: SmallSite, seed: int, part: tuple[int, int] = (1, 1)) -> None:
        self.root, self.site, self.seed, self.part = root, site, seed, part
        self.violations: list[str] = []
        self.kills: Counter[str] = Counter()
        fill(site, PAGES)
        for path, (title, text) in PAGES.items():
            site.pages[path] = page(title, text).replace(b"<h1>", f'<h2 class="own">{title}!</h2><h1>'.encode())
        working_folder(root / "empty", site.base)
        shutil.copytree(root / "empty", root / "stored")
        self._expect(run("run", "--home", root / "stored"))
        shutil.copytree(root / "stored", root / "changed")
        sources = root / "changed" / "config" / "sources.yaml"
        sources.write_text(sources.read_text(encoding="utf-8") + "    extract: {title: h2.own}\n", encoding="utf-8")
        self.given = root / "given"
        self.given.mkdir()
        self._expect(run("backup", self.given / "given.tar", "--home", root / "stored"))
        self._expect(run("export", self.given / "seeds", "--home", root / "stored"))
        (self.given / "saved.html").write_bytes(page("另存的网页", BRIEF))

    @staticmethod
    def _expect(done: Any) -> None:
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()

    def attempt(self, case: Case, at: int, store: str | None = None) -> tuple[int, bool, list[str]]:
        """Run a case, kill it at write `at` (0: do not kill it), and after a kill run it again to its end.

        Returns the number of writes, whether the process was killed, and the problems found.
        """
        with tempfile.TemporaryDirectory(dir=self.root) as name:
            work, home = Path(name) / "work", Path(name) / "home"
            shutil.copytree(self.root / case.start, home)
            shutil.copytree(self.given, work)
            if store is not None:
                (home / "config" / "settings.yaml").open("a", encoding="utf-8").write(f"store: {store}\n")
            report = Path(name) / "writes"
            killed = run(*self._words(case.arguments, work), "--home", home, kill_at=(at, report)) if (
                case.name != "init"
            ) else run(*self._words(case.arguments, work), kill_at=(at, report))  # fmt: skip
            was_killed = killed.returncode == -signal.SIGKILL
            found = [] if was_killed or killed.returncode == 0 else [f"ended with {killed.returncode}: {_text(killed)}"]
            found += problems(home)
            if was_killed:
                again = self._words(case.again or case.arguments, work)
                done = run(*again) if case.name == "init" else run(*again, "--home", home)
                if done.returncode not in (0, *case.codes):
                    found.append(f"the second run ended with {done.returncode}: {_text(done)}")
                found += problems(home)
            found += self._differences(case, home, work)
            return int(report.read_text() or 0) if report.exists() else 0, was_killed, found

    def _words(self, words: tuple[str, ...], work: Path) -> list[str]:
        return [word.format(work=work, site=self.site.base) for word in words]

    def _differences(self, case: Case, home: Path, work: Path) -> list[str]:
        """Return the difference from the result of the first attempt, which was not killed; [] if there is none."""
        result = outcome(case, home, work)
        expected = self._expected.setdefault(case.name, result)
        return [] if result == expected else [f"the result is {result}, without a kill {expected}"]

    _expected: dict[str, Any] = {}  # noqa: RUF012  one campaign a process

    def case(self, case: Case, kills: int, stores: Callable[[], Any] | None = None) -> None:
        """Kill a case `kills` times, at writes chosen with the seed (0: once at each write); record violations."""
        with _store(stores) as url:
            total, _, found = self.attempt(case, 0, url)
        self._record(case, 0, found)
        rng = random.Random(f"{self.seed} {case.name}")
        points = list(range(1, total + 1))
        if kills:
            chosen = rng.sample(points, min(kills, total)) + [rng.choice(points) for _ in range(kills - total)]
        else:
            chosen = points
        number, parts = self.part
        for at in chosen[number - 1 :: parts]:
            with _store(stores) as url:
                _, killed, found = self.attempt(case, at, url)
            self.kills[case.name] += killed
            self._record(case, at, found)
        print(f"{case.name}: {total} writes, killed {self.kills[case.name]} times", flush=True)

    def _record(self, case: Case, at: int, found: list[str]) -> None:
        for problem in found:
            self.violations.append(f"{case.name} killed at write {at}: {problem}")
            print(f"! {self.violations[-1]}", flush=True)


def problems(home: Path) -> list[str]:
    """Return the problems that verify reports on a folder; [] if it contains no store."""
    config = load(home, {})
    try:
        with open_store(config.store_url(), create=False) as store:
            return queries.verify(store, config.data / "warc")
    except StoreError as error:
        url = config.store_url()
        missing = url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).exists()
        # A kill before the first commit leaves an empty database, which the next run fills.
        return [] if missing or "the database is empty" in str(error) else [str(error)]


def outcome(case: Case, home: Path, work: Path) -> Any:
    """Return the result of a finished case, to be compared with that of a run without a kill.

    For `init` and exports, the result is the files written; otherwise it is the stored articles and further output.
    """
    if case.name == "init":
        return sorted(path.name for path in (work / "new" / "config").iterdir())
    if case.name.startswith("export"):
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((work / "out").iterdir())}
    config = load(home, {})
    try:
        with open_store(config.store_url(), create=False) as store:
            rows = queries.list_articles(store, limit=1000)
            views = [queries.show(store, row.id) for row in rows]
    except StoreError as error:
        return str(error)
    articles = sorted(
        (
            # the address of a saved page is a hash of its path, which differs from attempt to attempt
            re.sub(r"^saved:.*", "saved:", view.revision.content.url.rpartition("/")[2]),
            view.revision.number,
            view.revision.content.title,
            len(view.facts),
            view.verdict.ruling if view.verdict else None,
        )
        for view in views
    )
    extra: Any = None
    if case.name == "digest":
        extra = sorted(path.suffix for path in (config.data / "digests").iterdir())
    if case.name == "fact":
        extra = sorted({correction.action for view in views for correction in view.corrections})
    if case.name == "backup":
        tar = next(path for path in (work / "second.tar", work / "all.tar") if path.exists())
        extra = sorted(json.loads(run("restore", tar, "--json", "--home", _fresh(home, work)).stdout)["files"])[-1:]
    if case.name == "archive":
        extra = len(list((work / "far").glob("*.warc.gz")))
    return articles, extra


def _fresh(home: Path, work: Path) -> Path:
    """Return a new folder with the configuration of `home`."""
    shutil.copytree(home / "config", work / "restored" / "config")
    return work / "restored"


@contextmanager
def _store(stores: Callable[[], Any] | None) -> Iterator[str | None]:
    """Yield the URL of a new database, or None if `stores` is None: the working folder then has its SQLite store."""
    if stores is None:
        yield None
        return
    made = stores()
    yield next(made)
    next(made, None)


def _text(done: Any) -> str:
    return " ".join((done.stderr or done.stdout).decode().split())[-300:]


def campaign(
    sqlite: int, postgres: int, others: int, seed: int = 1, only: tuple[str, ...] = (), part: tuple[int, int] = (1, 1)
) -> tuple[Counter[str], list[str]]:
    """Run one part of the campaign; return the number of kills by command, and the violations.

    `only` names the commands to kill besides `run`; by default these are all commands of CASES.
    """
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suowen-kills-")))
        os.environ.pop("SUOWEN_HOME", None)
        Campaign._expected.clear()
        made = Campaign(root, stack.enter_context(SmallSite()), seed, part)
        if sqlite:
            made.case(Case("run", ("run",), "empty"), sqlite)
        if postgres:
            url = stack.enter_context(server())
            made.case(Case("run on PostgreSQL", ("run",), "empty"), postgres, lambda: database(url))
        for case in CASES if others >= 0 else ():
            if not only or case.name in only:
                made.case(case, others)
        return made.kills, made.violations


def _part(text: str) -> tuple[int, int]:
    """Return (number, parts) of a text like 2/4. Raises ValueError."""
    number, parts = (int(word) for word in text.split("/"))
    if not 1 <= number <= parts:
        raise ValueError(text)
    return number, parts


def main() -> int:
    """Run the campaign and print its result; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sqlite", type=int, default=200, help="kills of `run` on SQLite")
    parser.add_argument("--postgres", type=int, default=60, help="kills of `run` on PostgreSQL")
    parser.add_argument("--others", type=int, default=12, help="kills of each other command, 0 for all writes, -1 none")
    parser.add_argument("--only", action="append", default=[], choices=[case.name for case in CASES], metavar="NAME")
    parser.add_argument("--part", type=_part, default=(1, 1), help="such as 2/4: the second quarter of the kills")
    parser.add_argument("--seed", type=int, default=1, help="seed of the chosen writes")
    options = parser.parse_args()
    began = time.monotonic()
    kills, violations = campaign(
        options.sqlite, options.postgres, options.others, options.seed, tuple(options.only), options.part
    )
    print(f"{sum(kills.values())} kills, {len(violations)} violations, {time.monotonic() - began:.0f} s")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
