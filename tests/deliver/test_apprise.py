"""Tests of ingest/deliver/apprise_channel.py and apprise_child.py: real plugins against servers on loopback."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.deliver.apprise_channel import AppriseChannel
from ingest.deliver.apprise_child import audit_hook
from ingest.deliver.channel import Result
from ingest.errors import ConfigError
from store.outbox import Delivery, Message
from tests.support.bot_server import BotServer

NOW = datetime(2026, 11, 30, tzinfo=UTC)
CONTENT = {"headline": "所闻：<!channel> @all", "sections": []}


def send(channel: AppriseChannel, body: str = "正文") -> Result:
    """Send one text and return the result."""
    message = Message("m.1", "news", NOW, "标题 @everyone", CONTENT)
    return channel.send(message, Delivery("m.1", "phone", "", 1, body, "sending", 1, NOW, "", NOW))


def accepting() -> BotServer:
    """Return a server that accepts every request."""
    return BotServer(lambda server, path, body, headers: (200, {}, {}))


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the package apprise is missing, ConfigError says how to install it."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"pip install 'suowen\[apprise\]'"):
        AppriseChannel("json://localhost/")


def test_unknown_url_is_named_without_its_key() -> None:
    """A URL of an unknown kind is reported in one line without the key that it contains."""
    with pytest.raises(ConfigError, match="not one that apprise knows") as caught:
        AppriseChannel("nowhere://geheim")
    assert "geheim" not in str(caught.value)


def test_ntfy_and_json_services() -> None:
    """Two real plugins deliver title and text without a mention; a long text is split at the service's limit."""
    with accepting() as server:
        host = server.base.removeprefix("http://")
        ntfy = AppriseChannel(f"ntfy://{host}/stations", internal=True)
        (part,) = ntfy.parts(CONTENT)
        assert part == "所闻：＜!channel＞ ＠all\n"
        assert send(ntfy, part) == Result("sent", "apprise: sent")
        body = json.loads(server.requests[0][1])
        assert (body["topic"], body["title"]) == ("stations", "标题 ＠everyone") and "＠all" in body["message"]
        assert all(len(part.encode()) <= 7800 for part in ntfy.parts({"headline": "长" * 9000, "sections": []}))
        assert send(AppriseChannel(f"json://{host}/", internal=True)).state == "sent"
        assert json.loads(server.requests[1][1])["message"] == "正文"


def test_refusal_is_one_line_without_the_key() -> None:
    """The answer of a failing service is returned without the keys of its URL, and the message is retried later."""
    with accepting() as server:
        server.before = lambda number: (503, {"error": "geheimnis123 is busy"}, {})
        url = f"json://user:geheimnis123@{server.base.removeprefix('http://')}/geheimnis123/"
        result = send(AppriseChannel(url, internal=True))
    assert result.state == "later" and "503" in result.answer and "geheimnis123" not in result.answer, result


def test_addresses_pass_the_guard() -> None:
    """A service on loopback is refused unless the destination is internal; no request reaches it."""
    with accepting() as server:
        host = server.base.removeprefix("http://")
        for url in (f"json://{host}/", f"ntfy://localhost:{host.partition(':')[2]}/t"):
            result = send(AppriseChannel(url))
            assert result.state == "refused" and "loopback; set internal: true" in result.answer, result
        assert server.requests == []
    link_local = send(AppriseChannel("json://169.254.169.254/latest", internal=True))
    assert link_local.state == "refused" and "link-local" in link_local.answer


def test_service_that_hangs() -> None:
    """An attempt to reach a service that does not answer ends at the deadline; all messages of the destination wait."""
    with accepting() as server:
        server.before = lambda number: time.sleep(2) or None
        begun = time.monotonic()
        channel = AppriseChannel(f"json://{server.base.removeprefix('http://')}/", internal=True, deadline=1)
        assert send(channel) == Result("later", "apprise: timeout: not answered within 1 s", whole=True)
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("event", "address", "internal", "expected"),
    [
        ("socket.connect", ("8.8.8.8", 443), False, None),
        ("socket.connect", ("10.0.0.1", 443), True, None),
        ("socket.connect", ("10.0.0.1", 443), False, "private"),
        ("socket.connect", ("::ffff:127.0.0.1", 443, 0, 0), False, "loopback"),
        ("socket.connect", ("fe80::1%eth0", 443, 0, 2), True, "link-local"),
        ("socket.connect", ("internal.example", 443), True, "not an IP address"),
        ("socket.connect", "/run/dbus", True, "not an IP address"),
        ("socket.sendto", ("127.0.0.1", 514), False, "loopback"),
        ("subprocess.Popen", None, True, "starts another process"),
        ("open", None, False, None),
    ],
)
def test_every_connection_is_seen(event: str, address: Any, internal: bool, expected: str | None) -> None:
    """The audit hook checks each socket address, against DNS rebinding; host names and subprocesses are refused."""
    reasons: list[str] = []
    hook = audit_hook(internal, reasons)
    if expected is None:
        hook(event, (None, address))
    else:
        with pytest.raises(PermissionError, match=expected):
            hook(event, (None, address))
    assert bool(reasons) == bool(expected)
