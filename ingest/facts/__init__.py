"""Article -> Facts with quotes. One file a kind; numbers, dates and places shared. Pure: no clock, no network.

An invented fact is worse than a missed one: what cannot quote its words does not exist.
"""

from __future__ import annotations

from ingest.facts.area import area
from ingest.facts.counts import counts as read_counts
from ingest.facts.credit import credit_facts, credited
from ingest.facts.division import division
from ingest.facts.draft import prepare
from ingest.facts.event import events
from ingest.facts.force import force
from ingest.facts.founded import founded
from ingest.facts.honour import honours
from ingest.facts.initiative import initiatives
from ingest.facts.knowledge import Knowledge
from ingest.facts.names import Names
from ingest.facts.person import people, person_facts
from ingest.facts.population import population
from ingest.facts.premises import premises
from ingest.facts.station import station_facts
from ingest.facts.statistic import statistics
from store.records import Fact

__all__ = ["Knowledge", "facts"]


def facts(text: str, knowledge: Knowledge, *, title: str = "", published: str | None = None) -> tuple[Fact, ...]:
    """Every key fact of `text`, in reading order; offsets are characters of `text` as given.

    `title` helps to tell the main station; `published` (ISO) resolves dates without a year. Fields by kind:
    docs/FACTS.md.
    """
    draft = prepare(text, knowledge.traditional, title=title, published=published)
    found = station_facts(draft, knowledge.places, knowledge.words)
    found += founded(draft)
    names = Names(draft.s, knowledge)
    credits = credited(draft, names)
    persons = people(draft, names, credits)
    found += credit_facts(draft, credits) + person_facts(draft, persons) + honours(draft, persons)
    counts = read_counts(draft)
    for read in (area, population, division, force, premises):
        found += read(draft, counts)
    found += statistics(draft, counts) + events(draft)
    found += initiatives(draft, found)
    return tuple(sorted(found, key=lambda fact: (fact.start, fact.end)))
