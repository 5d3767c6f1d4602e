"""Chinese labels for readers of the digest, the pages and the messages: outcomes, reasons, failures, dates, numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ingest.zh.han import HAN
from store.records import Fact

#: outcome code -> label
OUTCOMES: Mapping[str, str] = {
    "stored": "新特写",
    "repost": "转载",
    "not-feature": "不是特写的文章",
    "revised": "原文有改动",
    "unchanged": "已复查，没有变化",
    "known": "已收录，未到复查时间",
    "off-topic": "标题与主题无关，未抓取",
    "queued": "留待下次抓取",
    "not-article": "不是文章页",
    "error-page": "网站返回了错误页",
    "block-page": "被验证页面拦截",
    "login-page": "需要登录才能查看",
    "too-short": "正文太短",
    "summary-only": "仅有摘要",
    "unreadable": "未能识别正文",
    "undecodable": "文字编码无法还原",
    "not-html": "不是网页（PDF、图片等）",
    "not-a-feed": "列表地址返回的不是列表",
    "robots": "robots.txt 不允许抓取",
    "robots-unavailable": "无法读取 robots.txt，暂缓抓取",
    "blocked-address": "内网地址，不抓取",
    "bad-url": "网址无效",
    "bad-redirect": "跳转目标无效",
    "gone": "页面已不存在",
    "refused": "网站拒绝访问",
    "server-error": "网站服务器出错",
    "paused": "网站要求暂缓访问",
    "network": "无法连接网站",
    "timeout": "超时",
    "too-large": "页面过大",
    "incomplete": "页面传输不完整",
    "protocol-error": "网站响应不符合 HTTP 规范",
    "quarantined": "页面两次导致解析程序崩溃，已隔离",
    "error": "其他错误",
}
#: note after counts that are too low because old outcome rows were deleted
PRUNED = "（部分记录已过保留期，数目不全）"


def late(count: int) -> str:
    """Return the note that `count` features from archives of earlier days were stored and are not listed."""
    return f"另有{count}篇特写来自旧网页存档，已入库，不在此列出"


RELATIONS: Mapping[str, str] = {"original": "首发", "copy": "全文转载", "repost": "改动转载", "digest": "摘编"}

#: feature of the classifier -> label
FEATURES: Mapping[str, str] = {
    "absent": "只顺带提到",
    "one_unit": "始终写一个单位",
    "people_named": "写到有名有姓的人",
    "unanchored": "没有可查的单位和数字",
    "quoted": "有人物原话",
    "scene": "有场景",
    "depth": "写到来历和今昔",
    "habit": "写到日常",
    "served": "写到多年坚守",
    "portrait": "写人",
    "initiative": "有自己的做法",
    "card": "有概况数字",
    "rival_share": "较多篇幅写其他机构",
    "rival_leads": "开头先写其他机构",
    "foreign": "不像大陆警方的报道",
    "one_day": "像当日消息",
    "closing": "结尾像通稿",
    "told": "行文像特写",
    "reported": "行文像通稿公文",
    "listed": "分条罗列",
    "incident": "像一则警情",
    "case": "像一则案情",
    "campaign": "像活动通稿",
    "paper": "像公文",
    "explain": "像说明介绍",
    "opinion": "像评论",
    "assembly": "像会议报道",
    "fiction": "像虚构",
    "nameless": "人物没有姓名",
    "dialogue": "开头是人物对话",
    "thoughts": "写人物的内心活动",
}
#: reason without a weight -> label
_UNWEIGHTED: Mapping[str, str] = {
    "no word of the unit or its people": "没有提到所关注的单位或人员",
    "never judged": "尚未判定",
}
_OTHER_REASON, _OTHER_FEATURE = "其他原因", "其他特征"

#: origin of a fact, shown after the fact: proposed by a language model, confirmed or edited by a person
PROPOSED, CONFIRMED, EDITED = "（模型提出）", "（人工核实）", "（人工更正）"


def origin(fact: Fact) -> str:
    """Return the label of a fact's origin; "" for a fact found by the rules alone."""
    if fact.judged is not None:
        return EDITED if fact.judged.startswith("edited") else CONFIRMED
    return PROPOSED if fact.proposed_by else ""


WEEKDAYS = "一二三四五六日"


def cut(text: str, length: int) -> str:
    """Return `text` with at most `length` characters; an ellipsis replaces what is cut off."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


#: half-width mark -> full-width mark
_WIDE = dict(zip(",;:!?()", "，；：！？（）", strict=True))
_CJK = f"\u3000-\u303f{HAN}\uff01-\uff60“”‘’—…·"
#: a half-width mark beside Chinese text; not the marks in 1,300, 12:30, a URL or Latin text
_NARROW_MARK = re.compile(rf"(?<=[{_CJK}])[,;:!?()]|[,;:!?()](?=[{_CJK}])")


def full_width(text: str) -> str:
    """Return `text` with full-width punctuation beside Chinese characters; the length does not change.

    Stored text has the half-width marks of the seed format, which readers of a page do not expect.
    """
    return _NARROW_MARK.sub(lambda match: _WIDE[match[0]], text)


def opening(text: str) -> str:
    """Return the text from its first line with the end of a sentence on; the whole text if no line has one.

    Many articles begin with bylines and subtitles.
    """
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if re.search("[。!?！？]", line)), 0)
    return "\n".join(lines[first:])


# --- reasons of a verdict -----------------------------------------------------------------------------------


def verdict_summary(reasons: Sequence[str]) -> str:
    """Summarise the reasons of a verdict (such as "+2.0 depth: 7 times: ...") in Chinese, reasons in favour first."""
    features = [feature for feature in map(_weighted_feature, reasons) if feature]
    if reasons and not features:
        return "、".join(dict.fromkeys(map(reason_text, reasons)))
    in_favour = "、".join(label for weight, label, _ in features if weight.startswith("+"))
    against = "、".join(label for weight, label, _ in features if weight.startswith("-"))
    return "；".join(filter(None, (in_favour, against and f"但{against}")))


def reason_text(reason: str) -> str:
    """Format one reason in Chinese: "-1.4 campaign: 7 of 39 sentences: 进一步" -> "-1.4 像活动通稿（进一步）"."""
    found = _weighted_feature(reason)
    if not found:
        return _UNWEIGHTED.get(reason, _OTHER_REASON)
    weight, label, evidence = found
    quoted = "、".join(dict.fromkeys(re.findall(f"[{HAN}·]+", evidence)))
    return f"{weight} {label}" + (f"（{cut(quoted, 60)}）" if quoted else "")


def _weighted_feature(reason: str) -> tuple[str, str, str] | None:
    """Return weight, label and evidence of a reason, None for a reason without a weight."""
    head, _, evidence = reason.partition(":")
    match = re.fullmatch(r"([+-][\d.]+) (\S+)", head.strip())
    return (match[1], FEATURES.get(match[2], _OTHER_FEATURE), evidence) if match else None


# --- failures -----------------------------------------------------------------------------------------------

#: message of the operating system, OpenSSL or http.client -> label; the first match is used
_CAUSES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), label)
    for pattern, label in (
        ("name or service not known|name resolution|nodename nor servname|no address associated", "域名无法解析"),
        ("connection refused", "连接被拒绝"),
        ("connection reset|reset by peer", "连接被重置"),
        ("remote end closed|closed the connection|disconnected", "对方关闭了连接"),
        ("network is unreachable|no route to host", "网络不可达"),
        ("certificate has expired", "证书已过期"),
        ("hostname mismatch|not valid for|doesn't match", "证书与域名不符"),
        ("self.signed|certificate", "证书无法验证"),
        (r"\b(?:ssl|tls)\b", "加密连接失败"),
        ("timed out", "连接超时"),
    )
)
_STATUS = re.compile(r"(?<![\d.,])[3-5]\d\d(?![\d.,]?\d)")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?) ?s\b")
#: outcomes whose detail contains an HTTP status
_WITH_STATUS = frozenset({"gone", "refused", "server-error", "paused", "bad-redirect"})


def failure_detail(code: str, detail: str) -> str:
    """Describe the cause of a failure in Chinese; "" if the detail adds nothing to the label of the outcome.

    `detail` is the English text of an outcome row. Only known parts of it are shown: the HTTP status, the time limit,
    and common messages of the system.
    """
    if code in _WITH_STATUS and (status := _STATUS.search(detail)):
        return f"HTTP {status[0]}"
    if code == "timeout" and (seconds := _SECONDS.search(detail)):
        return f"{seconds[1]} 秒内没有收完"
    if code == "network":
        return next((label for pattern, label in _CAUSES if pattern.search(detail)), "")
    return ""


def source_error(error: str) -> str:
    """Describe in Chinese why the listings of a source failed.

    `error` has one part for each listing, separated by "; ", each with its outcome code in brackets at the end.
    """
    labels: dict[str, None] = {}
    for part in re.split(r"(?<=\));", error):
        code = re.search(r"\(([a-z-]+)\)\s*$", part)
        if code and code[1] in OUTCOMES:
            detail = failure_detail(code[1], re.sub(r"https?://\S+", "", part))
            labels[OUTCOMES[code[1]] + (f"（{detail}）" if detail else "")] = None
    return "、".join(labels) or "原因见日志"


# --- text, dates, numbers -----------------------------------------------------------------------------------


def on_one_line(text: str) -> str:
    """Replace line breaks and control characters by spaces.

    The result is safe in a header, a list item or a log line.
    """
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", " ", text).split())


def printable(text: str) -> str:
    """Remove characters that are not allowed in a file or mail.

    These are controls other than the line break, line and paragraph separators, and lone surrogates.
    """
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "", text)


def day_in_words(day: date) -> str:
    """Format a date: 2026年11月21日 星期六."""
    return f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def moment(value: datetime) -> str:
    """Format a time in the time zone of `value`: 11月21日 08:00."""
    return f"{value.month}月{value.day}日 {value:%H:%M}"


def dated(text: str) -> str:
    """Format an ISO date as precisely as it is given: "1950" -> 1950年, "2019-09-07T13:43" -> 2019年9月7日.

    Any other text is returned unchanged.
    """
    found = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text)
    if not found:
        return text
    year, month, day = found.groups()
    return f"{year}年" + (f"{int(month)}月" if month else "") + (f"{int(day)}日" if day else "")


_VAGUE = re.compile("(?:[数上成几]|好几|十几|几十)[十百千万亿]+(?:余|多|来)?[个名家户人所栋起件间条位]?|若干|众多|无数")


def vague(quote: str) -> str:
    """Return the indefinite number in a quote (配套企业有数百家 -> 数百家), "" if there is none."""
    found = _VAGUE.search(quote)
    return found[0] if found else ""


def number(value: Any, approx: Any = "exact", unit: str = "") -> str:
    """Format a number the Chinese way: 22000, "over", 人 -> 2.2万余人; 8, "over", 个月 -> 8个月以上.

    A value that is not a number is returned with its unit. The result for None is "".
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value}{unit}"
    if abs(value) >= 100_000_000:
        shown = f"{value / 100_000_000:.4g}亿"
    elif abs(value) >= 10_000 and value % 100 == 0:
        shown = f"{value / 10_000:.6g}万"
    else:
        shown = f"{value:.10g}"
    over = f"{shown}余{unit}" if abs(value) >= 10 and unit != "%" else f"{shown}{unit}以上"
    if re.fullmatch(r"\d*0[万亿]", shown):
        # after a number that ends in 0, 余 precedes 万 or 亿: 3900余万元, but 2.2万余人
        over = f"{shown[:-1]}余{shown[-1]}{unit}"
    return {"over": over, "nearly": f"近{shown}{unit}", "about": f"约{shown}{unit}", "vague": f"约{shown}{unit}"}.get(
        str(approx), f"{shown}{unit}"
    )


def quoted(text: str) -> str:
    """Return a quote in “ ”; quotation marks inside it become ‘ ’ (GB/T 15834)."""
    return f"“{text.replace('“', '‘').replace('”', '’')}”"
