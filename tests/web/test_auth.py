"""Who may come in, and what every answer carries: real HTTP against the real server."""

from __future__ import annotations

import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from ingest.errors import ConfigError
from ingest.web.auth import OPEN, TRIES, WITHIN, local_path, token_in
from store import Store
from tests.support.web_samples import tell

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


def _csrf(web: Any, path: str = "/") -> str:
    page = BeautifulSoup(web.browser.get(web.base + path, timeout=20).text, "lxml")
    return str(page.select_one("input[name=csrf]")["value"])


def test_no_address_opens_without_the_token(lite_web: Any) -> None:
    """Every route by every method, and addresses that are none: strangers get 401, 403 or the login page, and nothing
    of the store. A route added without thought is refused too, for the door stands before all of them."""
    tell(lite_web.store)
    rules = list(lite_web.app.url_map.iter_rules())
    assert len(rules) > 15
    for rule in rules:
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}:{name}>", "1")
        assert "<" not in path
        for method in METHODS:
            answer = requests.request(method, lite_web.base + path, timeout=20, allow_redirects=False)
            if rule.endpoint in OPEN and method in ("GET", "HEAD", "POST", "OPTIONS"):
                assert answer.status_code in (200, 401, 405)
            else:
                login = answer.status_code == 303 and answer.headers["Location"].startswith("/login?next=")
                assert login or answer.status_code in (401, 403, 405), (rule, method, answer.status_code)
                assert answer.status_code != 405 or path in ("/login", "/style.css")
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


def test_a_route_added_without_care_is_closed(lite_web: Any, serving: Callable[..., Any]) -> None:
    """The door does not depend on who writes the next page remembering it."""
    # Flask takes no route once it has answered: an application that has not.
    other = serving(lite_web.store)
    other.app.add_url_rule("/new", "new", lambda: "secret", methods=["GET", "POST"])
    assert requests.get(other.base + "/new", timeout=20, allow_redirects=False).status_code == 303
    assert requests.post(other.base + "/new", timeout=20).status_code == 401
    assert other.get("/new").text == "secret"


def test_headers_of_every_answer(lite_web: Any) -> None:
    """Pages, errors, redirects and refusals alike: no script may run, nothing is guessed, kept or framed, and no server
    tells its version."""
    tell(lite_web.store)
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


def test_only_our_own_names(lite: Store, serving: Callable[..., Any]) -> None:
    """A name that somebody else's DNS leads to our address is refused, token or not; the public one is taken."""
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
    "target, goes",
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
def test_login_leads_nowhere_else(lite_web: Any, target: str, goes: str) -> None:
    """After logging in a browser stays with us."""
    assert local_path(target) == goes
    answer = lite_web.enter(next=target)
    assert answer.status_code == 303 and requests.compat.urlsplit(answer.headers["Location"]).netloc == ""
    assert answer.headers["Location"].startswith("/") and not answer.headers["Location"].startswith("//")


def test_session_and_its_end(lite_web: Any) -> None:
    """The cookie is not for scripts nor other sites, is another after each login, and logging out ends it."""
    assert lite_web.enter("wrong").status_code == 401 and not lite_web.browser.cookies
    cookie = lite_web.enter().headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert lite_web.browser.get(lite_web.base + "/", timeout=20).status_code == 200
    first = _csrf(lite_web)
    lite_web.enter()
    assert _csrf(lite_web) != first  # what was fixed before logging in is worth nothing after
    assert lite_web.post("/logout", {"csrf": _csrf(lite_web)}).status_code == 303
    assert lite_web.browser.get(lite_web.base + "/api/log", timeout=20).status_code == 401


def test_a_cookie_of_another_token_is_worth_nothing(lite_web: Any, lite: Store) -> None:
    """Deleting the token file ends every session: cookies are signed with what is made of it."""
    from ingest.web.app import create_app

    lite_web.enter()
    other = create_app(lite, "o" * 43, zone="Asia/Shanghai")
    value = next(iter(lite_web.browser.cookies)).value
    client = other.test_client()
    client.set_cookie(other.config["SESSION_COOKIE_NAME"], value)
    assert client.get("/api/log").status_code == 401


def test_guessing_has_to_wait(lite_web: Any) -> None:
    """After a few wrong tokens, by form or header, even the right one waits a minute; then it is let in."""
    for number in range(TRIES):
        wrong = {"Authorization": f"Bearer wrong{number}"}
        answer = (
            requests.get(lite_web.base + "/api/log", headers=wrong, timeout=20) if number % 2 else lite_web.enter("x")
        )
        assert answer.status_code == 401
    waiting = lite_web.get("/api/log")
    assert waiting.status_code == 429 and int(waiting.headers["Retry-After"]) == WITHIN
    assert lite_web.enter().status_code == 429
    lite_web.clock.now += WITHIN
    assert lite_web.get("/api/log").status_code == 200 and lite_web.enter().status_code == 303


@pytest.mark.parametrize("proxied", [True, False])
def test_a_stranger_cannot_make_others_wait(lite: Store, serving: Callable[..., Any], proxied: bool) -> None:
    """Behind a proxy wrong tokens count for who sent them, not for the proxy; without one nobody is believed who says
    that he is another."""
    web = serving(lite, proxied=proxied)
    for _ in range(TRIES):
        wrong = {"Authorization": "Bearer wrong", "X-Forwarded-For": "198.51.100.9"}
        assert requests.get(web.base + "/api/log", headers=wrong, timeout=20).status_code == 401
    answer = web.get("/api/log", headers={"X-Forwarded-For": "198.51.100.8"})
    assert answer.status_code == (200 if proxied else 429)


def test_forged_forms_are_refused(lite_web: Any) -> None:
    """A form sent from elsewhere changes nothing: without our token, with a wrong one, or from another origin."""
    tell(lite_web.store)
    lite_web.enter()
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
    assert lite_web.enter().status_code == 303
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


def test_too_much_is_refused(lite_web: Any) -> None:
    """A body past the limit is not taken in, whether its length is told or not."""
    assert lite_web.enter("x" * 70_000).status_code == 413

    def endless() -> Any:
        for _ in range(30):
            yield b"x" * 10_000

    try:
        answer = requests.post(lite_web.base + "/login", data=endless(), timeout=20)
    except requests.ConnectionError:  # hung up in the middle of it
        return
    assert answer.status_code == 413


def test_a_client_that_says_nothing_is_hung_up_on(lite: Store, serving: Callable[..., Any]) -> None:
    """Half a request keeps no connection for ever."""
    web = serving(lite, patience=1)
    host, port = web.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=15) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        begun = time.monotonic()
        assert waiting.recv(1000) == b"" and time.monotonic() - begun < 12


def test_the_token_file(tmp_path: Path) -> None:
    """Made once, for its owner alone, and taken up again; one that others may read, or that is none, is refused."""
    token, path, made = token_in(tmp_path)
    assert made and len(token) == 43 and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token_in(tmp_path) == (token, path, False)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read"):
        token_in(tmp_path)
    path.chmod(0o600)
    for text in ("", "short", "鿿" * 50):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="no token"):
            token_in(tmp_path)
