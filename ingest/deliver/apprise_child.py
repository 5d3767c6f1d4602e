"""Process that sends one message by apprise: JSON on standard input, the result as JSON on standard output.

An audit hook checks every connection of the process, also those of libraries. It checks the address of the socket, so
a name that later resolves to another address cannot bypass it.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

from ingest.deliver.apprise_channel import service
from ingest.deliver.http_post import refused

#: audit events of Python for connecting and sending; their second argument is the address to check
_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
#: audit events that start other processes, whose connections the hook would not see
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"})


def audit_hook(internal: bool, reasons: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook that refuses connections to `refused` addresses and the start of other processes.

    The hook appends the reason of each refusal to `reasons`.
    """

    def hook(event: str, args: tuple[Any, ...]) -> None:
        why = None
        if event in _CONNECTS:
            why = _refusal(args[1], internal)
        elif event in _STARTS:
            why = f"{event}: this service starts another process"
        if why:
            reasons.append(why)
            raise PermissionError(why)

    return hook


def _refusal(address: Any, internal: bool) -> str | None:
    """Return the reason why a socket must not connect to an address, None if it may."""
    if address is None:
        return None  # the socket is already connected, and its address was checked
    host = str(address[0]).partition("%")[0] if isinstance(address, tuple) else ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "blocked-address: not an IP address"
    why = refused(host, internal)
    return f"blocked-address: {host}, which is {why}" if why else None


def send(given: dict[str, Any], reasons: list[str]) -> dict[str, str]:
    """Send a message and return state and answer."""
    sender = service(given["url"])
    lines: list[str] = []
    handler = _Lines(lines)
    log = logging.getLogger("apprise")
    log.setLevel(logging.WARNING)
    log.propagate = False
    log.addHandler(handler)
    try:
        done = bool(sender.notify(body=given["body"], title=given["title"]))
    except Exception as error:  # plugins raise the exceptions of many libraries
        done, lines = False, [f"{type(error).__name__}: {error}"]
    if done:
        return {"state": "sent", "answer": "sent"}
    if reasons:
        return {"state": "refused", "answer": reasons[0]}
    return {"state": "later", "answer": _without_keys(" ".join(lines), given["url"]) or "the service did not accept it"}


class _Lines(logging.Handler):
    """Handler that collects the warnings of apprise, which contain the answer of the service."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


def _without_keys(text: str, url: str) -> str:
    """Return `text` with *** for every part of the URL that may be a key."""
    for part in sorted(set(re.findall(r"[\w.~-]{6,}", url)), key=len, reverse=True):
        text = text.replace(part, "***")
    return text


def main() -> None:
    """Read the message, send it, print the result."""
    given = json.loads(sys.stdin.buffer.read())
    reasons: list[str] = []
    sys.addaudithook(audit_hook(bool(given["internal"]), reasons))
    print(json.dumps(send(given, reasons)))


if __name__ == "__main__":
    main()
