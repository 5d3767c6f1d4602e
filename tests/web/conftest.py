"""The real server on loopback over a real store, and what is stored in it."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from ingest.web.app import create_app
from ingest.web.server import listen
from store import Store

# Both databases, as the store's own tests have them.
_spec = importlib.util.spec_from_file_location("store_fixtures", Path(__file__).parents[1] / "store" / "conftest.py")
assert _spec and _spec.loader
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)
for _name in ("server", "empty_server_store", "empty_file", "postgres", "sqlite_url", "url", "opened", "store", "lite"):
    globals()[_name] = getattr(_fixtures, _name)

TOKEN = "t" * 43


@dataclass
class Clock:
    """Seconds as a test sets them."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Web:
    """A running server with what a test asks it with."""

    base: str
    app: Any
    store: Store
    clock: Clock
    #: sends the token with each request
    api: requests.Session = field(default_factory=requests.Session)
    #: a browser: keeps cookies
    browser: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **given: Any) -> requests.Response:
        return self.api.get(self.base + path, timeout=20, **given)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def enter(self, token: str = TOKEN, by: str = "老王", **given: Any) -> requests.Response:
        return self.browser.post(
            self.base + "/login", data={"token": token, "by": by, **given}, timeout=20, allow_redirects=False
        )

    def post(self, path: str, data: dict[str, str], **given: Any) -> requests.Response:
        return self.browser.post(self.base + path, data=data, timeout=20, allow_redirects=False, **given)


@pytest.fixture
def serving() -> Iterator[Callable[..., Web]]:
    """Starts servers over stores and stops them after the test."""
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
    for server, thread, web in running:
        thread.join(10)
        web.api.close()
        web.browser.close()
        server.task_dispatcher.shutdown()
        server.close()


@pytest.fixture
def web(store: Store, serving: Callable[..., Web]) -> Web:
    """The server over an empty store, on each database."""
    return serving(store)


@pytest.fixture
def lite_web(lite: Store, serving: Callable[..., Web]) -> Web:
    """The server over an empty store on SQLite, for what no database changes."""
    return serving(lite)
