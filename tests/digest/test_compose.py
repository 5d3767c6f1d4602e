"""ingest/digest/compose.py and labels_zh.py: what a digest says of a period, and what it hides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.classify.features import FEATURES
from ingest.digest import compose, labels_zh
from ingest.model import OUTCOMES
from store import masking
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


def test_a_story_shows_its_card_with_quotes() -> None:
    """Each row of the station's card says its value and the words it was read from."""
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
    """Two founding years are two lines, each with its own words; the same year twice is one line with both quotes."""
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


def test_what_a_model_proposed_is_shown_as_such() -> None:
    """A line that no rule of ours read says so; the others say nothing."""
    facts = (
        fact("station", NAME, name=NAME, main=True),
        replace(fact("initiative", "板凳夜话", name="板凳夜话"), rule="model:small-1@1"),
    )
    (shown,) = digest(period(features=(story(facts=facts),))).stories
    (group,) = [one for one in shown.groups if one.heading == "做法"]
    assert [line.text for line in group.lines] == ["板凳夜话" + labels_zh.PROPOSED]
    assert not any(labels_zh.PROPOSED in line.text for one in shown.card for line in one.lines)


@pytest.mark.parametrize(
    ("judged", "mark"),
    [
        ("confirmed by 老王", labels_zh.CONFIRMED),
        ("edited by 老王", labels_zh.EDITED),
        ("edited by 老王, confirmed by 小李", labels_zh.EDITED),
    ],
)
def test_what_a_person_said_of_a_fact_is_shown_as_such(judged: str, mark: str) -> None:
    """A checked or corrected line says so, whoever found it first."""
    facts = (
        fact("station", NAME, name=NAME, main=True),
        replace(fact("initiative", "板凳夜话", name="板凳夜话"), rule="model:small-1@1", judged=judged),
    )
    (shown,) = digest(period(features=(story(facts=facts),))).stories
    assert [line.text for one in shown.groups for line in one.lines if one.heading == "做法"] == ["板凳夜话" + mark]


FIGURES = (
    "辖区刑事案件发案同比下降9.6%,盗窃警情52起,较上年减少31起。办结率达到97%以上,辖区占全县总面积的三分之一。\n"
    "今年以来抓获嫌疑人23名,14人全部依法处理。老周在渡口丢了卖瓜的6800元,菜农鲍某也在找。\n"
    "纠纷类警情去年为零,满意度98.9%,比五年前提高8.6个百分点,群众送来的锦旗有近百面。"
)


@pytest.mark.parametrize(
    ("quote", "fields", "shown"),
    [
        # what reads well is shown with its value and change, and the quote beside it
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
        # what does not is shown as the clause it stands in
        (
            "占全县总面积的三分之一",
            {"metric": "占全县总面积的", "value": 0.3333, "unit": "比例"},
            "「辖区占全县总面积的三分之一」",
        ),
        ("14人全部依法", {"metric": "全部依法", "value": 14, "unit": "人"}, "「14人全部依法处理」"),
        (
            "周在渡口丢了卖瓜的6800元",
            {"metric": "周在渡口丢了卖瓜的", "value": 6800, "unit": "元"},
            "「老周在渡口丢了卖瓜的6800元」",
        ),
        (
            "刑事案件发案同比下降9.6%",
            {"metric": "刑事案", "change": {"direction": "down", "percent": 9.6}},
            "「辖区刑事案件发案同比下降9.6%」",
        ),
        (
            "较上年减少31起",
            {"metric": "盗窃警情", "change": {"direction": "down", "percent": None, "count": 31}},
            "「较上年减少31起」",
        ),
        (
            "下降9.6%",
            {"metric": "", "change": {"direction": "down", "percent": 9.6}},
            "「辖区刑事案件发案同比下降9.6%」",
        ),
    ],
)
def test_a_figure_is_shown_only_where_it_reads_well(quote: str, fields: dict[str, object], shown: str) -> None:
    """A metric that is a clause, or half a word, is not shown: the words of the text are, and nothing beside them."""
    facts = (fact("statistic", quote, FIGURES, **fields),)
    (group,) = digest(period(features=(story(text=FIGURES, facts=facts),))).stories[0].groups
    (line,) = group.lines
    assert line.text == shown
    assert line.quotes == (() if shown.startswith("「") else (quote,))


def test_a_person_in_a_metric_makes_it_a_clause() -> None:
    """A name that the story knows of does not head a figure; a private one is masked in the clause too."""
    text = "居民张建国送来锦旗6面。民警李亚调解纠纷31起。"
    facts = (
        fact("person", "居民张建国", text, name="张建国", role_class="citizen", private=True),
        fact("person", "民警李亚", text, name="李亚", role_class="police"),
        fact("statistic", "张建国送来锦旗6面", text, metric="张建国送来锦旗", value=6, unit="面"),
        fact("statistic", "李亚调解纠纷31起", text, metric="李亚调解纠纷", value=31, unit="起"),
    )
    shown = digest(period(features=(story(text=text, facts=facts),))).stories[0]
    assert [line.text for group in shown.groups if group.heading == "数字" for line in group.lines] == [
        "「居民张某送来锦旗6面」",
        "「民警李亚调解纠纷31起」",
    ]


def test_a_number_nobody_gave_is_shown_as_the_text_has_it() -> None:
    """A value of null gives the word that stands for it, and no line when there is none."""
    text = "沿街商铺有数百家。工厂不计其数。"
    facts = (
        fact("premises", "沿街商铺有数百家", text, category="沿街商铺", value=None, approx="vague"),
        fact("premises", "工厂不计其数", text, category="工厂", value=None, approx="vague"),
    )
    (group,) = digest(period(features=(story(text=text, facts=facts),))).stories[0].card
    assert [(line.text, line.quotes) for line in group.lines] == [("沿街商铺 数百家", ("沿街商铺有数百家",))]


def test_another_stations_figures_are_not_on_the_card() -> None:
    """A neighbour's force is not the main station's; the neighbour is named apart."""
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
    """A private person's name is in no title, lead, quote, copy or change; police names stay; phones are covered."""
    told = story(title="张建国的锦旗", copies=(copy(9, title="七旬张建国送锦旗"),))
    changed = edit(1, before=TEXT, after=TEXT.replace("71岁的居民张建国", "72岁的居民张建国"))
    shown = repr(digest(period(features=(told,), edits=(changed,))))
    assert "张建国" not in shown
    assert "13812345678" not in shown
    assert "周卫国" in shown
    assert "张某的锦旗" in shown


def test_a_changed_article_outside_the_stories_is_masked_by_its_own_names() -> None:
    """Edits of older articles take the names to mask from what the caller read in their facts."""
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
    """The surname stays, double ones whole; what already hides a person is left alone."""
    assert masking.masked_name(name) == shown


@settings(deadline=None)
@given(st.text(), st.lists(st.text(alphabet="张王李建国英秀", min_size=2, max_size=4)))
def test_masking_leaves_no_name_and_no_number(text: str, names: list[str]) -> None:
    """Whatever the text: a masked name is in it no more, nor is a mobile number."""
    shown = masking.mask(f"{text} 13912345678 {''.join(names)}", names)
    assert not [name for name in names if name in shown and masking.masked_name(name) != name]
    assert "13912345678" not in shown


def test_copies_are_folded_under_their_story_with_the_first_publisher() -> None:
    """The earliest stated date names who was first; copies come in order of their dates."""
    told = story(
        published="2026-11-20T08:12+08:00",
        source=None,
        copies=(
            copy(8, published="2026-11-21", relation="digest", containment=0.61, source=None),
            copy(9, published="2026-11-19", source="江南法治报"),
        ),
    )
    shown = digest(period(features=(told,))).stories[0]
    assert shown.first == "江南法治报（2026年11月19日）"
    assert [(one.medium, one.relation, one.share) for one in shown.copies] == [
        ("江南法治报", "改动转载", 97),
        ("江南网", "摘编", 61),
    ]
    assert shown.medium == "青河网"


def test_known_stories_told_again_are_apart() -> None:
    """A story from before the stretch is no news: it is listed with its new copies only."""
    old = copy(8, first_seen=NOW - timedelta(days=9))
    made = period(features=(story(1, commit=2, copies=(old, copy(9))), story(2)))
    shown = digest(made, start=NOW - timedelta(days=1))
    assert [one.article for one in shown.stories] == [2]
    assert [[one.url for one in known.copies] for known in shown.retold] == [["https://copy.example/9.html"]]
    assert shown.headline == "新特写 1 篇，旧文新转 1 篇"


def test_a_new_story_that_was_revised_at_once_is_new() -> None:
    """The shown revision is the newest; whether the story is new is the caller's knowledge, not its number."""
    view = StoryView(1, revision(1, version=2, commit=6), Verdict("feature", 0.9, (), "t@1"), (), ())
    assert len(digest(period(features=(view,)), known=()).stories) == 1
    assert len(digest(period(features=(view,)), known={1}).retold) == 1


def test_best_stories_come_first() -> None:
    """Stories are in order of their scores."""
    made = period(features=(story(1, score=0.5), story(2, score=0.9), story(3, score=0.7)))
    assert [one.article for one in digest(made).stories] == [2, 3, 1]


def test_changes_are_told_by_paragraph_and_title() -> None:
    """Title and paragraphs: what went, what came, with the version numbers."""
    before, after = "民警7名。\n老段落在这里没有变。", "民警9名。\n老段落在这里没有变。"
    changed = edit(3, before=before, after=after)
    shown = digest(period(edits=(changed,))).changes[0]
    assert (shown.before, shown.after) == (1, 2)
    assert [[(piece.mark, piece.text) for piece in hunk.pieces] for hunk in shown.hunks] == [
        [("same", "民警"), ("removed", "7"), ("added", "9"), ("same", "名。")]
    ]


def test_failures_are_grouped_with_a_sentence_for_each_code() -> None:
    """Failures of one kind are one row with count, sources and examples; every outcome word has its sentence."""
    made = period(failures=(failure(1), failure(2, source="另一网"), failure(3), failure(4, "robots")))
    shown = digest(made).failures
    assert [(one.code, one.meaning, one.count) for one in shown] == [
        ("timeout", "超时", 3),
        ("robots", "robots.txt 不允许抓取", 1),
    ]
    assert shown[0].sources == (("慢网", 2), ("另一网", 1))
    assert set(labels_zh.OUTCOMES) == set(OUTCOMES)


def test_the_footer_is_the_sum_of_the_outcomes() -> None:
    """Every URL looked at is counted once, in the footer."""
    shown = digest(period(outcomes={"stored": 2, "known": 90, "timeout": 1, "gone": 0}))
    assert shown.total == 93
    assert [code for code, _, _ in shown.outcomes] == ["known", "stored", "timeout"]


def test_silent_and_failing_sources() -> None:
    """P7: a source that fails says why; one that answers and lists nothing new is silent; others are not named."""
    sources = (
        health("好网"),
        health("坏网", last_error="DNS\n失败", failures=6, last_success=NOW - timedelta(days=2)),
        health("静网", last_new=NOW - timedelta(days=12)),
        health("空网", last_new=None),
        health("新网", last_attempt=None, last_success=None, last_new=None),
        health("从未", last_error="401", failures=1, last_success=None, last_new=None),
    )
    shown = digest(period(), sources)
    assert [(one.source, one.text) for one in shown.failing] == [
        ("坏网", "连续失败 6 次，上次成功 11月19日 08:05：DNS 失败"),
        ("从未", "连续失败 1 次，从未成功过：401"),
    ]
    assert [(one.source, one.text) for one in shown.silent] == [
        ("静网", "12 天没有新文章（最近一篇 11月9日 08:05）"),
        ("空网", "能访问，但从未列出新文章"),
        ("新网", "还没有查看过"),
    ]
    assert shown.headline == "没有新特写，2 个来源失败，3 个来源沉默"


def test_times_are_local() -> None:
    """Moments are shown in the configured zone: 00:05 UTC is 08:05 in Shanghai."""
    assert labels_zh.moment(digest(period()).made_at) == "11月21日 08:05"
    other = compose(period(), (), day=DAY, zone="America/New_York", now=NOW, silent_days=7)
    assert labels_zh.moment(other.made_at) == "11月20日 19:05"


def test_a_digest_after_silence_says_how_far_it_reaches_back() -> None:
    """After three days down one digest covers all of them and says so; after one day it need not."""
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
def test_numbers_read_as_chinese_does(value: object, approx: str, unit: str, shown: str) -> None:
    """Figures come back in 万 and 亿 with their 余, 近, 约 in place."""
    assert labels_zh.number(value, approx, unit) == shown


@settings(deadline=None)
@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    """No line break of any kind, no control character, no lone surrogate survives."""
    shown = labels_zh.on_one_line(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert "\x00" not in shown


def test_the_reasons_are_said_in_words() -> None:
    """Every measure of the judge has its words, and no evidence of a pattern, cut where the pattern ends, is shown."""
    assert set(labels_zh.FEATURES) == set(FEATURES)
    reasons = ["+2.7 people_named: named: 卓一帆 尤佳", "-1.4 campaign: 7 of 39 sentences: 进一步", "+2.3 card"]
    assert labels_zh.why(reasons) == "写到有名有姓的人、有概况数字；但像活动通稿"
    assert labels_zh.why([]) == ""


def test_the_opening_leaves_bylines_out() -> None:
    """The first sentences begin with the first whole one; a text without any is shown as it is."""
    assert (
        labels_zh.opening("文/通讯员 孙某 图/某单位提供\n——一个派出所的一天\n天还没亮。\n他出门了。")
        == "天还没亮。\n他出门了。"
    )
    assert labels_zh.opening("没有句号") == "没有句号"


def test_why_a_source_fails_is_said_in_words() -> None:
    """Each kind of failure once, in the digest's own language, then what was said of it."""
    error = (
        "fetching http://a.cn/1: no answer (timeout); fetching http://a.cn/2: none (timeout); reading b: x (not-a-feed)"
    )
    assert labels_zh.failing(error, 30) == "超时、列表地址给出的不是列表（fetching http://a.cn/1: no an…）"
    assert labels_zh.failing("DNS\n失败", 30) == "DNS 失败"
