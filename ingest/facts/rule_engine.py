"""Rules as data: ordered lists of named rules that take (accept) or leave (reject) a candidate for a fact.

Each kind of fact finds its candidates (a number with its noun, a quotation, a date), and its `RuleSet` decides about
them: the first matching rule wins. Conditions test the candidate or its windows, which are parts of the text around it.
Conditions combine with `&`, `|` and `~`. Each rule has a reason and examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from ingest.zh import han

if TYPE_CHECKING:
    from ingest.facts.document import Doc

Verdict = Literal["take", "leave"]


class Candidate(Protocol):
    """A span of the text of `doc` that rules decide about."""

    @property
    def doc(self) -> Doc: ...

    @property
    def span(self) -> tuple[int, int]: ...


C = TypeVar("C", bound=Candidate)
#: contravariant: a condition on `CountContext` also accepts its subclasses
Sub = TypeVar("Sub", bound=Candidate, contravariant=True)


class When(Generic[Sub]):
    """A condition on a candidate; conditions combine with `&` (and), `|` (or) and `~` (not)."""

    __slots__ = ("_all", "test")

    def __init__(self, test: Callable[[Sub], object], *, parts: tuple[Callable[[Sub], object], ...] = ()) -> None:
        self.test = test
        #: the parts of a conjunction; a longer conjunction tests all parts in one call instead of one call for each `&`
        self._all = parts or (test,)

    @property
    def first(self) -> Callable[[Sub], object]:
        """The part of a conjunction that is tested first."""
        return self._all[0]

    @property
    def rest(self) -> Callable[[Sub], object] | None:
        """The conjunction without its first part; None if it has only one part."""
        return None if len(self._all) < 2 else self._all[1] if len(self._all) == 2 else _conjunction(self._all[1:])

    def __and__(self, other: When[Sub]) -> When[Sub]:
        parts = self._all + other._all
        return When(_conjunction(parts), parts=parts)

    def __or__(self, other: When[Sub]) -> When[Sub]:
        one, two = self.test, other.test
        return When(lambda candidate: one(candidate) or two(candidate))

    def __invert__(self) -> When[Sub]:
        test = self.test
        return When(lambda candidate: not test(candidate))


def _conjunction(parts: tuple[Callable[[Sub], object], ...]) -> Callable[[Sub], object]:
    """Return a test that is true if all parts are true; the parts are called in order."""
    first, second, *rest = parts
    if not rest:
        return lambda candidate: first(candidate) and second(candidate)
    third, *more = rest
    if not more:
        return lambda candidate: first(candidate) and second(candidate) and third(candidate)
    return lambda candidate: (
        first(candidate) and second(candidate) and third(candidate) and all(part(candidate) for part in more)
    )


class Window(Generic[Sub]):
    """A part of the text around a candidate. Calling the window with a pattern returns a condition on that text.

    Patterns may name word lists of config/lexicon/facts.txt: `{:force.on_duty}`.
    """

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[Sub], str]) -> None:
        self._read = read

    def __call__(self, pattern: str) -> When[Sub]:
        """Return the condition that the window contains a match of the pattern."""
        read = self._read
        if "{:" not in pattern:  # compiled only once, because most conditions are tested for each number of a text
            search = han.regex(pattern).search
            return When(lambda candidate: search(read(candidate)))
        return When(lambda candidate: candidate.doc.vocabulary.regex(pattern).search(read(candidate)))

    def starts(self, pattern: str) -> When[Sub]:
        """Return the condition that the window starts with a match of the pattern."""
        read = self._read
        if "{:" not in pattern:
            match = han.regex(pattern).match
            return When(lambda candidate: match(read(candidate)))
        return When(lambda candidate: candidate.doc.vocabulary.regex(pattern).match(read(candidate)))

    def has(self, *words: str) -> When[Sub]:
        """Return the condition that the window contains each of the words."""
        read = self._read
        return When(lambda candidate: all(word in read(candidate) for word in words))


@dataclass(frozen=True, slots=True)
class Rule(Generic[Sub]):
    """A condition with the verdict on each candidate that meets it, and the reason."""

    name: str
    verdict: Verdict
    when: When[Sub]
    #: the reason, one clause, as shown by `explain`
    why: str
    #: example texts, with the part that this rule decides about in 【】
    examples: tuple[str, ...]


def take(name: str, when: When[C], why: str, *examples: str) -> Rule[C]:
    """Return a rule that accepts the candidate as a fact."""
    return Rule(name, "take", when, why, examples)


def leave(name: str, when: When[C], why: str, *examples: str) -> Rule[C]:
    """Return a rule that rejects the candidate."""
    return Rule(name, "leave", when, why, examples)


#: name of the last rule of each set, which rejects every candidate without a matching rule
OTHERWISE = "no evidence"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a rule set, or of a kind without rule sets, about the part start:end of `doc.s`."""

    kind: str
    rule: str
    #: kind, name and version of the rule, as in `Fact.rule`
    key: str
    verdict: Verdict
    why: str
    start: int
    end: int


def _key(kind: str, name: str, version: int) -> str:
    """Return kind, name and version of a rule as stored with its facts: force.fact-sheet@4."""
    return f"{kind}.{name.replace(' ', '-')}@{version}"


def left_out(doc: Doc, kind: str, reason: str, start: int, end: int) -> None:
    """Record why a possible name at start:end is not a fact. Does nothing unless the document is being explained.

    `kind` is a kind without rule sets: station or person.
    """
    if doc.decisions is not None:
        name, version, why = _LEFT[kind, reason]
        doc.decisions.append(Decision(kind, name, _key(kind, name, version), "leave", why, start, end))


#: kind and reason -> name, version and explanation of the decision
_LEFT = {
    ("station", "word"): ("not a name", 4, "the words before 派出所 are a verb, a number or another word, not a name"),
    ("station", "sort"): ("sort of station", 4, "the words before 派出所 tell the sort of station, not its name"),
    ("station", "honour"): ("title of an honour", 4, "it is the title of an honour in quotation marks"),
    ("station", "single"): ("uncertain", 4, "it occurs once, without an authority, and does not look like a place"),
    ("person", "byword"): ("not a person", 4, "the words around it make it a place, a byword or a common word"),
    ("person", "place"): ("place", 4, "it is the name of a place or a part of the name of a station"),
    ("person", "heading"): ("heading", 4, "it is in a heading, a caption or a short quotation"),
    ("person", "evidence"): ("no evidence", 4, "nothing around it shows a person"),
    ("person", "part"): (
        "part of a name",
        4,
        "it is a part, a short form or a longer reading of the name of another person",
    ),
}


#: the first part that the conditions of several rules share, and for each rule the rest of its condition (or None)
_Group = tuple[Callable[[C], object], list[tuple[Callable[[C], object] | None, Rule[C]]]]


def _grouped(rules: tuple[Rule[C], ...]) -> list[_Group[C]]:
    """Return the rules in groups, in order; neighbours whose conditions start with the same part form one group."""
    groups: list[_Group[C]] = []
    for rule in rules:
        if not groups or groups[-1][0] is not rule.when.first:
            groups.append((rule.when.first, []))
        groups[-1][1].append((rule.when.rest, rule))
    return groups


class RuleSet(Generic[C]):
    """The ordered rules of one kind of fact for one sort of candidate."""

    def __init__(self, kind: str, version: int, what: str, *rules: Rule[C], otherwise: str) -> None:
        """Append the set to SETS.

        `what` names the candidates in the documentation. `otherwise` is the reason for rejecting a candidate without a
        matching rule.

        Raises ValueError if two rules have the same name.
        """
        self.kind, self.version, self.what = kind, version, what
        self.rules: tuple[Rule[C], ...] = rules
        self.otherwise: Rule[C] = Rule(OTHERWISE, "leave", When(lambda _: True), otherwise, ())
        names = [rule.name for rule in (*rules, self.otherwise)]
        if len(set(names)) < len(names):
            raise ValueError(f"rules of {kind}: two rules have the same name: {sorted(names)}")
        SETS.append(self)
        self._keys = {rule.name: _key(kind, rule.name, version) for rule in (*rules, self.otherwise)}
        #: neighbouring rules whose conditions start with the same part, which is tested once for all of them
        self._groups: list[_Group[C]] = []
        self._grouped_from: tuple[Rule[C], ...] | None = None

    def match(self, candidate: C) -> Rule[C]:
        """Return the first matching rule, or the rule OTHERWISE."""
        if self._grouped_from is not self.rules:
            self._grouped_from, self._groups = self.rules, _grouped(self.rules)
        for first, members in self._groups:
            if not first(candidate):
                continue
            for rest, rule in members:
                if rest is None or rest(candidate):
                    return rule
        return self.otherwise

    def decide(self, candidate: C) -> Rule[C]:
        """Return the first matching rule. Record the decision if the document is being explained."""
        found = self.match(candidate)
        if candidate.doc.decisions is not None:
            start, end = candidate.span
            candidate.doc.decisions.append(
                Decision(self.kind, found.name, self.key(found), found.verdict, found.why, start, end)
            )
        return found

    def key(self, rule: Rule[C]) -> str:
        """Return kind, name and version of the rule as stored with its facts: force.fact-sheet@4."""
        return self._keys.get(rule.name) or _key(self.kind, rule.name, self.version)

    def __iter__(self) -> Iterator[Rule[C]]:
        yield from (*self.rules, self.otherwise)


#: all rule sets, in the order in which their modules are imported
SETS: list[RuleSet] = []  # type: ignore[type-arg]
