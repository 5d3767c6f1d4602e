"""HTML redirects: the scripts that redirect a page, and those that do not."""

from __future__ import annotations

import pytest

from ingest.html_redirect import redirect_target


@pytest.mark.parametrize(
    ("script", "target"),
    [
        ('window.location.href = "/a/b.html";', "/a/b.html"),
        ("location.replace('/a.html')", "/a.html"),
        ("top.location = '/zz'", "/zz"),
        ("""setTimeout("location.href='/later'", 1000)""", "/later"),
        ("setTimeout(function () { location.href = '/later' }, 1000)", "/later"),
        ("function go() { location.href = '/called' } go();", "/called"),
        ("function go() { location.href = '/button' }", None),
        ("""document.write("<a onclick=\\"location.replace('/cs?t=cn')\\">简体</a>")""", None),
        ("// location = '/old'\nvar a = 1", None),
        ("/* location.href='/old' */ location.href='/new'", "/new"),
        ("document.cookie = 'a=1'; location.href = '/b'", None),
    ],
)
def test_redirects_of_scripts(script: str, target: str | None) -> None:
    """A redirect is found in plain code, in a timer and in a called function.

    It is ignored in HTML that the script writes, in a comment, in a function that is never called, and after a cookie
    is set.
    """
    assert redirect_target([], [script]) == target
