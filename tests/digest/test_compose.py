"""Tests of ingest/digest/compose.py and labels_zh.py: content of a digest, masking, labels."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.classify.features import FEATURES
from ingest.digest import compose_digest, format_zh, labels_zh
from ingest.pipeline_types import OUTCOMES
from store import masking
from store.masking import Masked
from store.records import StoryView, Verdict
from tests.support.digest_samples import (
    DAY,
    NAME,
    NOW,
    TEXT,
    copy,
    digest,
    edit,
    fact,
    failure,
    health,
    period,
    revision,
    story,
)


def test_story_card_has_values_and_quotes() -> None:
    """Each line of the station card has a value and the quote that the value was extracted from."""
    shown = digest(period(features=(story(),))).stories[0]
    assert shown.station == "柳树湾派出所"
    card = {group.heading: [(line.text, line.quotes) for line in group.lines] for group in shown.card}
    assert card == {
        "隶属": [("青河县公安局", ("青河县公安局柳树湾派出所",))],
        "地区": [("江南省 青河县", ("青河县公安局柳树湾派出所",))],
        "建所": [("1958年", ("成立于1958年",))],
        "辖区": [("42.6平方公里", ("辖区面积42.6平方公里",))],
        "人口": [("常住 3.1万余人", ("常住人口3.1万余人",))],
        "下辖": [("社区 11个", ("下辖11个社区",))],
        "警力": [("民警 12人", ("民警12名",)), ("辅警 27人", ("辅警27名",))],
    }
    groups = {group.heading: [line.text for line in group.lines] for group in shown.groups}
    assert groups == {
        "荣誉": ["枫桥式公安派出所（公安部，2023年）"],
        "民警": ["周卫国 所长"],
        "群众": ["张某 居民"],
        "做法": ["板凳夜话"],
        "数字": ["刑事警情 52起 下降 45.3%（今年以来）"],
    }


def test_contradicting_facts_are_both_shown() -> None:
    """Two different founding years are two lines, each with its quote.

    The same year twice is one line with both quotes.
    """
    text = "该所成立于1958年。档案记载建于1985年。另一块牌子写着始建于1958年。"
    facts = tuple(
        fact("founded", quote, text, station=None, date=year)
        for quote, year in (("成立于1958年", "1958"), ("建于1985年", "1985"), ("始建于1958年", "1958"))
    )
    shown = digest(period(features=(story(text=text, facts=facts),))).stories[0]
    assert [(line.text, line.quotes) for line in shown.card[0].lines] == [
        ("1958年", ("成立于1958年", "始建于1958年")),
        ("1985年", ("建于1985年",)),
    ]


def test_facts_proposed_by_a_model_are_marked() -> None:
    """A fact proposed by a language model is marked; facts found by rules are not."""
    facts = (
        fact("station", NAME, name=NAME, main=True),
        replace(fact("initiative", "板凳夜话", name="板凳夜话"), rule="model:small-1@1"),
    )
    (shown,) = digest(period(features=(story(facts=facts),))).stories
    (group,) = [group for group in shown.groups if group.heading == "做法"]
    assert [line.text for line in group.lines] == ["板凳夜话" + labels_zh.PROPOSED]
    assert not any(labels_zh.PROPOSED in line.text for group in shown.card for line in group.lines)


@pytest.mark.parametrize(
    ("judged", "mark"),
    [
        ("confirmed by 老王", labels_zh.CONFIRMED),
        ("edited by 老王", labels_zh.EDITED),
        ("edited by 老王, confirmed by 小李", labels_zh.EDITED),
    ],
)
def test_checked_and_edited_facts_are_marked(judged: str, mark: str) -> None:
    """A confirmed or edited fact is marked as such, not as proposed by a language model."""
    facts = (
        fact("station", NAME, name=NAME, main=True),
        replace(fact("initiative", "板凳夜话", name="板凳夜话"), rule="model:small-1@1", judged=judged),
    )
    (shown,) = digest(period(features=(story(facts=facts),))).stories
    assert [line.text for group in shown.groups for line in group.lines if group.heading == "做法"] == [
        "板凳夜话" + mark
    ]


FIGURES = (
    "辖区刑事案件发案同比下降9.6%,盗窃警情52起,较上年减少31起。办结率达到97%以上,辖区占全县总面积的三分之一。\n"
    "今年以来抓获嫌疑人23名,14人全部依法处理。老周在渡口丢了卖瓜的6800元,菜农鲍某也在找。\n"
    "纠纷类警情去年为零,满意度98.9%,比五年前提高8.6个百分点,群众送来的锦旗有近百面。"
)


@pytest.mark.parametrize(
    ("quote", "fields", "shown"),
    [
        # a metric that is a noun phrase is shown with value, change and quote
        ("盗窃警情52起", {"metric": "盗窃警情", "value": 52, "unit": "起"}, "盗窃警情 52起"),
        (
            "抓获嫌疑人23名",
            {"metric": "抓获嫌疑人", "value": 23, "unit": "名", "period": "今年以来"},
            "抓获嫌疑人 23名（今年以来）",
        ),
        (
            "满意度98.9%,比五年前提高8.6个百分点",
            {
                "metric": "满意度",
                "value": 98.9,
                "unit": "%",
                "change": {"direction": "up", "percent": None, "points": 8.6},
            },
            "满意度 98.9% 上升 8.6个百分点",
        ),
        (
            "办结率达到97%以上",
            {"metric": "办结率达到", "value": 97, "unit": "%", "approx": "over"},
            "办结率达到 97%以上",
        ),
        ("辖区占全县总面积的三分之一", {"metric": "辖区面积", "value": 0.3333, "unit": "比例"}, "辖区面积 三分之一"),
        # any other metric is replaced by the clause around the quote
        (
            "占全县总面积的三分之一",
            {"metric": "占全县总面积的", "value": 0.3333, "unit": "比例"},
            "“辖区占全县总面积的三分之一”",
        ),
        ("14人全部依法", {"metric": "全部依法", "value": 14, "unit": "人"}, "“14人全部依法处理”"),
        (
            "周在渡口丢了卖瓜的6800元",
            {"metric": "周在渡口丢了卖瓜的", "value": 6800, "unit": "元"},
            "“老周在渡口丢了卖瓜的6800元”",
        ),
        (
            "刑事案件发案同比下降9.6%",
            {"metric": "刑事案", "change": {"direction": "down", "percent": 9.6}},
            "“辖区刑事案件发案同比下降9.6%”",
        ),
        (
            "较上年减少31起",
            {"metric": "盗窃警情", "change": {"direction": "down", "percent": None, "count": 31}},
            "“较上年减少31起”",
        ),
        (
            "下降9.6%",
            {"metric": "", "change": {"direction": "down", "percent": 9.6}},
            "“辖区刑事案件发案同比下降9.6%”",
        ),
    ],
)
def test_metric_that_is_not_a_noun_phrase_is_shown_as_a_clause(
    quote: str, fields: dict[str, object], shown: str
) -> None:
    """A metric that is a clause or half a word is replaced by the clause of the text, without a separate quote."""
    facts = (fact("statistic", quote, FIGURES, **fields),)
    (group,) = digest(period(features=(story(text=FIGURES, facts=facts),))).stories[0].groups
    (line,) = group.lines
    assert line.text == shown
    assert line.quotes == (() if shown.startswith("“") else (format_zh.full_width(quote),))


def test_metric_with_a_person_is_shown_as_a_clause() -> None:
    """A metric that contains a person of the story is shown as a clause; a private name in the clause is masked."""
    text = "居民张建国送来锦旗6面。民警李亚调解纠纷31起。"
    facts = (
        fact("person", "居民张建国", text, name="张建国", role_class="citizen", private=True),
        fact("person", "民警李亚", text, name="李亚", role_class="police"),
        fact("statistic", "张建国送来锦旗6面", text, metric="张建国送来锦旗", value=6, unit="面"),
        fact("statistic", "李亚调解纠纷31起", text, metric="李亚调解纠纷", value=31, unit="起"),
    )
    shown = digest(period(features=(story(text=text, facts=facts),))).stories[0]
    assert [line.text for group in shown.groups if group.heading == "数字" for line in group.lines] == [
        "“居民张某送来锦旗6面”",
        "“民警李亚调解纠纷31起”",
    ]


def test_indefinite_number_is_shown_in_the_words_of_the_text() -> None:
    """A number without a value is shown in the words of the quote (数百), or not at all if it has no such words."""
    text = "沿街商铺有数百家。工厂不计其数。"
    facts = (
        fact("premises", "沿街商铺有数百家", text, category="沿街商铺", value=None, approx="vague"),
        fact("premises", "工厂不计其数", text, category="工厂", value=None, approx="vague"),
    )
    (group,) = digest(period(features=(story(text=text, facts=facts),))).stories[0].card
    assert [(line.text, line.quotes) for line in group.lines] == [("沿街商铺 数百家", ("沿街商铺有数百家",))]


def test_figures_of_another_station_are_not_on_the_card() -> None:
    """Figures of a neighbouring station are not on the main station's card; the neighbour is only listed by name."""
    text = "柳树湾派出所有民警12名。相邻的石桥派出所有民警30名。"
    facts = (
        fact("station", "柳树湾派出所", text, name="柳树湾派出所", main=True),
        fact("station", "石桥派出所", text, name="石桥派出所", main=False),
        fact("force", "民警12名", text, station="柳树湾派出所", category="民警", value=12),
        fact("force", "民警30名", text, station="石桥派出所", category="民警", value=30),
    )
    shown = digest(period(features=(story(text=text, facts=facts),))).stories[0]
    assert [line.text for group in shown.card if group.heading == "警力" for line in group.lines] == ["民警 12人"]
    assert [line.text for group in shown.groups if group.heading == "也提到" for line in group.lines] == ["石桥派出所"]


def test_private_persons_are_masked_everywhere() -> None:
    """Private names are masked in title, lead, quotes, copies and edits; police names stay.

    Phone numbers are masked.
    """
    shared = story(title="张建国的锦旗", copies=(copy(9, title="七旬张建国送锦旗"),))
    changed = edit(1, before=TEXT, after=TEXT.replace("71岁的居民张建国", "72岁的居民张建国"))
    shown = repr(digest(period(features=(shared,), edits=(changed,))))
    assert "张建国" not in shown
    assert "13812345678" not in shown
    assert "周卫国" in shown
    assert "张某的锦旗" in shown


def test_edit_of_an_older_article_is_masked() -> None:
    """Edits of older articles are masked with the names passed by the caller."""
    changed = edit(7, before="居民王秀英说好。", after="居民王秀英说很好。")
    shown = digest(period(edits=(changed,)), private={7: ["王秀英"]})
    assert "王秀英" not in repr(shown)
    assert "王某" in repr(shown)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张建国", "张某"),
        ("李四", "李某"),
        ("欧阳娜娜", "欧阳某"),
        ("陈婆婆", "陈婆婆"),
        ("李女士", "李女士"),
        ("张某", "张某"),
        ("小王", "小王"),
        ("赵大爷", "赵大爷"),
        ("王奶奶", "王奶奶"),
        ("某", "某"),
    ],
)
def test_names_are_masked_by_their_surname(name: str, shown: str) -> None:
    """The surname, also a compound one, is kept; an anonymous name does not change."""
    assert masking.masked_name(name) == shown


@settings(deadline=None)
@given(st.text(), st.lists(st.text(alphabet="张王李建国英秀", min_size=2, max_size=4)))
def test_masked_text_has_no_private_name_or_mobile_number(text: str, names: list[str]) -> None:
    """For any text, the masked text contains neither the mobile number nor a name that masking changes."""
    shown = masking.mask(f"{text} 13912345678 {''.join(names)}", names)
    assert not [name for name in names if name in shown and masking.masked_name(name) != name]
    assert "13912345678" not in shown


def test_story_lists_its_copies_and_first_publisher() -> None:
    """The publisher with the earliest date is the first publisher; copies are ordered by date."""
    original = story(
        published="2026-11-20T08:12+08:00",
        source=None,
        copies=(
            copy(8, published="2026-11-21", relation="digest", containment=0.61, source=None),
            copy(9, published="2026-11-19", source="江南法治报"),
        ),
    )
    shown = digest(period(features=(original,))).stories[0]
    assert shown.first == "江南法治报（2026年11月19日）"
    assert [(item.medium, item.relation, item.share) for item in shown.copies] == [
        ("江南法治报", "改动转载", 97),
        ("江南网", "摘编", 61),
    ]
    assert shown.medium == "青河网"


def test_reposted_stories_are_listed_apart() -> None:
    """A story older than the period is listed among the reposts, not as new, and only with its new copies."""
    old = copy(8, first_seen=NOW - timedelta(days=9))
    made = period(features=(story(1, commit=2, copies=(old, copy(9))), story(2)))
    shown = digest(made, start=NOW - timedelta(days=1))
    assert [item.article for item in shown.stories] == [2]
    assert [[item.url for item in reposted.copies] for reposted in shown.reposted] == [["https://copy.example/9.html"]]
    assert shown.headline == "新特写 1 篇，旧稿再转载 1 篇"


def test_new_story_with_a_second_revision_is_new() -> None:
    """A story is new unless `known` contains its id; the number of its newest revision does not matter."""
    view = StoryView(1, revision(1, version=2, commit=6), Verdict("feature", 0.9, (), "t@1"), (), ())
    assert len(digest(period(features=(view,)), known=()).stories) == 1
    assert len(digest(period(features=(view,)), known={1}).reposted) == 1


def test_best_stories_come_first() -> None:
    """Stories are ordered by score, highest first."""
    made = period(features=(story(1, score=0.5), story(2, score=0.9), story(3, score=0.7)))
    assert [item.article for item in digest(made).stories] == [2, 3, 1]


def test_edits_are_compared_by_paragraph() -> None:
    """An edit contains its revision numbers and the removed and added pieces of each changed paragraph."""
    before, after = "民警7名。\n老段落在这里没有变。", "民警9名。\n老段落在这里没有变。"
    changed = edit(3, before=before, after=after)
    shown = digest(period(edits=(changed,))).changes[0]
    assert (shown.before, shown.after) == (1, 2)
    assert [[(piece.mark, piece.text) for piece in hunk.pieces] for hunk in shown.hunks] == [
        [("same", "民警"), ("removed", "7"), ("added", "9"), ("same", "名。")]
    ]


def test_failures_are_grouped_by_code() -> None:
    """Failures with the same code are one entry with count and sources; every outcome code has a label."""
    made = period(failures=(failure(1), failure(2, source="另一网"), failure(3), failure(4, "robots")))
    shown = digest(made).failures
    assert [(kind.code, kind.meaning, kind.count) for kind in shown] == [
        ("timeout", "超时", 3),
        ("robots", "robots.txt 不允许抓取", 1),
    ]
    assert shown[0].sources == (("慢网", 2), ("另一网", 1))
    assert set(labels_zh.OUTCOMES) == set(OUTCOMES)


def test_total_is_the_sum_of_the_outcomes() -> None:
    """The total counts every outcome row once."""
    shown = digest(period(outcomes={"stored": 2, "known": 90, "timeout": 1, "gone": 0}))
    assert shown.total == 93
    assert [code for code, _, _ in shown.outcomes] == ["known", "stored", "timeout"]


def test_silent_and_failing_sources() -> None:
    """Failing sources have a reason; sources without a recent new page, or not checked yet, are listed as silent.

    Other sources are left out (FAULTS P7).
    """
    sources = (
        health("好网"),
        health(
            "坏网",
            last_error="fetching https://bad.example/: the server answered 503 (server-error)",
            failures=6,
            last_success=NOW - timedelta(days=2),
        ),
        health("静网", last_new=NOW - timedelta(days=12)),
        health("空网", last_new=None),
        health("新网", last_attempt=None, last_success=None, last_new=None),
        health("从未", last_error="unknown\nfailure", failures=1, last_success=None, last_new=None),
    )
    shown = digest(period(), sources)
    assert [(notice.source, notice.text) for notice in shown.failing] == [
        ("坏网", "连续失败6次，上次成功于11月19日 08:05：网站服务器出错（HTTP 503）"),
        ("从未", "连续失败1次，从未成功过：原因见日志"),
    ]
    assert [(notice.source, notice.text) for notice in shown.silent] == [
        ("静网", "12天没有新文章（最近一篇：11月9日 08:05）"),
        ("空网", "可以访问，但从未列出新文章"),
        ("新网", "尚未检查过"),
    ]
    assert shown.headline == "没有新特写，2 个来源失败，3 个来源无更新"


def test_times_are_local() -> None:
    """Times are shown in the configured time zone: 00:05 UTC is 08:05 in Shanghai."""
    assert format_zh.moment(digest(period()).made_at) == "11月21日 08:05"
    other = compose_digest(Masked(period()), Masked(()), day=DAY, zone="America/New_York", now=NOW, silent_days=7)
    assert format_zh.moment(other.made_at) == "11月20日 19:05"


def test_digest_after_days_without_one_has_its_first_day() -> None:
    """A digest that covers several days has `since`; a digest of one day does not."""
    assert digest(period(), start=datetime(2026, 11, 18, 0, 0, tzinfo=UTC)).since is not None
    assert digest(period(), start=NOW - timedelta(days=1)).since is None


@pytest.mark.parametrize(
    ("value", "approx", "unit", "shown"),
    [
        (22000, "over", "人", "2.2万余人"),
        (1300, "over", "家", "1300余家"),
        (8, "over", "个月", "8个月以上"),
        (52, "exact", "起", "52起"),
        (35000, "nearly", "人", "近3.5万人"),
        (300, "about", "名", "约300名"),
        (12345, "exact", "", "12345"),
        (0.62, "exact", "", "0.62"),
        (250_000_000, "exact", "元", "2.5亿元"),
        (None, "exact", "家", ""),
        ("数百", "vague", "人", "数百人"),
        (97, "over", "%", "97%以上"),
        (39_000_000, "over", "元", "3900余万元"),
        (100_000, "over", "人", "10余万人"),
    ],
)
def test_numbers_are_formatted_the_chinese_way(value: object, approx: str, unit: str, shown: str) -> None:
    """Numbers are shown in 万 and 亿, with 余, 近 and 约 in the right place."""
    assert format_zh.number(value, approx, unit) == shown


@settings(deadline=None)
@given(st.text())
def test_on_one_line_removes_breaks_and_controls(text: str) -> None:
    """For any text, the result contains no line break, control character or lone surrogate."""
    shown = format_zh.on_one_line(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert "\x00" not in shown


def test_verdict_reasons_are_chinese() -> None:
    """Every feature of the classifier has a Chinese label. The summary omits evidence; a single reason includes it."""
    assert set(labels_zh.FEATURES) == set(FEATURES)
    reasons = ["+2.7 people_named: named: 卓一帆 尤佳", "-1.4 campaign: 7 of 39 sentences: 进一步", "+2.3 card"]
    assert labels_zh.verdict_summary(reasons) == "写到有名有姓的人、有概况数字；但像活动通稿"
    assert labels_zh.verdict_summary([]) == ""
    assert list(map(labels_zh.reason_text, reasons)) == [
        "+2.7 写到有名有姓的人（卓一帆、尤佳）",
        "-1.4 像活动通稿（进一步）",
        "+2.3 有概况数字",
    ]
    for other in ("no word of the unit or its people", "something new", "+1.0 new_feature: 3 of 4 sentences"):
        assert not re.search("[A-Za-z]{2}", labels_zh.verdict_summary([other]) + labels_zh.reason_text(other))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("刑事警情52起,同比下降45.3%,连续五年", "刑事警情52起，同比下降45.3%，连续五年"),
        ("他说:“小沈,吃饭吧?”(笑)", "他说：“小沈，吃饭吧？”（笑）"),
        ("1,300家 12:30 https://a.cn/?b=1,2 a, b (c)", "1,300家 12:30 https://a.cn/?b=1,2 a, b (c)"),
    ],
)
def test_punctuation_of_chinese_text_is_shown_at_full_width(text: str, shown: str) -> None:
    """Half-width punctuation beside Chinese characters becomes full-width; numbers, times, URLs and Latin text stay."""
    assert format_zh.full_width(text) == shown


def test_opening_skips_bylines() -> None:
    """The opening of a text starts at the first whole sentence; a text without one is unchanged."""
    assert (
        format_zh.opening("文/通讯员 孙某 图/某单位提供\n——一个派出所的一天\n天还没亮。\n他出门了。")
        == "天还没亮。\n他出门了。"
    )
    assert format_zh.opening("没有句号") == "没有句号"


def test_source_errors_are_chinese() -> None:
    """Each kind of failure is listed once, with status, time limit or cause if known; other text is not shown."""
    error = (
        "fetching http://a.cn/503: not answered within 60 s (timeout); fetching http://a.cn/2: not answered within 60 s "
        "(timeout); reading b: x (not-a-feed)"
    )
    assert labels_zh.source_error(error) == "超时（60 秒内没有收完）、列表地址返回的不是列表"
    assert labels_zh.source_error("DNS\nfailed") == "原因见日志"


@pytest.mark.parametrize(
    ("code", "detail", "shown"),
    [
        ("refused", "the server answered 412", "HTTP 412"),
        ("gone", "the server answered 404", "HTTP 404"),
        ("server-error", "more than 5,030 bytes", ""),
        ("timeout", "not answered within 2.5 s", "2.5 秒内没有收完"),
        ("network", "the connection failed: [Errno -2] Name or service not known", "域名无法解析"),
        ("network", "TLS: certificate verify failed: certificate has expired (_ssl.c:1006)", "证书已过期"),
        ("network", "ValueError('x')", ""),
        ("error", "KeyError: 'title'", ""),
    ],
)
def test_failure_details_are_chinese(code: str, detail: str, shown: str) -> None:
    """Known causes are translated; the detail of an unknown one is not shown."""
    assert labels_zh.failure_detail(code, detail) == shown
