"""The interface of every channel, and the result of one attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from store.outbox import Delivery, Message


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one attempt to send a delivery."""

    #: "later": failed, but another attempt may succeed; "refused": another attempt cannot succeed
    state: Literal["sent", "later", "refused"]
    #: the answer of the other side, or the reason of the failure; one line without secrets
    answer: str
    #: minimum seconds before the next attempt, from the answer or set by the channel; None for no minimum
    retry_after: float | None = None
    #: the whole destination failed (network, login, rate limit), so its other deliveries wait too
    whole: bool = False


class Channel(Protocol):
    """One configured destination, to which messages are sent."""

    #: maximum messages per minute sent to the destination; 0 for no limit
    per_minute: int

    def recipients(self) -> tuple[str, ...]:
        """Return the recipients; ("",) for a destination that is itself the recipient."""

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Return the texts of a message's parts; [""] when `send` builds the message from its content."""

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Send one part; return the result. Never raises an exception for an error of the other side or the network."""
