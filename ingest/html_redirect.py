"""Pages that only send on: a refresh, or a script that sets the page's location to an address it spells out.

Nothing is run: what a script computes, or hides behind a challenge, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_REFRESH = re.compile(r"^\s*\d{0,3}\s*;?\s*url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
_LOCATION = re.compile(
    r"\blocation(?:\.href)?\s*=\s*['\"]([^'\"\s]{2,500})['\"]|\blocation\.replace\(\s*['\"]([^'\"\s]{2,500})['\"]"
)
#: what the scripts of firewalls have: cookies to be set, code to be unpacked
_CHALLENGE = re.compile(r"document\.cookie|\$_ts|acw_sc__v2|eval\(")
#: characters of a script that are looked at
_LOOKED_AT = 20_000


def redirect_target(refreshes: Iterable[str], scripts: Iterable[str]) -> str | None:
    """The address, as written, that a page sends on to; None when it names none or challenges its visitor.

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
