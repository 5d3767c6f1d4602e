"""HTML redirects: meta refresh, or a script that sets the location to a literal address.

Scripts are not run, so computed addresses and challenges are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_REFRESH = re.compile(r"^\s*\d{0,3}\s*;?\s*url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
_LOCATION = re.compile(
    r"\blocation(?:\.href)?\s*=\s*['\"]([^'\"\s]{2,500})['\"]|\blocation\.replace\(\s*['\"]([^'\"\s]{2,500})['\"]"
)
#: marks of firewall scripts: cookies, packed code
_CHALLENGE = re.compile(r"document\.cookie|\$_ts|acw_sc__v2|eval\(")
#: maximum characters examined of a script
_LOOKED_AT = 20_000


def redirect_target(refreshes: Iterable[str], scripts: Iterable[str]) -> str | None:
    """Return the address to which a page redirects, as written; None without one or for a challenge.

    `refreshes`: contents of its `<meta http-equiv="refresh">`; `scripts`: texts of its scripts.
    """
    for refresh in refreshes:
        if found := _REFRESH.match(refresh):
            return found[1]
    for script in scripts:
        text = script[:_LOOKED_AT]
        found = _LOCATION.search(text)
        if found and not _CHALLENGE.search(text):
            return found[1] or found[2]
    return None
