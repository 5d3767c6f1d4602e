"""Who may come in. Nothing is shown to strangers: every request passes `Access.admit`, whatever address it names.

One token opens everything. A browser exchanges it once for a signed cookie (SameSite, not for scripts); whoever comes
by cookie must show the form's own token and come from our own page to change anything. Programs send the token itself:
no browser does that by itself, so there is nothing to forge.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, SecurityError, TooManyRequests, Unauthorized

from ingest.errors import ConfigError

#: pages that strangers may see
OPEN = frozenset({"login", "enter", "style"})
#: wrong tokens from one address within so many seconds, after which it must wait. Not measured: a token is 256 bits
TRIES, WITHIN = 5, 60.0
#: addresses whose wrong tokens are remembered
ADDRESSES = 1000
#: the little that our pages need; no script at all
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would make browsers send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def token_in(folder: Path) -> tuple[str, Path, bool]:
    """The token kept in `folder`, the file it is in, and whether it was made now: readable by its owner alone.

    Raises ConfigError when the file says too little or others may read it.
    """
    path = folder / "web-token"
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept(path), path, False
    token = secrets.token_urlsafe(32)
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token, path, True


def _kept(path: Path) -> str:
    """The token of an earlier start."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ConfigError([f"{path}: others may read the token; chmod 600 it, or delete it for a new one"])
    token = path.read_text(encoding="ascii", errors="replace").strip()
    if len(token) < 32 or not token.isascii():
        raise ConfigError([f"{path}: that is no token; delete the file for a new one"])
    return token


def local_path(target: str) -> str:
    """Where to go after logging in: a path of ours, else the first page. "//evil" and "/\\evil" lead elsewhere."""
    plain = target.isprintable() and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"


class Tries:
    """Wrong tokens by address, so that guessing takes time. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def exhausted(self, address: str, now: float) -> bool:
        """Whether this address must wait."""
        with self._lock:
            failed = self._failed.get(address, deque())
            while failed and now - failed[0] >= WITHIN:
                failed.popleft()
            return len(failed) >= TRIES

    def failed(self, address: str, now: float) -> None:
        """A wrong token came from there."""
        with self._lock:
            self._failed.setdefault(address, deque(maxlen=TRIES)).append(now)
            self._failed.move_to_end(address)
            while len(self._failed) > ADDRESSES:
                self._failed.popitem(last=False)


class Access:
    """The door: `admit` before every request, `enter` for the login form."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        self._token, self._clock, self._tries = token, clock, Tries()

    def guard(self, app: Flask) -> None:
        """Stand before everything that `app` answers, and give each answer its headers."""
        # Made of the token: a new one ends all sessions. Cookies know no ports: each folder's has a name of its own.
        app.secret_key = hmac.new(self._token.encode(), b"session", hashlib.sha256).digest()
        app.config["SESSION_COOKIE_NAME"] = "suowen-" + hashlib.sha256(app.secret_key).hexdigest()[:8]
        app.before_request(self.admit)
        app.after_request(_with_headers)

    def admit(self) -> Response | None:
        """None when the request may go on; else where to log in. Raises what the request is refused with."""
        if isinstance(request.routing_exception, SecurityError):
            raise request.routing_exception  # asked under a name that is not ours: another site's, led to our address
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if not self._is_token(given):
                raise Unauthorized("这个令牌不对")
            g.by = ""
            return None
        _refuse_strange_origin()
        if request.endpoint in OPEN:
            return None
        if not session.get("entered"):
            if request.method == "GET" and not request.path.startswith("/api/"):
                return redirect(url_for("login", next=request.full_path.rstrip("?")), 303)  # type: ignore[return-value]
            raise Unauthorized("请先登录，或在 Authorization 头里带上令牌")
        g.by = session.get("by", "")
        _refuse_forged_form()
        return None

    def enter(self, token: str, by: str) -> bool:
        """Begin a session when the token is right."""
        if not self._is_token(token):
            return False
        session.clear()
        session.update(entered=True, by=by, csrf=secrets.token_urlsafe(16))
        session.permanent = True
        return True

    def _is_token(self, given: str) -> bool:
        address, now = request.remote_addr or "", self._clock()
        if self._tries.exhausted(address, now):
            raise TooManyRequests("试错太多，请过一分钟再试", retry_after=int(WITHIN))
        right = hmac.compare_digest(given.strip().encode(errors="replace"), self._token.encode())
        if not right:
            self._tries.failed(address, now)
        return right


def _changes() -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS")


def _refuse_strange_origin() -> None:
    """A form that another site's page sent: browsers say where it came from."""
    origin = request.headers.get("Origin")
    if _changes() and origin is not None and origin.lower().partition("://")[2] != request.host.lower():
        raise Forbidden("这个请求不是从本站的页面发出的")


def _refuse_forged_form() -> None:
    """A form without the token that only our own page has."""
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if _changes() and not hmac.compare_digest(given.encode(errors="replace"), str(session.get("csrf", "")).encode()):
        raise Forbidden("页面已过期，请刷新后再试")


def _with_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
