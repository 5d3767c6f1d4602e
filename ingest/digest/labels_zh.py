"""Chinese labels for readers of the digest, the pages and the messages: outcomes, reasons, failures, origins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ingest.digest.format_zh import cut
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
