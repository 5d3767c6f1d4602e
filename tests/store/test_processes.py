"""Commands that write at the same time: `suowen serve`, `web`, `run`, `add` and `import`, each in its own process."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from ingest.config.data_files import defaults
from store import Store, open_store
from store.export import export
from store.queries import list_articles, show, verify
from tests.support.command import FORKS
from tests.support.small_site import SmallSite, page, rss

SOURCES = """
sources:
  - {{name: small, home: "{base}/", list: [{{feed: "{base}/rss.xml"}}], every: 10s, delay: 0, loopback: true}}
"""
SETTINGS = """
store: "{url}"
batch: 2
workers: {{processes: 1}}
recheck: {{ratio: 0, floor: 0}}
"""
LISTED, ALL = 6, 9


def _command(home: Path, log: str, arguments: list[str]) -> None:
    os.environ["SUOWEN_HOME"] = str(home)
    for number in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.argv = ["suowen", *arguments]
    from ingest.cli.main import main

    main()


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Return a folder with two texts in the seed format that are not on any page."""
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as store:
        from tests.support.store_samples import article, batch_of, put

        with batch_of(store) as batch:
            for number in (1, 2):
                put(batch, article(number, text=f"井口派出所第{number}个故事。\n" + "民警走访群众。" * 30))
        export(store, tmp_path / "seeds", "seeds")
    return tmp_path / "seeds"


def _pages(site: SmallSite) -> list[str]:
    """Put nine features on the site, list six of them in its feed, and return the URLs of all nine."""
    body = sorted((defaults() / "seeds").glob("0*.txt"))[1].read_text(encoding="utf-8").split("\n", 1)[1]
    titles = {f"/{number}.html": f"第{number}派出所的一天" for number in range(ALL)}
    for path, title in titles.items():
        site.pages[path] = page(title, f"{title}开始了。\n{body}")
    site.pages["/rss.xml"] = rss(site.base, dict(list(titles.items())[:LISTED]))
    return [site.base + path for path in titles]


class _Reader(threading.Thread):
    """A simulated user of `suowen web` who confirms the first fact of each article as soon as the article is listed."""

    def __init__(self, home: Path) -> None:
        super().__init__(daemon=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._token = home / "data" / "web-token"
        #: number of the Commit of the correction that the server reported as stored, by article
        self.kept: dict[int, int] = {}
        #: status codes of corrections that were not stored and are sent again
        self.refused: list[int] = []
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.05):
            try:
                self._look()
            except (requests.RequestException, FileNotFoundError):
                continue  # the server has not started yet

    def _look(self) -> None:
        base = f"http://127.0.0.1:{self.port}/api/articles"
        headers = {"Authorization": f"Bearer {self._token.read_text().strip()}"}
        listed = requests.get(f"{base}?ruling=feature&limit=100", headers=headers, timeout=60).json()["articles"]
        for number in (row["id"] for row in listed if row["id"] not in self.kept):
            facts = requests.get(f"{base}/{number}", headers=headers, timeout=60).json()["facts"]
            body = {"action": "confirm", "by": f"reader of {number}", "etag": facts[0]["etag"]}
            answer = requests.post(
                f"{base}/{number}/facts/{facts[0]['position']}", headers=headers, json=body, timeout=60
            )
            if answer.status_code == 200:
                self.kept[number] = answer.json()["commit"]
            else:
                self.refused.append(answer.status_code)


@pytest.mark.timeout(240)
def test_serve_web_run_add_and_import_at_once(url: str, tmp_path: Path, seeds: Path) -> None:
    """Seven processes write at the same time; no row is lost, doubled or damaged.

    Six of them offer nine pages, most of them several times, and two texts; through the seventh a user corrects
    facts. Each article is stored once, in one story. Each correction reported as stored is stored once. The chain of
    hashes and the archive verify, and each process ends with success.
    """
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    with SmallSite() as site:
        addresses = _pages(site)
        (home / "config" / "sources.yaml").write_text(SOURCES.format(base=site.base), encoding="utf-8")
        (home / "config" / "settings.yaml").write_text(SETTINGS.format(url=url), encoding="utf-8")
        reader = _Reader(home)
        commands = [
            ["serve"],
            ["web", "--port", str(reader.port)],
            ["run"],
            ["run"],
            ["import", str(seeds)],
            *(["add", *addresses[first : first + 6]] for first in (0, 3)),
        ]
        processes = [
            FORKS.Process(target=_command, args=(home, f"{tmp_path}/{number}.log", command))
            for number, command in enumerate(commands)
        ]
        for process in processes:
            process.start()
        reader.start()
        for process in processes[2:]:
            process.join(150)
        with open_store(url) as store:
            passed = _serve_has_passed(store)
            features = {row.id for row in list_articles(store, ruling="feature", limit=1000)}
            judged = _waited(lambda: features <= reader.kept.keys())
            reader.stop.set()
            reader.join(60)
            for process in processes[:2]:
                process.terminate()
                process.join(30)
            logs = [Path(f"{tmp_path}/{number}.log").read_text(encoding="utf-8") for number in range(len(commands))]
            assert passed and [process.exitcode for process in processes] == [0] * len(commands), logs
            stored = Counter(row.url for row in list_articles(store, limit=1000))
            assert {address for address in stored if address.startswith("http")} == set(addresses)
            assert set(stored.values()) == {1} and len(stored) == ALL + 2
            assert verify(store, home / "data" / "warc") == []
            assert _in_no_story_or_several(store) == 0 and len(_triggers(store)) == 4
            assert judged and len(features) >= ALL and set(reader.refused) <= {503}  # 503: the store was busy
            correctors = [correction.by for number in features for correction in show(store, number).corrections]
            assert sorted(correctors) == sorted(f"reader of {number}" for number in reader.kept)
            assert len(set(reader.kept.values())) == len(reader.kept)


def _serve_has_passed(store: Store) -> bool:
    """Wait up to half a minute for `serve` to finish a pass; return whether it did."""

    def finished() -> bool:
        with store.database.read() as db:
            return bool(
                db.execute(text("SELECT 1 FROM runs WHERE trigger = 'serve' AND finished_at IS NOT NULL")).first()
            )

    return _waited(finished)


def _waited(true: Callable[[], bool]) -> bool:
    """Return whether the condition becomes true within half a minute."""
    for _ in range(300):
        if true():
            return True
        time.sleep(0.1)
    return False


def _triggers(store: Store) -> set[str]:
    """Return the triggers of all runs, for example "serve"."""
    with store.database.read() as db:
        return set(db.execute(text("SELECT trigger FROM runs")).scalars())


def _in_no_story_or_several(store: Store) -> int:
    with store.database.read() as db:
        return int(
            db.execute(text("SELECT (SELECT count(*) FROM articles) - (SELECT count(*) FROM members)")).scalar_one()
        )
