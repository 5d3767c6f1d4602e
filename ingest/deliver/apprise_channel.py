"""Channels of the optional package apprise: Telegram, Slack, ntfy, Bark, Discord, Matrix and others."""

from __future__ import annotations

import logging
from typing import Any

from ingest.deliver.bots import shortened
from ingest.deliver.channel import Result
from ingest.deliver.content import plain_text
from ingest.deliver.split import split
from ingest.errors import ConfigError
from store.outbox import Delivery, Message


class AppriseChannel:
    """One service behind an apprise URL, which holds its keys. apprise connects by itself, without our address guard.

    Raises ConfigError when the package is missing or the URL is not one that apprise knows.
    """

    per_minute = 20

    def __init__(self, url: str) -> None:
        try:
            import apprise  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            raise ConfigError(["kind apprise: the package is not installed; pip install 'suowen[apprise]'"]) from None
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs URLs with their keys
        self._service: Any = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if self._service is None:
            raise ConfigError(["kind apprise: this URL is not one that apprise knows; see its documentation"])

    def recipients(self) -> tuple[str, ...]:
        """Return ("",): the service is the recipient."""
        return ("",)

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Split the plain text by the service's limit, counted in bytes."""
        return split(plain_text(content), max(256, int(getattr(self._service, "body_maxlen", 2000)) - 64))

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Send one part; apprise reports only success or failure."""
        try:
            done = bool(self._service.notify(body=delivery.body, title=message.title))
        except Exception as error:  # plugins raise whatever their libraries raise
            return Result("later", f"apprise: {shortened(f'{type(error).__name__}: {error}')}")
        return Result("sent", "apprise: sent") if done else Result("later", "apprise: the service did not accept it")
