"""Facts proposed by a language model: what is asked, and what is taken of the answer. Pure: no network here.

Off by default; everything works without it. A proposal is taken only when its quote stands in the text, character for
character, and its value stands in its quote: a model may find what the rules miss, it may not invent. What an article
or an answer says is data, never an instruction.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from ingest.facts.dates import dates
from ingest.facts.numbers import quantities
from store.records import Fact, FactKind

VERSION = "1"

#: longer answers are cut unread, further proposals dropped: an answer about one article needs neither; not measured
_ANSWER, _PROPOSALS, _FIELD = 200_000, 200, 300

#: fields by kind that a proposal may carry, and the one that must be read off its quote
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "station": ("name", "authority", "province", "city", "district", "main"),
    "founded": ("station", "date"),
    "area": ("station", "value"),
    "population": ("station", "category", "value", "approx"),
    "division": ("station", "category", "value", "approx"),
    "premises": ("station", "category", "value", "approx"),
    "force": ("station", "category", "value", "approx"),
    "honour": ("station", "holder", "title", "by", "date", "count"),
    "person": ("name", "roles", "role_class", "station"),
    "initiative": ("name", "since"),
    "statistic": ("metric", "value", "unit", "approx", "change", "period"),
    "event": ("date", "date_text", "what"),
    "credit": ("role", "name"),
}
_KINDS: tuple[FactKind, ...] = get_args(FactKind)
_WORD = {"station": "name", "honour": "title", "person": "name", "initiative": "name", "credit": "name"}

_TASK = """你从一篇关于派出所的报道中摘录事实。只输出一个 JSON 对象:{"facts": [{"kind": ..., "quote": ..., ...}]}。
quote 必须是原文中连续的原字原标点,逐字照抄;数值和名称必须能在 quote 中看到;目标、候选、别处的数字不要。没有就给空列表。
种类与字段:"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was taken of an answer and why the rest was not."""

    facts: tuple[Fact, ...]
    refused: tuple[str, ...]


def messages(text: str, *, title: str = "", published: str | None = None) -> list[dict[str, str]]:
    """The chat messages that ask for facts, for any endpoint that speaks the OpenAI chat protocol."""
    kinds = "\n".join(f"{kind}: {', '.join(fields)}" for kind, fields in _FIELDS.items())
    article = json.dumps({"title": title, "published": published, "text": text}, ensure_ascii=False)
    return [{"role": "system", "content": f"{_TASK}\n{kinds}"}, {"role": "user", "content": article}]


def cache_key(text: str, model: str, *, title: str = "", published: str | None = None) -> str:
    """SHA-256 hex over everything that decides the answer: the messages, the model and this version."""
    asked = json.dumps([VERSION, model, messages(text, title=title, published=published)], ensure_ascii=False)
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


def accept(text: str, answer: str, model: str, known: Sequence[Fact] = ()) -> Accepted:
    """The proposals of `answer` that `text` proves and `known` does not already state.

    Never raises for what an answer may contain; each refusal is a sentence.
    """
    taken: list[Fact] = []
    refused: list[str] = []
    for number, proposal in enumerate(_proposals(answer, refused), 1):
        try:
            fact = _fact(text, proposal, model)
        except ValueError as reason:
            refused.append(f"proposal {number}: {reason}")
            continue
        if any(_states(old, fact) for old in (*known, *taken)):
            refused.append(f"proposal {number}: {fact.kind} {fact.quote!r} is known")
        else:
            taken.append(fact)
    return Accepted(tuple(taken), tuple(refused))


def _proposals(answer: str, refused: list[str]) -> list[Any]:
    """The list of proposals in an answer, bare or in a code fence."""
    fenced = re.search(r"\{.*\}", answer[:_ANSWER], re.DOTALL)
    try:
        found = json.loads(fenced[0]) if fenced else None
    except (ValueError, RecursionError):
        found = None
    listed = found.get("facts") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        refused.append("the answer holds no JSON object with a list of facts")
        return []
    if len(listed) > _PROPOSALS:
        refused.append(f"{len(listed)} proposals, the first {_PROPOSALS} are read")
    return listed[:_PROPOSALS]


def _fact(text: str, proposal: Any, model: str) -> Fact:
    """A proposal as a fact; raises ValueError saying why it is none."""
    if not isinstance(proposal, dict):
        raise ValueError("not an object")
    quote = proposal.get("quote")
    kind = next((kind for kind in _KINDS if kind == proposal.get("kind")), None)
    if kind is None or not isinstance(quote, str) or not quote.strip():
        raise ValueError("no known kind or no quote")
    start = text.find(quote)
    if start < 0:
        raise ValueError(f"the quote {quote[:40]!r} is not in the text")
    fields = {name: _value(name, proposal[name]) for name in _FIELDS[kind] if proposal.get(name) is not None}
    _proved(kind, quote, fields)
    complete = {name: fields.get(name) for name in _FIELDS[kind]}
    return Fact(kind, quote, start, start + len(quote), complete, f"model:{model}@{VERSION}")


def _value(name: str, value: Any) -> Any:
    """A field's value when it is of a plain kind and size."""
    if isinstance(value, bool | int | float) and value == value and abs(value) < 1e15:
        return value
    if isinstance(value, str) and len(value) <= _FIELD:
        return value
    if name == "roles" and isinstance(value, list) and all(isinstance(item, str) and len(item) <= _FIELD for item in value):
        return value[:10]
    plain = name == "change" and isinstance(value, dict) and set(value) <= {"direction", "percent"}
    if plain and value.get("direction") in ("up", "down") and isinstance(value.get("percent"), int | float | None):
        return {"direction": value["direction"], "percent": value.get("percent")}
    raise ValueError(f"{name} is {str(value)[:40]!r}")


def _proved(kind: str, quote: str, fields: Mapping[str, Any]) -> None:
    """The name, number or date stands in the quote; raises ValueError when it does not."""
    if kind in _WORD:
        word = str(fields.get(_WORD[kind]) or "")
        if not word or _squash(word) not in _squash(quote):
            raise ValueError(f"{_WORD[kind]} {word!r} is not in its quote")
    elif kind in ("founded", "event"):
        stated = {date.value for date in dates(quote)}
        if fields.get("date") is not None and fields["date"] not in stated:
            raise ValueError(f"date {fields['date']!r} is not in its quote")
        if kind == "founded" and fields.get("date") is None:
            raise ValueError("no date")
    elif not _counted(kind, quote, fields):
        raise ValueError(f"value {fields.get('value')!r} is not in its quote")


def _counted(kind: str, quote: str, fields: Mapping[str, Any]) -> bool:
    stated = {float(one.value) for one in quantities(quote) if one.value is not None}
    if kind == "area":  # other units are converted
        stated |= {value * scale for value in stated for scale in (0.01, 1 / 1500, 1e-6, 0.01 * 10000, 10000 / 1500)}
    wanted = [fields.get("value"), (fields.get("change") or {}).get("percent")]
    numbers = [float(value) for value in wanted if isinstance(value, int | float) and not isinstance(value, bool)]
    return bool(numbers) and all(any(abs(value - one) <= 1e-6 * max(1, abs(one)) for one in stated) for value in numbers)


def _squash(words: str) -> str:
    return re.sub(r"[\W_]+", "", words)


def _states(old: Fact, new: Fact) -> bool:
    """Whether a known fact already says what the new one says at the same place."""
    if old.kind != new.kind:
        return False
    for name in ("name", "title", "date", "value"):
        if name in new.fields and old.fields.get(name) is not None:
            return bool(old.fields[name] == new.fields[name]) and (new.kind in _WORD or (old.start < new.end and new.start < old.end))
    return old.quote == new.quote

