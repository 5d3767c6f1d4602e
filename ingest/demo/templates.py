"""Eight page templates in the style of Chinese news sites, each a function from a DemoArticle to HTML.

They imitate 人民网, a government CMS, 红网, a digital newspaper, a portal with JSON-LD, a reposting local site, a blog
and an old table layout, with boilerplate around the article. Nothing is copied from a real page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: half-width punctuation of the seed format -> full-width punctuation of real pages beside Chinese characters
_WIDE = {",": "，", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）"}


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """Content of one article for a template."""

    title: str
    paragraphs: Sequence[str]
    published: str
    source: str | None = None
    authors: Sequence[str] = ()
    editors: Sequence[str] = ()
    captions: Sequence[str] = ()
    picture_credit: str = ""
    subheads: frozenset[str] = frozenset()
    #: lines shown after the article
    after: Sequence[str] = ()
    #: HTML of the links to the further pages of the article
    pager: str = ""


def wide(text: str) -> str:
    """Return `text` with full-width punctuation beside Chinese characters, as on real pages."""
    return re.sub(r"(?<=[^\x00-\x7f])[,:;!?()]|[,:;!?()](?=[^\x00-\x7f])", lambda m: _WIDE[m[0]], text)


def _w(text: str) -> str:
    return escape(wide(text), quote=False)


def _clock(published: str) -> str:
    """Format a time as on Chinese pages: 2019-09-10 10:08:25 -> 2019年09月10日10:08."""
    date, _, time = published.partition(" ")
    year, month, day = date.split("-")
    return f"{year}年{month}月{day}日{time[:5]}"


def _frame(title: str, body: str, head: str = "", charset: str = "utf-8", site: str = "演示新闻网") -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta http-equiv="Content-Type" content="text/html; '
        f'charset={charset}" />\n<title>{_w(title)}--{site}</title>\n{head}</head>\n<body>\n{body}\n</body>\n</html>\n'
    )


_NAV = (
    '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/jwzx/index.html">警务资讯</a></li>'
    '<li><a href="/zt/index.html">专题</a></li><li><a href="/about/">关于我们</a></li></ul></div>'
)
_FOOT = (
    '<div class="footer"><p>关于我们 | 网站地图 | 联系方式 | 版权声明</p>'
    "<p>演示新闻网 版权所有 未经书面授权禁止使用 Copyright © demo. 备案号：演备00000000号</p></div>"
)


def people(story: DemoArticle, charset: str = "utf-8") -> str:
    """Return a page like a national news site: dateline with a linked source, indented paragraphs, (责编：…), a ranking
    in a sidebar.
    """
    source = f' | 来源：<a href="/">{_w(story.source)}</a>' if story.source else ""
    author = f'<div class="author cf">记者 {"  ".join(story.authors)}</div>' if story.authors else ""
    body = "\n".join(f'<p style="text-indent: 2em;">\n\t　　{_w(p)}</p>' for p in story.paragraphs)
    editors = f'<div class="edit cf">(责编：{"、".join(story.editors)})</div>' if story.editors else ""
    return _frame(
        story.title,
        f"""<div class="header">{_NAV}</div>
<div class="layout rm_txt cf"><div class="col col-1 fl">
<div class="path"><a href="/">演示新闻网</a>&gt;&gt;<a href="/jwzx/index.html">警务</a></div>
<h1>{_w(story.title)}</h1>
{author}<div class="channel cf"><div class="col-1-1 fl">{_clock(story.published)}{source}</div>
<div class="col-1-2 fr">小字号 大字号 点击播报本文，约</div></div>
<div class="rm_txt_con cf">
{body}
<div class="zdfy clearfix"></div>
{editors}</div>
<div class="rm_relevant cf"><h2>分享让更多人看到</h2><p>关注公众号：演示新闻</p></div></div>
<div class="col col-2 fr"><div class="rm_ranking"><h3>热门排行</h3><ul><li><a href="/hot/1001.html">演示市今年第一场雪如约而至</a></li>
<li><a href="/hot/1002.html">新地铁线路将于年底开通试运营</a></li></ul></div></div></div>{_FOOT}""",
        charset=charset,
    )


def government(story: DemoArticle, charset: str = "utf-8") -> str:
    """Return a page like a government CMS: ArticleTitle, PubDate and ContentSource in the head, 浏览次数, TRS_Editor."""
    moment = story.published + (":00" if story.published.count(":") == 1 else "")
    head = "".join(
        f'<meta name="{name}" content="{escape(wide(value))}"/>\n'
        for name, value in (
            ("SiteName", "演示区公安分局"),
            ("SiteDomain", "demo"),
            ("ColumnName", "警务资讯"),
            ("ArticleTitle", story.title),
            ("PubDate", moment),
            ("ContentSource", story.source or ""),
        )
    )
    pictures = [
        f'<p style="text-align: center"><img src="/img/{i}.jpg" width="600" alt=""/></p>\n'
        f'<p class="pictext" style="text-align: center">{_w(c)}</p>'
        for i, c in enumerate(story.captions)
    ]
    rows = [f"<p>　　{_w(p)}</p>" for p in story.paragraphs]
    for index, picture in enumerate(pictures):
        rows.insert(min(3 + 5 * index, len(rows) - 1), picture)
    body = "\n".join(rows)
    return _frame(
        story.title,
        f"""{_NAV}
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/jwzx/index.html">警务资讯</a></div>
<div class="article"><h1 class="article-title">{_w(story.title)}</h1>
<div class="info"><span>发布时间：{moment}</span> <span>来源：{_w(story.source or "本站")}</span>
<span>浏览次数：<script>document.write("1024")</script></span> <span>字体：[<a href="javascript:;">大</a> <a href="javascript:;">中</a> <a href="javascript:;">小</a>]</span></div>
<div class="view TRS_UEDITOR trs_paper_default"><div class="TRS_Editor">
{body}
</div></div>
<div class="tools"><a href="javascript:window.print()">打印本页</a> <a href="javascript:window.close()">关闭窗口</a></div></div>{_FOOT}""",
        head,
        charset,
        "演示区公安分局",
    )


def regional(story: DemoArticle, charset: str = "gb2312") -> str:
    """Return a page like a regional portal: 当前位置, 来源 and 编辑 on separate lines under the text, 相关链接, 频道精选."""
    picture = "".join(
        f'<p align="center"><img src="/img/r{i}.jpg" border="0"></p><p align="center">{_w(c)}</p>'
        for i, c in enumerate(story.captions)
    )
    body = "\n".join(
        f"<p><strong>　　{_w(p)}</strong></p>" if p in story.subheads else f"<p>　　{_w(p)}</p>"
        for p in story.paragraphs
    )
    channels = "".join(
        f'<li><a href="/{n}/">{_w(line.lstrip("• "))}</a></li>'
        for n, line in enumerate(story.after)
        if line.startswith("•")
    )
    return _frame(
        story.title,
        f"""<div class="top">{_NAV}</div>
<div class="location">当前位置：<a href="/">演示红页</a> &gt; <a href="/jwzx/index.html">公安</a> &gt; 正文</div>
<div class="main"><div class="left"><h1>{_w(story.title)}</h1>
<div class="info">{story.published}　作者：{" ".join(story.authors)}</div>
<div class="pic-note">{_w(story.picture_credit)}</div>
<div id="content" class="content">
{picture}
{body}
</div>
<p class="from">来源：{_w(story.source or "")}</p>
<p class="editor">编辑：{"、".join(story.editors)}</p>
<div class="relate"><h3>相关链接</h3><h4>频道精选</h4><ul>{channels}</ul></div>
<div class="next">阅读下一篇</div>
<p class="back"><a href="/">返回红网首页</a> <a href="/jwzx/index.html">返回长沙站首页</a></p></div></div>{_FOOT}""",
        charset=charset,
        site="演示红页",
    )


def epaper(story: DemoArticle, charset: str = "utf-8") -> str:
    """Return a page like a digital newspaper: an index beside the article, 上一篇 下一篇, title and text in tables."""
    pictures = "".join(
        f'<tr><td align="center"><img src="/img/p{i}.jpg"></td></tr><tr><td class="pictext" align="center">{_w(c)}</td></tr>'
        for i, c in enumerate(story.captions)
    )
    body = "".join(f"<p>　　{_w(p)}</p>" for p in story.paragraphs)
    year, month, day = story.published[:10].split("-")
    return _frame(
        story.title,
        f"""<table width="1000" align="center"><tr><td width="360" valign="top">
<div class="bmdh">第A06版：<strong>深度</strong></div>
<div class="ctl"><a href="node_0601.htm">上一版</a> <a href="node_0603.htm">下一版</a></div>
<ul><li><a href="content_0602.htm">海鲜市场迎来开渔后首个周末</a></li><li><a href="content_0603.htm">老码头更新改造一期工程完工</a></li></ul></td>
<td valign="top"><div class="date">{year}年{int(month)}月{int(day)}日 星期四</div>
<div class="article-nav"><a href="content_0600.htm">上一篇</a> <a href="content_0602.htm">下一篇</a> 放大 缩小 默认</div>
<table><tr><td class="font01" align="center"><h1>{_w(story.title)}</h1></td></tr>
<tr><td class="font02" align="center">{story.published} 来源：{_w(story.source or "")}</td></tr>
{pictures}
<tr><td><div id="ozoom"><founder-content>{body}</founder-content></div></td></tr></table></td></tr></table>
<div class="footer">演示数字报 版权所有 未经许可不得转载</div>""",
        charset=charset,
        site="演示数字报",
    )


def blog(story: DemoArticle, charset: str = "utf-8") -> str:
    """Return a page like a personal site with collected articles: 原标题 before the text, 随机阅读 and a QR code beside it."""
    body = "\n".join(f"<h3>{_w(p)}</h3>" if p in story.subheads else f"<p>{_w(p)}</p>" for p in story.paragraphs)
    return _frame(
        story.title,
        f"""<header class="site-header"><h2 class="site-title"><a href="/">ZKX's LAB</a></h2>{_NAV}</header>
<main><article class="post"><h1 class="post-title">{_w(story.title)}</h1>
<div class="post-meta"><time datetime="{story.published}">{story.published}</time><a class="category" href="/news/">新闻</a><span class="views">6</span></div>
<div class="post-content">
<p>原标题：{_w(story.title)}</p>
{body}
</div></article>
<aside class="sidebar"><h3>随机阅读</h3><ul><li><a href="/r/1.html">怎样挑选一口好用的铁锅</a></li><li><a href="/r/2.html">周末去哪里看银杏最合适</a></li></ul>
<div class="qrcode"><img src="/img/qr.png" alt="qrcode"><p>访问手机版</p></div></aside></main>
<footer>{_FOOT}</footer>""",
        charset=charset,
        site="ZKX's LAB",
    )


def portal(story: DemoArticle, charset: str = "utf-8") -> str:
    """Return a page like a portal of the 2020s: JSON-LD, OpenGraph, <article>, captions in <figcaption>, share buttons."""
    moment = story.published.replace(" ", "T") + ("+08:00" if " " in story.published else "")
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": wide(story.title),
        "datePublished": moment,
        "author": [{"@type": "Person", "name": n} for n in story.authors],
        "publisher": {"@type": "Organization", "name": story.source or "演示新闻网"},
    }
    head = (
        f'<meta property="og:type" content="article"/><meta property="og:title" content="{escape(wide(story.title))}"/>\n'
        f'<meta property="article:published_time" content="{moment}"/>\n'
        f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>\n'
    )
    figures = "".join(
        f'<figure><img src="/img/f{i}.webp" alt=""><figcaption>{_w(c)}</figcaption></figure>'
        for i, c in enumerate(story.captions)
    )
    body = "\n".join(f"<p>{_w(p)}</p>" for p in story.paragraphs)
    byline = f'<span class="author">记者 {" ".join(story.authors)}</span>' if story.authors else ""
    editors = f'<p class="editor">责任编辑：{"、".join(story.editors)}</p>' if story.editors else ""
    return _frame(
        story.title,
        f"""<header>{_NAV}</header><div class="container"><article>
<h1>{_w(story.title)}</h1><div class="meta"><span class="time">{story.published}</span> <span class="source">来源：{_w(story.source or "演示新闻网")}</span> {byline}</div>
<div class="article-content">{figures}
{body}
</div>{story.pager}{editors}
<div class="share"><a href="#">微信</a><a href="#">微博</a><a href="#">QQ空间</a></div></article>
<aside class="recommend"><h3>为你推荐</h3><ul><li><a href="/hot/2001.html">一家三代人的守桥故事</a></li><li><a href="/hot/2002.html">老茶馆里的新生意经</a></li></ul></aside></div>{_FOOT}""",
        head,
        charset,
    )


def reposting(story: DemoArticle, charset: str = "utf-8") -> str:
    """Return a page like a local site with reposted articles: <br> for paragraphs, 延伸阅读, disclaimer, advertisement."""
    body = "<br/><br/>\n".join(f"　　{_w(p)}" for p in story.paragraphs)
    return _frame(
        story.title,
        f"""<div id="hd">{_NAV}</div>
<div class="crumb">您的位置：<a href="/">本地通</a> &gt; 社会</div>
<div class="detail"><h1 class="title">{_w(story.title)}</h1>
<p class="msg">{story.published} 来源：{_w(story.source or "网络")} 编辑：{"、".join(story.editors)} 阅读：3021</p>
<div class="detail-body">{body}</div>
<div class="disclaimer">声明：转载此文是出于传递更多信息之目的，若有来源标注错误或侵犯了您的合法权益，请与本网联系。</div>
<div class="app">下载“本地通”客户端，随时随地看新闻</div>
<div class="extend"><h4>延伸阅读</h4><ul><li><a href="/local/9001.html">这条老街要修了，工期三个月</a></li><li><a href="/local/9002.html">本地菜价连续两周回落</a></li></ul></div>
</div><div id="ft">本地通 版权所有</div>""",
        charset=charset,
        site="本地通",
    )


def broken(story: DemoArticle, charset: str = "gb2312") -> str:
    """Return a page with a broken table layout: unclosed tags, </body></html> in the middle, content after it."""
    half = len(story.paragraphs) // 2
    upper = "".join(f"<p>　　{_w(p)}" for p in story.paragraphs[:half])
    lower = "".join(f"<p>　　{_w(p)}" for p in story.paragraphs[half:])
    return f"""<html><head><meta http-equiv=Content-Type content="text/html; charset={charset}"><title>{_w(story.title)}_栾水新闻</title></head>
<body bgcolor=#ffffff><center><table width=760><tr><td><a href="/">首页</a> <a href="/jwzx/index.html">警务</a></td></tr></table></center>
<table width=760 align=center><tr><td align=center><font size=5><b>{_w(story.title)}</b></font></td></tr>
<tr><td align=center>{story.published} 来源：{_w(story.source or "")} 作者：{" ".join(story.authors)}</td></tr>
<tr><td id=zoom>{upper}
</body></html>
{lower}
<tr><td align=right>责任编辑：{"、".join(story.editors)}</td></tr></table>
<p align=center>栾水新闻 版权所有"""
