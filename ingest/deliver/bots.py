"""Group bots of 企业微信, 钉钉 and 飞书: size limits in bytes, signatures, rate limits, error codes.

All three answer HTTP 200 for most failures and put the result into the body. Documentation:
https://developer.work.weixin.qq.com/document/path/91770 (企业微信),
https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages (钉钉),
https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (飞书).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingest.deliver.channel import Result
from ingest.deliver.http_post import Answer, Poster
from ingest.deliver.message_split import byte_size, json_size, split
from ingest.deliver.message_text import escape_markup, markdown, shortened
from ingest.digest.format_zh import cut, on_one_line
from ingest.errors import FetchError
from store.outbox import INTERRUPTED, Delivery, Message

#: seconds to wait after an HTTP status of a rate limit without a Retry-After time
_PAUSE = 60.0
#: words of a rate limit in an error message: 飞书 uses one error code for rate limits and for invalid bodies
_TOO_MANY = re.compile("frequency limit|too many request|rate limit", re.IGNORECASE)
#: bytes of a part reserved for the note about a possible duplicate
MARK = 110
#: maximum parts of a message, few enough for a group to read. Not measured
PARTS = 10
#: maximum items of each section, tried in turn until the message has at most `PARTS` parts
_ITEMS = (200, 100, 50, 20, 10, 5, 2)
#: a key or token in an answer or error message, which is replaced by ***
_KEY = re.compile(r"\b(key|access_token|token|sign|secret)=[^\s&\"']+", re.IGNORECASE)
#: codes of request errors after which another attempt may succeed
_PASSING = frozenset({"network", "timeout", "incomplete", "protocol-error", "too-large"})


class Bot(ABC):
    """A group bot behind one webhook URL that contains its key."""

    #: maximum size of the text of one message, as measured by `size`
    limit: ClassVar[int]
    #: function that returns the size of a text in bytes
    size: ClassVar[Callable[[str], int]] = byte_size
    per_minute = 20
    #: minimum seconds between two messages
    interval: ClassVar[float] = 0.0
    #: seconds to wait after an error code that means "too many messages"
    pause: ClassVar[float] = 60.0
    #: error codes that mean "too many messages"
    busy: ClassVar[frozenset[int]]
    #: error codes of failures inside the service
    failing: ClassVar[frozenset[int]] = frozenset()

    def __init__(
        self,
        url: str,
        *,
        secret: str = "",
        poster: Poster | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url, self._secret = url, secret
        self._poster, self._clock, self._sleep = poster or Poster(), clock, sleep
        self._sent_at = 0.0

    def recipients(self) -> tuple[str, ...]:
        """Return ("",): the group is the recipient."""
        return ("",)

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Return the message as Markdown, split into parts by the bot's limit."""
        limit = self.limit - MARK
        return split_content(content, lambda shown: split(markdown(shown), limit, size=type(self).size))

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Send one part; return the result. Waits until `interval` seconds have passed since the last message."""
        url, payload = self.request(escape_markup(message.title), marked_body(message, delivery))
        wait = self._sent_at + self.interval - self._clock()
        if 0 < wait <= self.interval:  # the wait is longer only if the clock was changed
            self._sleep(wait)
        self._sent_at = self._clock()
        try:
            answer = self._poster.post(url, json.dumps(payload, ensure_ascii=False).encode())
        except FetchError as error:
            return failed(error)
        return self._result(answer)

    @abstractmethod
    def request(self, title: str, text: str) -> tuple[str, dict[str, Any]]:
        """Return the URL and the JSON body for a text."""

    @abstractmethod
    def code(self, body: dict[str, Any]) -> tuple[int | None, str]:
        """Return the error code and the message of an answer. Code 0 is success; None means a body without a code."""

    def _result(self, answer: Answer) -> Result:
        try:
            body = json.loads(answer.body)
        except ValueError:
            body = None
        code, words = self.code(body) if isinstance(body, dict) else (None, "")
        if answer.status != 200 and (code in (None, 0) or answer.status >= 500):
            return status_result(answer)
        if code is None:
            return Result("later", f"HTTP 200 without an error code: {one_line(answer.body)}", whole=True)
        said = f"{code} {one_line(words)}".strip()
        if code == 0:
            return Result("sent", said)
        if code in self.busy or answer.status == 429 or _TOO_MANY.search(words):
            return Result("later", said, answer.retry_after or self.pause, whole=True)
        if code in self.failing:
            return Result("later", said, whole=True)
        return Result("refused", said)


class WeComBot(Bot):
    """Bot of a 企业微信 group. The key is part of the URL; there is no signature."""

    #: documented maximum of markdown.content: 4,096 bytes
    limit = 4096
    busy = frozenset({45009, 45033})
    failing = frozenset({-1})

    def request(self, title: str, text: str) -> tuple[str, dict[str, Any]]:
        """Return URL and body."""
        return self.url, {"msgtype": "markdown", "markdown": {"content": text}}

    def code(self, body: dict[str, Any]) -> tuple[int | None, str]:
        """Read errcode and errmsg."""
        return _number(body.get("errcode")), str(body.get("errmsg") or "")


class DingTalkBot(Bot):
    """Bot of a 钉钉 group. With a secret, the query contains HMAC-SHA256(secret, "timestamp\\nsecret")."""

    #: maximum bytes of the text. The body may have 20,000 bytes; the rest is for its other keys and the title
    limit = 19_000
    size = json_size
    #: seconds for which the bot is blocked after more than 20 messages in a minute
    pause = 600.0
    busy = frozenset({130101, 130102, 410100})
    failing = frozenset({-1})

    def request(self, title: str, text: str) -> tuple[str, dict[str, Any]]:
        """Return the URL, signed if there is a secret, and the body. The body mentions no member of the group."""
        return self._signed(), {
            "msgtype": "markdown",
            "markdown": {"title": cut(title, 60), "text": text},
            "at": {"atMobiles": [], "atUserIds": [], "isAtAll": False},
        }

    def _signed(self) -> str:
        if not self._secret:
            return self.url
        moment = str(round(self._clock() * 1000))
        key, words = self._secret.encode(), f"{moment}\n{self._secret}".encode()
        sign = base64.b64encode(hmac.new(key, words, hashlib.sha256).digest()).decode()
        parts = urlsplit(self.url)
        query = [*parse_qsl(parts.query, keep_blank_values=True), ("timestamp", moment), ("sign", sign)]
        return urlunsplit(parts._replace(query=urlencode(query)))

    def code(self, body: dict[str, Any]) -> tuple[int | None, str]:
        """Read errcode and errmsg."""
        return _number(body.get("errcode")), str(body.get("errmsg") or "")


class FeishuBot(Bot):
    """Bot of a 飞书 group. With a secret, the body contains HMAC-SHA256("timestamp\\nsecret", "")."""

    #: maximum bytes of the text. The body may have 20 kB; the rest is for its other keys and the title
    limit = 19_000
    size = json_size
    #: below the documented limits: 100 messages a minute and 5 a second
    per_minute, interval = 60, 0.25
    busy = frozenset({11232})
    failing = frozenset({11233})

    def request(self, title: str, text: str) -> tuple[str, dict[str, Any]]:
        """Return the URL and the body, signed if there is a secret."""
        body: dict[str, Any] = {
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": True},
                "header": {"template": "red", "title": {"tag": "plain_text", "content": cut(title, 100)}},
                "elements": [{"tag": "markdown", "content": text}],
            },
        }
        if self._secret:
            moment = str(int(self._clock()))
            key = f"{moment}\n{self._secret}".encode()
            sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
            body = {"timestamp": moment, "sign": sign, **body}
        return self.url, body

    def code(self, body: dict[str, Any]) -> tuple[int | None, str]:
        """Read code and msg; older bots name them StatusCode and StatusMessage."""
        code = body.get("code", body.get("StatusCode"))
        return _number(code), str(body.get("msg") or body.get("StatusMessage") or "")


def marked_body(message: Message, delivery: Delivery) -> str:
    """Return the text of a part; after an interrupted attempt it ends with the id of the message.

    A group can recognise a duplicate only by this note, because a bot's message has no header for the id.
    """
    mark = f"\n\n（可能重复，编号：{message.id}）" if delivery.answer == INTERRUPTED else ""
    return delivery.body + mark


def split_content(content: dict[str, Any], parts_of: Callable[[dict[str, Any]], list[str]]) -> list[str]:
    """Return the parts of a message, with fewer items of each section if there would be more than `PARTS` parts.

    With the fewest items of `_ITEMS` the number of parts is not limited.
    """
    parts: list[str] = []
    for most in _ITEMS:
        parts = parts_of(shortened(content, most))
        if len(parts) <= PARTS:
            break
    return parts


def failed(error: FetchError) -> Result:
    """Return the result of a request that got no usable answer."""
    answer = f"{error.code}: {one_line(error.detail)}"
    return Result("later" if error.code in _PASSING else "refused", answer, whole=True)


def status_result(answer: Answer) -> Result:
    """Return the result of an answer whose HTTP status means a failure."""
    said = f"HTTP {answer.status} {one_line(answer.body)}".strip()
    if answer.status in (408, 425, 429) or answer.status >= 500:
        wait = answer.retry_after or (_PAUSE if answer.status == 429 else None)
        return Result("later", said, wait, whole=answer.status in (429, 502, 503, 504))
    return Result("refused", said)


def one_line(text: str) -> str:
    """Return an answer on one line of at most 200 characters, with *** for keys that the answer repeats."""
    return cut(on_one_line(_KEY.sub(r"\1=***", text)), 200)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
