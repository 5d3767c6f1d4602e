"""Speed of fact extraction: `python benchmarks/facts.py [FOLDER ...]`.

Processes the seeds, the gate's texts and every .txt file of the folders. Prints the processor time of loading (small
tables, then jieba's dictionary) and of extraction per 2,000 characters, the best of seven rounds. A fixed loop,
measured in the same round, shows the speed of the machine: a million additions took 30 ms on the machine of the figures
in docs/facts-rules.md. Other load on the machine lengthens both times alike.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from ingest.facts import Lexicon, facts  # noqa: E402


def corpus(folders: list[str]) -> list[str]:
    """Load the seeds, the .txt files of `folders`, and the texts of the gate of fact extraction."""
    files = [
        *sorted((ROOT / "seeds").glob("*.txt")),
        *(path for name in folders for path in sorted(Path(name).glob("*.txt"))),
    ]
    texts = [path.read_bytes().decode("utf-8") for path in files]
    gate = json.loads((ROOT / "tests" / "gate" / "facts" / "texts.json").read_text(encoding="utf-8"))
    return texts + [card["text"] for card in gate.values()]


def loop() -> float:
    """Return the milliseconds of a million additions, a measure of the machine's current speed."""
    begin, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return (time.process_time() - begin) * 1000


def main() -> None:
    begin = time.process_time()
    lexicon = Lexicon.load()
    tables = time.process_time()
    words = len(lexicon.words.frequency)
    print(f"loading: tables {tables - begin:.2f} s, dictionary of {words} words {time.process_time() - tables:.2f} s")
    texts = corpus(sys.argv[1:])
    size = sum(map(len, texts))
    found = sum(len(facts(text, lexicon)) for text in texts)
    rounds = []
    for _ in range(7):
        machine, begin = loop(), time.process_time()
        for text in texts:
            facts(text, lexicon)
        rounds.append(((time.process_time() - begin) * 1000 / size * 2000, machine))
    best, machine = min(rounds)
    print(f"{len(texts)} texts, {size} characters, {found} facts ({found / size * 2000:.0f} per 2,000 characters)")
    print(f"extraction: {best:.1f} ms per 2,000 characters (the fixed loop took {machine:.0f} ms)")


if __name__ == "__main__":
    main()
