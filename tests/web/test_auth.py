"""Tests of ingest/web/auth.py over HTTP: access, sessions, forms, security headers."""

from __future__ import annotations

import re
import socket
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from ingest.errors import ConfigError
from ingest.web.auth import NEEDED, OPEN, TRIES, WITHIN, local_path, token_in
from store import Store, StoreError
from store.access_keys import SCOPES, AccessKey, add_key, find_key, list_keys, revoke_key
from tests.support.store_samples import T0, later
from tests.support.web_samples import add_story

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


#: endpoints that accept POST from a token with the scope read, because they change nothing
READING = frozenset(name for name, scope in NEEDED.items() if scope == "read")
FAR = datetime(2999, 1, 1, tzinfo=UTC)


def _csrf(web: Any, path: str = "/") -> str:
    page = BeautifulSoup(web.browser.get(web.base + path, timeout=20).text, "lxml")
    return str(page.select_one("input[name=csrf]")["value"])


def test_every_route_needs_the_token(lite_web: Any) -> None:
    """Without the token, every route except the open ones refuses each method or redirects to the login page.

    Unknown paths redirect to the login page or are refused. No stored text is in the responses.
    """
    add_story(lite_web.store)
    rules = list(lite_web.app.url_map.iter_rules())
    assert len(rules) > 15
    for rule in rules:
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}:{name}>", "1")
        path = path.replace("<secret:secret>", "s" * 43).replace("<any(atom,json):form>", "atom")
        assert "<" not in path
        for method in METHODS:
            answer = requests.request(method, lite_web.base + path, timeout=20, allow_redirects=False)
            if rule.endpoint in OPEN - {"feed"} and method in ("GET", "HEAD", "POST", "OPTIONS"):
                assert answer.status_code in (200, 401, 405)
            else:
                login = answer.status_code == 303 and answer.headers["Location"].startswith("/login?next=")
                refused = (401, 403, 404, 405) if rule.endpoint == "feed" else (401, 403, 405)
                assert login or answer.status_code in refused, (rule, method, answer.status_code)
                assert answer.status_code != 405 or path.startswith(("/login", "/style.css", "/feeds/"))
            assert "派出所" not in answer.text and "suowen" not in answer.text.lower()
    for path in (
        "/nothing",
        "/api/nothing",
        "/static/style.css",
        "/../etc/passwd",
        "/articles/..%2f..%2fetc",
        "//evil",
    ):
        answer = requests.get(lite_web.base + path, timeout=20, allow_redirects=False)
        assert answer.status_code in (303, 401), path


def test_new_route_needs_the_token(lite_web: Any, serving: Callable[..., Any]) -> None:
    """A route that is added without a check also needs the token."""
    # Flask accepts no new route after the first request, so this needs a new application.
    other = serving(lite_web.store)
    other.app.add_url_rule("/new", "new", lambda: "secret", methods=["GET", "POST"])
    assert requests.get(other.base + "/new", timeout=20, allow_redirects=False).status_code == 303
    assert requests.post(other.base + "/new", timeout=20).status_code == 401
    assert other.get("/new").text == "secret"


def test_every_response_has_the_security_headers(lite_web: Any) -> None:
    """Pages, errors, redirects and refusals have the security headers and no Server header."""
    add_story(lite_web.store)
    answers = [
        lite_web.get(path)
        for path in (
            "/",
            "/articles/1",
            "/api/articles",
            "/style.css",
            "/articles/99",
            "/?ruling=x",
            "/api/x",
            "/login",
        )
    ]
    answers += [requests.get(lite_web.base + path, timeout=20, allow_redirects=False) for path in ("/", "/api/log")]
    answers.append(requests.get(lite_web.base + "/", headers={"Host": "evil.example"}, timeout=20))
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy and "script-src" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY" and answer.headers["Cache-Control"] == "no-store"
        assert "Server" not in answer.headers


def test_foreign_host_headers_are_refused(lite: Store, serving: Callable[..., Any]) -> None:
    """A Host other than localhost, 127.0.0.1 and the public host is refused, even with the token (DNS rebinding)."""
    web = serving(lite, public="https://suowen.example.org")
    for host, status in (
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost", 200),
        ("[::1]", 400),
        ("127.0.0.1", 200),
        ("suowen.example.org", 200),
        ("x.suowen.example.org", 400),
        ("", 400),
        ("a b", 400),
    ):
        assert web.get("/api/log", headers={"Host": host}).status_code == status, host


@pytest.mark.parametrize(
    "target, redirect",
    [
        ("/articles/7?revision=2", "/articles/7?revision=2"),
        ("/", "/"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/%0d%0aSet-Cookie: a=b", "/%0d%0aSet-Cookie: a=b"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("/\t/evil.example", "/"),
        ("evil.example", "/"),
        (" //evil.example", "/"),
    ],
)
def test_login_redirects_to_local_paths_only(lite_web: Any, target: str, redirect: str) -> None:
    """After login, the browser is redirected only to paths of this site."""
    assert local_path(target) == redirect
    answer = lite_web.log_in(next=target)
    assert answer.status_code == 303 and requests.compat.urlsplit(answer.headers["Location"]).netloc == ""
    assert answer.headers["Location"].startswith("/") and not answer.headers["Location"].startswith("//")


def test_session_cookie_and_logout(lite_web: Any) -> None:
    """The cookie is HttpOnly and SameSite, a login changes the CSRF token, and logging out ends the session."""
    assert lite_web.log_in("wrong").status_code == 401 and not lite_web.browser.cookies
    cookie = lite_web.log_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert lite_web.browser.get(lite_web.base + "/", timeout=20).status_code == 200
    first = _csrf(lite_web)
    lite_web.log_in()
    assert _csrf(lite_web) != first  # a new CSRF token prevents session fixation
    assert lite_web.post("/logout", {"csrf": _csrf(lite_web)}).status_code == 303
    assert lite_web.browser.get(lite_web.base + "/api/log", timeout=20).status_code == 401


def test_logout_ends_copies_of_the_session(lite: Store, tmp_path: Path) -> None:
    """A copy of a session cookie is refused after logging out, also after a restart; other sessions continue."""
    from ingest.web.app import create_app

    ended = tmp_path / "web-sessions-ended"
    app = create_app(lite, "t" * 43, zone="Asia/Shanghai", ended=ended)
    name = app.config["SESSION_COOKIE_NAME"]
    clients = [app.test_client() for _ in range(2)]
    for client in clients:
        client.post("/login", data={"token": "t" * 43})
    cookies = [client.get_cookie(name) for client in clients]
    with clients[0].session_transaction() as state:
        csrf = state["csrf"]
    assert clients[0].post("/logout", data={"csrf": csrf}).status_code == 303
    for server in (app, create_app(lite, "t" * 43, zone="Asia/Shanghai", ended=ended)):
        for cookie, status in zip(cookies, (401, 200), strict=True):
            copy = server.test_client()
            assert cookie is not None
            copy.set_cookie(name, cookie.value)
            assert copy.get("/api/log").status_code == status
    assert ended.stat().st_mode & 0o077 == 0


def test_new_token_ends_old_sessions(lite_web: Any, lite: Store) -> None:
    """A session cookie signed with another token is refused, so that deleting the token file ends every session."""
    from ingest.web.app import create_app

    lite_web.log_in()
    other = create_app(lite, "o" * 43, zone="Asia/Shanghai")
    value = next(iter(lite_web.browser.cookies)).value
    client = other.test_client()
    client.set_cookie(other.config["SESSION_COOKIE_NAME"], value)
    assert client.get("/api/log").status_code == 401


def test_wrong_tokens_are_limited(lite_web: Any) -> None:
    """After several wrong tokens, by form or header, the right one is refused for a minute and then accepted."""
    for number in range(TRIES):
        wrong = {"Authorization": f"Bearer wrong{number}"}
        answer = (
            requests.get(lite_web.base + "/api/log", headers=wrong, timeout=20) if number % 2 else lite_web.log_in("x")
        )
        assert answer.status_code == 401
    refused = lite_web.get("/api/log")
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) == WITHIN
    assert lite_web.log_in().status_code == 429
    lite_web.clock.now += WITHIN
    assert lite_web.get("/api/log").status_code == 200 and lite_web.log_in().status_code == 303


@pytest.mark.parametrize("proxied", [True, False])
def test_wrong_tokens_count_for_the_client_address(lite: Store, serving: Callable[..., Any], proxied: bool) -> None:
    """Behind a proxy, wrong tokens count for the address in X-Forwarded-For; without a proxy the header is ignored."""
    web = serving(lite, proxied=proxied)
    for _ in range(TRIES):
        wrong = {"Authorization": "Bearer wrong", "X-Forwarded-For": "198.51.100.9"}
        assert requests.get(web.base + "/api/log", headers=wrong, timeout=20).status_code == 401
    answer = web.get("/api/log", headers={"X-Forwarded-For": "198.51.100.8"})
    assert answer.status_code == (200 if proxied else 429)


def test_forged_forms_are_refused(lite_web: Any) -> None:
    """A form without the CSRF token, with a wrong one, or from another origin does not change the store."""
    add_story(lite_web.store)
    lite_web.log_in()
    right = {"csrf": _csrf(lite_web), "action": "reject"}
    for data, headers in (
        ({"action": "reject"}, {}),
        ({**right, "csrf": "x"}, {}),
        ({**right, "csrf": ""}, {}),
        ({**right, "csrf": "鿿"}, {}),
        (right, {"Origin": "https://evil.example"}),
        (right, {"Origin": "null"}),
        (right, {"Origin": "http://["}),
        (right, {"Origin": ""}),
        (right, {"Origin": lite_web.base + ".evil.example"}),
    ):
        for path in ("/articles/1/facts/1", "/api/articles/1/facts/1"):
            assert lite_web.post(path, data, headers=headers).status_code == 403, (data, headers)
    assert lite_web.log_in().status_code == 303
    evil = lite_web.browser.post(
        lite_web.base + "/login",
        data={"token": "t" * 43},
        timeout=20,
        headers={"Origin": "https://evil.example"},
        allow_redirects=False,
    )
    assert evil.status_code == 403
    assert lite_web.get("/api/articles/1").json()["corrections"] == []
    right["csrf"] = _csrf(lite_web)
    assert lite_web.post("/articles/1/facts/1", right, headers={"Origin": lite_web.base}).status_code == 303


def test_large_bodies_are_refused(lite_web: Any) -> None:
    """A body over the limit is refused, with and without a Content-Length."""
    assert lite_web.log_in("x" * 70_000).status_code == 413

    def endless() -> Any:
        for _ in range(30):
            yield b"x" * 10_000

    try:
        answer = requests.post(lite_web.base + "/login", data=endless(), timeout=20)
    except requests.ConnectionError:  # the server has closed the connection
        return
    assert answer.status_code == 413


def test_idle_client_is_disconnected(lite: Store, serving: Callable[..., Any]) -> None:
    """A connection with an incomplete request is closed."""
    web = serving(lite, patience=1)
    host, port = web.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=15) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        begun = time.monotonic()
        assert connection.recv(1000) == b"" and time.monotonic() - begun < 12


def test_token_file(tmp_path: Path) -> None:
    """The token file is created once, readable only by its owner, and reused.

    A file that others can read, or with an invalid token, is refused.
    """
    token, path, created = token_in(tmp_path)
    assert created and len(token) == 43 and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token_in(tmp_path) == (token, path, False)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="other users may read the token"):
        token_in(tmp_path)
    path.chmod(0o600)
    for text in ("", "short", "鿿" * 50):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="not a valid token"):
            token_in(tmp_path)


@pytest.fixture
def keyed(lite_web: Any) -> Callable[..., dict[str, str]]:
    """Return a function that stores an API token and returns the header with it."""

    def add(scope: Any, **given: Any) -> dict[str, str]:
        secret = f"{scope}-{len(list_keys(lite_web.store, 'token'))}".ljust(43, "x")
        name = given.pop("name", secret)
        add_key(lite_web.store, AccessKey("token", name, scope, T0, **given), secret)
        return {"Authorization": f"Bearer {secret}"}

    return add


def test_scopes_of_tokens(lite_web: Any, keyed: Callable[..., dict[str, str]]) -> None:
    """On every route, a token may do only what its scope allows, and nothing after it expired or was revoked."""
    add_story(lite_web.store)
    rank = {scope: keyed(scope, name=f"{scope}的令牌") for scope in SCOPES}

    def status(scope: str, method: str, path: str) -> int:
        data = {"action": "confirm"} if method == "POST" else None
        return requests.request(method, lite_web.base + path, json=data, headers=rank[scope], timeout=20).status_code

    for method, path, allowed in (
        ("GET", "/api/articles", SCOPES),
        ("GET", "/articles/1", SCOPES),
        ("POST", "/api/articles/1/facts/0", ("correct", "admin")),
        ("GET", "/api/tokens", ("admin",)),
    ):
        for scope in SCOPES:
            assert status(scope, method, path) == (200 if scope in allowed else 403), (scope, path)
    assert lite_web.get("/api/articles/1").json()["corrections"][0]["by"] == "correct的令牌"
    for rule in lite_web.app.url_map.iter_rules():
        for method in sorted(set(rule.methods or ()) - {"GET", "HEAD", "OPTIONS"}):
            path = re.sub("<[a-z]+:[a-z]+>", "1", rule.rule)
            if rule.endpoint not in OPEN | READING:
                assert status("read", method, path) == 403, rule
    revoke_key(lite_web.store, "token", "admin的令牌", later(1))
    assert status("admin", "GET", "/api/articles") == 401
    for header, code in ((keyed("read", expires_at=later(1)), 401), (keyed("read", expires_at=FAR), 200)):
        assert requests.get(lite_web.base + "/api/log", headers=header, timeout=20).status_code == code


def test_wrong_tokens_are_limited_beside_right_ones(lite_web: Any, keyed: Callable[..., dict[str, str]]) -> None:
    """A valid API token is not counted as a wrong one; after too many wrong tokens it is refused for a time."""
    header = keyed("read")
    for _ in range(TRIES + 1):
        assert requests.get(lite_web.base + "/api/log", headers=header, timeout=20).status_code == 200
    for _ in range(TRIES):
        requests.get(lite_web.base + "/api/log", headers={"Authorization": "Bearer x"}, timeout=20)
    assert requests.get(lite_web.base + "/api/log", headers=header, timeout=20).status_code == 429


def test_secrets_are_stored_as_hashes(lite: Store) -> None:
    """Neither a token nor a feed's address is in the database file.

    A used name is refused, a revoked one can be reused.
    """
    add_key(lite, AccessKey("token", "甲", "read", T0), "s" * 43)
    add_key(lite, AccessKey("feed", "甲", "read", T0, target={"kind": "changes"}), "f" * 43)
    with pytest.raises(StoreError, match="the name is used"):
        add_key(lite, AccessKey("token", "甲", "read", T0), "t" * 43)
    assert find_key(lite, "feed", "s" * 43, T0) is None and find_key(lite, "token", "s" * 43, T0) is not None
    revoke_key(lite, "token", "甲", T0)
    with pytest.raises(StoreError, match="there is no such token"):
        revoke_key(lite, "token", "甲", T0)
    add_key(lite, AccessKey("token", "甲", "admin", T0), "t" * 43)
    assert [key.revoked_at for key in list_keys(lite, "token")].count(None) == 1
    assert lite.database.path is not None
    files = b"".join(path.read_bytes() for path in Path(lite.database.path).parent.glob("suowen.db*"))
    assert b"t" * 43 not in files and b"f" * 43 not in files
