"""Quotes of facts in the texts of the gate. Precision and recall are measured by tests/gate/test_baseline.py."""

from __future__ import annotations

from ingest.facts import facts
from tests.support.fact_scores import cards_of, seed_cards
from tests.support.lexicon import shared_lexicon


def test_every_quote_of_the_gate_cuts_its_text() -> None:
    """In every text of the gate, each quote equals text[start:end], character for character."""
    lexicon = shared_lexicon()
    cards = [
        *cards_of("texts").values(),
        *cards_of("hard").values(),
        *cards_of("voices").values(),
        *seed_cards().values(),
    ]
    for text, _ in cards:
        for fact in facts(text, lexicon):
            assert text[fact.start : fact.end] == fact.quote
