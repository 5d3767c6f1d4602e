"""diff, search, backup, restore, import, archive and --at as a person meets them: real command, real working folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.cli.main import COMMANDS, Entry, load_command
from ingest.config.load import load
from ingest.fetch.archive import Archive
from store import Store, history, open_store
from store.records import OutcomeRow
from store.warc_storage import storage_at
from tests.support.command import asked, run, suowen
from tests.support.paths import DOCS, ROOT

PAGE = DOCS / "commands.md"


def opened(home: Path) -> Store:
    return open_store(load(home, {}).store_url())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One demo folder; nothing here writes to it."""
    folder = tmp_path_factory.mktemp("ledger") / "demo"
    suowen("demo", folder, "--port", "0")
    return folder


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """A folder like it, to be written to."""
    return Path(shutil.copytree(home, tmp_path / "copy"))


@pytest.fixture
def empty(home: Path, tmp_path: Path) -> Path:
    """The same configuration without a store."""
    shutil.copytree(home / "config", tmp_path / "empty" / "config")
    return tmp_path / "empty"


@pytest.fixture(scope="module")
def revised(home: Path) -> int:
    """The article that the demo's site edited between the passes."""
    with opened(home) as store:
        return next(row.id for row in history.list_articles(store) if row.revisions > 1)


# --- documents ---------------------------------------------------------------------------------------------------


def test_every_command_has_its_paragraph() -> None:
    """docs/commands.md tells of every registered command, and of none that is not there."""
    told = re.findall(r"^\*\*suowen ([a-z]+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(entry.name for entry in COMMANDS)


@pytest.mark.parametrize("entry", COMMANDS, ids=[entry.name for entry in COMMANDS])
def test_the_entry_of_each_command_is_what_the_command_says(entry: Entry) -> None:
    """`--help` prints the entries; each loads its command, whose first sentence is the entry's summary."""
    assert load_command(entry).help.split("\n\n")[0] == entry.summary


@pytest.mark.parametrize(
    ("former", "now"), [("read", "extract"), ("judge", "classify"), ("replay --judge", "replay --classify")]
)
def test_former_command_or_option_is_an_error_that_names_the_new_one(empty: Path, former: str, now: str) -> None:
    """A renamed command or option ends with exit code 2 and one line with the new name."""
    found = suowen(*former.split(), *([] if "--" in former else ["page.html"]), home=empty, code=2)
    assert found == f"suowen: `suowen {former}` is called `suowen {now}` now\n"


# --- diff and --at -----------------------------------------------------------------------------------------------


def test_diff_of_commits(home: Path, revised: int) -> None:
    """From nothing to now all articles are added; the last commit is told as the revision it was."""
    with opened(home) as store:
        rows, last = history.list_articles(store), history.last_commit(store)
    whole = asked("diff", 0, last, home=home)
    assert sorted(row["id"] for row in whole["added"]) == sorted(row.id for row in rows)
    told = suowen("diff", last - 1, last, home=home)
    assert f"~ {revised} revision 1 to 2" in told and "1 revised" in told and "other facts:" in told


def test_diff_of_revisions(home: Path, revised: int) -> None:
    """One number is an article: its last two revisions, changed paragraphs alone; three name the revisions."""
    told = suowen("diff", revised, home=home)
    assert re.search(r"\[-\d+-\]\{\+\d+\+\}", told) and f"article {revised}, revision 1" in told
    hunks = asked("diff", revised, 2, 1, home=home)["hunks"]
    assert hunks and all(hunk["what"] == "changed" for hunk in hunks)


def test_the_state_as_it_was(home: Path, revised: int) -> None:
    """list and show as of a commit are what they were; a day before everything is empty."""
    with opened(home) as store:
        first = next(row.commit for row in history.show(store, revised).revisions)
        before = [row.id for row in history.list_articles(store, at=first)]
    assert [row["id"] for row in asked("list", "--at", first, home=home)] == before
    shown = asked("show", revised, "--at", first, home=home)
    assert shown["revision"]["number"] == 1 and len(shown["revisions"]) == 1
    assert asked("list", "--at", "2020-01-01", home=home) == []
    minute = datetime.fromisoformat(asked("log", home=home)[-1]["at"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert asked("list", "--at", f"{minute:%Y-%m-%dT%H:%M}", home=home) != []  # as `log` prints it
    assert asked("list", "--at", f"{minute:%Y-%m-%dT%H:%M:00}", home=home) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("diff", 1, 999), 1, "the history has commits 1 to"),
        (("diff", 2, 1), 1, "name the older one first"),
        (("diff", 999), 1, "there is none"),
        (("diff", 1, 1, 9), 2, "has revisions 1 to"),
        (("list", "--at", "yesterday"), 2, "a day such as"),
        (("list", "--at", 10**30), 1, "the history has commits 1 to"),
        (("show", 10**30), 2, "Invalid value"),
        (("story", 10**30), 2, "Invalid value"),
        (("diff", 10**30), 2, "Invalid value"),
        (("replay", "--since", 10**30), 2, "Invalid value"),
        (("story", 1, "--at", "0001-01-01"), 1, "none as of commit 0"),
        (("show", 999, "--at", "9999-12-31T23:59-12:00"), 1, "there is none as of commit"),
        (("export", "out", "--format", "delta", "--ruling", "brief"), 2, "takes no --ruling"),
        (("archive", "--move-to", "nowhere://x"), 2, "nowhere"),
        (("archive", "--move-to", "memory://x"), 2, "is gone when this command ends"),
        (("archive", "--move-to", "simplecache::memory://x"), 2, "name a bucket or server"),
        (("import", "nowhere"), 2, "is no folder"),
        (("restore", "nowhere.tar"), 2, "no such file"),
        (("search", "？"), 1, "no letter or digit"),
    ],
)
def test_what_cannot_be_asked(home: Path, arguments: tuple[object, ...], code: int, says: str) -> None:
    """Each mistake has its message and exit code."""
    if "nowhere://x" in arguments:
        pytest.importorskip("fsspec")
    assert says in suowen(*arguments, home=home, code=code)


# --- search ------------------------------------------------------------------------------------------------------


def test_search_finds_and_marks(home: Path) -> None:
    """Two characters are found, filters hold, hits are set off on a terminal and nowhere else."""
    found = asked("search", "渡口", "--ruling", "feature", "--since", "2026-01-01", home=home)
    assert found["hits"] and all("渡口" in hit["row"]["title"] + hit["snippet"] for hit in found["hits"])
    assert "\x1b[" not in suowen("search", "渡口", home=home)
    assert re.search("\x1b\\[[0-9;]+m渡口\x1b\\[0m", suowen("search", "渡口", home=home, FORCE_COLOR="1", TERM="xterm"))
    assert asked("search", "渡口", "--station", "大阳沟派出所", home=home)["hits"] == []


def test_search_by_the_page(home: Path) -> None:
    """Pages are pieces of one list; a page past the end is empty and no error."""
    whole = asked("search", "派出所", home=home)["hits"]
    pages = [asked("search", "派出所", "--limit", 4, "--page", page, home=home)["hits"] for page in (1, 2, 3, 9)]
    assert [hit for page in pages for hit in page] == whole[:12] and pages[3] == []
    assert f"5 to 8 of {len(whole)} found" in suowen("search", "派出所", "--limit", 4, "--page", 2, home=home)


def test_reindex_gives_the_same_answers(copy: Path) -> None:
    """An index made anew finds what the old one found."""
    before = asked("search", "派出所 群众", home=copy)
    assert f"{len(asked('list', home=copy))} articles indexed" in suowen("reindex", home=copy)
    assert asked("search", "派出所 群众", home=copy) == before


# --- backup, restore, import, export -----------------------------------------------------------------------------


def test_backup_comes_back_whole(home: Path, empty: Path, tmp_path: Path) -> None:
    """A restored folder has the same articles and is sound, archive included; it is not restored into twice."""
    file = tmp_path / "all.tar"
    suowen("backup", file, home=home)
    assert "already" in suowen("backup", file, home=home, code=1)
    suowen("restore", file, home=empty)
    with opened(home) as old, opened(empty) as new:
        assert history.list_articles(new) == history.list_articles(old)
        assert history.verify(new, empty / "data" / "warc") == []
    assert "suowen init DIR" in suowen("restore", file, home=empty, code=1)


@pytest.mark.parametrize("part", ["suowen.db", "warc/"])
def test_a_damaged_backup_is_refused(home: Path, empty: Path, tmp_path: Path, part: str) -> None:
    """A flipped byte in the database or in an archive file: a message, and neither store nor archive made of it."""
    file = tmp_path / "all.tar"
    suowen("backup", file, home=home)
    with tarfile.open(file) as tar:
        place = next(one.offset_data + one.size // 2 for one in tar if one.name.startswith(part))
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(bytes(data))
    assert "damaged" in suowen("restore", file, home=empty, code=1)
    assert not (empty / "data" / "suowen.db").exists() and not list((empty / "data").rglob("*.gz"))


def test_nothing_is_restored_over_a_store(home: Path, copy: Path, tmp_path: Path) -> None:
    """A folder with a store, though its archive was moved away, keeps it, and gets no archive files."""
    suowen("backup", tmp_path / "all.tar", home=home)
    shutil.rmtree(copy / "data" / "warc")
    assert "not empty" in suowen("restore", tmp_path / "all.tar", home=copy, code=1)
    assert not list((copy / "data" / "warc").iterdir()) and asked("list", home=copy) == asked("list", home=home)


def test_import_gives_the_exported_bytes_back(home: Path, empty: Path, tmp_path: Path) -> None:
    """export, import into another store, export: the same files. A second import adds nothing."""
    suowen("export", tmp_path / "a", home=home)
    files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert asked("import", tmp_path / "a", home=empty)["outcomes"] == {"stored": len(files)}
    suowen("export", tmp_path / "b", home=empty)
    assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == files
    assert asked("import", tmp_path / "a", home=empty) | {"run": 2} == {
        "run": 2,
        "outcomes": {"unchanged": len(files)},
        "commits": [],
        "failed_sources": {},
        "problems": [],
        "offline": False,
    }
    with opened(empty) as store:
        assert {row.url for row in history.list_articles(store)} == {f"seed:{name[4:20]}" for name in files}
        assert history.verify(store, empty / "data" / "warc") == []
    assert "0 could not be read again" in suowen("replay", "--dry-run", home=empty)


def test_the_examples_of_the_format_are_taken_in(empty: Path) -> None:
    """seeds/ were named before they were cleaned: each is told and taken as it is, under its text's own digest."""
    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    done = run("--home", empty, "import", seeds[0].parent)
    told = [line for line in done.stderr.decode().splitlines() if "its text is not the one it was named after" in line]
    assert len(told) == len(seeds) == 5 and all(path.name in line for path, line in zip(seeds, told, strict=True))
    with opened(empty) as store:
        rows = history.list_articles(store)
        assert sorted(row.url for row in rows) == sorted(
            f"seed:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}" for path in seeds
        )
        assert {row.ruling for row in rows} == {"feature"}


def test_an_unreadable_seed_file_stops_the_import(home: Path, empty: Path, tmp_path: Path) -> None:
    """One file that is no UTF-8: nothing is taken in. A folder without seeds is no seed folder."""
    suowen("export", tmp_path / "a", home=home)
    last = max((tmp_path / "a").iterdir())
    last.write_bytes(last.read_text(encoding="utf-8").encode("gb18030"))
    assert last.name in suowen("import", tmp_path / "a", home=empty, code=1)
    assert not (empty / "data" / "suowen.db").exists()
    assert "seed format" in suowen("import", tmp_path, home=empty, code=2)


def test_export_for_tables(home: Path, revised: int, tmp_path: Path) -> None:
    """Parquet and Delta are written; an increment has what changed since; the Delta table's version is the commit."""
    pq, deltalake = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("deltalake")
    with opened(home) as store:
        last = history.last_commit(store)
    suowen("export", tmp_path / "p", "--format", "parquet", "--since", last - 1, home=home)
    assert pq.read_table(tmp_path / "p" / "articles.parquet")["id"].to_pylist() == [revised]
    suowen("export", tmp_path / "d", "--format", "delta", home=home)
    assert deltalake.DeltaTable(tmp_path / "d").version() == last
    suowen("export", tmp_path / "e", "--format", "delta", "--since", last - 1, home=home)
    table = deltalake.DeltaTable(tmp_path / "e")
    assert (table.version(), table.to_pyarrow_table()["id"].to_pylist()) == (last, [revised])


@pytest.mark.parametrize(("form", "missing"), [("parquet", "pyarrow"), ("delta", "deltalake")])
def test_without_the_extra(home: Path, tmp_path: Path, form: str, missing: str) -> None:
    """A format whose library is not installed says what to install."""
    told = suowen(
        "export", tmp_path / "x", "--format", form, home=home, code=1, first=f"sys.modules[{missing!r}] = None"
    )
    assert f"{missing} is not installed; pip install 'suowen[{form}]'" in told


# --- the archive -------------------------------------------------------------------------------------------------


def test_moved_on_and_home_again(copy: Path, tmp_path: Path) -> None:
    """A moved file moves on, and comes back into the archive folder, where runs write and backups take it again."""
    home, stops = copy / "data" / "warc", [tmp_path / "one", tmp_path / "two"]
    (name,) = (path.name for path in home.glob("*.warc.gz"))
    for last, place in zip([home, *stops], [*stops, home], strict=True):
        assert asked("archive", "--move-to", place, home=copy)["moved"] == [name]
        assert (place / name).is_file() and not (last / name).exists()
        assert asked("archive", "--check", home=copy)["problems"] == []
        assert asked("archive", "--move-to", place, home=copy)["moved"] == []
    suowen("backup", tmp_path / "all.tar", home=copy)
    with tarfile.open(tmp_path / "all.tar") as tar:
        assert f"warc/{name}" in tar.getnames()


@pytest.mark.parametrize("kind", ["folder", "url"])
def test_moved_files_are_found(copy: Path, tmp_path: Path, kind: str) -> None:
    """Moved, to a folder or a URL: gone here, sound there, read again from there, never thought lost by a run."""
    if kind == "url":
        pytest.importorskip("fsspec")
    target = tmp_path / "far"
    moved = asked("archive", "--move-to", target if kind == "folder" else target.as_uri(), home=copy)
    assert moved["moved"] and moved["stayed"] == [] and not list((copy / "data" / "warc").glob("*.warc.gz"))
    checked = asked("archive", "--check", home=copy)
    assert checked["problems"] == [] and all(row["records"] > row["captures"] > 0 for row in checked["files"])
    assert json.loads(suowen("verify", "--json", home=copy))["problems"] == []
    assert "0 could not be read again" in suowen("replay", "--dry-run", home=copy)
    with opened(copy) as store, Archive(copy / "data" / "warc", moved_files=store.moved_files) as archive:
        assert archive.recover(store.committed_files()) == [] and archive.problems == []
    path = next(target.iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert asked("archive", "--check", home=copy, code=1)["problems"]


def test_files_that_stay(copy: Path, tmp_path: Path) -> None:
    """A file that is being written, or meets another of its name, stays where it is, named; it is not overwritten."""
    (path,) = (copy / "data" / "warc").glob("*.warc.gz")
    (tmp_path / "far").mkdir()
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another process" in asked("archive", "--move-to", tmp_path / "far", home=copy, code=3)["stayed"][0]
    (tmp_path / "far" / path.name).write_bytes(b"somebody's")
    assert "another file" in asked("archive", "--move-to", tmp_path / "far", home=copy, code=3)["stayed"][0]
    assert (tmp_path / "far" / path.name).read_bytes() == b"somebody's"
    assert asked("archive", "--move-to", tmp_path / "far", "--before", "2020-01-01", home=copy)["moved"] == []
    assert asked("archive", "--check", home=copy)["problems"] == []


def test_a_move_cut_off(copy: Path, tmp_path: Path) -> None:
    """Killed after the row and before the old file went: nothing is adopted twice, and the next move tidies up."""
    (path,) = (copy / "data" / "warc").glob("*.warc.gz")
    target = storage_at(str(tmp_path / "far"))
    with path.open("rb") as file:
        target.put(file, path.name)
    with opened(copy) as store:
        store.record_move(path.name, target.where, None)
        with Archive(copy / "data" / "warc", moved_files=store.moved_files) as archive:
            assert archive.recover(store.committed_files()) == [] and archive.problems == []
    assert asked("archive", "--move-to", tmp_path / "far", home=copy)["moved"] == [path.name]
    assert not path.exists() and target.size(path.name)


# --- growth ---


def test_old_outcomes_go_once_a_digest_has_told_them(copy: Path) -> None:
    """`suowen digest` that fixes a day lets go what is old and told; today's rows, which no digest has told, stay."""
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=200)
    with opened(copy) as store:
        run = store.start_run(long_ago, "test")
        with store.batch(at=long_ago, program="test", rules={}) as batch:
            batch.outcome(OutcomeRow(run, "https://old.example/1", "old", "known", "", long_ago))

    def rows() -> tuple[int, int]:
        with opened(copy) as store:
            seen = (
                history.period(store, 0, 99, start=since, end=until).outcomes.values()
                for since, until in ((long_ago, long_ago + timedelta(days=1)), (now - timedelta(days=1), now))
            )
            return tuple(map(sum, seen))  # type: ignore[return-value]

    today = rows()[1]
    for days, left in ((None, 1), (3, 1), (2, 0)):
        date = ("--date", f"{now - timedelta(days=days):%Y-%m-%d}") if days else ()
        suowen("digest", *date, home=copy)
        assert rows() == (left, today) and today > 10


# --- trouble -----------------------------------------------------------------------------------------------------


def test_no_store_yet(empty: Path) -> None:
    """A command that only asks, or tells or reads again what is there, makes no store in a folder without one."""
    for command in (("search", "派出所"), ("digest",), ("replay", "--dry-run"), ("archive",), ("backup", "b.tar")):
        assert "no store yet" in suowen(*command, home=empty, code=2)
        assert not (empty / "data").exists()
    assert not Path("b.tar").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_onto_a_full_disk(home: Path) -> None:
    """What is printed into a file on a full disk: a message and exit code 1, no traceback."""
    for command in (("list",), ("list", "--json"), ("show", 1)):
        full = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
        assert "No space left on device" in suowen(*command, home=home, code=1, first=full)


def test_file_in_the_place_of_the_folder(empty: Path) -> None:
    """data/ is a file: told as that by who reads and by who would write, and left alone."""
    (empty / "data").write_text("notes")
    assert "no store yet" in suowen("list", home=empty, code=2)
    for command in (("run",), ("add", "http://127.0.0.1:9/")):
        assert "a file lies where the folder" in suowen(*command, home=empty, code=2)
    assert (empty / "data").read_text() == "notes"


def test_not_a_store(empty: Path) -> None:
    """A file of something else in the store's place is named and left alone."""
    (empty / "data").mkdir()
    (empty / "data" / "suowen.db").write_text("notes of somebody\n" * 9)
    assert "not a SQLite database" in suowen("diff", 1, 2, home=empty, code=2)


def test_locked(copy: Path) -> None:
    """Another writer that does not end: a message after the wait, not a hang."""
    with (copy / "data" / "suowen.db-lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = suowen(
            "reindex",
            home=copy,
            code=1,
            first="from store.store import open_store; open_store.__kwdefaults__['wait'] = 0.3",
        )
    assert "another process has been writing" in told


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_read_only(copy: Path, public_path: Path) -> None:
    """Somebody else's folder: writing says so and changes nothing."""
    with opened(copy) as store:
        before = history.list_articles(store)
    told = suowen(
        "reindex",
        home=copy,
        code=1,
        first="import ingest.cli.jobs, ingest.cli.maintenance, ingest.cli.query, ingest.cli.history, sqlalchemy.dialects.sqlite.pysqlite, os; os.setgid(65534); os.setuid(65534)",
    )
    assert any(word in told for word in ("read-only", "cannot be written", "cannot be opened"))
    with opened(copy) as store:
        assert history.list_articles(store) == before
