"""What requests, urllib3, ssl or http.client raised -> the word for it.

Their exceptions are nested in one another, in `args`, `reason`, `__cause__` or `__context__`, and some belong to no
tree of theirs (UnicodeDecodeError, ValueError, LocationParseError): measured with a hostile server, tests/evil.py.
"""

from __future__ import annotations

import http.client
import ssl

import requests
import urllib3.exceptions

from ingest.errors import FetchError
from ingest.fetch.http_body import plain
from ingest.fetch.ssrf_guard import BlockedAddressError


class LastingError(FetchError):
    """A failure of a passing kind that another try will not mend (a certificate that is wrong)."""


def explain(url: str, error: Exception, late: FetchError | None) -> FetchError:
    """The failure as a FetchError: `late` when the time was up, whatever the layers below made of it.

    Raises `error` itself when it is none of theirs: then it is a bug of ours and must be heard.
    """
    chain = _chain(error)
    root = chain[-1]
    words = plain(root) or type(root).__name__
    for one in chain:
        if isinstance(one, BlockedAddressError):
            return FetchError(url, "blocked-address", plain(one))
    if late is not None:
        return late
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return LastingError(url, "network", f"TLS: {words}")
        if isinstance(one, ssl.SSLError):
            return FetchError(url, "network", f"TLS: {words}")
    for one in chain:
        if isinstance(one, http.client.RemoteDisconnected | ConnectionError):
            return FetchError(url, "network", f"the connection failed: {words}")
        if isinstance(one, http.client.HTTPException | urllib3.exceptions.InvalidHeader):
            return FetchError(url, "protocol-error", f"the answer is no HTTP: {words}")
        if isinstance(one, requests.exceptions.InvalidURL | urllib3.exceptions.LocationValueError):
            return FetchError(url, "bad-url", words)
    if isinstance(root, OSError | urllib3.exceptions.HTTPError | requests.RequestException):
        return FetchError(url, "network", f"the connection failed: {words}")
    if isinstance(root, ValueError):
        return FetchError(url, "protocol-error", f"the answer is no HTTP: {words}")
    raise error


def _chain(error: BaseException) -> list[BaseException]:
    """The error and those inside it, outermost first."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain and len(chain) < 12:
        chain.append(cause)
        held = (*getattr(cause, "args", ()), getattr(cause, "reason", None))
        inner = next((one for one in held if isinstance(one, BaseException)), None)
        cause = inner or cause.__cause__ or cause.__context__
    return chain
