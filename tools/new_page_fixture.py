"""Make a test fixture of a saved page: the page, and a card with the fields as extracted now, to be corrected by hand.

python tools/new_page_fixture.py PAGE.html --name NAME [--url URL] [--folder tests/gate/extract]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ingest.errors import ExtractError, FetchError
from ingest.extract import WRITING, extract
from ingest.fetch import page_from_file
from ingest.pipeline_types import Page

ROOT = Path(__file__).parents[1]


def card_of(page: Page) -> dict[str, Any]:
    """Return the card of a page: its origin and its fields, or the outcome code if extraction refuses it."""
    card: dict[str, Any] = {
        "url": page.url,
        "encoding": page.encoding,
        "fetched_at": page.fetched_at.isoformat(timespec="seconds"),
    }
    try:
        article = extract(page).article
    except ExtractError as error:
        return card | {"outcome": error.code}
    return card | {
        "title": article.title,
        "published": article.published,
        "source": article.source,
        "authors": [credit.name for credit in article.authors if credit.role in WRITING],
        "editors": list(article.editors),
        "text": article.text.split("\n"),
        "captions": list(article.captions),
    }


def main() -> int:
    """Write NAME.html and NAME.json; return the exit code, 2 if a file exists already or the page cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--name", required=True, help="what the fixture shows, such as captions-in-table")
    parser.add_argument("--url", help="the address of the page; default: the one that it states")
    parser.add_argument("--folder", type=Path, default=ROOT / "tests" / "gate" / "extract")
    options = parser.parse_args()
    html, card = (options.folder / f"{options.name}.{kind}" for kind in ("html", "json"))
    if html.exists() or card.exists():
        print(f"{options.name}: {options.folder} has a fixture of this name; choose another name", file=sys.stderr)
        return 2
    try:
        page = page_from_file(options.page, options.url)
    except (FetchError, OSError) as error:
        print(f"{options.page}: cannot be read: {error}", file=sys.stderr)
        return 2
    html.write_bytes(page.content)
    card.write_text(json.dumps(card_of(page), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"written: {html}\n         {card}\nCorrect the card by hand, replace the published text, then run the gate.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
