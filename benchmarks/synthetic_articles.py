"""Synthetic articles for benchmarks: sentences put together from the words of such features, stations with invented
names, so that 派出所 and 民警 are in every one and a station's name in few; and what people would look for among them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from store.records import Article, Fact
from store.search import Filters

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞红梅建国志海燕晓东春生"
PLACES = "井口石桥柳林双溪清河白沙龙潭望江古城凤山青石黄泥南湖北碚东岭西坪大坪小河新桥老街花园高店水口竹园松树梅林"
WORDS = [
    "民警",
    "派出所",
    "辖区",
    "群众",
    "社区",
    "走访",
    "巡逻",
    "调解",
    "纠纷",
    "矛盾",
    "平安",
    "警务",
    "治安",
    "网格",
    "服务",
    "老人",
    "孩子",
    "商户",
    "企业",
    "学校",
    "清晨",
    "深夜",
    "电话",
    "接警",
    "反诈",
    "宣传",
    "户籍",
    "窗口",
    "办理",
    "身份证",
    "值班",
    "所长",
    "教导员",
    "辅警",
    "志愿者",
    "村民",
    "居民",
    "安全",
    "隐患",
    "排查",
    "化解",
    "案件",
    "嫌疑人",
    "抓获",
    "破获",
    "追回",
    "信任",
    "温暖",
    "坚守",
    "担当",
    "奉献",
    "初心",
    "使命",
    "枫桥经验",
    "数据",
    "研判",
    "视频",
    "监控",
    "联动",
    "机制",
    "创新",
    "基层",
    "治理",
    "共建",
    "共治",
    "共享",
    "今年以来",
    "同比",
    "下降",
    "上升",
    "起",
    "件",
    "名",
    "余",
    "多",
    "平方公里",
    "常住人口",
    "流动人口",
    "出租屋",
    "工地",
    "车站",
    "市场",
    "夜市",
    "景区",
    "江边",
    "山路",
    "雨天",
    "风雪",
    "烈日",
    "中午",
    "傍晚",
]
GLUE = "的了在是和与对把将为从到就也都还又能会要让给向着过地得"

#: name of the fingerprints' method
METHOD = "bench"


def person(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2))))


def make(chance: random.Random, number: int, chars: int) -> tuple[Article, tuple[Fact, ...]]:
    """One article and the facts that its first sentence holds."""
    place = chance.choice(PLACES) + chance.choice(PLACES)
    station, chief = f"{place}派出所", person(chance)
    lead = f"{station}所长{chief}带领民警{chance.randint(5, 60)}人守护辖区平安。"
    parts, length = [lead], len(lead)
    while length < chars:
        sentence = "".join(
            chance.choice(WORDS) + (chance.choice(GLUE) if chance.random() < 0.4 else "")
            for _ in range(chance.randint(5, 12))
        ) + chance.choice("。,,")
        parts.append(sentence + ("\n" if chance.random() < 0.15 else ""))
        length += len(sentence)
    text = "".join(parts).strip()
    day = NOW - timedelta(days=number % 3000)
    article = Article(
        f"https://news{number % 97}.example.cn/{day:%Y%m}/{number}.html",
        f"{station}的{chance.choice(WORDS)}",
        text,
        NOW,
        published=day.date().isoformat(),
        source=f"报{number % 40}",
    )
    found = (
        Fact("station", station, 0, len(station), {"name": station, "city": f"市{number % 300}"}, "bench@1"),
        Fact("person", chief, text.index(chief), text.index(chief) + len(chief), {"name": chief}, "bench@1"),
    )
    return article, found


def kin_of(number: int) -> int:
    """The article that this one is a repost of: every 20th is one of the article before; itself for all others."""
    return number - 1 if number % 20 == 0 and number > 1 else number


def queries(chance: random.Random) -> list[tuple[str, Filters]]:
    """What people look for: stations, people, single characters, words that all articles have, with and without
    filters."""
    asked: list[tuple[str, Filters]] = []
    for _ in range(25):
        place = chance.choice(PLACES) + chance.choice(PLACES)
        asked += [
            (f"{place}派出所", Filters()),
            (place, Filters()),
            (person(chance), Filters()),
            (chance.choice(PLACES), Filters()),
            (chance.choice(WORDS), Filters()),
            (f"{chance.choice(WORDS)} {chance.choice(WORDS)}", Filters()),
            (f"{place} {chance.choice(WORDS)}", Filters(ruling="feature")),
            ("派出所 民警", Filters(place=f"市{chance.randrange(300)}")),
            (chance.choice(WORDS), Filters(since=(NOW - timedelta(days=90)).date(), until=NOW.date())),
            ("".join(chance.choices(WORDS, k=2)), Filters()),
        ]
    return asked
