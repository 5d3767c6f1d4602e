"""Tests of bots and webhooks against loopback servers that enforce the documented rules."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.deliver.bots import Bot, DingTalkBot, FeishuBot, WeComBot
from ingest.deliver.channel import Result
from ingest.deliver.http_post import Poster
from ingest.deliver.message_content import item, line, section
from ingest.deliver.message_split import json_size, split
from ingest.deliver.message_text import markdown
from ingest.deliver.webhook import Webhook
from ingest.fetch.ssrf_guard import Resolver
from store.outbox import INTERRUPTED, Delivery, Message
from tests.support.bot_server import BotServer, dingtalk, feishu, webhook, wecom

NOW = datetime(2026, 11, 30, tzinfo=UTC)
#: title of a hostile article, which tries to mention everybody
TITLE = "所闻 11月30日：《@所有人<at id=all></at>》有改动"
MESSAGE = Message("daily.1", "daily", NOW, TITLE, {"sections": [], "headline": TITLE})


@pytest.fixture
def start() -> Iterator[Any]:
    """Yield a factory of servers, which are stopped at the end of the test."""
    with ExitStack() as stack:
        yield lambda rules: stack.enter_context(BotServer(rules))


def delivery(body: str) -> Delivery:
    """Return a delivery with this text."""
    return Delivery("daily.1", "desk", "", 1, body, "sending", 1, NOW, "", NOW)


def send(channel: Any, body: str = "一句话") -> Result:
    """Send one text and return the result."""
    result: Result = channel.send(MESSAGE, delivery(body))
    return result


def internal(deadline: float = 5.0) -> Poster:
    """Return a poster that may connect to loopback."""
    return Poster(internal=True, deadline=deadline)


LONG = {
    "headline": "@all 特写300篇",
    "sections": [
        section(
            "features",
            "新特写",
            [
                item(
                    f"第{number}篇<@all>@所有人“{'长' * 30}”",
                    url=f"https://news.example/@all/{number}.html",
                    lines=[line("所\\" * 50, quote='引文"\\[x](javascript:alert(1))' * 3)],
                )
                for number in range(50)
            ],
        )
    ],
}


@pytest.mark.parametrize(
    ("kind", "rules", "path", "secret"),
    [
        (WeComBot, wecom, "/cgi-bin/webhook/send?key=k", ""),
        (DingTalkBot, dingtalk, "/robot/send?access_token=t", "SECabc"),
        (FeishuBot, feishu, "/open-apis/bot/v2/hook/t", "s"),
    ],
)
def test_long_message_passes_the_rules(start: Any, kind: type[Bot], rules: Any, path: str, secret: str) -> None:
    """A long message is split into numbered parts. The server accepts them all, in order.

    Together they contain all items and no mention.
    """
    server = start(rules)
    server.secret, server.per_minute = secret, 1000
    bot = kind(server.base + path, secret=secret, poster=internal())
    parts = bot.parts(LONG)
    assert len(parts) > 1 and parts[0].endswith(f"（1/{len(parts)}）")
    assert [send(bot, part).state for part in parts] == ["sent"] * len(parts)
    assert server.accepted == parts
    text = "".join(parts)
    assert all(f"[第{number}篇＜＠all＞＠所有人" in text for number in range(50))
    assert "](javascript" not in text and text.count("](https://news.example/%40all/") == 50


@pytest.mark.parametrize(
    ("kind", "rules", "path", "answer"),
    [
        (WeComBot, wecom, "/send?key=wrong", "93000 invalid webhook url"),
        (DingTalkBot, dingtalk, "/send?access_token=wrong", "300005 token is not exist"),
        (FeishuBot, feishu, "/hook", "19021 sign match fail or timestamp is not within one hour from current time"),
    ],
)
def test_error_code_in_a_200_is_a_refusal(start: Any, kind: type[Bot], rules: Any, path: str, answer: str) -> None:
    """HTTP 200 with an error code is a refusal; code and message of the service are stored as the answer."""
    server = start(rules)
    server.secret = "right"
    assert send(kind(server.base + path, secret="", poster=internal())) == Result("refused", answer)


def test_possible_duplicate_names_its_message(start: Any) -> None:
    """A part that an interrupted process may have sent before is sent with the id of its message at the end.

    The part with the id fits the length limit.
    """
    server = start(wecom)
    bot = WeComBot(server.base + "/send?key=k", poster=internal())
    message = replace(MESSAGE, id=f"{'n' * 40}.{'0' * 16}")
    for body in (bot.parts(LONG)[0], "一句话"):
        again = replace(delivery(body), answer=INTERRUPTED)
        assert bot.send(message, again).state == "sent" and bot.send(message, delivery(body)).state == "sent"
        assert server.accepted[-2] == f"{body}\n\n（可能重复，编号：{message.id}）" and server.accepted[-1] == body


def test_rate_limit_is_waited_out(start: Any) -> None:
    """After the service refuses the 21st message within a minute, all messages of the destination wait a minute."""
    server = start(wecom)
    bot = WeComBot(server.base + "/send?key=k", poster=internal())
    results = [send(bot) for _ in range(21)]
    assert [result.state for result in results] == ["sent"] * 20 + ["later"]
    assert results[-1] == Result("later", "45009 api freq out of limit", 60.0, whole=True)


def test_dingtalk_blocks_for_ten_minutes(start: Any) -> None:
    """钉钉 blocks a bot for 10 minutes after more than 20 messages in a minute; the destination waits as long."""
    server = start(dingtalk)
    server.per_minute = 0
    result = send(DingTalkBot(server.base + "/send?access_token=t", poster=internal()))
    assert result == Result("later", "130101 send too fast", 600.0, whole=True)


def test_feishu_gets_at_most_five_a_second(start: Any) -> None:
    """The bot sends eight messages a quarter of a second apart, and the server accepts all of them.

    Without the pauses the server refuses some.
    """
    server = start(feishu)
    server.per_minute = 100
    bot = FeishuBot(server.base + "/hook", poster=internal())
    begun = time.monotonic()
    assert [send(bot).state for _ in range(8)] == ["sent"] * 8
    assert time.monotonic() - begun > 1.5
    bot = FeishuBot(server.base + "/hook", poster=internal(), sleep=lambda seconds: None)
    assert "11232" in {send(bot).answer[:5] for _ in range(8)}


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ((400, {"code": 9499, "msg": "Bad Request"}, {}), "refused"),
        ((200, {"code": 9499, "msg": "too many request"}, {}), "later"),
        ((400, {"code": 11232, "msg": "frequency limited psm"}, {}), "later"),
        ((200, {"StatusCode": 0, "StatusMessage": "success"}, {}), "sent"),
        ((400, {"code": 0}, {}), "refused"),
    ],
)
def test_codes_of_feishu(start: Any, reply: Any, state: str) -> None:
    """飞书 answers some errors with HTTP 400 and uses one code for a bad body and a rate limit.

    The error message in the answer decides.
    """
    server = start(feishu)
    server.before = lambda number: reply
    assert send(FeishuBot(server.base + "/hook", poster=internal())).state == state


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ((503, b"", {}), Result("later", "HTTP 503", whole=True)),
        ((429, b"slow", {"Retry-After": "7"}), Result("later", "HTTP 429 slow", 7.0, whole=True)),
        ((500, b"key=abc&x", {}), Result("later", "HTTP 500 key=***&x")),
        ((404, b"", {}), Result("refused", "HTTP 404")),
        ((302, b"", {"Location": "http://127.0.0.1/"}), Result("refused", "HTTP 302")),
        ((200, b"<html>", {}), Result("later", "HTTP 200 without an error code: <html>", whole=True)),
        ((200, {"errcode": -1, "errmsg": "busy"}, {}), Result("later", "-1 busy", whole=True)),
        (
            (200, {"errcode": True}, {}),
            Result("later", 'HTTP 200 without an error code: {"errcode": true}', whole=True),
        ),
    ],
)
def test_answers_of_a_broken_server(start: Any, reply: Any, result: Result) -> None:
    """Each answer is reported in one line; only temporary failures are retried; redirects are not followed."""
    server = start(wecom)
    server.before = lambda number: reply
    assert send(WeComBot(server.base + "/send?key=k", poster=internal())) == result
    assert len(server.requests) == 1


def test_server_that_hangs(start: Any) -> None:
    """The attempt to reach a server that does not answer ends at the deadline; all messages of the destination wait."""
    server = start(wecom)
    server.before = lambda number: time.sleep(3) or None
    begun = time.monotonic()
    result = send(WeComBot(server.base + "/send?key=k", poster=internal(0.5)))
    assert (result.state, result.whole) == ("later", True) and result.answer.startswith("timeout: ")
    assert time.monotonic() - begun < 2.5


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://127.0.0.1:8799/x?key=geheim", "blocked-address: 127.0.0.1 resolves to 127.0.0.1, which is loopback"),
        ("http://169.254.169.254/latest", "blocked-address: "),
        ("http://10.0.0.1/x", "private; set internal: true if it is a server of your own network"),
        ("file:///etc/passwd", "bad-url: "),
        ("http://user:geheim@example.org/", "bad-url: "),
        ("not an address", "bad-url: "),
    ],
)
def test_addresses_pass_the_guard(url: str, answer: str) -> None:
    """Private, loopback and malformed addresses are refused in one line without the key."""
    result = send(Webhook(url))
    assert result.state == "refused" and answer in result.answer and "geheim" not in result.answer, result.answer


def test_names_are_judged_by_their_addresses(start: Any) -> None:
    """A name that resolves to loopback, alone or beside a public address, is refused (DNS rebinding).

    Each request resolves the name once and connects to an address that was checked.
    """
    server = start(webhook)
    port = server.base.rpartition(":")[2]
    lookups: list[str] = []

    def rebinding(name: str, port: int) -> list[str]:
        lookups.append(name)
        return ["8.8.8.8", "127.0.0.1"] if len(lookups) == 1 else ["127.0.0.1"]

    for _ in range(2):
        result = send(Webhook(f"http://hooks.example:{port}/x", poster=Poster(resolver=Resolver(rebinding))))
        assert result.state == "refused" and "resolves to 127.0.0.1, which is loopback" in result.answer
    assert server.requests == [] and lookups == ["hooks.example"] * 2


def test_link_local_addresses_stay_refused() -> None:
    """Internal destinations cannot reach the metadata server of a cloud either (link-local address)."""
    assert "link-local" in send(Webhook("http://169.254.169.254/", poster=internal())).answer


def test_webhook_is_signed(start: Any) -> None:
    """The receiver can verify id, timestamp and body; a wrong secret is refused."""
    server = start(webhook)
    server.secret = "geheim"
    assert send(Webhook(server.base + "/hook", secret="geheim", poster=internal())) == Result("sent", "HTTP 204")
    ((number, body),) = server.accepted
    assert number == body["id"] == "daily.1" and body["title"] == MESSAGE.title
    assert send(Webhook(server.base + "/hook", secret="falsch", poster=internal())).state == "refused"


def test_base64_secrets_of_standard_webhooks() -> None:
    """The signature equals the test vector of the Standard Webhooks libraries."""
    hook = Webhook("https://example.org", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", clock=lambda: 1614265330.0)
    headers = hook.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text('所闻。\n a<"\\', max_size=400), st.integers(64, 200))
def test_split_keeps_bytes_and_text(text: str, limit: int) -> None:
    """For any text each part fits the limit, and no character except blanks is lost between the parts."""
    parts = split(text, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    assert all(json_size(part) <= limit for part in split(text, limit, size=json_size))
    plain = split(text, limit, numbered=False)
    assert "".join("".join(plain).split()) == "".join(text.split())


def test_split_prefers_paragraphs() -> None:
    """Parts end at blank lines if the paragraphs fit the limit, else at the ends of sentences."""
    first, second = split(f"{'一' * 30}\n\n{'二' * 30}\n\n{'三' * 30}", 220)
    assert first.startswith("一") and first.endswith("二\n\n（1/2）") and second.startswith("三")
    sentences = split("这是一句话。" * 20, 100, numbered=False)
    assert all(part.endswith("。") for part in sentences)


def test_markdown_is_neutralised() -> None:
    """A title cannot become a link, a mention or HTML."""
    text = markdown({"sections": [section("x", "新", [item("[a](b) <@all> @all", url="https://a.cn/(x)")])]})
    assert text == "**【新】1**\n[［a］(b) ＜＠all＞ ＠all](https://a.cn/%28x%29)"
