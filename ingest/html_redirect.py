"""HTML redirects: meta refresh, or a script that sets the location to a literal address.

Scripts are not run, so computed addresses and challenges are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_REFRESH = re.compile(r"^\s*\d{0,3}\s*;?\s*url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
#: An assignment or call that sets the location. Strings and comments also match and are skipped, because code inside
#: them does not run.
_LOCATION = re.compile(
    r"(?<![\w$])(?:location(?:\.href)?\s*=\s*(['\"])(?P<set>[^'\"\s]{2,500})\1"
    r"|location\.(?:replace|assign)\(\s*(['\"])(?P<call>[^'\"\s]{2,500})\3)"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
#: code passed as a string, which runs and is searched, too: setTimeout("location.href='/a'", 3000)
_TIMER = re.compile(r"""\bsetTimeout\(\s*(["'])((?:(?!\1)[^\\\n]){1,400})\1\s*,""")
_FUNCTION = re.compile(r"\bfunction\s+([\w$]{1,60})\s*\([^()]{0,200}\)\s*\{")
#: signs of a firewall's challenge script, which is not followed: cookies, packed code
_CHALLENGE = re.compile(r"document\.cookie|\$_ts|acw_sc__v2|eval\(")
#: number of characters of a script that are examined; not measured
_LOOKED_AT = 20_000


def redirect_target(refreshes: Iterable[str], scripts: Iterable[str]) -> str | None:
    """Return the address to which a page redirects, as written.

    Returns None if the page does not redirect, or if its script is a firewall's challenge.

    `refreshes`: contents of the page's `<meta http-equiv="refresh">`; `scripts`: texts of its scripts.
    """
    for refresh in refreshes:
        if found := _REFRESH.match(refresh):
            return found[1]
    for script in scripts:
        text = script[:_LOOKED_AT]
        text = _TIMER.sub(r"\2;", text)
        for found in _LOCATION.finditer(text):
            target = found["set"] or found["call"]
            if target and not _CHALLENGE.search(text) and _runs(text, found.start()):
                return target
    return None


def _runs(script: str, position: int) -> bool:
    """Return whether code at `position` runs when the page loads.

    Code in a named function that the script never calls, such as the handler of a button, does not run.
    """
    named = list(_FUNCTION.finditer(script, 0, position))
    if not named:
        return True
    body = script[named[-1].end() : position]
    if body.count("}") > body.count("{"):
        return True
    name = re.escape(named[-1][1])
    return re.search(rf"(?<!function )(?<![\w$.]){name}\s*(?:\(|;|$)", script) is not None
