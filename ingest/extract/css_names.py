"""Meaning of class and id names: boilerplate, content, or a metadata field.

Names are split at separators, digits and capitals (articleComment -> article, comment). The tables contain words that
many sites use, and no names of a single site.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


def words(text: str) -> frozenset[str]:
    """Return the words of `text`, which blanks separate, as a set."""
    return frozenset(text.split())


class Name(NamedTuple):
    """Meaning of an element's class and id.

    `boilerplate` is the kind of boilerplate (navigation, sharing, comments), or None. A `weak` kind is ignored if other
    evidence shows that the element contains the article. `content` is the number of words that mean article text.
    `field` is "title", "date", "source", "author", "editor" or None.
    """

    boilerplate: str | None = None
    weak: bool = False
    content: int = 0
    field: str | None = None


NOTHING = Name()

_STRONG = {
    "comments": "comment comments cmt cmts pinglun reply replies gentie tie discuss changyan sohucs guestbook uyan",
    "footer": "footer foot copyright copyrights beian icp",
    "navigation": "breadcrumb breadcrumbs crumb crumbs mbx navbar topnav subnav sitemap",
    "related": "related relate relates relevant recommend recommends recommended tuijian xgwz xgyd xgxw xgnews "
    "guess guesslike youlike morenews hotnews hotlist ranking paihang moreread extend yanshen reco",
    "sharing": "share shares sharing bdshare bshare jiathis jtico addthis sharebox fenxiang qrcode erweima ewm",
    "advert": "advert advertisement adsense gg guanggao adbox",
    "keypoints": "keypoints keypoint key-points key_points highlights takeaways tldr aisummary ai-summary ai_summary",
    "consent": "cookie cookies consent gdpr cookiebar cookiebanner privacybar",
    "pager": "pagination pager pagenav pagebar turnpage fenye",
}
_WEAK = {
    "navigation": "nav menu location position weizhi dangqian",
    "sidebar": "sidebar aside sidenav right rightbar r-side",
    "related": "hot rank top10 topnews relation links friendlink youqing likes interest",
    "tools": "toolbar tools tool tool-bar fontsize print app download appdownload login search register dialog popup "
    "modal mask toast tips declare disclaimer statement shengming feedback vote subscribe",
    "advert": "ad ads adv banner",
    "tags": "tag tags keyword keywords",
    "pager": "page pages prevnext prenext shangxia previous next",
    "account": "profile bio userinfo follow attention",
}
_WORD_KIND: dict[str, tuple[str, bool]] = {
    **{word: (kind, True) for kind, words in _WEAK.items() for word in words.split()},
    **{word: (kind, False) for kind, words in _STRONG.items() for word in words.split()},
}
#: words for parts of an article; beside such a word, a boilerplate word is weak ("article-header", "share-content")
_ARTICLE = words("article art content detail text txt body main news zw nr wz zhengwen neirong")

_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("title", re.compile(r"(?:^|[\s_-])(?:(?:h|lbl|txt|news|art(?:icle)?)?title|biaoti|bt|headline|tit|pagetitle|activity[-_]name)"
                         r"(?:$|[\s_-])", re.I)),
    ("date", re.compile(r"(?:^|[\s_-])(?:pub[-_]?(?:lish)?[-_]?(?:time|date|t)\w*|post[-_]?time|(?:news|art(?:icle)?|"
                        r"release|create|ptime|show)[-_]?(?:time|date)|time|date|riqi|shijian|datetime)(?:$|[\s_-])", re.I)),
    ("source", re.compile(r"(?:^|[\s_-])(?:(?:news|art(?:icle)?|media|ne)?[-_]?source\w*|laiyuan|ly|origin|comefrom|"
                          r"copyfrom|media[-_]?name|js_name|account[-_]?(?:name|nickname)|author[-_]?name|nickname)(?:$|[\s_-])", re.I)),
    ("author", re.compile(r"(?:^|[\s_-])(?:author|byline|zuozhe|writer|reporter|jizhe)(?:$|[\s_-])", re.I)),
    ("editor", re.compile(r"(?:^|[\s_-])(?:editor|edit|bianji|zebian|zrbj|ep-editor|duty)(?:$|[\s_-])", re.I)),
)  # fmt: skip

#: First words of class names that switch another element on or off; such a name says nothing about its own element:
#: no-sidebar, has-sidebar, disableAsideSection
_SWITCHES = words(
    "no not non without with has have hide hides hidden show shows disable disabled enable enabled is use toggle "
    "open close collapse layout"
)
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[\d]+")


@lru_cache(maxsize=4096)
def name_of(classes: str | None, ident: str | None) -> Name:
    """Return the meaning of a class and an id attribute. Cached, because a page uses the same names many times."""
    if not classes and not ident:
        return NOTHING
    joined = " ".join(name for name in f"{ident or ''} {classes or ''}"[:200].split() if not _is_switch(name))
    words = {word.lower() for word in _CAMEL.findall(joined)}
    words.update(part.lower() for part in joined.split())
    found = [_WORD_KIND[word] for word in words if word in _WORD_KIND]
    field = next((kind for kind, pattern in _FIELDS if pattern.search(joined)), None)
    content = len(words & _ARTICLE)
    if not found:
        return Name(content=content, field=field)
    strong = [kind for kind, weak in found if not weak]
    return Name(strong[0] if strong else found[0][0], not strong or (content > 0 and len(strong) < 2), content, field)


def _is_switch(name: str) -> bool:
    """Return whether a class or id only says whether another part of the page is shown (no-sidebar, with-comments)."""
    parts = _CAMEL.findall(name)
    return len(parts) > 1 and parts[0].lower() in _SWITCHES and any(part.lower() in _WORD_KIND for part in parts[1:])
