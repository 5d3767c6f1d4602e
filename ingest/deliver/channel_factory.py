"""Construction of the channel of a configured destination."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest.config.settings import Settings
from ingest.config.subscriptions import DESTINATION, Destination
from ingest.deliver.bots import Bot, DingTalkBot, FeishuBot, WeComBot
from ingest.deliver.channel import Channel, Result
from ingest.deliver.http_post import Poster
from ingest.deliver.mail import Mail
from ingest.deliver.webhook import Webhook
from ingest.errors import ConfigError
from store.outbox import Delivery, Message

#: type of `make_channel` and of the functions by which tests replace it
MakeChannel = Callable[[Destination, Settings], Channel]


def make_channel(destination: Destination, settings: Settings) -> Channel:
    """Return the channel of a destination.

    If the URL or the webhook secret of the destination is missing, its messages are queued but not sent. For kind
    apprise, raises ConfigError if the URL is missing or not supported, or if the package apprise is not installed.
    """
    if destination.kind == "mail":
        return Mail(settings.smtp, destination.recipients)
    if destination.kind == "apprise":
        if not destination.url:
            raise ConfigError([missing(destination)])
        from ingest.deliver.apprise_channel import AppriseChannel

        return AppriseChannel(destination.url, internal=destination.internal)
    kinds: dict[str, type[Bot] | type[Webhook]] = {
        "wecom": WeComBot,
        "dingtalk": DingTalkBot,
        "feishu": FeishuBot,
        "webhook": Webhook,
    }
    poster = Poster(internal=destination.internal)
    channel: Channel = kinds[destination.kind](destination.url, secret=destination.secret, poster=poster)
    reason = missing(destination)
    return _Unconfigured(channel, reason) if reason else channel


def missing(destination: Destination) -> str:
    """Return an error message about the missing URL or webhook secret of a destination, "" when it is complete."""
    variable = f"{DESTINATION}{destination.name.upper().replace('-', '_')}"
    if destination.kind != "mail" and not destination.url:
        return f"destination {destination.name}: it has no URL; set the environment variable {variable}__URL"
    if destination.kind == "webhook" and not destination.secret:
        return (
            f"destination {destination.name}: webhooks are signed; set the environment variable {variable}__SECRET "
            "to a random text that the receiver knows too"
        )
    return ""


class _Unconfigured:
    """A channel without a URL or secret: messages are queued, and each attempt to send one fails with a reason."""

    def __init__(self, channel: Channel, reason: str) -> None:
        self._channel, self._reason = channel, reason
        self.per_minute = 0

    def recipients(self) -> tuple[str, ...]:
        """Return the recipients of the underlying channel."""
        return self._channel.recipients()

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Return the parts for the underlying channel."""
        return self._channel.parts(content)

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Return the failure: the URL or secret is missing."""
        return Result("later", self._reason, whole=True)
