"""Same: copies join, other stories stay apart, keys last."""

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
from ingest.dedup.compare import value
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


def known(text: str = STORY, story: int = 1, article: int = 1, title: str = TITLE) -> Neighbour:
    """A stored article."""
    return Neighbour(story, article, title, text)


def figures_changed(text: str) -> str:
    """The same template with every figure another."""
    return re.sub(r"\d+", lambda found: str(int(found[0]) * 2 + 3), text)


COPIES = {
    "exact": STORY,
    "furniture": "来源:法治日报\n2023-05-16 10:21\n"
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
def test_a_copy_joins_its_story(kind: str) -> None:
    """What sites do to a text they take over leaves it the same story; the longer and the shorter find each other."""
    text = COPIES[kind]
    assert find_near_duplicate("马鞍的故事", text, [known()]) is not None
    assert find_near_duplicate(TITLE, STORY, [known(text, title="另一个题目")]) is not None
    assert set(fingerprint("", text).bands) & set(fingerprint("", STORY).bands)


@pytest.mark.parametrize("kind", OTHERS)
def test_another_story_stays_apart(kind: str) -> None:
    """A false merge is worse than a missed repost: one template, two stations, years or sets of figures are two."""
    text = OTHERS[kind]
    assert find_near_duplicate(TITLE, text, [known()]) is None
    assert find_near_duplicate(TITLE, STORY, [known(text)]) is None


TALE = """\
从码头坐船到大陈屿,要晃两个半小时。岛上只有四个穿警服的人,最老的叫洪阿水,今年五十九岁,哪家的船在哪片海,问他比查系统还快。
休渔期一到,岛上的人口涨了好几倍,矛盾也跟着船靠了岸。洪阿水想了个办法:把调解的桌子搬到船上,一壶浓茶,船一晃,火气先晃掉一半。
台风来的前夜,洪阿水挨家挨户敲门。林阿婆死活不肯走,他一手抱起菩萨,一手搀着阿婆,踩着没过膝盖的水走了四十分钟。
风停之后,大陈屿的屋顶没了一半,菩萨还在。社区民警占派出所人手的多数,大陈屿却只有洪阿水一个。"""


def test_names_exchanged_throughout_are_another_story() -> None:
    """Names without a role or a kind of place beside them are known by standing for each other everywhere."""
    other = TALE.replace("大陈屿", "红石崖").replace("洪阿水", "郭四海").replace("林阿婆", "赵大嫂")
    assert find_near_duplicate("", other, [known(TALE)]) is None
    assert compare(prepare("", TALE), prepare("", other)).renamed == ("大陈屿 ↔ 红石崖", "洪阿水 ↔ 郭四海")


def test_other_words_for_the_same_are_no_names() -> None:
    """Synonyms throughout, and a name made unknown, rename nobody; 民[警占]派出所 is no station."""
    edited = TALE.replace("民警", "警察").replace("办法", "主意").replace("阿婆", "奶奶").replace("林奶奶", "林某某")
    seen = compare(prepare("", TALE), prepare("", edited))
    assert not (seen.places or seen.people or seen.renamed)
    assert find_near_duplicate("", edited, [known(TALE)]) is not None


def test_a_station_after_a_shared_authority_is_compared() -> None:
    """A unit that both sentences name hides no exchange beside it."""
    one = "虹口分局安澜里派出所的院子里停着三辆旧车。" + TALE
    other = "虹口分局青龙嘴派出所的院子里停着三辆旧车。" + TALE
    assert find_near_duplicate("", other, [known(one)]) is None


OTHER_TITLE = "一盏渔火守到天明"


BRIEFLY = "为提高群众防范诈骗的意识,近日,{}派出所民警走进{}社区开展反诈宣传,民警{}发放资料200余份,解答咨询50余人次,提醒大家不轻信、不转账、不透露个人信息,遇到可疑情况及时拨打报警电话,受到群众一致好评。"


@pytest.mark.parametrize(
    "names",
    [("龙溪", "阳光", "郑克勤"), ("珠市", "阳光", "郑克勤"), ("城北", "锦绣", "郑克勤"), ("城北", "阳光", "许云飞")],
)
def test_one_name_exchanged_for_another_is_enough(names: tuple[str, str, str]) -> None:
    """One template, one station, community or officer exchanged and nothing else: two stories, also where the name is
    a word of the dictionary (城北, 阳光) or ends like a phrase (珠市)."""
    assert find_near_duplicate("", BRIEFLY.format(*names), [known(BRIEFLY.format("城北", "阳光", "郑克勤"))]) is None


def test_two_officers_of_one_template_are_two_stories() -> None:
    """The sentence that has most of its own is compared with the one in its place."""
    told = "所里有位民警叫{}。他总是第一个到岗,最后一个离开,群众有了难处,第一个想到的就是他。\n这些年,{}走遍了山里的寨子。\n老人的儿子送来锦旗,他摆摆手说,这是应该做的,换了谁都会把走失的老人背回家。"
    one = told.format("郑克勤,今年41岁,从警18年", "他")
    other = told.format("许云飞,今年29岁,从警6年", "他")
    assert find_near_duplicate("", "派出所建在山口上。" + other, [known("派出所建在山口上。" + one)]) is None


def test_a_part_of_a_refused_story_joins_no_other() -> None:
    """What fits a story that one of its articles closes does not go to the look-alike that it fits as well."""
    part = "\n".join(STORY.split("\n")[3:5])
    closing = part.replace("26名", "31名").replace("13项", "17项")
    alike = STORY.replace("白栎湾", "龙门口").replace("桐木", "槐树")
    assert find_near_duplicate("", part, [known(STORY, 1, 1), known(closing, 1, 2), known(alike, 2, 3)]) is None


@pytest.mark.parametrize("between", ["\n", f"\n{OTHER_TITLE}\n"], ids=["without its title", "with its title"])
def test_a_page_with_two_stories_is_the_first_of_them(between: str) -> None:
    """Whoever comes first, the page joins the story in front, and the one behind stays a story of its own."""
    page = STORY + between + TALE
    rows = [("page", TITLE, page), ("first", TITLE, STORY), ("second", OTHER_TITLE, TALE), ("part", "", TALE[:150])]
    found = cluster(rows)
    assert found["page"] == found["first"] != found["second"]
    assert found["part"] == found["second"]
    assert find_near_duplicate(OTHER_TITLE, TALE, [known(page)]) is None
    assert find_near_duplicate(TITLE, page, [known(TALE, title=OTHER_TITLE)]) is None
    assert find_near_duplicate("", TALE[:150], [known(page, 1, 1), known(TALE, 2, 2)]).story == 2  # type: ignore[union-attr]


def test_the_second_half_of_a_story_is_not_behind_another() -> None:
    """What stands in front of it is of the same people and places."""
    story = STORY + "\n" + TALE.replace("大陈屿", "白栎湾").replace("洪阿水", "顾承远")
    assert find_near_duplicate("", "\n".join(story.split("\n")[5:]), [known(story)]) is not None


@pytest.mark.parametrize("year", ["二〇一九年", "二○一九年", "二0一九年", "二零一九年"])
def test_the_naught_of_a_year_is_kept(year: str) -> None:
    """However it is written, a year in Chinese figures is the year."""
    one, other = STORY.replace("今年以来", "2019年以来"), STORY.replace("今年以来", year + "以来")
    seen = compare(prepare("", one), prepare("", other))
    assert seen.figures == ()
    assert fingerprint("", other).exact == fingerprint("", STORY.replace("今年以来", "二零一九年以来")).exact


def test_a_note_never_takes_the_article_with_it() -> None:
    """Merged into one line, note and article are both compared."""
    assert prepare("", "编者按:" + STORY.replace("\n", "") * 2).comparable


def test_exact_copies_have_one_digest() -> None:
    """Furniture, width, script and paragraphs do not change `exact`; a word does."""
    exact = fingerprint(TITLE, STORY).exact
    for kind in ("furniture", "merged", "traditional", "wide", "glossed"):
        assert fingerprint("", COPIES[kind]).exact == exact, kind
    assert fingerprint("", COPIES["edited"]).exact != exact


def test_relations() -> None:
    """An unchanged text is a copy, a small part a digest, the rest reposts, with the share that was found."""
    assert find_near_duplicate(TITLE, STORY, [known()]).relation == "copy"  # type: ignore[union-attr]
    assert find_near_duplicate("", COPIES["edited"], [known()]).relation == "repost"  # type: ignore[union-attr]
    digest = find_near_duplicate("", STORY.split("\n")[1] + STORY.split("\n")[4], [known(STORY + "\n" + filler(600))])
    assert digest is not None
    assert digest.relation == "digest"
    assert digest.containment == 1.0


def filler(size: int, seed: int = 1) -> str:
    """Text that shares nothing with anything."""
    r = random.Random(seed)
    return "".join(chr(r.randrange(0x4E00, 0x9000)) + ("。" if n % 30 == 29 else "") for n in range(size))


@pytest.mark.parametrize(
    "text", ["", "责任编辑:王磊", "派出所民警在巡逻。", STORY[:70], "\n".join(["来源:新华网"] * 40)]
)
def test_what_is_too_short_is_never_merged(text: str) -> None:
    """Empty, short and boilerplate texts stay alone, even beside themselves (FAULTS X4)."""
    assert fingerprint("", text).bands == ()
    assert find_near_duplicate("", text, [known(text)]) is None
    assert find_near_duplicate(TITLE, STORY, [known(text)]) is None
    assert len(set(cluster([("a", "", text), ("b", "", text)]).values())) == 2


def test_the_floor_is_in_compared_characters() -> None:
    """One character below the floor stays alone, at the floor it is compared."""
    below, at = filler(MIN_CHARACTERS - 1), filler(MIN_CHARACTERS)
    assert fingerprint("", below.replace("。", "")[: MIN_CHARACTERS - 1]).bands == ()
    assert fingerprint("", at.replace("。", "") + filler(20, 2)).bands != ()


def test_a_story_with_a_contradicting_article_is_not_joined() -> None:
    """A part that fits two stories' texts joins neither when one of the story's own articles contradicts it."""
    mixed = [known(STORY, 1, 1), known(OTHERS["another station"], 1, 2)]
    assert find_near_duplicate(TITLE, COPIES["edited"], mixed) is None


def test_a_part_that_two_contradicting_stories_have_stays_alone() -> None:
    """Nothing says which of them it was taken from."""
    part = "。".join(["村民的水渠通了,两家又能一块儿插秧,他拉着民警的手,坐在田埂上说了半天"] * 1) + "。" + filler(60)
    one, two = STORY + "\n" + part, OTHERS["another station"] + "\n" + part
    assert find_near_duplicate("", part, [known(one, 1, 1)]) is not None
    assert find_near_duplicate("", part, [known(one, 1, 1), known(two, 2, 2)]) is None


def test_the_order_of_the_known_changes_nothing() -> None:
    """The same candidates in another order give the same match."""
    candidates = [known(text, story, story) for story, text in enumerate([*COPIES.values(), *OTHERS.values()])]
    expected = find_near_duplicate("", COPIES["edited"], candidates)
    for seed in range(5):
        random.Random(seed).shuffle(candidates)
        assert find_near_duplicate("", COPIES["edited"], candidates) == expected


def test_clusters_do_not_depend_on_the_order_of_the_rows() -> None:
    """Shuffled rows fall into the same stories: all copies into one, every other story for itself."""
    copies = [(f"copy {k}", "", v) for k, v in COPIES.items()]
    assert len(set(cluster(copies).values())) == 1
    whole = ("exact", "furniture", "dateline", "merged", "traditional", "wide", "glossed", "edited")
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
        "furniture",
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
def test_the_order_of_arrival_makes_no_other_stories(order: list[str]) -> None:
    """Whole copies and look-alikes, one by one in any order, as a store meets them: one story of all the copies and
    of nothing else. (Parts that come before what they are parts of stay apart: docs/near-duplicates.md.)"""
    stored: list[Neighbour] = []
    for number, kind in enumerate(order):
        text = ARRIVING.get(kind) or OTHERS[kind.removeprefix("other ")]
        found = find_near_duplicate("", text, stored)
        stored.append(known(text, found.story if found else number, number))
    stories = {kind: one.story for kind, one in zip(order, stored, strict=True)}
    assert len({stories[kind] for kind in ARRIVING}) == 1
    assert not {stories[kind] for kind in ARRIVING} & {stories[kind] for kind in stories if kind.startswith("other ")}


def test_keys_are_the_same_in_every_process() -> None:
    """Keys live in a database for years: hash randomisation and process must not matter."""
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


def test_keys_are_those_already_stored() -> None:
    """Pins the method: when this fails, a library or a table changed, and METHOD must change with it."""
    assert METHOD == "minhash-c5b24r3+c16b24r1@rensa2.prepare2"
    assert fingerprint("", STORY).exact[:16] == "8f1eb243e950cba7"
    assert fingerprint("", STORY).bands[:2] == ("004428a43f0bfdd560", "01f3686664251eda5c")
    assert fingerprint("", STORY).bands[-2:] == ("96859d450ae61d67bf", "978e4e98e6e000e914")


def test_bands_are_few_and_short() -> None:
    """48 keys of 18 characters: what a million stories cost an index is known."""
    bands = fingerprint("", STORY).bands
    assert len(bands) == len(set(bands)) == 48
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
def test_figures_are_compared_by_what_they_amount_to(one: str, other: str, equal: bool) -> None:
    """A figure written in characters is no other figure."""
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
def test_hostile_texts_cost_little(one: str, other: str) -> None:
    """Megabytes without a full stop, or thousands of sentences alike, take a bounded time (CPU seconds)."""
    started = time.process_time()
    fingerprint("", one)
    find_near_duplicate("", one, [known(other)])
    assert time.process_time() - started < 3


def test_moved_sentences_are_no_exchange() -> None:
    """Paragraphs in another order, or a list cut to half, exchange no figure and no name."""
    lines = STORY.split("\n")
    seen = compare(prepare("", "\n".join(lines[::-1])), prepare("", "\n".join(lines[:4])))
    assert not (seen.figures or seen.places or seen.people or seen.station)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(alphabet="派出所民警12万三十。,“”\n所长王", max_size=300))
def test_any_texts_can_be_compared(one: str, other: str) -> None:
    """No text raises; shares stay between 0 and 1; a comparison and its mirror agree."""
    seen, back = compare(prepare("", one), prepare("", other)), compare(prepare("", other), prepare("", one))
    assert 0 <= seen.first_in_second <= 1 and 0 <= seen.second_in_first <= 1
    assert seen.containment == back.containment
    fingerprint(one, other)
    find_near_duplicate(one, other, [known(one), known(other)])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_random_part_joins(seed: int) -> None:
    """Any three paragraphs of the story, in order, are still the story."""
    lines = STORY.split("\n")
    kept = sorted(random.Random(seed).sample(range(len(lines)), 3))
    assert find_near_duplicate("", "\n".join(lines[n] for n in kept), [known()]) is not None
