"""Detection of pages without an article: error, block and login pages, lists, galleries and videos."""

from __future__ import annotations

import re

from ingest.errors import ExtractError, RedirectError
from ingest.extract.body_text import Body, is_sentence
from ingest.extract.dom import Block, Document, base_of
from ingest.extract.line_kinds import is_byline, is_site_notice
from ingest.html_redirect import redirect_target
from ingest.urls import canonical, same_site

#: Characters of prose above which a page with "404" or "验证码" is an article about that subject. Not measured.
SIGN_LIMIT = 260
#: the same limit for a page that has a line with source and date (or author). Not measured.
CREDITED_LIMIT = 40
#: A gallery has at least GALLERY_PICTURES pictures, and fewer than three times GALLERY_TEXT characters of text. Not
#: measured.
GALLERY_PICTURES, GALLERY_TEXT = 6, 40
#: minimum number of linked lines inside the text of a page that is a list; the labelled articles have at most 3
LIST_LINES = 8
#: Linked lines of a list are counted in the text and in at most this many lines above it. If the headline is unknown,
#: higher lines may be menus
LIST_HEAD = 40
#: A text without headline and date that has fewer characters than this introduces the lists below it. Not measured.
OVERVIEW = 200
#: If settings and notices are at least this share of the text, the page is not an article. Not measured.
SITE_NOTICE_SHARE = 0.6
#: A page with fewer characters of text than this has no text of its own (正在跳转,请稍候). Not measured.
BARE = 40

_BLOCK = re.compile(
    r"安全验证|验证中心|人机验证|行为验证|滑动验证|(?:拖动|按住)(?:下方|左侧)?滑块|请(?:完成|进行|通过)(?:下列|以下|下方)?(?:安全)?验证|(?:请)?输入验证码|访问(?:过于)?频繁|访问行为异常|异常访问|操作过于频繁|环境异常|"
    r"访问被(?:拒绝|拦截|阻断|禁止)|(?:IP|请求|访问).{0,10}(?:被(?:封|拦截|限制|拒绝)|受限|异常)|已被拦截|网站防火墙|云防护|拦截提示|Access Denied|(?:403\s*)?Forbidden|Request (?:blocked|Rejected)|"
    r"Attention Required|Just a moment|Checking your browser|请开启\s*JavaScript|enable JavaScript and cookies|Precondition Failed|Robot Check|are you a robot|正在验证|浏览器安全检查",
    re.I,
)
_ERROR = re.compile(
    r"(?<!\d)404(?![\d人名户个起件元万吨公米])|页面(?:不存在|找不到|没有找到|未找到|已(?:被)?删除|走丢了|丢失)|(?:没有|未|无法|找不)(?:能)?找到.{0,10}(?:页面|网页|内容|文件|资源|稿件)|找不到.{0,12}(?:页|文件|内容)|(?:您|你)?(?:要)?(?:访问|查看|浏览|请求)的.{0,12}"
    r"(?:不存在|已删除|被删除|不见了|已下线|已失效|丢失|找不到)|(?:文章|内容|新闻|稿件|信息|链接|帖子|图文)(?:已(?:经)?(?:被)?(?:发布者)?(?:删除|下线|下架|失效|过期|撤回)|不存在|无法查看)|该(?:内容|文章|链接).{0,10}(?:删除|失效|违规|不存在)|"
    r"此内容因违规无法查看|Not Found|Bad Gateway|Service Unavailable|Internal Server Error|Gateway Time-?out|(?:服务器|系统|程序)(?:内部)?(?:错误|异常|繁忙|开小差|维护)|网站(?:维护|升级|建设)中|Temporarily Unavailable|参数错误|非法(?:请求|访问|操作)|(?:公众号|账号)已(?:迁移|注销|冻结)|"
    r"(?:文章|内容|稿件|信息).{0,6}(?:审核中|待审核|尚未发布|未通过审核)",
    re.I,
)
_LOGIN = re.compile(
    r"请在微信客户端打开|请(?:先)?登录|登录后(?:才能|方可|即可|可以|可|继续)?(?:查看|阅读|访问|浏览|观看)?|(?:扫码|账号|密码|短信|微信)登录|用户登录|会员登录|统一身份认证|您(?:还)?(?:没有|未)登录|订阅后(?:可|即可)?阅读|付费(?:阅读|订阅)|(?:开通|成为)会员.{0,8}(?:阅读|查看)|Sign in|Log in",
    re.I,
)
_ALERT = re.compile(r"""alert\(\s*(["'])(.{2,80}?)\1""")
#: a paywall line, with which the free part of a text ends
_WALL = re.compile(r"(?:登录|订阅|付费|会员|购买).{0,8}(?:阅读|查看|解锁)(?:全文|更多|全部|完整)?|(?:开通|成为)会员")
#: labels of source and author; error pages do not have them
_CREDIT_LABEL = re.compile(r"(?:来\s*源|作\s*者|编\s*辑|记\s*者|责\s*编)\s*:\s*\S")
_REDIRECT = re.compile(r"(?:页面|正在|自动|即将).{0,8}跳转|如果.{0,14}没有(?:自动)?跳转", re.I)


#: names of frames without an article: margins, players, forms, widgets
_MARGIN = re.compile(
    r"(?<![a-z])(?:left|top|head(?:er)?|foot(?:er)?|bottom|nav\w*|menu\w*|tree|banner|logo|ads?|advert\w*|guanggao|"
    r"player\w*|video\w*|live|share\w*|comments?|pinglun|reply|login\w*|search\w*|vote|map|weather\w*|tianqi|"
    r"stats?|statistics|count(?:er)?|captcha|verify|friend|links?)(?:_?i?frame)?(?![a-z])",
    re.I,
)
_MAIN = re.compile(r"main|content|right|body|center|article|detail|show|text|news", re.I)

#: URLs of home pages and error pages; they are accepted neither as canonical URLs nor as redirect targets
_HOME = re.compile(r"https?://[^/]+(?:/(?:(?:index|default|404|error)\b[^/]*)?)?")


def frame_of(doc: Document) -> str | None:
    """Return the URL of the frame of this site that may contain the text; None if there is none, or several may.

    Frames whose names mean margins or players are ignored. If several remain, the only one whose name matches `_MAIN` is
    returned.
    """
    here, base = doc.page.final_url, base_of(doc)
    found: list[tuple[str, str]] = []
    for frame in [*doc.root.iter("frame"), *doc.frames]:
        source = (frame.get("src") or "").strip()
        file = source.partition("?")[0].rpartition("/")[2]
        called = " ".join(filter(None, (frame.get("name"), frame.get("id"), file)))
        try:
            url = canonical(source, base) if source and not source.startswith("#") else here
        except ValueError:
            continue
        if url != here and same_site(here, url) and not _MARGIN.search(called):
            found.append((url, called))
    urls = list(dict.fromkeys(url for url, _ in found))
    if len(urls) > 1:
        urls = list(dict.fromkeys(url for url, called in found if _MAIN.search(called)))
    return urls[0] if len(urls) == 1 else None


def canonical_url(doc: Document) -> str | None:
    """Return the URL of the page's canonical link if it is on the same site and not a home page, else None."""
    for link in doc.root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and (href := (link.get("href") or "").strip()):
            try:
                url = canonical(href, base_of(doc))
            except ValueError:
                return None
            return url if same_site(doc.page.final_url, url) and not _HOME.fullmatch(url) else None
    return None


def refuse_early(doc: Document) -> None:
    """Raise ExtractError if the page is an error, block, login or redirect page, ends at a paywall, or is a frameset.

    Raise RedirectError if one frame of a frameset may contain the article, or if a page without text names its target.
    Other pages with more than SIGN_LIMIT characters of prose are accepted, because an article may be about captchas.
    """
    url = doc.page.final_url
    if doc.root.find(".//frameset") is not None:
        if framed := frame_of(doc):
            raise RedirectError(url, framed)
        frames = [frame.get("src") or "" for frame in doc.root.iter("frame")]
        raise ExtractError(
            url, "not-article", f"a frameset with the frames {', '.join(filter(None, frames)) or '(none)'}"
        )
    prose = sum(block.size for block in doc.blocks if is_sentence(block))
    if prose > SIGN_LIMIT:
        return
    if prose >= CREDITED_LIMIT and any(map(_is_credited, doc.blocks)):
        _refuse_paywalled(doc)
        return
    shown = " ".join([doc.title, *[block.key for block in doc.blocks if block.link_share < 0.8][:60]])[:3000]
    for code, pattern, what in (
        ("block-page", _BLOCK, "a block or verification page"),
        ("error-page", _ERROR, "an error page"),
        ("login-page", _LOGIN, "a login wall"),
    ):
        found = pattern.search(shown)
        if found and _is_page_message(doc, code, pattern, prose):
            raise ExtractError(url, code, f"{what}: it contains {found.group()!r} and {prose} characters of prose")
    if there := _redirect_of(doc):
        raise RedirectError(url, there)
    if not doc.blocks:
        _refuse_blank(doc)
    if prose == 0 and _challenge(doc):
        raise ExtractError(url, "block-page", "an empty page whose script loads another page or runs a challenge")
    if prose < 60 and _REDIRECT.search(shown):
        raise ExtractError(url, "error-page", "a page that only redirects")


def _redirect_of(doc: Document) -> str | None:
    """Return the redirect target of a page without text, else None.

    Redirects to the page itself or to the home page are ignored: sites redirect deleted pages to the home page.
    """
    if sum(block.size for block in doc.blocks) >= BARE:
        return None
    href = redirect_target(doc.metas.get("refresh", ()), [script.text or "" for script in doc.scripts])
    try:
        there = canonical(href, base_of(doc)) if href else ""
    except ValueError:
        return None
    return None if not there or _HOME.fullmatch(there) or there in (doc.page.url, doc.page.final_url) else there


def _is_credited(block: Block) -> bool:
    """Return whether a block has a date and a source, author or editor: 2023-07-01 08:05 来源:示例日报."""
    return block.boilerplate is None and is_byline(block.key) and _CREDIT_LABEL.search(block.key) is not None


def _refuse_paywalled(doc: Document) -> None:
    """Raise ExtractError "login-page" if an article breaks off at a request to log in or pay."""
    last = max(index for index, block in enumerate(doc.blocks) if is_sentence(block))
    for block in doc.blocks[last + 1 : last + 6]:
        if _WALL.search(block.key) and "评论" not in block.key:
            raise ExtractError(doc.page.final_url, "login-page", f"the text ends at a login wall: {block.text[:40]!r}")


def _refuse_blank(doc: Document) -> None:
    """Raise ExtractError "error-page" for a page without text that redirects or calls alert("该信息不存在")."""
    if "refresh" in doc.metas:
        raise ExtractError(doc.page.final_url, "error-page", "an empty page that only redirects")
    for script in doc.scripts:
        message = _ALERT.search(script.text[:20_000]) if script.text else None
        if message and _ERROR.search(message[2]):
            raise ExtractError(doc.page.final_url, "error-page", f"an empty page whose script shows {message[2]!r}")


def _is_page_message(doc: Document, code: str, pattern: re.Pattern[str], prose: int) -> bool:
    """Return whether the pattern matches the main message of the page, not only a login button or a form."""
    if pattern.search(doc.title) and not (code == "login-page" and prose > 80):
        return True
    heads = [
        block
        for block in doc.blocks
        if block.boilerplate not in ("footer", "navigation", "comments", "related", "tools", "hidden")
    ]
    strong = [block for block in heads if pattern.search(block.key) and block.link_share < 0.6]
    if code == "login-page":
        return (
            bool(strong)
            and (prose < 60 or any(re.search("登录后|请(?:先)?登录|订阅后|付费", block.text) for block in strong))
            and prose < 160
        )
    return bool(strong) and (prose < 120 or any(block.heading for block in strong))


def _challenge(doc: Document) -> bool:
    """Return whether a page has almost no text, and a script that sets cookies, loads a page or runs encoded code.

    Examples are the cookie challenges of government firewalls.
    """
    size = sum(block.size for block in doc.blocks)
    return size < BARE and any(
        script.text
        and re.search(r"document\.cookie|\$_ts|acw_sc__v2|location\.(?:reload|href|replace)|eval\(", script.text)
        for script in doc.scripts
    )


def refuse_late(doc: Document, body: Body, headline: bool) -> None:
    """Raise ExtractError "not-article" if the text is from a list, an overview, a gallery or a video page.

    Settings and notices of the site are not an article either. `headline`: whether a headline is displayed above the
    text.
    """
    url = doc.page.final_url
    text = sum(len(line) for line in body.lines)
    sentences = sum(1 for i in body.kept if is_sentence(doc.blocks[i]))
    # Linked lines are around the text of an article, but within the extracted text of a list.
    start = max(doc.window[0] if doc.window else 0, body.first - LIST_HEAD)
    within = doc.blocks[start : body.last + 1] if body.kept else doc.blocks[start:]
    lists = [b for b in within if b.link_share > 0.5 and b.size >= 8 and b.boilerplate in (None, "related")]
    if len(lists) >= LIST_LINES and text < 20 * len(lists) and sentences <= 2:
        raise ExtractError(url, "not-article", f"a list: {len(lists)} linked lines among {text} characters of text")
    if not headline and text < OVERVIEW:
        _refuse_overview(doc, body, text)
    pictures = doc.images if body.kept else 0
    counters = sum(1 for i in body.kept if re.match(r"\(?\d{1,2}\s*/\s*\d{1,3}\)?", doc.blocks[i].text))
    if counters and len(body.kept) <= 2 * counters and text < 160 * max(counters, 1):
        raise ExtractError(url, "not-article", "a gallery: the text is a picture's caption behind a counter")
    notices = sum(doc.blocks[i].size for i in body.kept if is_site_notice(doc.blocks[i].key))
    if notices and notices >= SITE_NOTICE_SHARE * sum(doc.blocks[i].size for i in body.kept):
        raise ExtractError(url, "not-article", f"{notices} of {text} characters are settings or notices of the site")
    if sentences == 0 and doc.videos and text < 120:
        raise ExtractError(url, "not-article", f"a video page with {text} characters of text")
    if sentences <= 1 and pictures >= GALLERY_PICTURES and text < GALLERY_TEXT * 3 and len(body.captions) >= 3:
        raise ExtractError(url, "not-article", f"a gallery of {pictures} pictures with {text} characters of text")


def _refuse_overview(doc: Document, body: Body, text: int) -> None:
    """Raise ExtractError "not-article" if lists follow a text above which no date is displayed.

    Called only for short texts without a displayed headline.
    """
    if any(is_byline(block.key) for block in doc.blocks[max(0, body.first - 12) : body.first]):
        return
    links = sum(1 for block in doc.blocks[body.last + 1 :] if block.link_share > 0.5 and block.size >= 8)
    if links >= 2 * LIST_LINES:
        what = f"an overview: {text} characters without a headline above {links} linked lines"
        raise ExtractError(doc.page.final_url, "not-article", what)
