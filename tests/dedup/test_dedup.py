"""Tests of near-duplicate detection: copies join, other stories stay apart, LSH keys are stable."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from ingest.dedup import METHOD, MIN_CHARACTERS, cluster, compare, find_near_duplicate, fingerprint, prepare
from ingest.dedup.figures import value
from store.records import Neighbour
from tests.support.paths import ROOT

STORY = """\
白栎湾派出所守着两省界山,辖区面积57平方公里,行政村24个,人口4.6万人,民警8名,辅警17名。
“山高路远,全靠一副马鞍。”所长顾承远说。今年以来,他带着民警翻山进寨,走访群众5130户,收集意见286条,化解纠纷83起。
去年9月,白栎湾派出所与桐木派出所签了协议,按季碰头,两所合力调处跨省纠纷14起。
村民裴老四的水渠通了,两家又能一块儿插秧。他拉着民警的手,坐在田埂上说了半天。
派出所从返乡青年中选了26名跑腿员,替人办事13项。跑腿员裴小禾一年下山150多回,磨破了三双胶鞋。
眼下,该所正对照标准争创省级称号。“牌匾挂得再高,也要乡亲们认。”顾承远说。"""
TITLE = "白栎湾派出所:一副马鞍走进深山人家"


def stored_article(text: str = STORY, story: int = 1, article: int = 1, title: str = TITLE) -> Neighbour:
    """Build a stored article."""
    return Neighbour(story, article, title, text)


def figures_changed(text: str) -> str:
    """Return the text with every figure changed."""
    return re.sub(r"\d+", lambda found: str(int(found[0]) * 2 + 3), text)


COPIES = {
    "exact": STORY,
    "boilerplate": "来源:法治日报\n2023-05-16 10:21\n"
    + STORY
    + "\n责任编辑:周婷\n声明:该文观点仅代表作者本人,本平台仅提供信息存储空间服务。",
    "dateline": "本报讯(记者 韩致远 通讯员 顾雨桐)" + STORY + "(王海 摄影报道)",
    "merged": STORY.replace("\n", ""),
    "first part": "\n".join(STORY.split("\n")[:3]) + "\n点击查看全文",
    "last part": "\n".join(STORY.split("\n")[3:]),
    "every other": "\n".join(STORY.split("\n")[::2]),
    "traditional": OpenCC("s2t").convert(STORY),
    "wide": STORY.translate({ord(c): ord(c) + 0xFEE0 for c in ",:;()0123456789"}),
    "glossed": STORY.replace("派", "派(pài)"),
    "edited": STORY.replace("眼下", "目前").replace("今年以来", "今年").replace("说了半天", "久久不放"),
    "other story behind": STORY
    + "\n新闻推荐\n昨日,市气象台发布暴雨预警,请市民注意防范,减少外出,远离河道和低洼地带。\n" * 3,
    "one error": STORY.replace("5130", "5310"),
    "figures in characters": STORY.replace("26名", "二十六名").replace("14起", "十四起"),
    "editor's note": "编者按:派出所是离群众最近的地方。连日来,本报记者走进派出所,与民警同吃同住,记录他们的日常。今起推出系列报道。\n"
    + STORY,
    "editor's note, half": "开栏的话\n派出所是离群众最近的地方。连日来,本报记者走进派出所,与民警同吃同住,记录他们的日常。今起推出系列报道。\n"
    + "\n".join(STORY.split("\n")[:2]),
}
OTHERS = {
    "every figure": figures_changed(STORY),
    "half of the figures": STORY.replace("57", "91")
    .replace("4.6万", "7.3万")
    .replace("5130", "7150")
    .replace("83", "121"),
    "an update": STORY.replace("5130", "5208").replace("83起", "91起"),
    "another station": STORY.replace("白栎湾", "龙门口").replace("桐木", "槐树"),
    "other people": STORY.replace("所长顾承远", "所长何立春")
    .replace("跑腿员裴小禾", "跑腿员田小雨")
    .replace("村民裴老四", "村民田老根")
    .replace("顾承远", "何立春"),
    "another station of one authority": "白栎市公安局"
    + STORY.replace("白栎湾派出所", "沙窝铺派出所").replace("白栎湾", "沙窝铺"),
    "another year": "\n".join(figures_changed(STORY).split("\n")[:4])
    + "\n入冬后,派出所给独居老人装了一键呼叫器,夜里响过三回,回回都有人赶到。",
    "shared introduction": STORY.split("\n")[0]
    + "\n入夏以来,镇上的夜市热闹起来。派出所把值班室搬到街口,一张桌、两盏灯,丢了东西的、走散了的、拌了嘴的都来。烤串的老马说,灯亮着,摊子就敢摆到后半夜。教导员带着巡逻队一晚上走三圈,鞋底沾满了油。",
}


@pytest.mark.parametrize("kind", COPIES)
def test_copy_joins_its_story(kind: str) -> None:
    """A copy, also an edited or shortened one, joins the story of the original, and the original that of the copy.

    Both texts share an LSH key.
    """
    text = COPIES[kind]
    assert find_near_duplicate("马鞍的故事", text, [stored_article()]) is not None
    assert find_near_duplicate(TITLE, STORY, [stored_article(text, title="另一个题目")]) is not None
    assert set(fingerprint("", text).bands) & set(fingerprint("", STORY).bands)


@pytest.mark.parametrize("kind", OTHERS)
def test_other_story_stays_apart(kind: str) -> None:
    """A similar text with another station, year or set of figures is another story, whichever text is stored first."""
    text = OTHERS[kind]
    assert find_near_duplicate(TITLE, text, [stored_article()]) is None
    assert find_near_duplicate(TITLE, STORY, [stored_article(text)]) is None


ISLAND_STORY = """\
从码头坐船到大陈屿,要晃两个半小时。岛上只有四个穿警服的人,最老的叫洪阿水,今年五十九岁,哪家的船在哪片海,问他比查系统还快。
休渔期一到,岛上的人口涨了好几倍,矛盾也跟着船靠了岸。洪阿水想了个办法:把调解的桌子搬到船上,一壶浓茶,船一晃,火气先晃掉一半。
台风来的前夜,洪阿水挨家挨户敲门。林阿婆死活不肯走,他一手抱起菩萨,一手搀着阿婆,踩着没过膝盖的水走了四十分钟。
风停之后,大陈屿的屋顶没了一半,菩萨还在。社区民警占派出所人手的多数,大陈屿却只有洪阿水一个。"""


def test_names_replaced_throughout_are_another_story() -> None:
    """Names without a role or a kind of place are recognised as exchanged if one replaces the other everywhere."""
    other = ISLAND_STORY.replace("大陈屿", "红石崖").replace("洪阿水", "郭四海").replace("林阿婆", "赵大嫂")
    assert find_near_duplicate("", other, [stored_article(ISLAND_STORY)]) is None
    assert compare(prepare("", ISLAND_STORY), prepare("", other)).renamed == ("大陈屿 ↔ 红石崖", "洪阿水 ↔ 郭四海")


def test_synonyms_are_not_renamings() -> None:
    """Synonyms and an anonymised name do not count as renaming; in 民警占派出所人手, 警占派出所 is not a station."""
    edited = (
        ISLAND_STORY.replace("民警", "警察").replace("办法", "主意").replace("阿婆", "奶奶").replace("林奶奶", "林某某")
    )
    comparison = compare(prepare("", ISLAND_STORY), prepare("", edited))
    assert not (comparison.places or comparison.people or comparison.renamed)
    assert find_near_duplicate("", edited, [stored_article(ISLAND_STORY)]) is not None


def test_station_after_shared_authority_is_compared() -> None:
    """If both texts name the same authority, an exchanged station after the authority is still recognised."""
    one = "虹口分局安澜里派出所的院子里停着三辆旧车。" + ISLAND_STORY
    other = "虹口分局青龙嘴派出所的院子里停着三辆旧车。" + ISLAND_STORY
    assert find_near_duplicate("", other, [stored_article(one)]) is None


ISLAND_TITLE = "一盏渔火守到天明"


BRIEF = "为提高群众防范诈骗的意识,近日,{}派出所民警走进{}社区开展反诈宣传,民警{}发放资料200余份,解答咨询50余人次,提醒大家不轻信、不转账、不透露个人信息,遇到可疑情况及时拨打报警电话,受到群众一致好评。"


@pytest.mark.parametrize(
    "names",
    [("龙溪", "阳光", "郑克勤"), ("珠市", "阳光", "郑克勤"), ("城北", "锦绣", "郑克勤"), ("城北", "阳光", "许云飞")],
)
def test_one_exchanged_name_is_another_story(names: tuple[str, str, str]) -> None:
    """One exchanged station, community or officer in an otherwise equal text makes two stories.

    The name may be a dictionary word (城北, 阳光) or end in 市 like the name of a city (珠市).
    """
    assert (
        find_near_duplicate("", BRIEF.format(*names), [stored_article(BRIEF.format("城北", "阳光", "郑克勤"))]) is None
    )


def test_two_officers_in_one_template_are_two_stories() -> None:
    """Texts of one template about two officers differ in the sentence at the same position, so they are two stories."""
    template = "所里有位民警叫{}。他总是第一个到岗,最后一个离开,群众有了难处,第一个想到的就是他。\n这些年,{}走遍了山里的寨子。\n老人的儿子送来锦旗,他摆摆手说,这是应该做的,换了谁都会把走失的老人背回家。"
    one = template.format("郑克勤,今年41岁,从警18年", "他")
    other = template.format("许云飞,今年29岁,从警6年", "他")
    assert find_near_duplicate("", "派出所建在山口上。" + other, [stored_article("派出所建在山口上。" + one)]) is None


def test_part_of_a_refused_story_joins_no_look_alike() -> None:
    """A part of a story that another article of the story contradicts joins neither this story nor a similar one."""
    part = "\n".join(STORY.split("\n")[3:5])
    closing = part.replace("26名", "31名").replace("13项", "17项")
    alike = STORY.replace("白栎湾", "龙门口").replace("桐木", "槐树")
    assert (
        find_near_duplicate(
            "", part, [stored_article(STORY, 1, 1), stored_article(closing, 1, 2), stored_article(alike, 2, 3)]
        )
        is None
    )


@pytest.mark.parametrize("between", ["\n", f"\n{ISLAND_TITLE}\n"], ids=["without its title", "with its title"])
def test_page_with_two_stories_joins_the_first(between: str) -> None:
    """A page with two stories joins the first story; the second story stays separate, whichever text arrives first."""
    page = STORY + between + ISLAND_STORY
    rows = [
        ("page", TITLE, page),
        ("first", TITLE, STORY),
        ("second", ISLAND_TITLE, ISLAND_STORY),
        ("part", "", ISLAND_STORY[:150]),
    ]
    found = cluster(rows)
    assert found["page"] == found["first"] != found["second"]
    assert found["part"] == found["second"]
    assert find_near_duplicate(ISLAND_TITLE, ISLAND_STORY, [stored_article(page)]) is None
    assert find_near_duplicate(TITLE, page, [stored_article(ISLAND_STORY, title=ISLAND_TITLE)]) is None
    assert (
        find_near_duplicate(
            "", ISLAND_STORY[:150], [stored_article(page, 1, 1), stored_article(ISLAND_STORY, 2, 2)]
        ).story
        == 2
    )  # type: ignore[union-attr]


def test_second_half_of_a_story_joins_it() -> None:
    """A second half about the same people and places as the first half joins the whole story."""
    story = STORY + "\n" + ISLAND_STORY.replace("大陈屿", "白栎湾").replace("洪阿水", "顾承远")
    assert find_near_duplicate("", "\n".join(story.split("\n")[5:]), [stored_article(story)]) is not None


@pytest.mark.parametrize("year", ["二〇一九年", "二○一九年", "二0一九年", "二零一九年"])
def test_zero_in_chinese_years_is_compared(year: str) -> None:
    """All forms of zero in a Chinese year are read as the same year."""
    one, other = STORY.replace("今年以来", "2019年以来"), STORY.replace("今年以来", year + "以来")
    comparison = compare(prepare("", one), prepare("", other))
    assert comparison.figures == ()
    assert fingerprint("", other).exact == fingerprint("", STORY.replace("今年以来", "二零一九年以来")).exact


def test_editors_note_merged_with_article_is_compared() -> None:
    """A text can be compared if the editor's note and the article are one line."""
    assert prepare("", "编者按:" + STORY.replace("\n", "") * 2).comparable


def test_exact_copies_have_equal_hash() -> None:
    """Boilerplate, character width, script and paragraphs do not change the key `exact`; a changed word does."""
    exact = fingerprint(TITLE, STORY).exact
    for kind in ("boilerplate", "merged", "traditional", "wide", "glossed"):
        assert fingerprint("", COPIES[kind]).exact == exact, kind
    assert fingerprint("", COPIES["edited"]).exact != exact


def test_relation_and_containment_of_matches() -> None:
    """An unchanged text is a copy, a small part an abridged repost ("digest"), an edited text a repost."""
    assert find_near_duplicate(TITLE, STORY, [stored_article()]).relation == "copy"  # type: ignore[union-attr]
    assert find_near_duplicate("", COPIES["edited"], [stored_article()]).relation == "repost"  # type: ignore[union-attr]
    digest = find_near_duplicate(
        "", STORY.split("\n")[1] + STORY.split("\n")[4], [stored_article(STORY + "\n" + random_text(600))]
    )
    assert digest is not None
    assert digest.relation == "digest"
    assert digest.containment == 1.0


def random_text(size: int, seed: int = 1) -> str:
    """Return a text of random Han characters with full stops, which resembles no text with another seed."""
    r = random.Random(seed)
    return "".join(chr(r.randrange(0x4E00, 0x9000)) + ("。" if n % 30 == 29 else "") for n in range(size))


@pytest.mark.parametrize(
    "text", ["", "责任编辑:王磊", "派出所民警在巡逻。", STORY[:70], "\n".join(["来源:新华网"] * 40)]
)
def test_short_text_is_never_merged(text: str) -> None:
    """Empty, short and boilerplate texts are never merged, even with an equal text (FAULTS X4)."""
    assert fingerprint("", text).bands == ()
    assert find_near_duplicate("", text, [stored_article(text)]) is None
    assert find_near_duplicate(TITLE, STORY, [stored_article(text)]) is None
    assert len(set(cluster([("a", "", text), ("b", "", text)]).values())) == 2


def test_minimum_length_counts_compared_characters() -> None:
    """A text shorter than the minimum has no LSH keys; a longer text has some."""
    below, at = random_text(MIN_CHARACTERS - 1), random_text(MIN_CHARACTERS)
    assert fingerprint("", below.replace("。", "")[: MIN_CHARACTERS - 1]).bands == ()
    assert fingerprint("", at.replace("。", "") + random_text(20, 2)).bands != ()


def test_story_with_contradicting_article_is_not_joined() -> None:
    """A copy of one article is not joined when another article of the same story contradicts it."""
    mixed = [stored_article(STORY, 1, 1), stored_article(OTHERS["another station"], 1, 2)]
    assert find_near_duplicate(TITLE, COPIES["edited"], mixed) is None


def test_part_of_two_contradicting_stories_stays_alone() -> None:
    """A part that is contained in two contradicting stories joins neither."""
    part = (
        "。".join(["村民的水渠通了,两家又能一块儿插秧,他拉着民警的手,坐在田埂上说了半天"] * 1) + "。" + random_text(60)
    )
    one, two = STORY + "\n" + part, OTHERS["another station"] + "\n" + part
    assert find_near_duplicate("", part, [stored_article(one, 1, 1)]) is not None
    assert find_near_duplicate("", part, [stored_article(one, 1, 1), stored_article(two, 2, 2)]) is None


def test_order_of_candidates_does_not_matter() -> None:
    """The same candidates in another order result in the same match."""
    candidates = [stored_article(text, story, story) for story, text in enumerate([*COPIES.values(), *OTHERS.values()])]
    expected = find_near_duplicate("", COPIES["edited"], candidates)
    for seed in range(5):
        random.Random(seed).shuffle(candidates)
        assert find_near_duplicate("", COPIES["edited"], candidates) == expected


def test_clusters_do_not_depend_on_row_order() -> None:
    """In any order of rows the clusters are the same.

    One cluster contains all copies of the whole text and none of the other stories.
    """
    copies = [(f"copy {k}", "", v) for k, v in COPIES.items()]
    assert len(set(cluster(copies).values())) == 1
    whole = ("exact", "boilerplate", "dateline", "merged", "traditional", "wide", "glossed", "edited")
    rows = [(k, "", COPIES[k]) for k in whole] + [(f"other {k}", "", v) for k, v in OTHERS.items()]
    expected = cluster(rows)
    assert len({expected[k] for k in whole}) == 1
    assert all(expected[f"other {k}"] != expected["exact"] for k in OTHERS)
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert cluster(rows) == expected


ARRIVING = {
    kind: COPIES[kind]
    for kind in (
        "exact",
        "boilerplate",
        "dateline",
        "merged",
        "traditional",
        "wide",
        "edited",
        "editor's note",
        "one error",
    )
}


@settings(max_examples=25, deadline=None)
@given(st.permutations([*ARRIVING, *(f"other {kind}" for kind in OTHERS if kind != "shared introduction")]))
def test_order_of_arrival_does_not_matter(order: list[str]) -> None:
    """In whatever order copies and similar texts arrive, the copies form one story without the similar texts.

    Parts are not among the copies: a part that arrives before its whole stays separate (docs/near-duplicates.md).
    """
    stored: list[Neighbour] = []
    for number, kind in enumerate(order):
        text = ARRIVING.get(kind) or OTHERS[kind.removeprefix("other ")]
        found = find_near_duplicate("", text, stored)
        stored.append(stored_article(text, found.story if found else number, number))
    stories = {kind: article.story for kind, article in zip(order, stored, strict=True)}
    assert len({stories[kind] for kind in ARRIVING}) == 1
    assert not {stories[kind] for kind in ARRIVING} & {stories[kind] for kind in stories if kind.startswith("other ")}


def test_keys_do_not_depend_on_hash_seed() -> None:
    """Processes with different hash seeds compute the same LSH keys."""
    code = f"from ingest.dedup import fingerprint; print(*fingerprint('', {STORY!r}).bands)"
    for seed in ("0", "12345"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        )
        assert tuple(run.stdout.split()) == fingerprint("", STORY).bands


def test_keys_equal_the_pinned_keys() -> None:
    """Keys of the sample text are pinned.

    If this test fails, a library or a data file has changed, and METHOD must change too.
    """
    assert METHOD == "minhash-c5b24r3+c16b24r1+lead6@rensa2.prepare6"
    assert fingerprint("", STORY).exact[:16] == "8f1eb243e950cba7"
    assert fingerprint("", STORY).bands[:2] == ("004428a43f0bfdd560", "01f3686664251eda5c")
    assert fingerprint("", STORY).bands[46:48] == ("96859d450ae61d67bf", "978e4e98e6e000e914")
    assert fingerprint("", STORY).bands[48][:2] == "f0"


def test_number_and_length_of_bands() -> None:
    """The sample text has 54 distinct keys of 18 characters. The size of the index grows with this number."""
    bands = fingerprint("", STORY).bands
    assert len(bands) == len(set(bands)) == 54
    assert {len(key) for key in bands} == {18}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("二十人", "20人", True),
        ("1.2万人", "12000人", True),
        ("三百零五户", "305户", True),
        ("两千万元", "2000万元", True),
        ("二〇一九年", "2019年", True),
        ("十五人", "50人", False),
        ("1.2万人", "1.3万人", False),
    ],
)
def test_figures_are_compared_by_value(one: str, other: str, equal: bool) -> None:
    """Figures in Chinese numerals and in digits are compared by their values."""
    assert (value(one) == value(other)) is equal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1中" * 2_000_000, "2中" * 2_000_000),
        ("派出所12人,民警3名。" * 9000, "派出所13人,民警4名。" * 9000),
        (
            "。".join(f"{n}中一二三四五六七八九十" * 30 for n in range(300)),
            "。".join(f"{n}国一二三四五六七八九十" * 30 for n in range(300)),
        ),
        ("(" * 100_000, "“" * 100_000),
    ],
    ids=["one sentence", "one template", "long sentences", "brackets"],
)
def test_hostile_texts_take_bounded_time(one: str, other: str) -> None:
    """Megabytes without a full stop, or thousands of similar sentences, take less than 3 CPU seconds."""
    started = time.process_time()
    fingerprint("", one)
    find_near_duplicate("", one, [stored_article(other)])
    assert time.process_time() - started < 3


def test_moved_sentences_are_not_exchanges() -> None:
    """Moved or cut paragraphs are not reported as exchanged figures or names."""
    lines = STORY.split("\n")
    comparison = compare(prepare("", "\n".join(lines[::-1])), prepare("", "\n".join(lines[:4])))
    assert not (comparison.figures or comparison.places or comparison.people or comparison.station)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(alphabet="派出所民警12万三十。,“”\n所长王", max_size=300))
def test_any_texts_can_be_compared(one: str, other: str) -> None:
    """No text raises an exception; the shared part of each text is between 0 and 1; containment is symmetric."""
    comparison, back = compare(prepare("", one), prepare("", other)), compare(prepare("", other), prepare("", one))
    assert 0 <= comparison.first_in_second <= 1 and 0 <= comparison.second_in_first <= 1
    assert comparison.containment == back.containment
    fingerprint(one, other)
    find_near_duplicate(one, other, [stored_article(one), stored_article(other)])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_random_part_joins(seed: int) -> None:
    """Any three paragraphs of a story, in their order, join it."""
    lines = STORY.split("\n")
    kept = sorted(random.Random(seed).sample(range(len(lines)), 3))
    assert find_near_duplicate("", "\n".join(lines[n] for n in kept), [stored_article()]) is not None
