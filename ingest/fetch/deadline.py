"""Total deadline of an HTTP exchange: a watchdog thread shuts the socket down when the deadline passes.

`timeout=` of requests applies to each single read: a server that sends one byte a second never exceeds it (measured: 8
and 9 seconds for `timeout=2`). Shutting a socket down ends every blocked read at once, in any layer.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time


class SocketDeadline:
    """Handle to the socket of the current exchange, by which the watchdog shuts the socket down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        #: Whether the connection is closed although its response may still be read: http.client closes a connection as
        #: soon as the headers announce that it ends with the body
        self._orphan = False
        #: whether the deadline has passed; a read error is then caused by the shutdown, not by the server
        self.expired = False

    def reset(self) -> None:
        """Forget the socket and the expiry of the last exchange. Called between two exchanges."""
        with self._lock:
            self._drop()
            self.expired = False

    def attach(self, handle: socket.socket) -> None:
        """Register the socket that the exchange uses now. If the deadline has passed, shut the socket down at once."""
        with self._lock:
            if self._handle is not handle:
                self._drop()
            self._handle = handle
            if self.expired:
                _shut(handle)

    def release(self, handle: socket.socket) -> None:
        """Close the handle of a closed connection. If the exchange still uses it, `reset` or `attach` will close it."""
        with self._lock:
            if self._handle is handle:
                self._orphan = True
            else:
                handle.close()

    def _drop(self) -> None:
        if self._orphan and self._handle is not None:
            self._handle.close()
        self._handle, self._orphan = None, False

    def expire(self) -> None:
        """Shut the socket down at once; without a socket, shut down the next one that is attached."""
        with self._lock:
            self.expired = True
            if self._handle is not None:
                _shut(self._handle)


def _shut(handle: socket.socket) -> None:
    # OSError: the peer has closed the socket already, or it is not connected yet.
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Thread that expires deadlines. One thread serves all exchanges; it ends after IDLE seconds without a deadline."""

    #: seconds without a deadline after which the thread ends; not measured
    IDLE = 5.0

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._watched: dict[SocketDeadline, float] = {}
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def watch(self, deadline: SocketDeadline, end_by: float) -> None:
        """Expire `deadline` at the monotonic time `end_by`, unless `ignore` is called first."""
        with self._change:
            self._watched[deadline] = end_by
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fetch-watchdog", daemon=True)
                self._thread.start()
            # Most new deadlines are later than the pending ones, so the thread rarely needs to be woken.
            elif end_by < self._wakes_at:
                self._change.notify()

    def ignore(self, deadline: SocketDeadline) -> None:
        """Stop watching the deadline of a finished exchange."""
        with self._change:
            self._watched.pop(deadline, None)

    def _run(self) -> None:
        with self._change:
            while True:
                now = time.monotonic()
                for deadline in [deadline for deadline, end_by in self._watched.items() if end_by <= now]:
                    del self._watched[deadline]
                    deadline.expire()
                idle = not self._watched
                self._wakes_at = min(self._watched.values(), default=now + self.IDLE)
                woken = self._change.wait(max(0.0, self._wakes_at - now))
                if idle and not woken and not self._watched:
                    break
            self._thread, self._wakes_at = None, float("inf")
