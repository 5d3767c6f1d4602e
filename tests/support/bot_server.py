"""HTTP servers on loopback that enforce the documented rules of 企业微信, 钉钉 and 飞书 bots, and a webhook receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: answer of a server: (status, body, headers)
Reply = tuple[int, Any, dict[str, str]]


class BotServer:
    """Server that records requests and accepted messages.

    `before` gets the number of requests so far. It returns an answer, or None to apply the rules.
    """

    def __init__(self, rules: Callable[[BotServer, str, bytes, dict[str, str]], Reply]) -> None:
        self.rules = rules
        self.accepted: list[Any] = []
        self.requests: list[tuple[str, bytes, dict[str, str]]] = []
        self.before: Callable[[int], Reply | None] = lambda number: None
        #: secret of the signatures ("" to check none), and maximum number of messages a minute
        self.secret, self.per_minute = "", 20
        self.sent_at: list[float] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {key.lower(): value for key, value in self.headers.items()}
                with outer._lock:
                    outer.requests.append((self.path, body, headers))
                    reply = outer.before(len(outer.requests)) or outer.rules(outer, self.path, body, headers)
                status, content, extra = reply
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for key, value in {"Content-Length": str(len(data)), **extra}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> BotServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def over_rate(self, per_second: int = 0) -> bool:
        """Count a message; return whether the limit of the last minute or second is exceeded."""
        now = time.monotonic()
        self.sent_at = [moment for moment in self.sent_at if now - moment < 60] + [now]
        lately = sum(now - moment < 1 for moment in self.sent_at)
        return len(self.sent_at) > self.per_minute or bool(per_second and lately > per_second)


def wecom(server: BotServer, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Apply the rules of 企业微信: key in the URL, at most 4,096 bytes of Markdown, limited rate, no mention.

    Errors are an errcode with HTTP 200.
    """
    if parse_qs(urlsplit(path).query).get("key") != ["k"]:
        return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, {}
    message = json.loads(body)
    if server.over_rate():
        return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, {}
    content = message["markdown"]["content"]
    if message["msgtype"] != "markdown" or len(content.encode()) > 4096:
        return 200, {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}, {}
    assert "@" not in content and "mentioned_list" not in message
    server.accepted.append(content)
    return 200, {"errcode": 0, "errmsg": "ok"}, {}


def dingtalk(server: BotServer, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Apply the rules of 钉钉: access token and signature in the query, at most 20,000 bytes, limited rate, no mention.

    Errors are an errcode with HTTP 200.
    """
    query = {key: values[0] for key, values in parse_qs(urlsplit(path).query).items()}
    if query.get("access_token") != "t":
        return 200, {"errcode": 300005, "errmsg": "token is not exist"}, {}
    words = f"{query.get('timestamp')}\n{server.secret}".encode()
    sign = base64.b64encode(hmac.new(server.secret.encode(), words, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() * 1000 - int(query.get("timestamp", "0"))) < 3_600_000
    if server.secret and (query.get("sign") != sign or not fresh):
        return 200, {"errcode": 310000, "errmsg": "sign not match"}, {}
    message = json.loads(body)
    if len(body) > 20_000:
        return 200, {"errcode": 460101, "errmsg": "message too long"}, {}
    if server.over_rate():
        return 200, {"errcode": 130101, "errmsg": "send too fast"}, {}
    assert message["at"] == {"atMobiles": [], "atUserIds": [], "isAtAll": False}
    assert "@" not in message["markdown"]["text"] + message["markdown"]["title"]
    server.accepted.append(message["markdown"]["text"])
    return 200, {"errcode": 0, "errmsg": "ok"}, {}


def feishu(server: BotServer, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Apply the rules of 飞书: signature in the body, at most 20,480 bytes, 5 messages a second, no mention.

    Errors are a code with HTTP 200, or 400 for a body that is too long.
    """
    message = json.loads(body)
    key = f"{message.get('timestamp')}\n{server.secret}".encode()
    if server.secret and message.get("sign") != base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode():
        return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}, {}
    if len(body) > 20 * 1024:
        return 400, {"code": 9499, "msg": "Bad Request", "data": {}}, {}
    if server.over_rate(per_second=5):
        return 200, {"code": 11232, "msg": "frequency limited psm[lark.oapi]appID[1500]", "data": {}}, {}
    text = message["card"]["elements"][0]["content"]
    assert "<at" not in text and "@" not in text + message["card"]["header"]["title"]["content"]
    server.accepted.append(text)
    return 200, {"code": 0, "msg": "success", "data": {}}, {}


def webhook(server: BotServer, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Receive a message of Standard Webhooks: check its signature if there is a secret, record (webhook-id, body)."""
    if server.secret:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.new(server.secret.encode(), signed, hashlib.sha256).digest()).decode()
        if headers.get("webhook-signature") != f"v1,{digest}":
            return 401, {"error": "signature"}, {}
    server.accepted.append((headers["webhook-id"], json.loads(body)))
    return 204, b"", {}
