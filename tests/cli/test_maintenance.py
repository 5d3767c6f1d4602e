"""Tests of diff, search, backup, restore, import, archive and --at on the command line, with real working folders."""

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
from ingest.fetch.raw_archive import Archive
from store import Store, open_store, queries
from store.archive_storage import storage_at
from store.records import OutcomeRow
from tests.support.command import run, run_json, suowen
from tests.support.paths import DOCS, ROOT

PAGE = DOCS / "commands.md"
#: options that docs/commands.md describes once for all commands
COMMON = {"--home", "--json"}


def opened(home: Path) -> Store:
    return open_store(load(home, {}).store_url())


@pytest.fixture(scope="module")
def home(demo_home: Path) -> Path:
    """Return a demo folder that no test changes."""
    return demo_home


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """Copy the demo folder for a test that changes it."""
    return Path(shutil.copytree(home, tmp_path / "copy"))


@pytest.fixture
def empty(home: Path, tmp_path: Path) -> Path:
    """Create a folder with the configuration of the demo folder but without a store."""
    shutil.copytree(home / "config", tmp_path / "empty" / "config")
    return tmp_path / "empty"


@pytest.fixture(scope="module")
def revised(home: Path) -> int:
    """Return the id of the article that the demo site edited between the two passes."""
    with opened(home) as store:
        return next(row.id for row in queries.list_articles(store) if row.revisions > 1)


# --- documentation ---------------------------------------------------------------------------------------------------


def sections() -> dict[str, dict[str, str]]:
    """Return the paragraphs of docs/commands.md by section and command."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    paragraphs = (re.split(r"^\*\*suowen ([a-z-]+)", text, flags=re.MULTILINE)[1:] for text in parts[1::2])
    return {
        section: dict(zip(found[::2], found[1::2], strict=True))
        for section, found in zip(parts[::2], paragraphs, strict=True)
    }


def test_every_command_has_its_paragraph_in_its_section() -> None:
    """docs/commands.md has the same sections as `--help`, in the same order, with one paragraph for each command."""
    documented = [(section, name) for section, found in sections().items() for name in found]
    assert sorted(documented) == sorted((entry.section, entry.name) for entry in COMMANDS)
    assert list(sections()) == list(dict.fromkeys(entry.section for entry in COMMANDS))


@pytest.mark.parametrize("entry", COMMANDS, ids=[entry.name for entry in COMMANDS])
def test_options_of_each_command_are_documented(entry: Entry) -> None:
    """The paragraph of a command names each of its options except the common ones.

    It names no option of other commands, apart from common options, --format and --ruling.
    """
    command = load_command(entry)
    options = {
        option
        for part in (command, *getattr(command, "commands", {}).values())
        for parameter in part.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--") and not getattr(parameter, "hidden", False)
    }
    named = set(re.findall(r"--[a-z][a-z-]+", sections()[entry.section][entry.name]))
    assert options - {"--help"} - COMMON <= named <= options | COMMON | {f"--{word}" for word in ("format", "ruling")}


@pytest.mark.parametrize("entry", COMMANDS, ids=[entry.name for entry in COMMANDS])
def test_entry_of_each_command_is_its_summary(entry: Entry) -> None:
    """The summary in COMMANDS, which `--help` prints, is the first sentence of the command's docstring."""
    assert load_command(entry).help.split("\n\n")[0] == entry.summary


@pytest.mark.parametrize(
    ("former", "now"), [("read", "extract"), ("judge", "classify"), ("replay --judge", "replay --classify")]
)
def test_former_command_or_option_is_an_error_that_names_the_new_one(empty: Path, former: str, now: str) -> None:
    """A renamed command or option is reported in one line with its new name; exit code 2."""
    found = suowen(*former.split(), *([] if "--" in former else ["page.html"]), home=empty, code=2)
    assert found == f"suowen: `suowen {former}` is called `suowen {now}` now\n"


# --- diff and --at -----------------------------------------------------------------------------------------------


def test_diff_of_commits(home: Path, revised: int) -> None:
    """From commit 0 to the last one, all articles are added; the last commit alone is one revision."""
    with opened(home) as store:
        rows, last = queries.list_articles(store), queries.last_commit(store)
    whole = run_json("diff", 0, last, home=home)
    assert sorted(row["id"] for row in whole["added"]) == sorted(row.id for row in rows)
    printed = suowen("diff", last - 1, last, home=home)
    assert f"~ {revised} revision 1 to 2" in printed and "1 revised" in printed and "other facts:" in printed


def test_diff_of_revisions(home: Path, revised: int) -> None:
    """With one number, diff compares the last two revisions of an article and prints only changed paragraphs.

    Three numbers choose article and revisions.
    """
    printed = suowen("diff", revised, home=home)
    assert re.search(r"\[-\d+-\]\{\+\d+\+\}", printed) and f"article {revised}, revision 1" in printed
    hunks = run_json("diff", revised, 2, 1, home=home)["hunks"]
    assert hunks and all(hunk["what"] == "changed" for hunk in hunks)


def test_earlier_state(home: Path, revised: int) -> None:
    """list and show with --at print the state at a commit or time; before the first commit no article is listed."""
    with opened(home) as store:
        first = next(row.commit for row in queries.show(store, revised).revisions)
        before = [row.id for row in queries.list_articles(store, at=first)]
    assert [row["id"] for row in run_json("list", "--at", first, home=home)] == before
    shown = run_json("show", revised, "--at", first, home=home)
    assert shown["revision"]["number"] == 1 and len(shown["revisions"]) == 1
    assert run_json("list", "--at", "2020-01-01", home=home) == []
    minute = datetime.fromisoformat(run_json("log", home=home)[-1]["at"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert run_json("list", "--at", f"{minute:%Y-%m-%dT%H:%M}", home=home) != []  # the minute as printed by `log`
    assert run_json("list", "--at", f"{minute:%Y-%m-%dT%H:%M:00}", home=home) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("diff", 1, 999), 1, "the history has commits 1 to"),
        (("diff", 2, 1), 2, "name the older one first"),
        (("diff", 999), 1, "article 999: it does not exist"),
        (("diff", 1, 1, 9), 2, "has revisions 1 to"),
        (("list", "--at", "yesterday"), 2, "a day such as"),
        (("list", "--at", 10**30), 1, "the history has commits 1 to"),
        (("show", 10**30), 2, "must be less than or equal to"),
        (("story", 10**30), 2, "must be less than or equal to"),
        (("diff", 10**30), 2, "must be less than or equal to"),
        (("replay", "--since", 10**30), 2, "must be less than or equal to"),
        (("story", 1, "--at", "0001-01-01"), 1, "it does not exist as of commit 0"),
        (("show", 999, "--at", "9999-12-31T23:59-12:00"), 1, "it does not exist as of commit"),
        (("export", "out", "--format", "delta", "--ruling", "brief"), 2, "takes no --ruling"),
        (("archive", "--move-to", "nowhere://x"), 2, "nowhere"),
        (("archive", "--move-to", ""), 2, "--move-to with an empty name"),
        (("archive", "--move-to", "memory://x"), 2, "are lost when this command ends"),
        (("archive", "--move-to", "simplecache::memory://x"), 2, "name a bucket or server"),
        (("import", "nowhere"), 2, "not a folder"),
        (("restore", "nowhere.tar"), 2, "no such file"),
        (("search", "？"), 2, "no letter or digit"),
    ],
)
def test_wrong_arguments(home: Path, arguments: tuple[object, ...], code: int, says: str) -> None:
    """Each wrong argument has its message and exit code."""
    if "nowhere://x" in arguments:
        pytest.importorskip("fsspec")
    assert says in suowen(*arguments, home=home, code=code)


# --- search ------------------------------------------------------------------------------------------------------


def test_search_finds_and_marks(home: Path) -> None:
    """A query of two characters finds articles, filters apply, and only terminal output is highlighted."""
    found = run_json("search", "渡口", "--ruling", "feature", "--since", "2026-01-01", home=home)
    assert found["hits"] and all("渡口" in hit["row"]["title"] + hit["snippet"] for hit in found["hits"])
    assert "\x1b[" not in suowen("search", "渡口", home=home)
    assert re.search("\x1b\\[[0-9;]+m渡口\x1b\\[0m", suowen("search", "渡口", home=home, FORCE_COLOR="1", TERM="xterm"))
    assert run_json("search", "渡口", "--station", "大阳沟派出所", home=home)["hits"] == []


def test_search_by_page(home: Path) -> None:
    """Pages divide one result list; a page past the end is empty."""
    whole = run_json("search", "派出所", home=home)["hits"]
    pages = [run_json("search", "派出所", "--limit", 4, "--page", page, home=home)["hits"] for page in (1, 2, 3, 9)]
    assert [hit for page in pages for hit in page] == whole[:12] and pages[3] == []
    assert f"5 to 8 of {len(whole)} found" in suowen("search", "派出所", "--limit", 4, "--page", 2, home=home)


def test_reindex_gives_the_same_results(copy: Path) -> None:
    """Searches with a rebuilt index have the same results as before."""
    before = run_json("search", "派出所 群众", home=copy)
    assert f"{len(run_json('list', home=copy))} articles indexed" in suowen("reindex", home=copy)
    assert run_json("search", "派出所 群众", home=copy) == before


# --- backup, restore, import, export -----------------------------------------------------------------------------


def test_backup_is_restored_completely(home: Path, empty: Path, tmp_path: Path) -> None:
    """A restored folder has the same articles, and verify reports no problem.

    A backup to an existing file and a second restore are refused.
    """
    file = tmp_path / "all.tar"
    suowen("backup", file, home=home)
    assert "the file exists" in suowen("backup", file, home=home, code=1)
    suowen("restore", file, home=empty)
    with opened(home) as old, opened(empty) as new:
        assert queries.list_articles(new) == queries.list_articles(old)
        assert queries.verify(new, empty / "data" / "warc") == []
    assert "suowen init DIR" in suowen("restore", file, home=empty, code=1)


@pytest.mark.parametrize("part", ["suowen.db", "warc/"])
def test_damaged_backup_is_refused(home: Path, empty: Path, tmp_path: Path, part: str) -> None:
    """If a bit of the database or of an archive file is flipped, `restore` reports the damage and restores nothing."""
    file = tmp_path / "all.tar"
    suowen("backup", file, home=home)
    with tarfile.open(file) as tar:
        place = next(member.offset_data + member.size // 2 for member in tar if member.name.startswith(part))
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(bytes(data))
    assert "damaged" in suowen("restore", file, home=empty, code=1)
    assert not (empty / "data" / "suowen.db").exists() and not list((empty / "data").rglob("*.gz"))


def test_restore_never_replaces_a_store(home: Path, copy: Path, tmp_path: Path) -> None:
    """`restore` refuses a folder that has a store but no archive files, and changes nothing."""
    suowen("backup", tmp_path / "all.tar", home=home)
    shutil.rmtree(copy / "data" / "warc")
    assert "not empty" in suowen("restore", tmp_path / "all.tar", home=copy, code=1)
    assert not list((copy / "data" / "warc").iterdir()) and run_json("list", home=copy) == run_json("list", home=home)


def test_import_and_export_round_trip(home: Path, empty: Path, tmp_path: Path) -> None:
    """Texts exported, imported into another store and exported again are the same files.

    A second import adds nothing.
    """
    suowen("export", tmp_path / "a", home=home)
    files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert run_json("import", tmp_path / "a", home=empty)["outcomes"] == {"stored": len(files)}
    suowen("export", tmp_path / "b", home=empty)
    assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == files
    assert run_json("import", tmp_path / "a", home=empty) | {"run": 2} == {
        "run": 2,
        "outcomes": {"unchanged": len(files)},
        "commits": [],
        "failed_sources": {},
        "problems": [],
        "offline": False,
    }
    with opened(empty) as store:
        assert {row.url for row in queries.list_articles(store)} == {f"seed:{name[4:20]}" for name in files}
        assert queries.verify(store, empty / "data" / "warc") == []
    assert "0 could not be processed again" in suowen("replay", "--dry-run", home=empty)


def test_example_texts_are_imported(empty: Path) -> None:
    """Each file of seeds/ is reported, because the hash in its name is not that of its text.

    It is imported under the hash of its text.
    """
    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    done = run("--home", empty, "import", seeds[0].parent)
    printed = [
        line for line in done.stderr.decode().splitlines() if "its text does not match the hash in its name" in line
    ]
    assert len(printed) == len(seeds) == 5 and all(path.name in line for path, line in zip(seeds, printed, strict=True))
    with opened(empty) as store:
        rows = queries.list_articles(store)
        assert sorted(row.url for row in rows) == sorted(
            f"seed:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}" for path in seeds
        )
        assert {row.ruling for row in rows} == {"feature"}


def test_file_that_is_not_utf8_is_named_and_the_others_are_imported(home: Path, empty: Path, tmp_path: Path) -> None:
    """A file in another encoding and a folder that is named like a seed file do not stop the import of the others.

    A folder without seeds is refused.
    """
    suowen("export", tmp_path / "a", home=home)
    last = max((tmp_path / "a").iterdir())
    last.write_bytes(last.read_text(encoding="utf-8").encode("gb18030"))
    (tmp_path / "a" / "999_0123456789abcdef.txt").mkdir()
    others = len(list((tmp_path / "a").iterdir())) - 2
    done = run("import", tmp_path / "a", "--home", empty)
    assert done.returncode == 3 and last.name in done.stderr.decode() and "999_" in done.stderr.decode()
    with opened(empty) as store:
        assert len(queries.list_articles(store)) == others
    assert "seed format" in suowen("import", tmp_path, home=empty, code=2)


def test_export_of_parquet_and_delta(home: Path, revised: int, tmp_path: Path) -> None:
    """An incremental export contains the changes since a commit.

    The version of the Delta table is the number of the last commit.
    """
    pq, deltalake = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("deltalake")
    with opened(home) as store:
        last = queries.last_commit(store)
    suowen("export", tmp_path / "p", "--format", "parquet", "--since", last - 1, home=home)
    assert pq.read_table(tmp_path / "p" / "articles.parquet")["id"].to_pylist() == [revised]
    suowen("export", tmp_path / "d", "--format", "delta", home=home)
    assert deltalake.DeltaTable(tmp_path / "d").version() == last
    suowen("export", tmp_path / "e", "--format", "delta", "--since", last - 1, home=home)
    table = deltalake.DeltaTable(tmp_path / "e")
    assert (table.version(), table.to_pyarrow_table()["id"].to_pylist()) == (last, [revised])


@pytest.mark.parametrize(("form", "missing"), [("parquet", "pyarrow"), ("delta", "deltalake")])
def test_without_the_extra(home: Path, tmp_path: Path, form: str, missing: str) -> None:
    """If the library for a format is missing, the message says what to install."""
    printed = suowen(
        "export", tmp_path / "x", "--format", form, home=home, code=1, first=f"sys.modules[{missing!r}] = None"
    )
    assert f"{missing} is not installed; pip install 'suowen[{form}]'" in printed


# --- the archive -------------------------------------------------------------------------------------------------


def test_archive_files_move_on_and_back(copy: Path, tmp_path: Path) -> None:
    """A moved archive file can be moved again, also back into the archive folder, where backups include it."""
    home, stops = copy / "data" / "warc", [tmp_path / "one", tmp_path / "two"]
    (name,) = (path.name for path in home.glob("*.warc.gz"))
    for last, place in zip([home, *stops], [*stops, home], strict=True):
        assert run_json("archive", "--move-to", place, home=copy)["moved"] == [name]
        assert (place / name).is_file() and not (last / name).exists()
        assert run_json("archive", "--check", home=copy)["problems"] == []
        assert run_json("archive", "--move-to", place, home=copy)["moved"] == []
    suowen("backup", tmp_path / "all.tar", home=copy)
    with tarfile.open(tmp_path / "all.tar") as tar:
        assert f"warc/{name}" in tar.getnames()


@pytest.mark.parametrize("kind", ["folder", "url"])
def test_moved_files_are_found(copy: Path, tmp_path: Path, kind: str) -> None:
    """Files moved to a folder or URL leave the archive folder, pass --check, are read by replay, and do not stop a run.

    Damage to a moved file is reported.
    """
    if kind == "url":
        pytest.importorskip("fsspec")
    target = tmp_path / "far"
    moved = run_json("archive", "--move-to", target if kind == "folder" else target.as_uri(), home=copy)
    assert moved["moved"] and moved["stayed"] == [] and not list((copy / "data" / "warc").glob("*.warc.gz"))
    checked = run_json("archive", "--check", home=copy)
    assert checked["problems"] == [] and all(row["records"] > row["captures"] > 0 for row in checked["files"])
    assert json.loads(suowen("verify", "--json", home=copy))["problems"] == []
    assert "0 could not be processed again" in suowen("replay", "--dry-run", home=copy)
    with opened(copy) as store, Archive(copy / "data" / "warc", moved_files=store.moved_files) as archive:
        assert archive.recover(store.committed_files()) == [] and archive.problems == []
    path = next(target.iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert run_json("archive", "--check", home=copy, code=1)["problems"]


def test_files_that_cannot_be_moved(copy: Path, tmp_path: Path) -> None:
    """A file that is being written, or would replace a file of the same name, is reported and not moved."""
    (path,) = (copy / "data" / "warc").glob("*.warc.gz")
    (tmp_path / "far").mkdir()
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another process" in run_json("archive", "--move-to", tmp_path / "far", home=copy, code=3)["stayed"][0]
    (tmp_path / "far" / path.name).write_bytes(b"somebody's")
    assert "another file" in run_json("archive", "--move-to", tmp_path / "far", home=copy, code=3)["stayed"][0]
    assert (tmp_path / "far" / path.name).read_bytes() == b"somebody's"
    assert run_json("archive", "--move-to", tmp_path / "far", "--before", "2020-01-01", home=copy)["moved"] == []
    assert run_json("archive", "--check", home=copy)["problems"] == []


def test_interrupted_move(copy: Path, tmp_path: Path) -> None:
    """After a kill between storing the new place and deleting the old file, the archive has no problem.

    The next move deletes the old file.
    """
    (path,) = (copy / "data" / "warc").glob("*.warc.gz")
    target = storage_at(str(tmp_path / "far"))
    with path.open("rb") as file:
        target.put(file, path.name)
    with opened(copy) as store:
        store.record_move(path.name, target.where, None)
        with Archive(copy / "data" / "warc", moved_files=store.moved_files) as archive:
            assert archive.recover(store.committed_files()) == [] and archive.problems == []
    assert run_json("archive", "--move-to", tmp_path / "far", home=copy)["moved"] == [path.name]
    assert not path.exists() and target.size(path.name)


# --- growth ---


def test_old_outcomes_are_deleted_once_a_digest_counted_them(copy: Path) -> None:
    """Old outcome rows are deleted when a digest has counted them and the next digest is built; today's rows stay."""
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=200)
    with opened(copy) as store:
        run = store.start_run(long_ago, "test")
        with store.batch(at=long_ago, program="test", rules={}) as batch:
            batch.outcome(OutcomeRow(run, "https://old.example/1", "old", "known", "", long_ago))

    def rows() -> tuple[int, int]:
        with opened(copy) as store:
            seen = (
                queries.period(store, 0, 99, start=since, end=until).outcomes.values()
                for since, until in ((long_ago, long_ago + timedelta(days=1)), (now - timedelta(days=1), now))
            )
            return tuple(map(sum, seen))  # type: ignore[return-value]

    today = rows()[1]
    for days, left in ((None, 1), (3, 1), (2, 0)):
        date = ("--date", f"{now - timedelta(days=days):%Y-%m-%d}") if days else ()
        suowen("digest", *date, home=copy)
        assert rows() == (left, today) and today > 10


# --- failures ----------------------------------------------------------------------------------------------------


def test_reading_commands_create_no_store(empty: Path) -> None:
    """A read-only command does not create a store in a folder without one."""
    for command in (("search", "派出所"), ("digest",), ("replay", "--dry-run"), ("archive",), ("backup", "b.tar")):
        assert "no store yet" in suowen(*command, home=empty, code=2)
        assert not (empty / "data").exists()
    assert not Path("b.tar").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_to_a_full_disk(home: Path) -> None:
    """Output to a file on a full disk ends with a message and exit code 1, without a traceback."""
    for command in (("list",), ("list", "--json"), ("show", 1)):
        full = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
        assert "No space left on device" in suowen(*command, home=home, code=1, first=full)


def test_data_is_a_file(empty: Path) -> None:
    """When data/ is a file, `list` reports that there is no store, and `run` and `add` report the file.

    No command changes the file.
    """
    (empty / "data").write_text("notes")
    assert "no store yet" in suowen("list", home=empty, code=2)
    for command in (("run",), ("add", "http://127.0.0.1:9/")):
        assert "data is a file; it must be the folder" in suowen(*command, home=empty, code=2)
    assert (empty / "data").read_text() == "notes"


def test_not_a_store(empty: Path) -> None:
    """A file that is not a store is reported."""
    (empty / "data").mkdir()
    (empty / "data" / "suowen.db").write_text("notes of somebody\n" * 9)
    assert "not a SQLite database" in suowen("diff", 1, 2, home=empty, code=2)


def test_locked_store(copy: Path) -> None:
    """If another process holds the lock, a writing command waits, then ends with a message."""
    with (copy / "data" / "suowen.db-lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        printed = suowen(
            "reindex",
            home=copy,
            code=1,
            first="from store.store import open_store; open_store.__kwdefaults__['wait'] = 0.3",
        )
    assert "another process has been writing" in printed


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_read_only_folder(copy: Path, public_path: Path) -> None:
    """`reindex` fails in a folder that is unreadable or read-only, and changes nothing."""
    with opened(copy) as store:
        before = queries.list_articles(store)
    first = (
        "import ingest.cli.run, ingest.cli.maintenance, ingest.cli.query, ingest.cli.commits; "
        "import sqlalchemy.dialects.sqlite.pysqlite, os; os.setgid(65534); os.setuid(65534)"
    )
    assert "Permission denied" in suowen("reindex", home=copy, code=1, first=first)
    for path in (copy / "data", *(copy / "data").rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    printed = suowen("reindex", home=copy, code=1, first=first)
    assert any(word in printed for word in ("read-only", "cannot be written", "cannot be opened")), printed
    with opened(copy) as store:
        assert queries.list_articles(store) == before
