"""A running web server with clients for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from store import Store

TOKEN = "t" * 43


@dataclass
class Clock:
    """Clock that the test sets; it returns seconds."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Web:
    """A running server with its clients."""

    base: str
    app: Any
    store: Store
    clock: Clock
    #: client that sends the token with each request
    api: requests.Session = field(default_factory=requests.Session)
    #: client that stores cookies, like a browser
    browser: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **given: Any) -> requests.Response:
        return self.api.get(self.base + path, timeout=20, **given)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def log_in(self, token: str = TOKEN, by: str = "老王", **given: Any) -> requests.Response:
        return self.browser.post(
            self.base + "/login", data={"token": token, "by": by, **given}, timeout=20, allow_redirects=False
        )

    def post(self, path: str, data: dict[str, str], **given: Any) -> requests.Response:
        return self.browser.post(self.base + path, data=data, timeout=20, allow_redirects=False, **given)
