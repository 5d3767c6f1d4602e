"""Shapes of URLs: the common form of the URLs of a site's articles.

URLs of articles of one site differ in numbers and identifiers. On a portal they also differ in the channel, which is a
host or folder. `address_shape` replaces numbers and identifiers, `article_shape` also channels.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: URLs of numbered columns and issues: /channel/26000, /col_12/, /category-7.html, /mag_id/397.html
_NUMBERED = re.compile(
    r"(?:^|/)(?:channels?|col(?:umn)?s?|catalogs?|categor(?:y|ies)|cate?|class|tags?|authors?|users?|sorts?|lanmu)"
    r"[/_-]?\d+(?:\.\w+|/)?$|(?:^|/)(?:mag(?:azine)?|issue)[/_-]?(?:id[/_-]?)?\d+(?:\.\w+|/)?$",
    re.IGNORECASE,
)
#: URLs of galleries, videos and topic pages
_SPECIAL = re.compile(
    r"/(?:subjects?|pictures?|photos?|pics?|videos?|specials?|z|zt|zhuanti|topics?|live|vr)(?:/|\d|\.\w+$|\.\w+\?)",
    re.IGNORECASE,
)
#: pages about the site itself, to which the foot of a front page links
_ABOUT = re.compile(
    r"/(?:about(?:us)?|intro|corp|contact(?:us)?|copyright|licen[cs]es?|help|joinus|sitemap|jubao|service)(?:/?|/index\.\w+|\.\w+)$",
    re.IGNORECASE,
)
_COLUMN = re.compile(
    r"(?:^|/)(?:index|list|default|more|node|channel|column|main|home)(?![a-z])[\w\-]*\.\w+$|/$", re.IGNORECASE
)
#: hosts of videos, pictures, forums and shops
_SPECIAL_HOST = re.compile(r"(?:^|\.)(?:videos?|tv|slide|photos?|pics?|live|zhibo|bbs|tieba|t|weibo|shop|mall|vip)\.")
#: hosts of blogs, games, books and topic pages; their pages are special unless the URL has a date
_DATED_HOST = re.compile(r"(?:^|\.)(?:blogs?|games?|books?|club|zt|special)\.")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-/_]?(?:1[0-2]|0?[1-9])(?:[-/_]?(?:3[01]|[12]\d|0?[1-9]))?(?!\d)|/\d\d/\d{4}/\d\d/"
)
#: the last part of a path that ends with a hyphen and a number, before which there may be a title
_SLUG = re.compile(r".{8,}?(-\d{3,}(?:\.\w{3,5})?)")
#: a character that is not ASCII, as written or percent-encoded: below a folder with a number, evidence of a title
_FOREIGN = re.compile("%[0-9A-Fa-f]{2}|[^\x00-\x7f]")
#: evidence of a title before the number of `_SLUG`: a character that is not ASCII, or three Latin words with hyphens
_TITLE_SLUG = re.compile("%[0-9A-Fa-f]{2}|[a-z]+-[a-z]+-[a-z]+|[^\x00-\x7f]", re.IGNORECASE)
_HEX = re.compile("[0-9a-f]+")
_WORD = re.compile("[0-9A-Za-z]{8,}")
_SITE_PARTS = re.compile(r"[\w-]+\.(?:(?:com|net|org|gov|edu|ac)\.)?[a-z]{2,}$")


def _marked(found: re.Match[str]) -> str:
    """Return X for an identifier of letters and three or more digits (FGJK9S3T00038FO9), else the text unchanged.

    A hexadecimal number of 16 or more characters with a letter is an identifier too.
    """
    word = found.group()
    digits = sum(map(str.isdigit, word))
    return "X" if 3 <= digits < len(word) or (len(word) >= 16 and digits < len(word) and _HEX.fullmatch(word)) else word


def _without_slug(path: str) -> str:
    """Return a path with a star for the title in its last part, else the path unchanged.

    A title is followed by a number (/長青-專案-090500123.html), or is below a folder with a number
    (/523361/阿嬤手舉電線).
    """
    above, slash, last = path.rpartition("/")
    if _FOREIGN.search(last) and re.search(r"/\d{3,}$", above):
        return f"{above}{slash}*"
    found = _SLUG.fullmatch(last) if "-" in last else None
    return f"{above}{slash}*{found[1]}" if found and _TITLE_SLUG.search(last) else path


def address_shape(url: str) -> str:
    """Return host, path and parameter names of a URL.

    In the path, D replaces numbers, X identifiers, and a star the title.
    The articles of one site have only a few such shapes.
    """
    parts = urlsplit(url)
    path = _WORD.sub(_marked, _without_slug(parts.path))
    names = ",".join(sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair))
    return f"{parts.netloc}{re.sub(r'[0-9]+', 'D', path)}?{names}"


def article_shape(url: str) -> str:
    """Return a URL shape that is the same for articles of all channels of a portal.

    The host is reduced to the site, folder names to one star, numbers to D and identifiers to X. The names of
    parameters are added if the file name has neither number nor identifier. For example,
    https://mil.news.sina.com.cn/jssd/2018-02-28/doc-ifyrwsqk2225771.shtml becomes sina.com.cn/*/D/doc-X.shtml?
    Folders of numbers in sequence count as one, because some channels have the time below the day.
    """
    parts = urlsplit(url)
    site = _SITE_PARTS.search(parts.netloc.partition(":")[0])
    folders: list[str] = []
    *above, last = _without_slug(parts.path).split("/")[1:] or [""]
    for folder in above:
        kind = "D" if re.fullmatch(r"[\d_-]+", folder) else "*"
        if folders[-1:] != [kind]:
            folders.append(kind)
    stem, dot, extension = last.rpartition(".") if re.search(r"\.[a-z]{3,5}$", last) else (last, "", "")
    name = re.sub(r"\d+", "D", _WORD.sub(_marked, stem))
    names = (
        ""
        if re.search(r"[DX]", name)
        else ",".join(sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair))
    )
    return f"{site.group() if site else parts.netloc}/{'/'.join([*folders, name])}{dot}{extension}?{names}"


def is_special(url: str) -> bool:
    """Return whether a URL belongs to a gallery, video, topic, forum, shop or the like, which front pages also link to.

    A page of a blog, game or book host is special only if its URL has no date.
    """
    parts = urlsplit(url)
    if _SPECIAL.search(url) or _SPECIAL_HOST.search(parts.netloc):
        return True
    return _DATED_HOST.search(parts.netloc) is not None and _DATE.search(parts.path) is None


def is_about_site(url: str) -> bool:
    """Return whether a URL is that of a page about the site itself: /about/, /corp/intro.html."""
    return _ABOUT.search(urlsplit(url).path) is not None


def article_like(url: str) -> bool:
    """Return whether a URL looks like that of an article.

    A URL with an id in the query does. A URL of a column does not. Any other URL does if it has a number of three or
    more digits in the last two parts of the path, or a hexadecimal identifier or /p/ with a name in the path.
    """
    parts = urlsplit(url)
    if re.search(r"(?:^|&)\w*id=\w*\d{2,}", parts.query, re.IGNORECASE):
        return True
    if _NUMBERED.search(parts.path):
        return False
    tail = "/".join(parts.path.rstrip("/").split("/")[-2:])
    if _COLUMN.search(parts.path) and not re.search(r"\d{4}/\d\d|\d{6,}/(?:[\w-]+/)?$", parts.path):
        return False
    return re.search(r"\d{3,}", tail) is not None or re.search(r"[0-9a-f]{12,}|/p/\w{5,}", parts.path) is not None
