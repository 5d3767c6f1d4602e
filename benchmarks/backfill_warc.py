"""Make WARC files for measuring a backfill: pages of a demo site, 1 in N about a police station, or saved real pages.

    python benchmarks/backfill_warc.py OUT.warc.gz [--pages 20000] [--topical 100] [--saved FOLDER] [--seed 1]

`--topical 0` makes a file without topical pages. `--saved` repeats the pages of a folder (*.html, *.html.gz) instead of
generated ones. Each copy gets its own address.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

ROOT = Path(__file__).parents[1]
#: seconds between the fetch times of two records
STEP = 7
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
#: subjects of the pages that are not about the topic; CLAUSES are the words around them
SUBJECTS = (
    "菜市场",
    "足球联赛",
    "地铁新线",
    "春季旅游",
    "图书馆",
    "小麦收割",
    "戏曲演出",
    "空气质量",
    "高校招生",
    "桥梁检测",
)
CLAUSES = (
    "记者从发布会上了解到,{0}的相关工作已经全面展开", "据介绍,今年{0}的参与人数比去年增长了{1}%",
    "市民李女士说,{0}的变化让她感到高兴", "专家认为,{0}的发展还需要更多耐心", "现场来了{1}多位观众,{0}的气氛十分热烈",
    "主办方表示,下一阶段将继续完善{0}的服务", "从早上{1}点开始,{0}的队伍就排到了街角", "业内人士指出,{0}的成本下降了{1}%",
)  # fmt: skip
STATION = (
    "清晨{0}点,{1}派出所民警{2}已经在辖区走访。", "{1}派出所管辖{0}个社区,常住人口{3}万,现有民警{4}人。",
    "“群众的事没有小事。”{2}说,他在{1}派出所工作了{0}年。", "去年,{1}派出所接处警{3}00余起,调解纠纷{0}0多起。",
    "居民们记得,那年冬天{2}背着老人走了{0}里山路。", "所里的灯常常亮到深夜,{2}翻着一本写满名字的民情日记。",
    "“有他们在,我们睡得踏实。”在村口晒太阳的老人说。",
)  # fmt: skip
NAMES = ("白杨沟", "石槽河", "井口", "两路", "柳树湾", "南山", "望江", "青龙镇", "桃花岭", "大河口")
PEOPLE = ("冯勇", "王建国", "李文涛", "赵志强", "周海燕", "刘长青", "陈立新", "孙国庆")


def made_page(number: int, topical: bool, random_: random.Random) -> tuple[str, bytes]:
    """Return (URL, HTML) of a page of about 60 KB, most of it markup, as on news sites."""
    if topical:
        title, lines = station_text(number, random_)
    else:
        subject = random_.choice(SUBJECTS)
        title = f"{subject}:{random_.randrange(2, 99)}天里的新变化之{number}"
        lines = [
            "。".join(random_.choice(CLAUSES).format(subject, random_.randrange(2, 90)) for _ in range(4)) + "。"
            for _ in range(random_.randrange(6, 14))
        ]
    links = "".join(
        f'<li class="nav-item item-{n}"><a href="https://news.example.cn/channel/{n}/{number}.html" target="_blank" '
        f'data-track="nav|{n}|{number}">{random_.choice(SUBJECTS)}消息{n}</a></li>\n'
        for n in range(220)
    )
    script = "".join(
        f"window.conf_{n}={{id:{number},url:'https://static.example.cn/js/{n}.js',t:{n}}};\n" for n in range(250)
    )
    body = "\n".join(f"<p>{line}</p>" for line in lines)
    html = (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title><script>{script}</script></head><body>"
        f'<ul class="nav">{links}</ul><div class="article"><h1>{title}</h1><p class="info">2024-03-01 08:00 来源:示例日报</p>'
        f"{body}</div></body></html>"
    )
    return f"http://www.example{number % 40}.cn/2024/{number}.html", html.encode()


def station_text(number: int, random_: random.Random) -> tuple[str, list[str]]:
    """Return (title, lines) of a feature about a police station."""
    name, person = f"{random_.choice(NAMES)}{random_.choice(NAMES)}", random_.choice(PEOPLE)
    lines = [
        line.format(random_.randrange(3, 30), name, person, random_.randrange(2, 60), random_.randrange(5, 70))
        for line in random_.sample(STATION, k=len(STATION)) * 2
    ]
    extra = "".join(random_.choice("山水田园春夏秋冬风雨晴雪村镇街巷桥路灯火") for _ in range(120))
    return f"{name}派出所的{number}个夜晚", [*lines, f"{person}的日记里写着:{extra}。"]


def saved_pages(folder: Path, pages: int) -> Iterator[tuple[str, bytes]]:
    """Yield saved pages repeatedly, each copy under its own address."""
    found = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in sorted(folder.rglob("*.html*"))
    ]
    for number in range(pages):
        yield f"http://www.saved{number % 40}.cn/{number}.html", found[number % len(found)]


def write(out: Path, rows: Iterator[tuple[str, bytes]]) -> int:
    """Write one response per page; return the number of pages."""
    count = 0
    with out.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for count, (url, body) in enumerate(rows, 1):
            date = (BEGIN + timedelta(seconds=STEP * count)).strftime("%Y-%m-%dT%H:%M:%SZ")
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            payload = io.BytesIO(body)
            record = writer.create_warc_record(
                url, "response", payload=payload, http_headers=head, warc_headers_dict={"WARC-Date": date}
            )
            writer.write_record(record)
    return count


def made(pages: int, topical: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield generated pages, one in `topical` about a police station."""
    random_ = random.Random(seed)
    for number in range(1, pages + 1):
        yield made_page(number, bool(topical) and number % topical == 0, random_)


def main() -> None:
    """Write the WARC file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--topical", type=int, default=100)
    parser.add_argument("--saved", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = (
        saved_pages(options.saved, options.pages)
        if options.saved
        else made(options.pages, options.topical, options.seed)
    )
    print(f"{write(options.out, rows):,} pages, {options.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
