"""Tests of the commands subscriptions, test-channel, send and outbox in a new folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ingest.config.load import load
from store import open_store
from tests.support.bot_server import BotServer, wecom
from tests.support.command import run_text
from tests.support.digest_store import D21, at, put

SUBSCRIPTIONS = """\
destinations:
  - name: wecom
    kind: wecom
  - name: hook
    kind: webhook
    url: https://hooks.invalid/x
digest:
  to: []
subscriptions:
  - name: chongqing
    when: daily 08:00
    to: [wecom]
    words: 柳树湾
"""


#: quiet hours that together cover the whole day
QUIET = {"night": "00:00-12:00", "day": "12:00-00:00"}


def _environment(server: BotServer) -> dict[str, str]:
    return {
        **os.environ,
        "SUOWEN_DESTINATION__WECOM__URL": f"{server.base}/cgi-bin/webhook/send?key=k",
        "SUOWEN_DESTINATION__WECOM__INTERNAL": "true",
    }


def test_three_commands_from_nothing_to_a_message(tmp_path: Path) -> None:
    """After `init`, test-channel sends a message to a 企业微信 group whose URL is in the environment.

    The answer of the server is stored. `send digest` sends the digest to the same group.
    """
    home = tmp_path / "watch"
    with BotServer(wecom) as server:
        assert run_text("init", home, cwd=tmp_path).returncode == 0
        done = run_text("test-channel", "wecom", "--home", home, cwd=tmp_path, env=_environment(server))
        assert (done.returncode, done.stdout) == (0, "wecom: sent: 0 ok\n"), done.stderr
        assert "所闻测试消息" in server.accepted[0]
        done = run_text("send", "digest", "--home", home, cwd=tmp_path, env=_environment(server))
        assert done.returncode == 0 and "sent to 1," in done.stdout, done.stderr
        assert "没有新特写" in server.accepted[1] and len(server.accepted) == 2
        listed = run_text("outbox", "--home", home, "--json", cwd=tmp_path, env=_environment(server))
    (row,) = (row for row in json.loads(listed.stdout) if row["subscription"] == "test")
    assert (row["subscription"], row["state"], row["attempts"], row["answer"]) == ("test", "sent", 1, "0 ok")
    assert row["message"].startswith("test.")


def test_subscription_by_command(tmp_path: Path) -> None:
    """A new subscription reports later commits only; --dry-run prints but stores nothing.

    `send` sends each message once.
    """
    home = tmp_path / "watch"
    run_text("init", home, cwd=tmp_path)
    (home / "config" / "subscriptions.yaml").write_text(SUBSCRIPTIONS, encoding="utf-8")
    url = load(home).store_url()
    with open_store(url) as store:
        put(store, 1, at(D21, 5))
    with BotServer(wecom) as server:
        env = _environment(server)

        def command(*words: str) -> str:
            done = run_text(*words, "--home", home, cwd=tmp_path, env=env)
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert "nothing new" in command("send", "chongqing")
        with open_store(url) as store:
            put(store, 2, at(D21, 7))
        shown = command("send", "chongqing", "--dry-run")
        assert "第2篇" in shown and "第1篇" not in shown and "张建国" not in shown and server.accepted == []
        assert "第1篇" in command("send", "chongqing", "--dry-run", "--since", "0")
        assert command("send", "chongqing").splitlines()[1] == "wecom: sent: 0 ok"
        assert "nothing new" in command("send", "chongqing") and len(server.accepted) == 1
        rows = json.loads(command("subscriptions", "--json"))
        assert [(row["name"], row["when"], row["covered"]) for row in rows] == [
            ("digest", "daily 08:00", 0),
            ("chongqing", "daily 08:00", 2),
        ]
        assert "words: 柳树湾" in command("subscriptions")
        digest = command("send", "digest", "--dry-run")
        assert "特写2篇" in digest and len(server.accepted) == 1 and not list((home / "data").rglob("digest-*"))


def test_quiet_hours_are_named(tmp_path: Path) -> None:
    """If quiet hours delay a message, `send` prints when they end."""
    home = tmp_path / "watch"
    run_text("init", home, cwd=tmp_path)
    hours = "".join(f"  - {{name: {name}, kind: wecom, quiet: '{span}'}}\n" for name, span in QUIET.items())
    text = f"destinations:\n{hours}subscriptions:\n  - {{name: all, to: [night, day]}}\n"
    (home / "config" / "subscriptions.yaml").write_text(text, encoding="utf-8")
    with open_store(load(home).store_url()) as store:
        for number in (1, 2):
            put(store, number, at(D21, 5 + number))
            done = run_text("send", "all", "--home", home, cwd=tmp_path)
    quiet = [row for row in done.stdout.splitlines() if "waits until" in row]
    assert len(quiet) == 1 and quiet[0].endswith((" 12:00", " 00:00")), done.stdout


def test_failures_are_one_line_and_can_be_retried(tmp_path: Path) -> None:
    """If a destination refuses a message, the command prints the answer without the key and exits with 1.

    With the right address, `outbox --retry` sends the message.
    """
    home = tmp_path / "watch"
    run_text("init", home, cwd=tmp_path)
    with BotServer(wecom) as server:
        env = _environment(server)
        wrong = {**env, "SUOWEN_DESTINATION__WECOM__URL": f"{server.base}/send?key=geheim"}
        done = run_text("test-channel", "wecom", "--home", home, cwd=tmp_path, env=wrong)
        assert (done.returncode, done.stdout) == (1, "wecom: refused: 93000 invalid webhook url\n")
        table = run_text("outbox", "--unsent", "--home", home, cwd=tmp_path, env=env).stdout
        assert "93000 invalid webhook url" in table and "geheim" not in table
        done = run_text("outbox", "--retry", "--home", home, cwd=tmp_path, env=env)
        assert "wecom: sent: 0 ok" in done.stdout and len(server.accepted) == 1


def test_mistakes(tmp_path: Path) -> None:
    """Unknown names, missing URLs and mistakes in the file are reported in one line each, with exit code 2."""
    home = tmp_path / "watch"
    run_text("init", home, cwd=tmp_path)
    for words, expected in (
        (
            ("test-channel", "nowhere"),
            "nowhere: no such destination in config/subscriptions.yaml; known: wecom, dingtalk",
        ),
        (("test-channel", "wecom"), "it has no URL; set the environment variable SUOWEN_DESTINATION__WECOM__URL"),
    ):
        run_text("add", "--home", home, "x.txt", cwd=tmp_path)
        with open_store(load(home).store_url()):
            pass
        done = run_text(*words, "--home", home, cwd=tmp_path)
        assert done.returncode == 2 and expected in done.stderr, done
    for text, expected in (
        (
            "subscriptions:\n  - name: a\n    to: [x]\n",
            "subscriptions.yaml:3: subscriptions[0].to: x: no such destination",
        ),
        ("destinations:\n  - name: a\n    kind: mail\n", "recipients: a mail destination needs at least one"),
        (
            "destinations:\n  - {name: a, kind: wecom, url: 'https://x?key=k'}\n",
            "set SUOWEN_DESTINATION__A__URL instead",
        ),
        ("destinations:\n  - {name: a, kind: pigeon}\n", "destinations[0].kind: must be 'mail', 'wecom'"),
        (
            "subscriptions:\n  - {name: a, to: [], when: hourly}\n",
            'must be "at once", "daily 08:00" or "weekly mon 08:00"',
        ),
        ("subscriptions:\n  - {name: digest, to: []}\n", "digest is used already; names must be unique"),
    ):
        (home / "config" / "subscriptions.yaml").write_text(text, encoding="utf-8")
        done = run_text("subscriptions", "--home", home, cwd=tmp_path)
        assert done.returncode == 2 and expected in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
