"""Total deadline of an HTTP exchange: a watchdog thread shuts its socket.

`timeout=` of requests applies to each read: a body or a header that drips one byte a second never triggers it
(measured: 8 and 9 seconds for `timeout=2`). Shutting the socket ends every blocked read at once, in any layer.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time


class SocketDeadline:
    """Handle to the socket of one exchange, through which the watchdog shuts it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        #: the connection is closed but its response may still be read: http.client closes a connection as soon as the
        #: headers announce that it ends with the body
        self._orphan = False
        #: the deadline has passed: any read error was caused by this program
        self.expired = False

    def reset(self) -> None:
        """End one exchange and prepare for the next."""
        with self._lock:
            self._drop()
            self.expired = False

    def attach(self, handle: socket.socket) -> None:
        """Register the socket that the exchange uses now."""
        with self._lock:
            if self._handle is not handle:
                self._drop()
            self._handle = handle
            if self.expired:
                _shut(handle)

    def release(self, handle: socket.socket) -> None:
        """Close `handle`, or leave that to the exchange that still uses it. Called when its connection closes."""
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
        """Shut the socket, now or as soon as one is attached."""
        with self._lock:
            self.expired = True
            if self._handle is not None:
                _shut(self._handle)


def _shut(handle: socket.socket) -> None:
    # OSError: already closed by the peer, or not connected yet.
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Thread that expires deadlines. One thread serves all exchanges; it ends when idle."""

    #: seconds without a deadline to watch after which the thread ends; not measured
    IDLE = 5.0

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._watched: dict[SocketDeadline, float] = {}
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def watch(self, deadline: SocketDeadline, end_by: float) -> None:
        """Expire `deadline` at the monotonic time `end_by`, unless `ignore` is called before."""
        with self._change:
            self._watched[deadline] = end_by
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fetch-watchdog", daemon=True)
                self._thread.start()
            # Most deadlines are later than those already watched, so the thread is rarely woken.
            elif end_by < self._wakes_at:
                self._change.notify()

    def ignore(self, deadline: SocketDeadline) -> None:
        """Stop watching a deadline after its exchange."""
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
