"""Tests of the commands token and feed: tokens and feed addresses work until they are revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.cli.access import app
from ingest.config.load import load
from ingest.errors import UsageError
from ingest.web import create_app
from store import StoreError, open_store
from tests.support.store_samples import article, batch_of, put


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a working folder with a subscription and one article."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    (tmp_path / "config" / "settings.yaml").write_text("pages: https://suowen.example.org/\n", encoding="utf-8")
    (tmp_path / "config" / "subscriptions.yaml").write_text(
        "subscriptions: [{name: chongqing, to: []}]\n", encoding="utf-8"
    )
    with open_store(load(tmp_path, {}).store_url()) as store, batch_of(store) as batch:
        put(batch, article(1))
    return tmp_path


def run(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home)], catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_token_from_making_to_revoking(home: Path) -> None:
    """The printed token works until it is revoked; lists show scope and state, but never the token."""
    token = run(home, "token", "add", "notebook", "--scope", "correct", "--days", "30").strip()
    assert len(token) == 43
    with pytest.raises(StoreError, match="the name is used"):
        run(home, "token", "add", "notebook")
    with open_store(load(home, {}).store_url()) as store:
        client = create_app(store, "t" * 43, zone="Asia/Shanghai").test_client()
        header = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/articles", headers=header).status_code == 200
        assert run(home, "token", "revoke", "notebook") == "token notebook: revoked\n"
        assert client.get("/api/articles", headers=header).status_code == 401
    (row,) = json.loads(run(home, "token", "list", "--json"))
    assert (row["name"], row["scope"], row["state"]) == ("notebook", "correct", "revoked")
    assert token not in run(home, "token", "list")
    with pytest.raises(StoreError, match="no such token"):
        run(home, "token", "revoke", "notebook")


def test_feed_from_making_to_revoking(home: Path) -> None:
    """Both printed addresses start with the public URL and work until they are revoked."""
    addresses = run(home, "feed", "add", "all", "--station", "井口").split()
    assert [address.rpartition("/")[2] for address in addresses] == ["atom", "json"]
    assert all(address.startswith("https://suowen.example.org/feeds/") for address in addresses)
    with open_store(load(home, {}).store_url()) as store:
        client = create_app(store, "t" * 43, zone="Asia/Shanghai").test_client()
        paths = [address.removeprefix("https://suowen.example.org") for address in addresses]
        assert [client.get(path).status_code for path in paths] == [200, 200]
        run(home, "feed", "revoke", "all")
        assert [client.get(path).status_code for path in paths] == [404, 404]
    (row,) = json.loads(run(home, "feed", "list", "--json"))
    assert row["target"] == {"kind": "search", "station": "井口", "ruling": "feature", "limit": 100}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--subscription", "nothing"), "known: digest, chongqing"),
        (("--subscription", "chongqing", "--words", "民警"), "goes with no other choice"),
        (("--changes", "--place", "重庆"), "goes with --station only"),
    ],
)
def test_feed_options_that_contradict(home: Path, options: tuple[str, ...], message: str) -> None:
    """Contradicting options, an unknown subscription and an invalid name are refused with a remedy."""
    with pytest.raises(UsageError, match=message):
        run(home, "feed", "add", "x", *options)
    with pytest.raises(UsageError, match="1 to 60 printable characters"):
        run(home, "feed", "add", " ")
    assert run(home, "feed", "add", "ours", "--subscription", "chongqing").count("/feeds/") == 2
