"""Article -> Facts with quotes. One file a kind; numbers, dates and places shared. Pure: no clock, no network.

An invented fact is worse than a missed one: what cannot quote its words does not exist.
"""

from __future__ import annotations

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
from ingest.facts.person import people, person_facts
from ingest.facts.population import population_facts
from ingest.facts.premises import premises_facts
from ingest.facts.station import station_facts
from ingest.facts.statistic import statistic_facts
from ingest.zh.lexicon import Knowledge
from ingest.zh.person_names import Names
from store.records import Fact

__all__ = ["Knowledge", "facts"]


def facts(text: str, knowledge: Knowledge, *, title: str = "", published: str | None = None) -> tuple[Fact, ...]:
    """Every key fact of `text`, in reading order; offsets are characters of `text` as given.

    `title` helps to tell the main station; `published` (ISO) resolves dates without a year. Fields by kind:
    docs/FACTS.md. The order below matters: a number that one kind has taken is no other kind's.
    """
    draft = prepare(text, knowledge.traditional, knowledge.words, title=title, published=published)
    names = Names(draft.s, knowledge)
    found = station_facts(draft, knowledge.places)
    named = credited(draft, names)
    persons = people(draft, names, named)
    found += founded_facts(draft)
    found += credit_facts(draft, named)
    found += person_facts(draft, persons)
    found += honour_facts(draft, persons)
    numbers = read_counts(draft)
    for describe in (area_facts, population_facts, division_facts, force_facts, premises_facts, statistic_facts):
        found += describe(draft, numbers)
    found += event_facts(draft)
    found += initiative_facts(draft, found)
    return tuple(sorted(found, key=lambda fact: (fact.start, fact.end)))
