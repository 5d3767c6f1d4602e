"""Synthetic articles and search queries for benchmarks.

Sentences are composed from words of police-station features, with invented names of stations: 派出所 and 民警 occur in
every article, a station's name in few.
"""

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

#: method name of the fingerprints
METHOD = "bench"


def person(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2))))


def make(rng: random.Random, number: int, chars: int) -> tuple[Article, tuple[Fact, ...]]:
    """Return one article and the facts in its first sentence."""
    place = rng.choice(PLACES) + rng.choice(PLACES)
    station, chief = f"{place}派出所", person(rng)
    lead = f"{station}所长{chief}带领民警{rng.randint(5, 60)}人守护辖区平安。"
    parts, length = [lead], len(lead)
    while length < chars:
        sentence = "".join(
            rng.choice(WORDS) + (rng.choice(GLUE) if rng.random() < 0.4 else "") for _ in range(rng.randint(5, 12))
        ) + rng.choice("。,,")
        parts.append(sentence + ("\n" if rng.random() < 0.15 else ""))
        length += len(sentence)
    text = "".join(parts).strip()
    day = NOW - timedelta(days=number % 3000)
    article = Article(
        f"https://news{number % 97}.example.cn/{day:%Y%m}/{number}.html",
        f"{station}的{rng.choice(WORDS)}",
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


def original_of(number: int) -> int:
    """Return the number of the article that article `number` reposts, or `number` itself if it is not a repost.

    Every 20th article is a repost of the previous article.
    """
    return number - 1 if number % 20 == 0 and number > 1 else number


def queries(rng: random.Random) -> list[tuple[str, Filters]]:
    """Return queries like those of users: stations, people, single characters, common words, also with filters."""
    found: list[tuple[str, Filters]] = []
    for _ in range(25):
        place = rng.choice(PLACES) + rng.choice(PLACES)
        found += [
            (f"{place}派出所", Filters()),
            (place, Filters()),
            (person(rng), Filters()),
            (rng.choice(PLACES), Filters()),
            (rng.choice(WORDS), Filters()),
            (f"{rng.choice(WORDS)} {rng.choice(WORDS)}", Filters()),
            (f"{place} {rng.choice(WORDS)}", Filters(ruling="feature")),
            ("派出所 民警", Filters(place=f"市{rng.randrange(300)}")),
            (rng.choice(WORDS), Filters(since=(NOW - timedelta(days=90)).date(), until=NOW.date())),
            ("".join(rng.choices(WORDS, k=2)), Filters()),
        ]
    return found
