"""Tests with slow and numerous clients: each request has a deadline, and slow clients do not use up all connections."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from ingest.web import server
from store import Store
from tests.support.web_server import Web

HEAD = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "


def connected(web: Web, data: bytes) -> socket.socket:
    """Open a connection and send `data`."""
    host, port = web.base.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)), timeout=5)
    client.sendall(data)
    return client


def closed(client: socket.socket) -> bool:
    """Return whether the server has closed a connection."""
    client.settimeout(0.01)
    try:
        return client.recv(65_536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@contextmanager
def dripping(clients: list[socket.socket], pause: float = 0.2) -> Iterator[None]:
    """Send a byte on each connection every `pause` seconds, in a thread."""
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(pause):
            for client in list(clients):
                try:
                    client.sendall(b"a")
                except OSError:
                    clients.remove(client)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for client in clients:
            client.close()


@pytest.mark.parametrize("head", [HEAD, b"", HEAD + b"1\r\n\r\n"])
def test_incomplete_request_has_a_deadline(lite: Store, serving: Callable[..., Web], head: bytes) -> None:
    """A slow request head is cut off at the deadline, as is a connection without a request or an idle one."""
    web = serving(lite, patience=2)
    client = connected(web, head)
    began = time.monotonic()
    with dripping([client] if head == HEAD else []):
        if head.endswith(b"\r\n\r\n"):
            assert client.recv(65536)
        while not closed(client):
            assert time.monotonic() - began < 8
            time.sleep(0.1)
    assert time.monotonic() - began > 1


def test_body_has_a_deadline(lite: Store, serving: Callable[..., Web], monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow request body is cut off too, at its own deadline, which is later than that of a head."""
    monkeypatch.setattr(server, "BODY_TIME", 2)
    web = serving(lite, patience=1)
    client = connected(web, b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\n")
    began = time.monotonic()
    with dripping([client]):
        while not closed(client):
            assert time.monotonic() - began < 10
            time.sleep(0.1)
    assert time.monotonic() - began > 2


def test_slow_clients_lock_nobody_out(lite: Store, serving: Callable[..., Web]) -> None:
    """With 540 slow connections from one address, and 20 more before each request, a request is answered within 5 s."""
    web = serving(lite)
    clients = [connected(web, HEAD) for _ in range(540)]
    with dripping(clients):
        for _ in range(5):
            clients += [connected(web, HEAD) for _ in range(20)]
            began = time.monotonic()
            assert requests.get(web.base + "/login", timeout=10).status_code == 200
            assert time.monotonic() - began < 5
        assert sum(not closed(client) for client in list(clients)) <= server.PER_ADDRESS


def test_all_places_may_be_slow(lite: Store, serving: Callable[..., Web], monkeypatch: pytest.MonkeyPatch) -> None:
    """At the maximum number of connections, slow ones are closed, so that a new request is answered."""
    monkeypatch.setattr(server, "CONNECTIONS", 30)
    web = serving(lite, proxied=True)
    clients = [connected(web, HEAD) for _ in range(60)]
    with dripping(clients):
        assert requests.get(web.base + "/login", timeout=10).status_code == 200
        assert sum(not closed(client) for client in list(clients)) <= 30


def test_requests_of_one_forwarded_address_are_limited(
    lite: Store, serving: Callable[..., Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy, requests in progress are limited for each forwarded address, not for the proxy's address."""
    monkeypatch.setattr(server, "PER_FORWARDED", 3)
    web = serving(lite, proxied=True)
    release = threading.Event()
    web.app.before_request_funcs.setdefault(None, []).insert(0, lambda: release.wait(20) and None)
    request = "GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {}\r\n\r\n"
    crowd = [connected(web, request.format("9.9.9.9, 198.51.100.7").encode()) for _ in range(5)]
    other = connected(web, request.format("198.51.100.8").encode())
    until = time.monotonic() + 10
    while sum(map(closed, crowd)) < 2:
        assert time.monotonic() < until
    release.set()
    other.settimeout(10)
    assert b" 200 " in other.recv(65536)
    for client in (*crowd, other):
        client.close()
