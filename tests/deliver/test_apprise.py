"""Tests of ingest/deliver/apprise_channel.py; the part with the package needs apprise installed."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import pytest

from ingest.deliver.apprise_channel import AppriseChannel
from ingest.errors import ConfigError
from store.outbox import Delivery, Message
from tests.support.bot_server import BotServer

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package one line says how to install it."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"pip install 'suowen\[apprise\]'"):
        AppriseChannel("json://localhost/")


def test_message_by_apprise() -> None:
    """A service of apprise gets the text; one that refuses is tried again; an unknown URL is an error without it."""
    pytest.importorskip("apprise", reason="needs apprise")
    with pytest.raises(ConfigError, match="not one that apprise knows") as caught:
        AppriseChannel("nowhere://geheim")
    assert "geheim" not in str(caught.value)
    message = Message("m.1", "news", NOW, "标题", {"headline": "标题", "sections": []})
    delivery = Delivery("m.1", "phone", "", 1, "正文", "sending", 1, NOW, "", NOW)
    with BotServer(lambda server, path, body, headers: (200, {}, {})) as server:
        channel = AppriseChannel(server.base.replace("http://", "json://"))
        assert channel.parts({"headline": "标题", "sections": []}) == ["标题\n"]
        assert (
            channel.send(message, delivery).state == "sent" and "正文" in json.loads(server.requests[0][1])["message"]
        )
        server.before = lambda number: (500, {}, {})
        assert channel.send(message, delivery).state == "later"
