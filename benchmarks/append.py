"""What appending and searching cost as a store grows: time of a batch of 50, bytes an article, search percentiles.

    python benchmarks/append.py                                  20,000 articles of 1,500 characters on SQLite
    python benchmarks/append.py --articles 1000000 --chars 300   takes about half an hour and 10 GB
    python benchmarks/append.py --url postgresql+psycopg://user@host/empty
    python benchmarks/append.py --url sqlite:///kept.db --keep   search a store that an earlier run filled

Articles are synthetic: sentences put together from the words of such features, stations with invented names, so that
派出所 and 民警 are in every one and a station's name in few. Between measurements the store is filled in batches of
1,000; measured are batches of 50, each article with capture, verdict, facts, neighbours, story and outcome.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store import Store, open_store
from store.records import Article, Capture, Fact, Fingerprint, Match, OutcomeRow, Verdict
from store.search import Filters, search

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞红梅建国志海燕晓东春生"
PLACES = "井口石桥柳林双溪清河白沙龙潭望江古城凤山青石黄泥南湖北碚东岭西坪大坪小河新桥老街花园高店水口竹园松树梅林"
WORDS = ["民警", "派出所", "辖区", "群众", "社区", "走访", "巡逻", "调解", "纠纷", "矛盾", "平安", "警务", "治安", "网格", "服务", "老人", "孩子", "商户", "企业", "学校", "清晨", "深夜", "电话", "接警", "反诈", "宣传", "户籍", "窗口", "办理", "身份证", "值班", "所长", "教导员", "辅警", "志愿者", "村民", "居民", "安全", "隐患", "排查", "化解", "案件", "嫌疑人", "抓获", "破获", "追回", "信任", "温暖", "坚守", "担当", "奉献", "初心", "使命", "枫桥经验", "数据", "研判", "视频", "监控", "联动", "机制", "创新", "基层", "治理", "共建", "共治", "共享", "今年以来", "同比", "下降", "上升", "起", "件", "名", "余", "多", "平方公里", "常住人口", "流动人口", "出租屋", "工地", "车站", "市场", "夜市", "景区", "江边", "山路", "雨天", "风雪", "烈日", "中午", "傍晚"]
GLUE = "的了在是和与对把将为从到就也都还又能会要让给向着过地得"


def person(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2))))


def make(chance: random.Random, number: int, chars: int) -> tuple[Article, tuple[Fact, ...]]:
    """One article and the facts that its first sentence holds."""
    place = chance.choice(PLACES) + chance.choice(PLACES)
    station, chief = f"{place}派出所", person(chance)
    lead = f"{station}所长{chief}带领民警{chance.randint(5, 60)}人守护辖区平安。"
    parts, length = [lead], len(lead)
    while length < chars:
        sentence = "".join(chance.choice(WORDS) + (chance.choice(GLUE) if chance.random() < 0.4 else "")
                           for _ in range(chance.randint(5, 12))) + chance.choice("。,,")
        parts.append(sentence + ("\n" if chance.random() < 0.15 else ""))
        length += len(sentence)
    text = "".join(parts).strip()
    day = NOW - timedelta(days=number % 3000)
    article = Article(f"https://news{number % 97}.example.cn/{day:%Y%m}/{number}.html", f"{station}的{chance.choice(WORDS)}",
                      text, NOW, published=day.date().isoformat(), source=f"报{number % 40}")
    found = (Fact("station", station, 0, len(station), {"name": station, "city": f"市{number % 300}"}, "bench@1"),
             Fact("person", chief, text.index(chief), text.index(chief) + len(chief), {"name": chief}, "bench@1"))
    return article, found


def fill(store: Store, chance: random.Random, first: int, count: int, chars: int, run: int) -> float:
    """One batch as the pipeline writes it; seconds from before it to after its Commit, making the texts excepted."""
    made = [make(chance, number, chars) for number in range(first, first + count)]
    began = time.perf_counter()
    with store.batch(at=NOW, program="bench", rules={"read": "1"}) as batch:
        for number, (article, facts) in enumerate(made, first):
            capture = batch.capture(Capture(article.url, article.url, NOW, 200, "article", "bench", f"{number // 50_000}.gz",
                                            number * 9000, 8000, f"sha256:{number:064x}", f"urn:uuid:{number:032x}"))
            appended = batch.article(article, f"site{number % 15}", capture)
            ruling = "feature" if number % 3 == 0 else "other"
            batch.verdict(appended.revision, Verdict(ruling, 0.8, ("派出所 ×9",), "police-station@1"))
            batch.facts(appended.revision, facts)
            # A repost shares bands with the article before; one band of boilerplate is shared by a site's articles.
            kin = number - 1 if number % 20 == 0 and number > 1 else number
            bands = (*tuple(f"{kin}:{i}" for i in range(31)), f"site{number % 15}")
            known = batch.neighbours(bands, "bench")
            same = next((one for one in known if number % 20 == 0), None)
            match = Match(same.story, same.article, "repost", 0.9, "bench") if same else None
            batch.story(appended.article, Fingerprint(f"{kin:064x}", bands, "bench"), match)
            batch.outcome(OutcomeRow(run, article.url, "bench", "stored", "", NOW, appended.article))
            batch.dequeue(article.url)
    return time.perf_counter() - began


def queries(chance: random.Random) -> list[tuple[str, Filters]]:
    """What people look for: stations, people, single characters, words that all articles have, with and without
    filters."""
    asked: list[tuple[str, Filters]] = []
    for _ in range(25):
        place = chance.choice(PLACES) + chance.choice(PLACES)
        asked += [(f"{place}派出所", Filters()), (place, Filters()), (person(chance), Filters()),
                  (chance.choice(PLACES), Filters()), (chance.choice(WORDS), Filters()),
                  (f"{chance.choice(WORDS)} {chance.choice(WORDS)}", Filters()),
                  (f"{place} {chance.choice(WORDS)}", Filters(ruling="feature")),
                  ("派出所 民警", Filters(place=f"市{chance.randrange(300)}")),
                  (chance.choice(WORDS), Filters(since=(NOW - timedelta(days=90)).date(), until=NOW.date())),
                  ("".join(chance.choices(WORDS, k=2)), Filters())]
    return asked


def size(store: Store) -> int:
    """Bytes of the database."""
    if store.database.path:
        return sum(Path(f"{store.database.path}{end}").stat().st_size for end in ("", "-wal")
                   if Path(f"{store.database.path}{end}").exists())
    from sqlalchemy import text

    with store.database.read() as db:
        return int(db.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def report_search(store: Store, chance: random.Random) -> None:
    times: list[tuple[float, str, int]] = []
    for query, filters in queries(chance):
        began = time.perf_counter()
        found = search(store, query, filters)
        times.append((1000 * (time.perf_counter() - began), f"{query} {filters}", found.ranked))
    values = sorted(value for value, *_ in times)
    print(f"search, {len(values)} questions: median {statistics.median(values):.1f} ms, "
          f"95th percentile {values[int(len(values) * 0.95)]:.1f} ms, worst {values[-1]:.1f} ms")
    for value, query, ranked in sorted(times, reverse=True)[:5]:
        print(f"   {value:8.1f} ms  {ranked:5d} ranked  {query}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--chars", type=int, default=1500)
    parser.add_argument("--keep", action="store_true", help="do not append, only search what is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(given.url or f"sqlite:///{folder}/bench.db")
        if not given.keep:
            grow(store, given.articles, given.chars)
        report_search(store, random.Random(7))
        store.close()


def grow(store: Store, articles: int, chars: int) -> None:
    """Fill the store, measuring twenty batches of 50 at each step."""
    chance = random.Random(1)
    run = store.start_run(NOW, "bench")
    steps = [step for step in (1_000, 10_000, 20_000, 100_000, 300_000, 1_000_000) if step <= articles]
    done = 0
    print(f"{store.database.where}: articles of about {chars} characters")
    print("  articles   batch of 50: median      p95   bytes/article")
    for step in steps:
        while done < step - 1000:
            fill(store, chance, done + 1, min(1000, step - 1000 - done), chars, run)
            done += min(1000, step - 1000 - done)
        times = []
        for _ in range(20):
            times.append(fill(store, chance, done + 1, 50, chars, run))
            done += 50
        print(f"{done:10,d} {1000 * statistics.median(times):18.0f} ms {1000 * sorted(times)[18]:5.0f} ms "
              f"{size(store) / done:12,.0f}", flush=True)


if __name__ == "__main__":
    main()
