"""A real deadline: one watchdog thread that shuts the socket of an exchange whose time is up.

`timeout=` of requests is per read: a body or a header that drips one byte a second never reaches it (measured 8 and 9
seconds for `timeout=2`). Shutting the socket ends every blocked read at once, whatever layer is reading.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time


class SocketDeadline:
    """Holds the socket of one exchange, so that the watchdog can shut it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        #: the connection of the handle is gone, the answer may still be read: http.client lets a connection go as soon
        #: as the headers say that it will be closed after the body
        self._orphan = False
        #: the watchdog has pulled: whatever the reader saw was cut by us
        self.pulled = False

    def reset(self) -> None:
        """One exchange is over, another may begin."""
        with self._lock:
            self._drop()
            self.pulled = False

    def hold(self, handle: socket.socket) -> None:
        """The exchange now uses this socket."""
        with self._lock:
            if self._handle is not handle:
                self._drop()
            self._handle = handle
            if self.pulled:
                _shut(handle)

    def release(self, handle: socket.socket) -> None:
        """The connection of the handle is closed; the handle goes with it, or with the exchange that still uses it."""
        with self._lock:
            if self._handle is handle:
                self._orphan = True
            else:
                handle.close()

    def _drop(self) -> None:
        if self._orphan and self._handle is not None:
            self._handle.close()
        self._handle, self._orphan = None, False

    def pull(self) -> None:
        """Shut the socket, now or as soon as there is one."""
        with self._lock:
            self.pulled = True
            if self._handle is not None:
                _shut(self._handle)


def _shut(handle: socket.socket) -> None:
    # Already closed by the peer, or not connected yet: nothing is left to cut.
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Pulls leashes when their time is up. One thread for all exchanges; it ends when nothing is left to watch."""

    #: seconds without anything to watch after which the thread ends
    IDLE = 5.0

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._watched: dict[SocketDeadline, float] = {}
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def watch(self, leash: SocketDeadline, end_by: float) -> None:
        """Pull `leash` at the monotonic moment `end_by`, unless `ignore` comes first."""
        with self._change:
            self._watched[leash] = end_by
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fetch-watchdog", daemon=True)
                self._thread.start()
            # Deadlines are nearly always later than those already watched, so the thread is seldom woken.
            elif end_by < self._wakes_at:
                self._change.notify()

    def ignore(self, leash: SocketDeadline) -> None:
        """The exchange is over."""
        with self._change:
            self._watched.pop(leash, None)

    def _run(self) -> None:
        with self._change:
            while True:
                now = time.monotonic()
                for leash in [leash for leash, end_by in self._watched.items() if end_by <= now]:
                    del self._watched[leash]
                    leash.pull()
                idle = not self._watched
                self._wakes_at = min(self._watched.values(), default=now + self.IDLE)
                woken = self._change.wait(max(0.0, self._wakes_at - now))
                if idle and not woken and not self._watched:
                    break
            self._thread, self._wakes_at = None, float("inf")
