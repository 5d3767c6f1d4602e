"""Webhooks: signed JSON by the Standard Webhooks specification (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from ingest.deliver.bots import failed, one_line, status_result
from ingest.deliver.channel import Result
from ingest.deliver.http_post import Poster
from ingest.errors import FetchError
from store.outbox import Delivery, Message


class Webhook:
    """Channel of one URL that receives each message as one JSON object.

    The recipient recognises a duplicate by its `webhook-id`.
    """

    per_minute = 0

    def __init__(
        self, url: str, *, secret: str = "", poster: Poster | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.url, self._secret = url, secret
        self._poster, self._clock = poster or Poster(), clock

    def recipients(self) -> tuple[str, ...]:
        """Return ("",): the URL is the recipient."""
        return ("",)

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Return one empty part: `send` builds the body from the content."""
        return [""]

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Send the message; return the result. Any 2xx status is success."""
        body = json.dumps(
            {
                "id": message.id,
                "subscription": message.subscription,
                "created_at": message.created_at.isoformat(),
                "title": message.title,
                "sections": message.content.get("sections", []),
            },
            ensure_ascii=False,
        ).encode()
        try:
            answer = self._poster.post(self.url, body, self.headers(message.id, body))
        except FetchError as error:
            return failed(error)
        if 200 <= answer.status < 300:
            return Result("sent", f"HTTP {answer.status} {one_line(answer.body)}".strip())
        return status_result(answer)

    def headers(self, number: str, body: bytes) -> dict[str, str]:
        """Return the headers with id, timestamp and, if there is a secret, signature.

        The signature is base64(HMAC-SHA256(secret, "id.timestamp.body")).
        """
        moment = str(int(self._clock()))
        headers = {"webhook-id": number, "webhook-timestamp": moment}
        if self._secret:
            signed = f"{number}.{moment}.".encode() + body
            digest = hmac.new(_key(self._secret), signed, hashlib.sha256).digest()
            headers["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
        return headers


def _key(secret: str) -> bytes:
    """Return the key in a secret.

    The prefix "whsec_" means that the key is encoded in base64. Invalid base64 is used as text, with the prefix.
    """
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return secret.encode()
