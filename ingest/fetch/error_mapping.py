"""Mapping from exceptions of requests, urllib3, ssl and http.client to FetchError.

These libraries nest exceptions in `args`, `reason`, `__cause__` or `__context__`, and raise some outside their own
hierarchies (UnicodeDecodeError, ValueError, LocationParseError). These cases were observed with
tests/support/hostile_server.py.
"""

from __future__ import annotations

import http.client
import ssl

import requests
import urllib3.exceptions

from ingest.errors import FetchError
from ingest.fetch.http_body import plain
from ingest.fetch.ssrf_guard import BlockedAddressError, UnknownHostError


class PermanentError(FetchError):
    """A failure that a retry cannot repair although its outcome code is transient, for example a wrong certificate."""


def to_fetch_error(url: str, error: Exception, timeout: FetchError | None) -> FetchError:
    """Return the FetchError for an exception.

    `timeout` is given if the deadline had passed. It is then returned for every exception except a blocked address.
    Raises `error` itself if it does not come from these libraries, because it is then a bug of this program.
    """
    chain = _chain(error)
    root = chain[-1]
    message = plain(root) or type(root).__name__
    for cause in chain:
        if isinstance(cause, BlockedAddressError):
            return FetchError(url, "blocked-address", plain(cause))
    if timeout is not None:
        return timeout
    for cause in chain:
        if isinstance(cause, UnknownHostError):
            return FetchError(url, "network", plain(cause))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return PermanentError(url, "network", f"TLS: {message}")
        if isinstance(cause, ssl.SSLError):
            return FetchError(url, "network", f"TLS: {message}")
    for cause in chain:
        if isinstance(cause, http.client.RemoteDisconnected | ConnectionError):
            return FetchError(url, "network", f"the connection failed: {message}")
        if isinstance(cause, http.client.HTTPException | urllib3.exceptions.InvalidHeader):
            return FetchError(url, "protocol-error", f"the response is not valid HTTP: {message}")
        if isinstance(cause, requests.exceptions.InvalidURL | urllib3.exceptions.LocationValueError):
            return FetchError(url, "bad-url", message)
    if isinstance(root, OSError | urllib3.exceptions.HTTPError | requests.RequestException):
        return FetchError(url, "network", f"the connection failed: {message}")
    if isinstance(root, ValueError):
        return FetchError(url, "protocol-error", f"the response is not valid HTTP: {message}")
    raise error


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and the errors nested in it, outermost first; at most 12."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain and len(chain) < 12:
        chain.append(cause)
        nested = (*getattr(cause, "args", ()), getattr(cause, "reason", None))
        inner = next((value for value in nested if isinstance(value, BaseException)), None)
        cause = inner or cause.__cause__ or cause.__context__
    return chain
