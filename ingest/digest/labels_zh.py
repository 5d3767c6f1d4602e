"""Words and figures as the digest shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from store.records import Fact

#: outcome code -> what a reader of the digest is told
OUTCOMES: Mapping[str, str] = {
    "stored": "新特写",
    "repost": "转载",
    "not-feature": "不是特写的文章",
    "revised": "原文有改动",
    "unchanged": "看过，没有变化",
    "known": "已收录，未到复查时间",
    "off-topic": "题目与主题无关，未抓取",
    "queued": "留到下次再看",
    "not-article": "不是文章页",
    "error-page": "网站返回了错误页",
    "block-page": "被验证页拦住",
    "login-page": "要登录才能看",
    "too-short": "正文太短",
    "unreadable": "认不出正文",
    "undecodable": "文字编码无法还原",
    "not-html": "不是网页（PDF、图片等）",
    "not-a-feed": "列表地址给出的不是列表",
    "robots": "robots.txt 不允许抓取",
    "robots-unavailable": "读不到 robots.txt，按规矩先等",
    "blocked-address": "地址不在公网上，不抓",
    "bad-url": "网址无效",
    "bad-redirect": "跳转到不该去的地方",
    "gone": "页面已不存在",
    "refused": "网站拒绝访问",
    "server-error": "网站服务器出错",
    "paused": "网站要求暂缓访问",
    "network": "连不上网站",
    "timeout": "超时",
    "too-large": "页面过大",
    "incomplete": "页面没有传完",
    "protocol-error": "网站的应答不合 HTTP 规范",
    "quarantined": "页面两次拖垮读取程序，已隔离",
    "error": "其他错误",
}
#: said behind counts that are too low, since some of what they counted is no longer kept
PRUNED = "（部分记录已过保留期，数目不全）"

RELATIONS: Mapping[str, str] = {"original": "首发", "copy": "全文转载", "repost": "改动转载", "digest": "摘编"}

#: measure of the judge -> what it saw, as a reader of the digest would say it
FEATURES: Mapping[str, str] = {
    "absent": "只顺带提到",
    "one_unit": "始终写一个单位",
    "people_named": "写到有名有姓的人",
    "unanchored": "没有可查的单位和数字",
    "quoted": "有人物的话",
    "scene": "有场景",
    "depth": "写到来历和今昔",
    "habit": "写到日常",
    "served": "写到多年坚守",
    "portrait": "写人",
    "initiative": "有自己的做法",
    "card": "有概况数字",
    "rival_share": "多写别的机构",
    "rival_leads": "先写别的机构",
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
}

#: behind what no rule of ours read but a model proposed, with a quote that stands in the text; what a person said of a
#: fact takes its place
PROPOSED, CONFIRMED, EDITED = "（模型提出）", "（人工核实）", "（人工更正）"


def origin(fact: Fact) -> str:
    """Whose word a fact is, where it is not our rules' alone."""
    if fact.judged is not None:
        return EDITED if fact.judged.startswith("edited") else CONFIRMED
    return PROPOSED if fact.proposed_by else ""


WEEKDAYS = "一二三四五六日"


def cut(text: str, length: int) -> str:
    """At most `length` characters, the last one an ellipsis when something is missing."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def opening(text: str) -> str:
    """The text from its first whole sentence on: bylines and subtitles stand above it in many articles."""
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if re.search("[。!?！？]", line)), 0)
    return "\n".join(lines[first:])


def why(reasons: Sequence[str]) -> str:
    """The judge's reasons ("+2.0 depth: 7 times: ...") in words: what spoke for the article, then against."""
    taken = [reason.partition(":")[0].split() for reason in reasons]
    told = [(sign, FEATURES.get(name, name)) for sign, name in (pair for pair in taken if len(pair) == 2)]
    for_it = "、".join(words for sign, words in told if sign.startswith("+"))
    against = "、".join(words for sign, words in told if sign.startswith("-"))
    return "；".join(filter(None, (for_it, against and f"但{against}")))


def failing(error: str, length: int) -> str:
    """Why a source's listings failed: the kinds of failure in words, then what was said of them, cut to `length`."""
    told = cut(on_one_line(error), length)
    kinds = dict.fromkeys(OUTCOMES[code] for code in re.findall(r"\(([a-z-]+)\)(?=;|$)", error) if code in OUTCOMES)
    return f"{'、'.join(kinds)}（{told}）" if kinds else told


def on_one_line(text: str) -> str:
    """Every line break and control character a blank: safe in a header, a list item, a log line."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", " ", text).split())


def printable(text: str) -> str:
    """Without what neither a file nor a mail should carry: NUL, controls but the line break, lone surrogates."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "", text)


def day_in_words(day: date) -> str:
    """2026年11月21日 星期六."""
    return f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def moment(value: datetime) -> str:
    """11月21日 08:00, in whatever zone the value carries."""
    return f"{value.month}月{value.day}日 {value:%H:%M}"


def dated(text: str) -> str:
    """An ISO date as precise as it is: "1950" -> 1950年, "2019-09-07T13:43" -> 2019年9月7日; else as it stands."""
    found = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text)
    if not found:
        return text
    year, month, day = found.groups()
    return f"{year}年" + (f"{int(month)}月" if month else "") + (f"{int(day)}日" if day else "")


_VAGUE = re.compile("(?:[数上成几]|好几|十几|几十)[十百千万亿]+(?:余|多|来)?[个名家户人所栋起件间条位]?|若干|众多|无数")


def vague(quote: str) -> str:
    """The word that stands for a number nobody gave: 配套企业有数百家 -> 数百家; "" when there is none."""
    found = _VAGUE.search(quote)
    return found[0] if found else ""


def number(value: Any, approx: Any = "exact", unit: str = "") -> str:
    """22000, "over", 人 -> 2.2万余人; 8, "over", 个月 -> 8个月以上; a word comes back as it is, None as nothing."""
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
        over = f"{shown[:-1]}余{shown[-1]}{unit}"  # 3900余万元, but 2.2万余人
    return {"over": over, "nearly": f"近{shown}{unit}", "about": f"约{shown}{unit}", "vague": f"约{shown}{unit}"}.get(
        str(approx), f"{shown}{unit}"
    )
