"""Rules that extract facts, each with its quote, from one article. Each kind of fact has its own module.

The package is pure: it reads no clock and makes no network request. A wrong fact costs more than a missed one, so
the rules reject a candidate without evidence in the text. The rule modules are imported on first use: compiling their
patterns takes 1 s, and the main process of a command does not need them, because worker processes extract the facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.errors import ExtractError
from ingest.facts.explain import Explanation
from ingest.facts.topic_word_substitution import UnitWords
from ingest.zh.lexicon import Lexicon
from store.records import Fact

if TYPE_CHECKING:
    from ingest.facts.document import Doc

__all__ = ["MAX_TEXT", "Explanation", "Lexicon", "UnitWords", "explain", "facts"]

#: maximum length of a text in characters; extracting the facts of such a text takes less than 5 s on an idle machine
MAX_TEXT = 200_000


def facts(
    text: str,
    lexicon: Lexicon,
    *,
    title: str = "",
    published: str | None = None,
    url: str = "",
    units: UnitWords | None = None,
) -> tuple[Fact, ...]:
    """Return all facts of `text`, ordered by start and end. Offsets count characters of `text` as passed.

    `title` helps to find the main station. `published` (ISO 8601) resolves dates without a year. `url` names the
    text in an error. `units` contains the words of another topic for its units (消防救援站). docs/FACTS.md lists the
    fields of each kind. Raises ExtractError "too-large" for a text longer than MAX_TEXT.
    """
    from ingest.facts.extraction import extract_facts, in_own_words

    doc = _prepared(text, lexicon, title, published, url, units)
    found = extract_facts(doc, lexicon)
    return found if units is None else in_own_words(doc, found, units)


def explain(
    text: str,
    lexicon: Lexicon,
    *,
    title: str = "",
    published: str | None = None,
    url: str = "",
    units: UnitWords | None = None,
) -> tuple[Explanation, ...]:
    """Return the parts of `text` (numbers, dates, names, titles, quotations) about which rules decided.

    Each part has the rule that accepted or rejected it.

    Parameters and errors are those of `facts`.
    """
    from ingest.facts.explain import explanations
    from ingest.facts.extraction import extract_facts

    doc = _prepared(text, lexicon, title, published, url, units)
    doc.decisions = []
    return explanations(doc, extract_facts(doc, lexicon))


def _prepared(text: str, lexicon: Lexicon, title: str, published: str | None, url: str, units: UnitWords | None) -> Doc:
    from ingest.facts.document import prepare

    if len(text) > MAX_TEXT:
        detail = f"{len(text):,} characters of text, facts are extracted from at most {MAX_TEXT:,}"
        raise ExtractError(url, "too-large", detail)
    return prepare(text, lexicon, title=title, published=published, units=units)
