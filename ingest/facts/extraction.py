"""Run the rules of all kinds over one document, in an order that decides which kind may use a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.facts.count_extraction import extract_counts
from ingest.facts.document import Doc
from ingest.facts.kinds.area import area_facts
from ingest.facts.kinds.byline_credit import credit_facts, credited
from ingest.facts.kinds.division_count import division_facts
from ingest.facts.kinds.event import event_facts
from ingest.facts.kinds.force import force_facts
from ingest.facts.kinds.founded import founded_facts
from ingest.facts.kinds.honour import honour_facts
from ingest.facts.kinds.initiative import initiative_facts
from ingest.facts.kinds.person import find_people, person_facts
from ingest.facts.kinds.population import population_facts
from ingest.facts.kinds.premises_count import premises_facts
from ingest.facts.kinds.station import station_facts
from ingest.facts.kinds.statistic import statistic_facts
from ingest.facts.officer_signs import mark_award_holders
from ingest.facts.topic_word_substitution import UnitWords, restore_words
from ingest.zh.lexicon import Lexicon
from ingest.zh.person_names import PersonNames
from store.records import Fact


def extract_facts(doc: Doc, lexicon: Lexicon) -> tuple[Fact, ...]:
    """Return all facts of `doc`, ordered by start and end.

    The order of the calls matters: a number claimed by one kind is not available to the kinds after it.
    """
    names = PersonNames(doc.s, lexicon)
    found = station_facts(doc, lexicon.places)
    named = credited(doc, names)
    persons = find_people(doc, names, named)
    found += founded_facts(doc)
    found += credit_facts(doc, named)
    honours = honour_facts(doc, persons)
    mark_award_holders(honours, persons)
    found += person_facts(doc, persons)
    found += honours
    numbers = extract_counts(doc)
    for describe in (area_facts, population_facts, division_facts, force_facts, premises_facts, statistic_facts):
        found += describe(doc, numbers)
    found += event_facts(doc)
    found += initiative_facts(doc, found)
    return tuple(sorted(found, key=lambda fact: (fact.start, fact.end)))


def in_own_words(doc: Doc, found: Sequence[Fact], units: UnitWords) -> tuple[Fact, ...]:
    """Return the facts of a text of another topic; their fields have the words of that text (消防救援站, not 派出所)."""
    if doc.origin is None:
        return tuple(found)
    places = {offset: place for place, offset in reversed(list(enumerate(doc.origin)))}
    return tuple(
        replace(
            fact,
            fields={
                name: restore_words(value, doc.s, doc.raw, doc.origin, units.words, places.get(fact.start, 0))
                for name, value in fact.fields.items()
            },
        )
        for fact in found
    )
