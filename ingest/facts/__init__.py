"""Rules that extract facts, each with its quote, from one article; one module for each kind of fact.

The package is pure: no clock, no network. A wrong fact costs more than a missed one, so a fact without an exact quote
is dropped.
"""

from __future__ import annotations

from ingest.errors import ExtractError
from ingest.facts.area import area_facts
from ingest.facts.counts import read_counts
from ingest.facts.credit import credit_facts, credited
from ingest.facts.division import division_facts
from ingest.facts.doc import prepare
from ingest.facts.event import event_facts
from ingest.facts.force import force_facts
from ingest.facts.founded import founded_facts
from ingest.facts.honour import honour_facts
from ingest.facts.initiative import initiative_facts
from ingest.facts.person import find_people, person_facts
from ingest.facts.population import population_facts
from ingest.facts.premises import premises_facts
from ingest.facts.station import station_facts
from ingest.facts.statistic import statistic_facts
from ingest.zh.lexicon import Lexicon
from ingest.zh.person_names import PersonNames
from store.records import Fact

__all__ = ["MAX_TEXT", "Lexicon", "facts"]

#: maximum length of a text, characters; 200,000 take less than 5 s on an idle machine
MAX_TEXT = 200_000


def facts(
    text: str, lexicon: Lexicon, *, title: str = "", published: str | None = None, url: str = ""
) -> tuple[Fact, ...]:
    """Return all facts of `text`, ordered by start and end; offsets count characters of the unfolded `text`.

    `title` helps to find the main station; `published` (ISO 8601) resolves dates without a year, `url` names the text in an error. docs/FACTS.md lists
    the fields of each kind. The order of the calls matters: a number claimed by one kind is not available to the
    kinds after it.

    Raises ExtractError "too-large" for a text longer than MAX_TEXT.
    """
    if len(text) > MAX_TEXT:
        detail = f"{len(text):,} characters of text, facts are extracted from at most {MAX_TEXT:,}"
        raise ExtractError(url, "too-large", detail)
    doc = prepare(text, lexicon.traditional, lexicon.words, title=title, published=published)
    names = PersonNames(doc.s, lexicon)
    found = station_facts(doc, lexicon.places)
    named = credited(doc, names)
    persons = find_people(doc, names, named)
    found += founded_facts(doc)
    found += credit_facts(doc, named)
    found += person_facts(doc, persons)
    found += honour_facts(doc, persons)
    numbers = read_counts(doc)
    for describe in (area_facts, population_facts, division_facts, force_facts, premises_facts, statistic_facts):
        found += describe(doc, numbers)
    found += event_facts(doc)
    found += initiative_facts(doc, found)
    return tuple(sorted(found, key=lambda fact: (fact.start, fact.end)))
