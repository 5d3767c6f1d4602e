"""Article -> Verdict: is this a feature about the topic's unit or its people, with reasons a person can check.

Which mistake is worse: a missed feature is worse than a brief in the digest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ingest.config import data_file
from ingest.errors import ConfigError
from ingest.script import simplified, without_glosses
from ingest.text import clean_lines, sentences
from store.records import Verdict


@dataclass(frozen=True, slots=True)
class Topic:
    """What is watched for."""

    name: str
    version: str
    units: tuple[str, ...]
    people: tuple[str, ...]

    @classmethod
    def load(cls, name: str = "police-station", home: Path | None = None) -> Topic:
        """Read config/topics/NAME.yaml. Raises ConfigError."""
        raw: Any = yaml.safe_load(data_file(f"topics/{name}.yaml", home))
        if not isinstance(raw, dict):
            raise ConfigError([f"config/topics/{name}.yaml: a mapping with name, version, units, people"])
        return cls(raw["name"], str(raw["version"]), tuple(raw["units"]), tuple(raw["people"]))


def judge(title: str, text: str, topic: Topic) -> Verdict:
    """Rule on an article."""
    body = without_glosses(simplified(clean_lines(title + "\n" + text)))
    spans = sentences(body)
    words = "|".join(map(re.escape, (*topic.units, *topic.people)))
    own = sum(bool(re.search(words, body[a:b])) for a, b in spans) / max(len(spans), 1)
    named = len(set(re.findall(rf"(?:{words})([\u4e00-\u9fff]{{2,3}})[,说在的带和]", body)))
    quotes = body.count("“")
    score = min(1.0, own * 0.8 + min(named, 3) * 0.1 + min(quotes, 4) * 0.05)
    ruling = "feature" if score >= 0.5 else "brief" if own > 0.2 else "other"
    reasons = (f"{own:.0%} of {len(spans)} sentences name unit or people", f"{named} named people", f"{quotes} quotes")
    return Verdict(ruling, round(score, 4), reasons, f"{topic.name}@{topic.version}")  # type: ignore[arg-type]


def may_be_feature(title: str, snippet: str | None, topic: Topic) -> bool:
    """Whether title and snippet leave a feature possible."""
    text = simplified(title + (snippet or ""))
    return not text.strip() or any(word in text for word in (*topic.units, *topic.people, "警", "所"))
