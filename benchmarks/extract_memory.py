#!/usr/bin/env python3
"""Memory of one process that extracts many pages.

    benchmarks/extract_memory.py [--pages 20000] [--folder tests/gate/extract]

Extracts the pages of the folder (pairs NAME.html and NAME.json, rejected pages included) repeatedly in one process.
URL, title, class names, some words and names of people differ each time, so that a growing cache would be visible.
Prints the resident memory after every tenth of the pages. Exits with 1 if the final value is more than 10% above the
value after the first two tenths.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from ingest.errors import ExtractError
from ingest.extract import extract, join_pages
from ingest.pipeline_types import Page

GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文辉玲华红建国志新海燕春梅雪晨宇航嘉怡"


def resident() -> float:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def saved(folder: Path) -> list[Page]:
    """Load the pages of a folder in the form in which the fetcher returns them."""
    found = []
    for path in sorted(folder.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        content = path.with_suffix(".html").read_bytes()
        text = content.decode(card["encoding"], "replace")
        found.append(
            Page(
                card["url"],
                card["url"],
                200,
                {},
                content,
                text,
                card["encoding"],
                "meta",
                datetime.fromisoformat(card["fetched_at"]),
            )
        )
    return found


def varied(page: Page, number: int, rng: random.Random) -> Page:
    """Return a copy of a page with another URL, title, class names and names of people."""
    name = rng.choice("王李张刘陈杨黄赵吴周") + rng.choice(GIVEN) + rng.choice(GIVEN)
    text = page.text.replace("。</p>", f"，{name}说了{number}次。</p>")
    text = re.sub(r'class="(\w+)', rf'class="\1 c{number}', text)
    text = re.sub(r"(?<=<title>)|(?<=<h1>)", f"{name}{number}：", text)
    url = f"{page.url}{'&' if '?' in page.url else '?'}v={number}"
    return replace(page, url=url, final_url=url, text=text)


def main() -> int:
    """Extract, print memory, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent.parent / "tests" / "gate" / "extract")
    args = parser.parse_args()
    pages, rng = saved(args.folder), random.Random(1)
    articles = 0
    memory: list[float] = []
    started = time.process_time()
    for number in range(1, args.pages + 1):
        with suppress(ExtractError):
            articles += bool(join_pages([extract(varied(pages[number % len(pages)], number, rng))]).text)
        if number % (args.pages // 10) == 0:
            memory.append(resident())
            print(
                f"{number:6,} pages, {articles:6,} articles, {memory[-1]:6.1f} MB, "
                f"{(time.process_time() - started) / number * 1000:.1f} ms a page",
                flush=True,
            )
    growth = memory[-1] / memory[1] - 1
    print(f"growth from a fifth of the pages to the last: {growth:+.1%}")
    return int(growth > 0.1)


if __name__ == "__main__":
    sys.exit(main())
