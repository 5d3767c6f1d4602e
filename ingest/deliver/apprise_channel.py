"""Channels of the optional package apprise: Telegram, Slack, ntfy, Bark, Discord, Matrix and others.

apprise opens its connections itself, so each message is sent by a child process (apprise_child.py) in which every
connection passes the address guard. The child has a deadline. If a plugin hangs or crashes, only the child ends.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import Any, Literal

from ingest.deliver.bots import MARK, marked_body, one_line, split_content
from ingest.deliver.channel import Result
from ingest.deliver.message_split import split
from ingest.deliver.message_text import escape_markup, plain_text
from ingest.errors import ConfigError
from store.outbox import Delivery, Message

#: seconds for one message, including the start of the child (0.5 s). Not measured
DEADLINE = 60.0
#: bytes reserved for the title, because some services put it into the body
TITLE = 400
_STATES: dict[str, Literal["sent", "later", "refused"]] = {"sent": "sent", "refused": "refused"}


class AppriseChannel:
    """Channel of one service, given by an apprise URL that contains the keys of the service.

    `internal`: also connect to loopback and private addresses. Raises ConfigError when the package is missing or
    apprise does not support the URL.
    """

    per_minute = 20

    def __init__(self, url: str, *, internal: bool = False, deadline: float = DEADLINE) -> None:
        self._url, self._internal, self._deadline = url, internal, deadline
        self._limit = int(getattr(service(url), "body_maxlen", 2000))

    def recipients(self) -> tuple[str, ...]:
        """Return one empty recipient, because the URL of the service contains the recipients."""
        return ("",)

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Return the plain text, split by the service's limit in bytes. Markup and mentions are escaped."""
        limit = max(256, self._limit - TITLE - MARK)
        return split_content(content, lambda shown: split(plain_text(shown, shown=escape_markup), limit))

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Send one part in a child process; return the result."""
        given = {
            "url": self._url,
            "title": escape_markup(message.title),
            "body": marked_body(message, delivery),
            "internal": self._internal,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", "ingest.deliver.apprise_child"],
                input=json.dumps(given).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._deadline,
                env=_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Result("later", f"apprise: timeout: not answered within {self._deadline:g} s", whole=True)
        except OSError as error:
            return Result("later", f"apprise: the sending process cannot be started: {error}", whole=True)
        try:
            answer = json.loads(done.stdout)
            return Result(_STATES.get(answer["state"], "later"), f"apprise: {one_line(answer['answer'])}")
        except (ValueError, KeyError, TypeError):
            return Result("later", f"apprise: the sending process ended with {done.returncode} and no answer")


def service(url: str) -> Any:
    """Return apprise's object for a URL.

    Raises ConfigError if the package is missing or apprise does not support the URL. The message contains neither the
    URL nor its keys.
    """
    try:
        import apprise  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        raise ConfigError(["kind apprise: the package is not installed; pip install 'suowen[apprise]'"]) from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # apprise logs URLs with their keys
    found = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if found is None:
        raise ConfigError(["kind apprise: this URL is not one that apprise knows; see its documentation"])
    return found


def _environment() -> dict[str, str]:
    """Return the environment of the child, with the import path of this process.

    Proxy variables are left out, because connections by a proxy would bypass the address guard.
    """
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
