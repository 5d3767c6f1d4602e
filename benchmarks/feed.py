"""Time of a feed of 1,000 entries: first request, repeated request, 304, and the request after a commit.

    python benchmarks/feed.py [--entries 1000]

The articles are the five seeds with the facts that the rules find in them (some 40 each). Each is stored many times,
each time under another address. The application is called in this process; both formats take nearly the same time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.facts import facts as find_facts
from ingest.web import create_app
from ingest.zh.lexicon import Lexicon
from store import Store, open_store
from store.access_keys import AccessKey, add_key
from store.records import Article, Fingerprint, Verdict

NOW = datetime(2026, 11, 20, tzinfo=UTC)
_SECRET = "s" * 43


def fill(store: Store, count: int) -> None:
    """Store the seeds repeatedly, until there are `count` articles, in batches of 50."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path("seeds").glob("0*.txt"))]
    lexicon = Lexicon()
    found = [find_facts(text, lexicon) for text in texts]
    for first in range(0, count, 50):
        with store.batch(at=NOW + timedelta(hours=first), program="bench", rules={}) as batch:
            for number in range(first, min(first + 50, count)):
                text = texts[number % len(texts)]
                added = batch.article(
                    Article(f"https://example.org/{number}.html", text[:20], text, NOW, published="2026-11-20"),
                    "bench",
                    None,
                )
                batch.verdict(added.revision, Verdict("feature", 0.9, ("bench",), "police-station@1"))
                batch.facts(added.revision, found[number % len(found)])
                batch.story(added.article, Fingerprint("0" * 64, (), "minhash@1"), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/suowen.db") as store:
        fill(store, args.entries)
        target = {"kind": "search", "ruling": "feature", "limit": args.entries}
        add_key(store, AccessKey("feed", "bench", "read", NOW, target=target), _SECRET)
        client = create_app(store, "t" * 43, zone="Asia/Shanghai").test_client()

        def request(label: str, form: str, tag: str = "") -> str:
            begun = time.perf_counter()
            headers = {"Host": "localhost", **({"If-None-Match": tag} if tag else {})}
            response = client.get(f"/feeds/{_SECRET}/{form}", headers=headers)
            took = (time.perf_counter() - begun) * 1000
            print(f"{label:42} {took:8.1f} ms  {response.status_code}  {len(response.data):10,d} bytes")
            return str(response.headers["ETag"])

        tag = request("first request after a start", "atom")
        request("repeated", "atom")
        request("unchanged (304)", "atom", tag)
        request("the other format", "json")
        request("repeated", "json")
        with store.batch(at=NOW, program="bench", rules={}) as batch:
            added = batch.article(
                Article("https://example.org/new.html", "新", "井口派出所有民警35人。", NOW), "bench", None
            )
            batch.verdict(added.revision, Verdict("feature", 0.9, ("bench",), "police-station@1"))
            batch.story(added.article, Fingerprint("1" * 64, (), "minhash@1"), None)
        request("after a commit with one article", "atom")


if __name__ == "__main__":
    main()
