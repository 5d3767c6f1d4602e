"""Authentication: `Access.admit` checks every request before its route handles it, also if no route matches.

There is one access token. A browser exchanges it for a signed session cookie (SameSite, HttpOnly); a form sent with the
cookie must contain the session's CSRF token and come from the same origin. Programs send the access token, or an API
token with a scope of its own, in the Authorization header. Browsers never add that header on their own, so such
requests need no CSRF check. The address of a feed contains its own secret, which the route of feeds checks.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, SecurityError, TooManyRequests, Unauthorized

from ingest.errors import ConfigError
from ingest.web.errors import PROGRAMS
from store.access_keys import SCOPES, AccessKey, Scope

#: endpoints that need no authentication; "feed" checks the secret in its address
OPEN = frozenset({"login", "enter", "style", "feed"})
#: endpoint -> required scope, where it differs from the default: "read" for reading, "correct" for other methods
NEEDED: Mapping[str, Scope] = {"api-tokens": "admin", "messages": "admin", "api-messages": "admin", "mcp": "read"}
#: an IP address must wait after TRIES wrong tokens within WITHIN seconds. Not measured; the token has 256 random bits
TRIES, WITHIN = 5, 60.0
#: maximum number of IP addresses tracked; not measured
ADDRESSES = 1000
#: Content-Security-Policy: only the program's own style sheet and forms, no scripts
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
#: the access token of the web server as a key: it has every scope
_OWN = AccessKey("token", "", "admin", datetime.min.replace(tzinfo=UTC))
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # with "no-referrer" browsers would send "Origin: null" for the program's own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def token_in(folder: Path) -> tuple[str, Path, bool]:
    """Return the token stored in `folder`, the path of its file, and whether this call created the file.

    Only the owner can read the file. Raises ConfigError if the file contains no valid token or other users may read it.
    """
    path = folder / "web-token"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_token(path), path, False
    token = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token, path, True


def _read_token(path: Path) -> str:
    """Return the token that an earlier start has written. Raises ConfigError like `token_in`."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ConfigError(
            [f"{path}: other users may read the token; run chmod 600, or delete the file for a new token"]
        )
    token = path.read_text(encoding="ascii", errors="replace").strip()
    if len(token) < 32 or not token.isascii():
        raise ConfigError([f"{path}: this is not a valid token; delete the file for a new one"])
    return token


def local_path(target: str) -> str:
    """Return the redirect target after login: `target` if it is a local path, else "/".

    "//evil" and "/\\evil" are not local: browsers would leave the site.
    """
    plain = target.isprintable() and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"


class FailedLoginCounter:
    """Counter of the wrong tokens of each IP address, to slow down guessing. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def exhausted(self, address: str, now: float) -> bool:
        """Return whether an IP address must wait before its next try."""
        with self._lock:
            failed = self._failed.get(address, deque())
            while failed and now - failed[0] >= WITHIN:
                failed.popleft()
            return len(failed) >= TRIES

    def failed(self, address: str, now: float) -> None:
        """Count a wrong token from an IP address."""
        with self._lock:
            self._failed.setdefault(address, deque(maxlen=TRIES)).append(now)
            self._failed.move_to_end(address)
            while len(self._failed) > ADDRESSES:
                self._failed.popitem(last=False)


class EndedSessions:
    """Sessions that were ended by logging out, so that copies of their cookies are refused. Thread-safe.

    They are stored in `path`, one hash per line, and survive a restart. If `path` is None, they are only in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._path, self._lock = path, threading.Lock()
        self._ended: set[str] = set()
        if path is not None and path.is_file():
            self._ended.update(path.read_text(encoding="ascii", errors="replace").split())

    def end(self, identity: str) -> None:
        """End a session. Its CSRF token identifies it; only the hash is stored."""
        name = hashlib.sha256(identity.encode()).hexdigest()
        with self._lock:
            self._ended.add(name)
            if self._path is not None:
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.write(name + "\n")

    def __contains__(self, identity: str) -> bool:
        return hashlib.sha256(identity.encode()).hexdigest() in self._ended


class Access:
    """The check of every request (`admit`), and the start (`enter`) and end (`leave`) of sessions."""

    def __init__(
        self,
        token: str,
        clock: Callable[[], float],
        ended: Path | None = None,
        find: Callable[[str], AccessKey | None] = lambda secret: None,
    ) -> None:
        """Store the access token, the clock, the ended sessions and the look-up of API tokens.

        `clock`: returns seconds. `ended`: file of the ended sessions, None for memory only. `find`: returns the valid
        API token with this secret, None if there is none.
        """
        self._token, self._clock, self._tries, self._find = token, clock, FailedLoginCounter(), find
        self._ended = EndedSessions(ended)

    def guard(self, app: Flask) -> None:
        """Install the session key, the check of all requests of `app`, and the security headers of all responses."""
        # The key is derived from the token, so that a new token ends all sessions. Cookies are shared between ports, so
        # the cookie name differs for each token.
        app.secret_key = hmac.new(self._token.encode(), b"session", hashlib.sha256).digest()
        app.config["SESSION_COOKIE_NAME"] = "suowen-" + hashlib.sha256(app.secret_key).hexdigest()[:8]
        app.before_request(self.admit)
        app.after_request(_with_headers)

    def admit(self) -> Response | None:
        """Return None to continue, or a redirect to the login page. Raises an HTTPException to refuse the request."""
        if isinstance(request.routing_exception, SecurityError):
            raise request.routing_exception  # a foreign Host header, as in DNS rebinding
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            key = self._key(token)
            if key is None:
                raise Unauthorized("访问口令不正确，或已过期、已停用")
            g.by, g.key = "", key.name
            _check_scope(key.scope)
            return None
        _check_origin()
        if request.endpoint in OPEN:
            return None
        if not session.get("entered") or str(session.get("csrf", "")) in self._ended:
            if request.method == "GET" and not request.path.startswith(PROGRAMS):
                return redirect(url_for("login", next=request.full_path.rstrip("?")), 303)  # type: ignore[return-value]
            raise Unauthorized("请先登录，或在 Authorization 请求头中附上访问口令")
        g.by = session.get("by", "")
        _check_csrf_token()
        return None

    def enter(self, token: str, by: str) -> bool:
        """Start a session if `token` is the access token; return whether a session was started.

        Raises TooManyRequests if the IP address must wait.
        """
        if not self._is_token(token):
            self._tries.failed(request.remote_addr or "", self._clock())
            return False
        session.clear()
        session.update(entered=True, by=by, csrf=secrets.token_urlsafe(16))
        session.permanent = True
        return True

    def leave(self) -> None:
        """End the session everywhere: a copy of its cookie is refused too."""
        self._ended.end(str(session.get("csrf", "")))
        session.clear()

    def _key(self, candidate: str) -> AccessKey | None:
        """Return the key for a token in the Authorization header, None for an invalid token.

        The access token of the web server has every scope.
        """
        if self._is_token(candidate):
            return _OWN
        key = self._find(candidate.strip())
        if key is None:
            self._tries.failed(request.remote_addr or "", self._clock())
        return key

    def _is_token(self, candidate: str) -> bool:
        """Return whether `candidate` is the access token. Raises TooManyRequests if the IP address must wait."""
        if self._tries.exhausted(request.remote_addr or "", self._clock()):
            raise TooManyRequests("错误次数过多，请一分钟后再试", retry_after=int(WITHIN))
        return hmac.compare_digest(candidate.strip().encode(errors="replace"), self._token.encode())


def _check_scope(scope: Scope) -> None:
    """Raise Forbidden if the token's scope does not cover the request."""
    needed = NEEDED.get(request.endpoint or "", "correct" if _is_writing() else "read")
    if SCOPES.index(scope) < SCOPES.index(needed):
        raise Forbidden(f"此令牌的权限为 {scope}，此操作需要 {needed}")


def _is_writing() -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS")


def _check_origin() -> None:
    """Raise Forbidden if the Origin header of a writing request names another site."""
    origin = request.headers.get("Origin")
    if _is_writing() and origin is not None and origin.lower().partition("://")[2] != request.host.lower():
        raise Forbidden("请求不是从本站页面发出的")


def _check_csrf_token() -> None:
    """Raise Forbidden if a writing request does not contain the session's CSRF token, in a header or a form field."""
    token = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if _is_writing() and not hmac.compare_digest(token.encode(errors="replace"), str(session.get("csrf", "")).encode()):
        raise Forbidden("页面已过期，请刷新后再试")


def _with_headers(response: Response) -> Response:
    kept = response.headers.get("Cache-Control") if request.endpoint == "feed" else None
    response.headers.update(HEADERS)
    if kept:  # a feed reader must cache the feed to be able to send If-None-Match
        response.headers["Cache-Control"] = kept
    return response
