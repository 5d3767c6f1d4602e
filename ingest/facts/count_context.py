"""`CountContext`: a number, the noun that it counts, and the windows (parts of the nearby text) that the rules read."""

from __future__ import annotations

from collections.abc import Callable

from ingest.facts import station_numbers
from ingest.facts.count_extraction import Count, Noun, clause_lead, lead, passage
from ingest.facts.document import Doc
from ingest.facts.lazy_property import lazy
from ingest.facts.rule_engine import When, Window
from ingest.zh.numbers import Quantity


class CountContext:
    """One number of the text with its noun, if any, and the text around it."""

    def __init__(
        self, doc: Doc, count: Count, noun: Noun | None, *, listed: bool = False, follows_taken: bool = False
    ) -> None:
        self.doc, self.count, self._noun = doc, count, noun
        self.quantity: Quantity = count.quantity
        #: whether the number continues a list of numbers; each kind of fact decides this in its own way
        self.listed = listed
        #: whether the rules accepted the previous number that they tested
        self.follows_taken = follows_taken

    @property
    def noun(self) -> Noun:
        """The noun; for a number without one, an empty noun with the span of the number."""
        if self._noun is None:
            self._noun = Noun("", self.quantity.start, self.quantity.end, True)
        return self._noun

    @property
    def span(self) -> tuple[int, int]:
        return min(self.noun.start, self.quantity.start), max(self.noun.end, self.quantity.end)

    @lazy
    def before(self) -> str:
        """The words between the number and the last punctuation mark (not 、) before it, at most 40 characters."""
        return clause_lead(self.doc, self.count)

    @lazy
    def follows(self) -> str:
        """At most thirty characters after the noun and the number, within the sentence."""
        end = self.span[1]
        return self.doc.s[end : min(end + 30, self.count.sentence[1])]

    @lazy
    def after(self) -> str:
        """At most thirty characters after the unit, within the sentence."""
        end = self.quantity.end
        return self.doc.s[end : min(end + 30, self.count.sentence[1])]

    @lazy
    def sentence(self) -> str:
        return self.doc.s[self.count.sentence[0] : self.count.sentence[1]]

    @lazy
    def passage(self) -> str:
        """The sentence with the preceding parts that end in a semicolon."""
        return passage(self.doc, self.quantity.start)

    @lazy
    def previous(self) -> str:
        """The preceding sentence of the same paragraph; "" if there is none."""
        return station_numbers.previous_sentence(self.doc, self.count)

    @lazy
    def previous_passage(self) -> str:
        """The passage that ends directly before the sentence, in the same paragraph; "" if there is none."""
        start = self.count.sentence[0]
        return passage(self.doc, start - 1) if start and self.doc.s[start - 1] != "\n" else ""

    @lazy
    def before_noun(self) -> str:
        """At most eight characters before the noun, within the sentence."""
        return self.doc.s[max(self.count.sentence[0], self.noun.start - 8) : self.noun.start]

    def lead(self, reach: int) -> str:
        """Return the last `reach` characters before the number, within its sentence."""
        return lead(self.doc, self.count, reach)


before: Window[CountContext] = Window(lambda c: c.before)
after: Window[CountContext] = Window(lambda c: c.after)
#: the words after the unit, up to the next punctuation mark or number, at most 24 characters
clause_after: Window[CountContext] = Window(lambda c: c.count.after)
follows: Window[CountContext] = Window(lambda c: c.follows)
sentence: Window[CountContext] = Window(lambda c: c.sentence)
passage_: Window[CountContext] = Window(lambda c: c.passage)
previous: Window[CountContext] = Window(lambda c: c.previous)
previous_passage: Window[CountContext] = Window(lambda c: c.previous_passage)
before_noun: Window[CountContext] = Window(lambda c: c.before_noun)
noun_words: Window[CountContext] = Window(lambda c: c.noun.words)


def near(reach: int) -> Window[CountContext]:
    """Return the window of the last `reach` characters before the number, within its sentence."""
    return Window(lambda c: c.lead(reach))


def number(test: Callable[[Quantity], object]) -> When[CountContext]:
    """Return a condition that applies `test` to the number itself."""
    return When(lambda c: test(c.quantity))


PRECINCT_TEXT: When[CountContext] = When(lambda c: station_numbers.about_precinct(c.doc, c.count))
OTHERS: When[CountContext] = When(lambda c: station_numbers.of_other_body(c.doc, c.count))
ACTED_UPON: When[CountContext] = When(lambda c: station_numbers.acted_upon(c.doc, c.count))
FACT_SHEET: When[CountContext] = When(lambda c: station_numbers.in_table(c.doc, c.count))
IN_LIST: When[CountContext] = When(lambda c: c.listed)
AFTER_TAKEN: When[CountContext] = When(lambda c: c.follows_taken)
NOUN_AFTER: When[CountContext] = When(lambda c: c.noun.after)
CLAUSE_START: When[CountContext] = When(lambda c: c.noun.start == c.count.clause[0])
#: one of the four numbers before this one, in the same sentence, is the area of the precinct
AFTER_AREA: When[CountContext] = When(
    lambda c: any(
        c.doc.claims.get(index) == "area" and c.doc.quantities[index].start >= c.count.sentence[0]
        for index in range(max(0, c.count.index - 4), c.count.index)
    )
)
