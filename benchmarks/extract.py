#!/usr/bin/env python3
"""Quality and speed of extraction compared with other extractors, on a labelled folder, in one run.

    benchmarks/extract.py FOLDER [--peers trafilatura,readability,gne,justext,resiliparse] [--rounds 3]

FOLDER contains pairs NAME.html and NAME.json (as in tests/gate/extract), or labels.json and pages/ (bodies as ranges of
visible lines). Body: mean over articles of character 5-gram precision, recall and F1; blanks are ignored, and lines
labelled as free count neither as correct nor as wrong. Speed: CPU milliseconds per page, best of the rounds, median and
mean over pages. Extractors that are not installed are reported and skipped.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

sys.path.insert(0, str(Path(__file__).parent.parent))

from ingest.errors import ExtractError
from ingest.extract import WRITING, extract
from ingest.extract.css_names import words
from ingest.pipeline_types import Page
from ingest.zh.character_normalization import fold

BLOCKS = words(
    "address article aside blockquote body br center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 "
    "h6 header hr html iframe li main nav ol option p pre section select table tbody td tfoot th thead title tr ul "
    "video"
)
UNSEEN = {"script", "style", "noscript", "template", "head", "iframe", "textarea"}


@dataclass(slots=True)
class Case:
    """One labelled page. `expected` contains only the fields that are labelled."""

    name: str
    page: Page
    body: list[str]
    free: list[str]
    expected: dict[str, Any]


def visible_lines(html: str) -> list[str]:
    """Return the text between block boundaries in document order, whitespace folded. Range labels count these lines."""
    root = lxml_html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", html))
    lines: list[str] = []
    buffer: list[str] = []

    def flush() -> None:
        text = re.sub(r"\s+", " ", "".join(buffer)).strip()
        buffer.clear()
        if text:
            lines.append(text)

    def walk(element: Any) -> None:
        if not isinstance(element.tag, str) or element.tag in UNSEEN:
            return
        if element.tag in BLOCKS:
            flush()
        buffer.append(element.text or "")
        for child in element:
            walk(child)
            buffer.append(child.tail or "")
        if element.tag in BLOCKS:
            flush()

    sys.setrecursionlimit(20_000)
    body = root.find(".//body")
    walk(body if body is not None else root)
    flush()
    return lines


def select_lines(lines: list[str], ranges: str) -> list[str]:
    """Return the lines that a range label such as "3-5,8" selects; line numbers start at 0."""
    found = []
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        found += lines[int(first) : int(last or first) + 1]
    return found


def decoded(content: bytes) -> str:
    """Decode a page by its own charset label, else as UTF-8, else as GB18030."""
    label = re.search(rb"charset=[\"']?([\w-]+)", content[:4000])
    for name in ([label[1].decode().lower()] if label else []) + ["utf-8", "gb18030"]:
        try:
            return content.decode("gb18030" if name in ("gb2312", "gbk") else name)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", "replace")


def page_of(url: str, html: str, fetched: str | None) -> Page:
    """Build a page in the form in which the fetcher returns it."""
    when = datetime.fromisoformat(fetched) if fetched else datetime.now(UTC)
    return Page(url, url, 200, {}, b"", html, "utf-8", "meta", when)


def cases(folder: Path) -> Iterator[Case]:
    """Yield the labelled articles of a folder."""
    if not (folder / "labels.json").exists():
        for card_path in sorted(folder.glob("*.json")):
            card = json.loads(card_path.read_text(encoding="utf-8"))
            if "outcome" not in card:
                html = card_path.with_suffix(".html").read_bytes().decode(card["encoding"], "replace")
                expected = {
                    key: card[key]
                    for key in ("title", "published", "source", "authors", "editors")
                    if not card.get(key + "_free")
                }
                yield Case(
                    card_path.stem,
                    page_of(card["url"], html, card["fetched_at"]),
                    card["text"],
                    card.get("free", []),
                    expected,
                )
        return
    for label in json.loads((folder / "labels.json").read_text(encoding="utf-8")):
        if label["kind"] != "article":
            continue
        path = folder / "pages" / label["file"]
        content = path.read_bytes() if path.exists() else gzip.decompress(Path(f"{path}.gz").read_bytes())
        html = decoded(content)
        lines = visible_lines(html)
        expected = {key: label.get(key) for key in ("title", "published", "source", "authors", "editors")}
        if not expected["published"]:
            del expected["published"]
        url = f"http://page.invalid/{label['file']}"
        yield Case(
            label["file"],
            page_of(url, html, None),
            select_lines(lines, label.get("body") or ""),
            select_lines(lines, label.get("optional") or ""),
            expected,
        )


def squash(text: str | None) -> str:
    """Return only the letters and digits of a text."""
    return re.sub(r"[\W_]+", "", fold(text or ""))


def score(text: str, body: list[str], free: list[str]) -> tuple[float, float, float]:
    """Return precision, recall and F1 over character 5-grams."""

    def grams(lines: list[str]) -> Counter[str]:
        joined = re.sub(r"\s+", "", fold("\n".join(lines)))
        return Counter(joined[i : i + 5] for i in range(max(len(joined) - 4, 1))) if joined else Counter()

    expected_value, loose, found_value = grams(body), grams(free), grams([text])
    hit = sum((found_value & expected_value).values())
    precision = hit / max(sum(found_value.values()) - sum(((found_value - expected_value) & loose).values()), 1)
    recall = hit / max(sum(expected_value.values()), 1)
    return precision, recall, 2 * precision * recall / (precision + recall) if hit else 0.0


Extractor = Callable[[Page], dict[str, Any]]


def ours(page: Page) -> dict[str, Any]:
    try:
        article = extract(page).article
    except ExtractError:
        return {}
    return {
        "title": article.title,
        "published": article.published,
        "source": article.source,
        "text": article.text,
        "authors": [credit.name for credit in article.authors if credit.role in WRITING],
        "editors": list(article.editors),
    }


def peers(names: list[str]) -> dict[str, Extractor]:
    """Return the named extractors that are installed."""
    found: dict[str, Extractor] = {}
    for name in names:
        try:
            found[name] = PEERS[name]()
        except ImportError as error:
            print(f"{name:12s} not installed ({error.name})")
    return found


def _trafilatura() -> Extractor:
    import trafilatura

    def run(page: Page) -> dict[str, Any]:
        found = trafilatura.bare_extraction(page.text, url=page.url, with_metadata=True)
        row = found.as_dict() if found is not None else {}
        return {"title": row.get("title"), "published": row.get("date"), "text": row.get("text") or ""}

    return run


def _readability() -> Extractor:
    from readability import Document

    def run(page: Page) -> dict[str, Any]:
        document = Document(page.text)
        return {"title": document.short_title(), "text": lxml_html.fromstring(document.summary()).text_content()}

    return run


def _gne() -> Extractor:
    from gne import GeneralNewsExtractor

    extractor = GeneralNewsExtractor()

    def run(page: Page) -> dict[str, Any]:
        row = extractor.extract(page.text)
        return {"title": row["title"], "published": row["publish_time"], "text": row["content"]}

    return run


def _justext() -> Extractor:
    import justext

    def run(page: Page) -> dict[str, Any]:
        # Chinese words are not separated by blanks. Therefore the authors of jusText advise lengths in characters and
        # no test of stop-word density.
        paragraphs = justext.justext(page.text.encode(), frozenset(), 60, 20, 0.0, 0.0, 0.35, encoding="utf-8")
        return {"text": "\n".join(p.text for p in paragraphs if not p.is_boilerplate)}

    return run


def _resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda page: {"text": extract_plain_text(page.text, main_content=True)}


PEERS: dict[str, Callable[[], Extractor]] = {
    "trafilatura": _trafilatura,
    "readability": _readability,
    "gne": _gne,
    "justext": _justext,
    "resiliparse": _resiliparse,
}


def is_correct(key: str, expected_value: Any, found_value: Any) -> bool:
    """Return whether a field is correct.

    Dates are compared by day, lists of names as a whole in any order, other fields by their letters and digits.
    """
    if key == "published":
        return str(found_value or "")[:10] == expected_value[:10] if expected_value else not found_value
    if key in ("authors", "editors"):
        return sorted(map(squash, found_value or [])) == sorted(map(squash, expected_value or []))
    return squash(found_value) == squash(expected_value)


def measure(name: str, extractor: Extractor, labelled: list[Case], rounds: int) -> None:
    """Print one line with body scores, field scores and CPU time."""
    bodies: list[tuple[float, float, float]] = []
    fields: dict[str, list[int]] = {}
    times: list[float] = []
    for case in labelled:
        best, row = float("inf"), {}
        for _ in range(rounds):
            start = time.process_time()
            try:
                row = extractor(case.page)
            except Exception:
                row = {}
            best = min(best, time.process_time() - start)
        times.append(best * 1000)
        bodies.append(score(row.get("text") or "", case.body, case.free))
        for key, expected_value in case.expected.items():
            tally = fields.setdefault(key, [0, 0])
            tally[0] += is_correct(key, expected_value, row.get(key)) if key in row else 0
            tally[1] += 1
    times.sort()
    count = len(bodies)
    means = [sum(scores[i] for scores in bodies) / count for i in range(3)]
    fields_text = " ".join(f"{key} {correct / total:.3f}" for key, (correct, total) in fields.items() if correct)
    print(
        f"{name:12s} P {means[0]:.4f} R {means[1]:.4f} F1 {means[2]:.4f} under .9: {sum(s[2] < 0.9 for s in bodies):2d}/{count} "
        f"| {times[count // 2]:6.1f} ms median {sum(times) / count:6.1f} mean | {fields_text}"
    )


def main() -> None:
    """Parse arguments, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated, empty for none")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    labelled = list(cases(args.folder))
    print(f"{len(labelled)} articles in {args.folder}")
    for name, extractor in {"suowen": ours, **peers([n for n in args.peers.split(",") if n in PEERS])}.items():
        measure(name, extractor, labelled, args.rounds)


if __name__ == "__main__":
    main()
