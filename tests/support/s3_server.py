"""An S3 server (moto on loopback) behind a proxy that a test may break."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests


class BreakableProxy:
    """A proxy that closes its connections, or stops answering, after a number of bytes."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        #: `left`: number of bytes that may still pass; `silent`: afterwards stop passing bytes instead of closing;
        #: `answers`: count the bytes from the server instead of those to the server
        self.left, self.silent, self.answers = 1 << 60, False, False
        self.accepted = 0
        self._socket = socket.create_server((host, 0))
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def break_off(self, after: int, *, silent: bool, answers: bool = False) -> None:
        """Let `after` more bytes pass, then close the connection or, if `silent`, keep it open and pass nothing.

        Bytes to the server are counted or, if `answers`, bytes from the server.
        """
        self.left, self.silent, self.answers, self.accepted = after, silent, answers, 0

    def restore(self) -> None:
        """Let all bytes of new connections pass, and close the connections that a silent break kept open."""
        self.left = 1 << 60
        for connection in self._kept:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
                self.accepted += 1
                server = socket.create_connection(self._server)
            except OSError:  # the test has ended
                return
            for pair in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, goal: socket.socket, to_server: bool) -> None:
        try:
            while data := source.recv(65_536):
                counted = to_server != self.answers
                if counted and len(data) > self.left:
                    self.left = 0
                    if self.silent:
                        self._kept += [source, goal]
                        return
                    break
                self.left -= len(data) if counted else 0
                goal.sendall(data)
        except OSError:
            pass
        for connection in (source, goal):
            connection.close()


@contextmanager
def s3_server(*buckets: str) -> Iterator[BreakableProxy]:
    """Start an S3 server with empty buckets and yield its proxy, to which environment variables direct s3fs."""
    import s3fs
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # moto keeps buckets for the whole process, in which several tests may start a server one after the other
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10).raise_for_status()
    made = BreakableProxy(host, port)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("ENDPOINT_URL", made.url),
            ("ACCESS_KEY_ID", "a"),
            ("SECRET_ACCESS_KEY", "b"),
            ("EC2_METADATA_DISABLED", "true"),
            ("DEFAULT_REGION", "us-east-1"),
        ):
            patch.setenv(f"AWS_{name}", value)
        s3fs.S3FileSystem.clear_instance_cache()
        for bucket in buckets:
            s3fs.S3FileSystem().mkdir(bucket)
        yield made
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()
