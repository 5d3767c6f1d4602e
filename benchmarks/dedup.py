"""Quality of near-duplicate detection on hard copies and look-alikes: `python benchmarks/dedup.py [--seed N ...]`.

Base texts: seeds/*.txt and the longer texts of tests/classify/texts; --texts names folders instead of seeds. From each
text these variants are built, as far as it is long enough and has figures and names:

  copies (must join): traditional script, first half, last half, boilerplate and another story appended, four of ten
  sentences removed, words replaced, one figure corrected, paragraphs merged, dateline changed, an introduction added
  others (must stay apart): every figure changed, two figures of three changed, station and people renamed without any
  figure changed, another year (every figure changed, a third of the paragraphs replaced), an introduction shared with
  another story

Prints how many texts of each kind join their story, pair precision and recall, and the milliseconds of a fingerprint
and of a comparison.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from opencc import OpenCC

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from ingest.dedup import cluster, compare, fingerprint, prepare  # noqa: E402
from ingest.zh.text_spans import sentences  # noqa: E402

WORDS = {
    "近日": "日前",
    "表示": "说",
    "目前": "眼下",
    "群众": "百姓",
    "帮助": "帮",
    "已经": "已",
    "因为": "由于",
    "但是": "可是",
    "非常": "十分",
    "立即": "马上",
    "每天": "天天",
    "许多": "很多",
    "开展": "进行",
}
INTRO = (
    "近年来,市公安局坚持和发展新时代“枫桥经验”,持续推进派出所主防工作,着力构建矛盾纠纷多元化解机制,推动警力下沉、服务前移,"
    "全市派出所警力占比达到百分之四十五以上,社区民警占派出所警力百分之四十以上,群众安全感和满意度逐年提升,涌现出一批扎根基层、"
    "服务百姓的先进典型。本报今起推出系列报道,走进他们的日常,听听他们的故事,感受这座城市的温度与平安。"
)


@dataclass(frozen=True)
class Row:
    id: str
    story: str
    kind: str
    title: str
    text: str


def base(folders: list[Path], least: int = 200) -> list[tuple[str, str, str]]:
    """Load the (id, title, text) of all base texts with at least `least` characters."""
    found = [(p.stem, "", p.read_text(encoding="utf-8")) for f in folders for p in sorted(f.glob("*.txt"))]
    for path in sorted((ROOT / "tests" / "classify" / "texts").glob("*.txt")):
        for number, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n")):
            _, title, *body = block.split("\n")
            found.append((f"{path.stem}-{number}", "" if title == "-" else title, "\n".join(body)))
    return [(key, title, text) for key, title, text in found if len(text) >= least]


def paragraphs(text: str) -> list[list[str]]:
    """Return the paragraphs of a text, each as a list of sentences."""
    return [[line[a:b] for a, b in sentences(line)] for line in text.split("\n") if line.strip()]


def joined(parts: list[list[str]]) -> str:
    return "\n".join("".join(part) for part in parts if part)


def copies(r: random.Random, title: str, text: str, other: str) -> dict[str, tuple[str, str]]:
    """Return copies of the same story, (title, text) by kind."""
    parts = paragraphs(text)
    flat = [s for part in parts for s in part]
    half = len(flat) // 2
    made = {
        "script": (OpenCC("s2t").convert(title), OpenCC("s2t").convert(text)),
        "words": (title, "".join(WORDS.get(w, w) for w in re.split("(" + "|".join(WORDS) + ")", text))),
        "dropped": (title, joined([[s for s in part if r.random() < 0.6] for part in parts])),
        "junk behind": (title, text + "\n新闻推荐\n" + other[: len(text) // 2]),
        "merged": (title, "".join(flat)),
        "dateline": (title, "本报讯(记者 王海 通讯员 李明)" + text + "\n来源:法治日报\n责任编辑:周婷"),
    }
    if len("".join(flat[:half])) >= 120:
        made["first half"] = (title, "".join(flat[:half]) + "……\n点击查看全文")
    if len("".join(flat[half:])) >= 120:
        made["last half"] = ("", "".join(flat[half:]))
    figures = re.findall(r"\d+", text)
    if len(figures) >= 10:
        one = figures[len(figures) // 2]
        made["one figure"] = (title, re.sub(rf"(?<!\d){one}(?!\d)", str(int(one) + 1), text, count=1))
    return {kind: pair for kind, pair in made.items() if len(prepare(*pair).body) >= 80}


def renamed(r: random.Random, text: str) -> str:
    """Return the text with stations and people renamed and nothing else changed."""
    for name in sorted(set(re.findall(r"[\u4e00-\u9fff]{2}(?=派出所)", text))):
        text = text.replace(name, r.choice("青白石云龙长清") + r.choice("溪坪桥塘岭江"))
    people = set(
        re.findall(
            r"(?:所长|民警|教导员|辅警)([赵钱孙李周吴郑王冯陈沈韩杨朱许何吕张孔曹][\u4e00-\u9fff]{1,2})(?=[说在和带的,、])",
            text,
        )
    )
    for name in sorted(people):
        text = text.replace(name, r.choice("董梁宋罗谢") + r.choice("立文建海玉") + "峰")
    return text


def bigger(r: random.Random, found: re.Match[str]) -> str:
    return str(int(int(found[0]) * r.uniform(1.2, 2.5)) + 1) if len(found[0]) < 9 else found[0]


def others(r: random.Random, title: str, text: str, filler: list[list[str]]) -> dict[str, tuple[str, str]]:
    """Return look-alikes, each of which is another story, (title, text) by kind."""
    parts = paragraphs(text)
    made: dict[str, tuple[str, str]] = {}
    figures = len(re.findall(r"\d+", text))
    every = re.sub(r"\d+", lambda m: bigger(r, m), text)
    if figures >= 4:
        made["figures"] = (title, every)
    if figures >= 9:
        made["two of three"] = (title, re.sub(r"\d+", lambda m: bigger(r, m) if r.random() < 0.67 else m[0], text))
    if figures >= 6 and len(parts) >= 4:
        later = re.sub(r"\d+", lambda m: bigger(r, m), text)
        kept = [part for n, part in enumerate(paragraphs(later)) if n % 3]
        made["another year"] = (title, joined([*kept, *filler]))
    if renamed(random.Random(1), text).count("派出所") >= 2 and renamed(r, text) != text:
        made["renamed"] = (title, renamed(r, text))
    return made


def build(seed: int, folders: list[Path], least: int = 200) -> list[Row]:
    """Build all rows for one seed of the random generator."""
    r = random.Random(seed)
    texts = base(folders, least)
    rows = []
    for n, (key, title, text) in enumerate(texts):
        other = texts[(n + 7) % len(texts)][2]
        filler = [[paragraphs(texts[(n + 11 + k) % len(texts)][2])[-1][0]] for k in range(6)]
        rows.append(Row(key, key, "original", title, text))
        for kind, (t, x) in copies(r, title, text, other).items():
            rows.append(Row(f"{key}#{kind}", key, kind, t, x))
        for kind, (t, x) in others(r, title, text, filler).items():
            rows.append(Row(f"{key}#{kind}", f"{key}#{kind}", kind, t, x))
    for n, (key, title, text) in enumerate(texts[:40]):
        rows.append(Row(f"{key}#intro", key, "shared intro", title, INTRO + "\n" + text))
        short = "".join(s for part in paragraphs(texts[(n + 3) % len(texts)][2]) for s in part)[:220]
        other = renamed(r, re.sub(r"\d+", lambda m: bigger(r, m), short))
        if (
            other != short and prepare("", other).comparable
        ):  # otherwise the row would contain unchanged text, or only the introduction
            rows.append(Row(f"{key}#introb", f"{key}#introb", "intro, other story", "", INTRO + "\n" + other))
    r.shuffle(rows)
    return rows


def pairs(n: int) -> int:
    """Return the number of pairs among n items."""
    return n * (n - 1) // 2


def report(rows: list[Row]) -> None:
    """Print how many rows of each kind join their story, the wrong merges, and pair precision and recall."""
    started = time.perf_counter()
    found = cluster((row.id, row.title, row.text) for row in rows)
    took = (time.perf_counter() - started) / len(rows) * 1000
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        kinds[row.kind][0] += found[row.id] == found[row.story]
        kinds[row.kind][1] += 1
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[found[row.id]][row.story] += 1
    correct = sum(pairs(n) for group in groups.values() for n in group.values())
    merged = sum(pairs(sum(group.values())) for group in groups.values())
    expected = sum(pairs(n) for n in Counter(row.story for row in rows).values())
    for kind, (hit, all_) in sorted(kinds.items()):
        print(f"{kind:20s} {hit}/{all_} with their story")
    for key, group in groups.items():
        if len(group) > 1:
            print("WRONGLY MERGED", key, dict(group))
    print(f"== pairs P {correct / max(merged, 1):.4f} R {correct / expected:.4f}   {took:.1f} ms a row in cluster")


def speed(folders: list[Path]) -> None:
    texts = base(folders, 1000)[:20]
    started = time.perf_counter()
    for _ in range(10):
        for _, title, text in texts:
            fingerprint(title, text)
    size = sum(len(t) for _, _, t in texts) / len(texts)
    print(f"fingerprint {(time.perf_counter() - started) / 10 / len(texts) * 1000:.2f} ms for {size:.0f} characters")
    prepared = [prepare(title, text) for _, title, text in texts]
    started = time.perf_counter()
    for text in prepared:
        compare(text, prepared[0])
    print(f"compare {(time.perf_counter() - started) / len(prepared) * 1000:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", nargs="*", type=int, default=[1])
    parser.add_argument("--texts", nargs="*", type=Path, default=[ROOT / "seeds"])
    args = parser.parse_args()
    for seed in args.seed:
        report(build(seed, args.texts))
    speed(args.texts)


if __name__ == "__main__":
    main()
