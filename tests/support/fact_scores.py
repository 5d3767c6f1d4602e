"""Precision and recall of facts on texts with known facts.

tests/gate/facts/texts.json contains short features in the style of real media, with the facts that a careful reader
would find. A gold fact is a name, a date, a value, [category, value], or [percent] for a change, depending on its kind.
hard.json contains texts that mislead, with the core kinds only; an item {"optional": true, "is": ...} counts neither as
a hit nor as a miss. voices.json contains texts in other styles, with all kinds. The gold facts of the seeds are in
seeds/gold.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ingest.facts import Lexicon, facts
from store.records import Fact
from tests.support.paths import GATE, ROOT

FOLDER = GATE / "facts"
CORE = ("station", "founded", "area", "population", "division", "premises", "force", "honour", "person", "credit")
WIDE = ("initiative", "statistic", "event")
GOLD_KEY = {
    "station": "stations",
    "division": "divisions",
    "honour": "honours",
    "person": "people",
    "initiative": "initiatives",
    "statistic": "statistics",
    "event": "events",
    "credit": "credits",
}


def squash(words: object) -> str:
    return re.sub(r"[\W_]+", "", str(words or "")).replace("称号", "")


def alike(a: object, b: object) -> bool:
    short, long = sorted((squash(a), squash(b)), key=len)
    return bool(short) and short in long and len(short) >= 0.6 * len(long)


def overlap(a: object, b: object) -> bool:
    return squash(a) in squash(b) or squash(b) in squash(a)


def same_written(kind: str, gold: Any, fact: Fact) -> bool:
    """Return whether `fact` matches `gold`, a gold fact in the form of texts.json, hard.json and voices.json."""
    fields = fact.fields
    gold = gold["is"] if isinstance(gold, dict) else gold
    if kind in ("station", "initiative"):
        return alike(gold, fields["name"])
    if kind in ("person", "credit"):
        return squash(gold) == squash(fields["name"])
    if kind in ("founded", "event"):
        return str(fields["date"]) == gold
    if kind == "area":
        return bool(gold == fields["value"])
    if kind == "honour":
        return alike(gold, fields["title"]) or gold == fields["count"]
    if kind == "statistic":
        return bool(
            gold[0] == (fields["change"] or {}).get("percent") if isinstance(gold, list) else gold == fields["value"]
        )
    return gold[1] == fields["value"] and overlap(gold[0], fields["category"])


def same_seed(kind: str, gold: Any, fact: Fact) -> bool:
    """Return whether `fact` matches `gold`, a gold fact in the form of seeds/gold.json."""
    fields = fact.fields
    if kind in ("station", "initiative"):
        return alike(gold["name"], fields["name"])
    if kind in ("person", "credit"):
        return squash(gold["name"]) == squash(fields["name"])
    if kind in ("founded", "event"):
        return str(fields["date"]) == str(gold["date"])
    if kind == "area":
        return bool(gold["km2"] == fields["value"])
    if kind == "honour":
        return alike(gold["title"], fields["title"]) or (
            gold.get("count") is not None and gold["count"] == fields["count"]
        )
    if kind == "statistic":
        mine, wanted = fields["change"] or {}, gold.get("change") or {}
        if gold.get("value") is not None:
            found = fields["value"] is not None and abs(float(gold["value"]) - float(fields["value"])) < 1e-3
        elif wanted.get("percent") is not None:
            found = wanted["percent"] == mine.get("percent")
        else:
            found = fields["value"] is None and wanted.get("direction") == mine.get("direction")
        return found and overlap(gold["evidence"], fact.quote)
    return gold["value"] == fields["value"] and overlap(gold["kind"], fields["category"])


def tally(gold: list[Any], found: list[Fact], same: Callable[[Any, Fact], bool]) -> tuple[int, int, int]:
    """Return (hits, extras, misses). An optional gold fact is neither a hit nor a miss."""
    used: set[int] = set()
    hits = misses = 0
    for item in sorted(gold, key=lambda item: isinstance(item, dict) and bool(item.get("optional"))):
        optional = isinstance(item, dict) and bool(item.get("optional"))
        place = next((i for i, fact in enumerate(found) if i not in used and same(item, fact)), None)
        if place is not None:
            used.add(place)
            hits += not optional
        else:
            misses += not optional
    extras = sum(1 for i, fact in enumerate(found) if i not in used and not any(same(item, fact) for item in gold))
    return hits, extras, misses


def precision_and_recall(
    cards: dict[str, tuple[str, dict[str, Any]]],
    kinds: tuple[str, ...],
    same: Callable[[str, Any, Fact], bool],
    lexicon: Lexicon,
) -> tuple[float, float]:
    """Return (precision, recall) of the given kinds over `cards`: name -> (text, gold facts by kind).

    Events without a date are not counted.
    """
    hits = extras = misses = 0
    for text, gold in cards.values():
        found = facts(text, lexicon)
        for kind in kinds:
            mine = [fact for fact in found if fact.kind == kind and (kind != "event" or fact.fields["date"])]
            wanted = [
                item
                for item in gold.get(kind, [])
                if kind != "event" or not isinstance(item, dict) or "is" in item or item.get("date")
            ]
            h, e, m = tally(wanted, mine, lambda item, fact, kind=kind: same(kind, item, fact))  # type: ignore[misc]
            hits, extras, misses = hits + h, extras + e, misses + m
    return hits / (hits + extras), hits / (hits + misses)


def cards_of(name: str) -> dict[str, tuple[str, dict[str, Any]]]:
    cards = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return {name: (card["text"], card) for name, card in cards.items()}


def seed_cards() -> dict[str, tuple[str, dict[str, Any]]]:
    gold = json.loads((ROOT / "seeds" / "gold.json").read_text(encoding="utf-8"))
    cards = {}
    for name, card in gold.items():
        text = (ROOT / "seeds" / name).read_bytes().decode("utf-8")
        cards[name] = (text, {kind: card.get(GOLD_KEY.get(kind, kind), []) for kind in CORE + WIDE})
    return cards
