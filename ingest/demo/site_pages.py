"""Pages and listings of the demo site in both states, and the expected outcome of each page."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from ingest.demo import invented_articles, templates
from ingest.demo.seed_articles import BY_NUMBER, Seed
from ingest.demo.templates import DemoArticle, wide
from ingest.zh.seed_format import clean_lines

#: states of the site: before and after the edit
STATES = (1, 2)


@dataclass(frozen=True, slots=True)
class Served:
    """One response of the site."""

    content: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    #: Last-Modified (RFC 9110); None for a response without validators
    modified: str | None = "Sat, 07 Nov 2026 02:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected outcome of one candidate of the site."""

    #: outcome of the first pass; "repost" for a page that is visited after another page of the same story
    outcome: str
    #: title in the characters of the seed format; compare it with fold(title), because extraction may keep the form on
    #: the page
    title: str | None = None
    #: complete stored text
    text: str | None = None
    #: number of the seed whose article, without boilerplate, is on this page
    seed: str | None = None
    #: pages with the same value belong to one story
    story: str | None = None
    #: outcome of the second pass; None if it is "unchanged", "known" or the same as in the first pass
    after: str | None = None
    #: text after the edit
    text_after: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One page: the function that returns its response in a state of the site, and its expected outcome."""

    path: str
    make: Callable[[int], Served]
    expected: Expected | None
    #: title and date in the listings
    title: str = ""
    date: str = ""


def _utf8(html: str) -> Served:
    return Served(html.encode("utf-8"))


def _gb(html: str, content_type: str = "text/html") -> Served:
    """Return a GB18030 page declared as gb2312, without a charset in the header, like pages of old content management
    systems.
    """
    return Served(html.encode("gb18030"), content_type)


def _seed_story(seed: Seed) -> DemoArticle:
    return DemoArticle(
        seed.title,
        seed.paragraphs(),
        seed.published,
        seed.source,
        seed.authors,
        seed.editors,
        seed.captions,
        seed.picture_credit,
        seed.subheads,
        seed.after(),
    )


def _seed(number: str, path: str, template: Callable[..., str], encode: Callable[[str], Served]) -> _Entry:
    seed = BY_NUMBER[number]
    expected = Expected("stored", clean_lines(seed.title), seed.text(), number, story=f"seed-{number}")
    return _Entry(path, lambda state: encode(template(_seed_story(seed))), expected, seed.title, seed.published[:10])


def _feature(
    path: str, story: DemoArticle, template: Callable[..., str], encode: Callable[[str], Served], name: str, **more: str
) -> _Entry:
    expected = Expected("stored", story.title, clean_lines("\n".join(story.paragraphs)), story=name, **more)
    return _Entry(path, lambda state: encode(template(story)), expected, story.title, story.published[:10])


_QINGSHIQIAO = DemoArticle(
    "青石桥边的灯火——云岭市清河区青石桥派出所见闻",
    invented_articles.QINGSHIQIAO,
    "2026-10-28 08:12:30",
    "云岭晚报",
    ("巫小荻",),
    ("计长安",),
    ("青石桥派出所民警夜巡老街 巫小荻 摄",),
)
_WANGXI = DemoArticle(
    "樟树下的派出所", invented_articles.WANGXI, "2026-10-20 07:30:00", "霜岭日报", ("蒲云生",), ("傅听雨",)
)
_BAILUZHOU = DemoArticle(
    "渡口上的派出所:澜州市白鹭洲派出所的一天",
    invented_articles.BAILUZHOU,
    "2026-10-16 09:00:00",
    "澜州新闻网",
    ("沈一苇",),
    ("成蹊",),
)
_SHIGUPING = DemoArticle(
    "集市上的那杆秤——栾水县石鼓坪派出所纪事",
    invented_articles.SHIGUPING,
    "2026-09-21",
    "栾水新闻",
    ("石南星",),
    ("何田田",),
)


def _edited(state: int) -> DemoArticle:
    if state == 1:
        return _BAILUZHOU
    paragraphs = [invented_articles.BAILUZHOU_EDIT.get(i, p) for i, p in enumerate(_BAILUZHOU.paragraphs)]
    return DemoArticle(
        _BAILUZHOU.title, paragraphs, _BAILUZHOU.published, _BAILUZHOU.source, _BAILUZHOU.authors, _BAILUZHOU.editors
    )


def _wangxi_page(page: int) -> Callable[[int], Served]:
    first = invented_articles.WANGXI_FIRST
    paragraphs = _WANGXI.paragraphs[:first] if page == 1 else _WANGXI.paragraphs[first:]
    pager = (
        '<div class="page"><span class="cur">1</span> <a href="c_2201_2.html">2</a> <a href="c_2201_2.html">下一页</a></div>'
        if page == 1
        else '<div class="page"><a href="c_2201.html">上一页</a> <a href="c_2201.html">1</a> <span class="cur">2</span></div>'
    )
    story = DemoArticle(
        _WANGXI.title, paragraphs, _WANGXI.published, _WANGXI.source, _WANGXI.authors, _WANGXI.editors, pager=pager
    )
    return lambda state: _utf8(templates.portal(story))


def _repost(state: int) -> Served:
    seed = BY_NUMBER["002"]
    paragraphs = ["“我们是民警……” 本文记录一个派出所的日常。", *seed.paragraphs()]
    story = DemoArticle(
        "铝城警事:百面锦旗背后的西彭派出所", paragraphs[1:], "2020-10-22 16:40", "新闻6", editors=("山岚",)
    )
    return _utf8(templates.reposting(story))


def _copy(state: int) -> Served:
    seed = BY_NUMBER["001"]
    story = DemoArticle(
        "两路派出所这样创建“枫桥式公安派出所”", seed.paragraphs(), "2023-05-25 08:00", "法律常识", editors=("言午",)
    )
    return _utf8(templates.people(story))


def _topic_page(state: int) -> Served:
    rows = "".join(
        f'<li><a href="/zt/2026/{3000 + i}.html">{_e(t)}</a><span>2026-10-{1 + i:02d}</span></li>'
        for i, t in enumerate(invented_articles.LINKS)
    )
    body = f'<div class="nav"><a href="/">首页</a></div><h1>冬季平安行动专题</h1><ul class="list">{rows}</ul>'
    return _utf8(f"<!DOCTYPE html><html><head><title>冬季平安行动专题</title></head><body>{body}</body></html>")


def _soft_404(state: int) -> Served:
    return _utf8(
        "<!DOCTYPE html><html><head><title>页面不存在</title></head><body><div class='error'><h1>404</h1>"
        "<p>抱歉，您访问的页面不存在或已被删除。</p><p><a href='/'>返回首页</a></p></div></body></html>"
    )


def _blocked(state: int) -> Served:
    return Served(
        "<html><head><title>安全提示</title></head><body><p>您的访问过于频繁，请稍后再试。</p>"
        "<p>请输入验证码后继续访问：<input name='captcha'></p></body></html>".encode(),
        modified=None,
    )


def _gone(state: int) -> Served:
    return Served(b"<html><body><h1>404 Not Found</h1></body></html>", status=404, modified=None)


def _private(state: int) -> Served:
    return _utf8(templates.portal(DemoArticle("不应被抓取的页面", invented_articles.BRIEF, "2026-10-01")))


def _e(text: str) -> str:
    return escape(wide(text), quote=False)


_BRIEF = DemoArticle(
    "清河警方12小时破获电瓶被盗案", invented_articles.BRIEF, "2026-10-14 11:05", "云岭晚报", editors=("计长安",)
)
_NOTICE = DemoArticle(
    "云岭市公安局清河分局公开招聘警务辅助人员公告", invented_articles.NOTICE, "2026-10-25 09:00", "清河分局政治处"
)

#: all candidates in the listings, with their expected outcomes
ENTRIES: tuple[_Entry, ...] = (
    _seed("000", "/n1/2024/0618/c100-40001.html", templates.people, _utf8),
    _seed("001", "/gaj/jwzx/202305/t20230523_40011.html", templates.government, _utf8),
    _seed("002", "/news/2020/10/20/40021.html", templates.blog, _utf8),
    _seed("003", "/html/2020-08/06/content_0601.htm", templates.epaper, _utf8),
    _seed("004", "/content/2019/09/10/40041.html", templates.regional, _gb),
    _feature("/yl/2026-10/28/c_1001.html", _QINGSHIQIAO, templates.portal, _utf8, "qingshiqiao"),
    _Entry(
        "/sl/2026-10/20/c_2201.html", _wangxi_page(1),
        Expected("stored", _WANGXI.title, clean_lines("\n".join(_WANGXI.paragraphs)), story="wangxi"),
        _WANGXI.title, "2026-10-20",
    ),
    _Entry(
        "/n1/2026/1016/c100-50001.html", lambda state: _utf8(templates.people(_edited(state))),
        Expected("stored", _BAILUZHOU.title, clean_lines("\n".join(_BAILUZHOU.paragraphs)), story="bailuzhou",
                 after="revised", text_after=clean_lines("\n".join(_edited(2).paragraphs))),
        _BAILUZHOU.title, "2026-10-16",
    ),
    _feature("/ls/20260921/6001.htm", _SHIGUPING, templates.broken, _gb, "shiguping"),
    _Entry("/local/2020/1022/70021.html", _repost,
           Expected("repost", "铝城警事:百面锦旗背后的西彭派出所", BY_NUMBER["002"].text(), story="seed-002"),
           "铝城警事:百面锦旗背后的西彭派出所", "2020-10-22"),
    _Entry("/n1/2023/0525/c100-40012.html", _copy,
           Expected("repost", "两路派出所这样创建“枫桥式公安派出所”", BY_NUMBER["001"].text(), story="seed-001"),
           "两路派出所这样创建“枫桥式公安派出所”", "2023-05-25"),
    _Entry("/yl/2026-10/14/c_1002.html", lambda state: _utf8(templates.portal(_BRIEF)),
           Expected("not-feature", _BRIEF.title, clean_lines("\n".join(_BRIEF.paragraphs))), _BRIEF.title, "2026-10-14"),
    _Entry("/gaj/tzgg/202610/t20261025_40031.html", lambda state: _utf8(templates.government(_NOTICE)),
           Expected("not-feature", _NOTICE.title, clean_lines("\n".join(_NOTICE.paragraphs))), _NOTICE.title, "2026-10-25"),
    _Entry("/zt/2026/dongji.html", _topic_page, Expected("not-article"), "冬季平安行动专题:各派出所在行动", "2026-10-30"),
    _Entry("/yl/2026-09/02/c_1404.html", _gone, Expected("gone"), "清河派出所里的一堂普法课", "2026-09-02"),
    _Entry("/yl/2026-09/03/c_1405.html", _soft_404, Expected("error-page"), "深夜派出所的一盏灯", "2026-09-03"),
    _Entry("/yl/2026-09/05/c_1406.html", _blocked, Expected("block-page"), "派出所民警的一天一夜", "2026-09-05"),
    _Entry("/private/2026/8001.html", _private, Expected("robots"), "内部通讯:派出所值班记", "2026-10-01"),
)  # fmt: skip
BY_PATH: Mapping[str, _Entry] = {entry.path: entry for entry in ENTRIES}

# The pages of the three listings. The listings overlap, and some contain another spelling of a URL.
#: pages in the feed
_IN_FEED = (
    "/n1/2024/0618/c100-40001.html",
    "/gaj/jwzx/202305/t20230523_40011.html",
    "/yl/2026-10/28/c_1001.html",
    "/yl/2026-10/14/c_1002.html",
    "/yl/2026-09/02/c_1404.html",
)
#: pages in the sitemap
_IN_SITEMAP = (
    "/yl/2026-10/28/c_1001.html",
    "/n1/2026/1016/c100-50001.html",
    "/news/2020/10/20/40021.html",
    "/html/2020-08/06/content_0601.htm",
    "/ls/20260921/6001.htm",
    "/private/2026/8001.html",
)
#: pages in the two list pages
_IN_LIST = (
    (
        "/zt/2026/dongji.html",
        "/gaj/tzgg/202610/t20261025_40031.html",
        "/sl/2026-10/20/c_2201.html",
        "/yl/2026-10/14/c_1002.html",
        "/yl/2026-09/05/c_1406.html",
        "/yl/2026-09/03/c_1405.html",
    ),
    (
        "/gaj/jwzx/202305/t20230523_40011.html",
        "/n1/2023/0525/c100-40012.html",
        "/local/2020/1022/70021.html",
        "/content/2019/09/10/40041.html",
    ),
)


def _feed(base: str) -> Served:
    items = "".join(
        f"<item><title><![CDATA[{wide(BY_PATH[p].title)}]]></title><link>{base}{p}?utm_source=rss&amp;utm_medium=feed</link>"
        f'<guid isPermaLink="false">demo-{i}</guid><pubDate>{_rfc822(BY_PATH[p].date)}</pubDate>'
        f"<description>&lt;p&gt;{_e(BY_PATH[p].title)}&lt;/p&gt;</description></item>\n"
        for i, p in enumerate(_IN_FEED)
    )
    xml = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>演示新闻网</title><link>{base}/</link>'
        f"<description>最新</description>\n{items}</channel></rss>"
    )
    return Served(xml.encode(), "application/rss+xml")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _rfc822(date: str) -> str:
    year, month, day = date.split("-")
    name = _MONTHS[int(month) - 1]
    return f"{day} {name} {year} 08:00:00 +0800"


def _sitemap_index(base: str) -> Served:
    return Served(
        f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{base}/sitemap-1.xml.gz</loc><lastmod>2026-10-31</lastmod></sitemap></sitemapindex>".encode(),
        "application/xml",
    )


def _sitemap(base: str) -> Served:
    rows = "".join(
        f"<url><loc>{base}{p}</loc><lastmod>{BY_PATH[p].date}</lastmod><news:news><news:title>{_e(BY_PATH[p].title)}</news:title>"
        f"<news:publication_date>{BY_PATH[p].date}</news:publication_date></news:news></url>\n"
        for p in _IN_SITEMAP
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{rows}</urlset>'
    )
    return Served(gzip.compress(xml.encode(), mtime=0), "application/gzip")


def _cut(title: str) -> str:
    """Return a title as a list page shows it, truncated if it is long."""
    return title if len(title) <= 16 else title[:15] + "..."


def _list(page: int) -> Served:
    rows = "".join(
        f'<li><span class="date">{BY_PATH[p].date}</span><a href="../..{p}?from=timeline&isappinstalled=0" target="_blank" '
        f'title="{escape(wide(BY_PATH[p].title))}">{_e(_cut(BY_PATH[p].title))}</a></li>\n'
        for p in _IN_LIST[page]
    )
    pager = f'<div class="page"><script>createPageHTML({len(_IN_LIST)}, {page}, "index", "html");</script></div>'
    return _gb(f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>警务资讯-演示区公安分局</title></head>
<body>{templates._NAV}<div class="leftmenu"><ul><li><a href="/gaj/tzgg/">通知公告</a></li><li><a href="/gaj/jwzx/">警务资讯</a></li></ul></div>
<div class="rightbox"><h2>警务资讯</h2><ul class="newslist">
{rows}</ul>{pager}</div>{templates._FOOT}</body></html>""")


def _home(base: str) -> Served:
    return _utf8(
        "<!DOCTYPE html><html><head><title>演示新闻网</title>"
        '<link rel="alternate" type="application/rss+xml" href="/rss.xml"></head><body><h1>演示新闻网</h1>'
        '<p>一个在本机运行的小站，供试用与测试。</p><p><a href="/jwzx/index.html">警务资讯</a></p></body></html>'
    )


def _robots(base: str) -> Served:
    text = f"User-agent: *\nDisallow: /private/\nCrawl-delay: 0\n\nSitemap: {base}/sitemap.xml\n"
    return Served(text.encode(), "text/plain; charset=utf-8")


def pages(base: str, state: int) -> dict[str, Served]:
    """Return the responses of the site in one state, by path; `base` is the URL of the site without a trailing slash."""
    served = {entry.path: entry.make(state) for entry in ENTRIES}
    served["/sl/2026-10/20/c_2201_2.html"] = _wangxi_page(2)(state)
    served |= {
        "/": _home(base),
        "/robots.txt": _robots(base),
        "/rss.xml": _feed(base),
        "/sitemap.xml": _sitemap_index(base),
        "/sitemap-1.xml.gz": _sitemap(base),
        "/jwzx/index.html": _list(0),
        "/jwzx/index_1.html": _list(1),
    }
    return served


def expected(base: str) -> dict[str, Expected]:
    """Return the expected outcome by canonical URL, for every page in the listings."""
    return {base + entry.path: entry.expected for entry in ENTRIES if entry.expected is not None}
