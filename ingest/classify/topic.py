"""A topic: what to watch for, read from config/topics/ and checked. Another topic is another file, not code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ingest.config.data_files import data_file
from ingest.errors import ConfigError

GENRES = (
    "scene", "speech", "times", "day", "ending", "habit", "served", "portrait", "initiative", "incident", "case", "campaign",
    "paper", "explain", "opinion", "assembly", "fiction", "nameless",
)  # fmt: skip
_File = TypeVar("_File", bound="_Strict")


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
Words = Annotated[tuple[str, ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prefilter(_Strict):
    """Words of a title or snippet: one of `never` rules a feature out, unless one of `any` is there too."""

    any: Words
    never: tuple[str, ...] = ()


class TopicWords(_Strict):
    """config/topics/NAME.yaml."""

    name: str
    version: int
    #: file beside it with the fitted weights
    model: str = "model.yaml"
    units: Words
    short: tuple[str, ...] = ()
    people: Words
    kinds: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    field: Words
    rivals: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    prefilter: Prefilter


class _GenreWords(_Strict):
    version: int
    scene: tuple[Pattern, ...]
    speech: tuple[Pattern, ...]
    times: tuple[Pattern, ...]
    day: tuple[Pattern, ...]
    ending: tuple[Pattern, ...]
    habit: tuple[Pattern, ...]
    served: tuple[Pattern, ...]
    portrait: tuple[Pattern, ...]
    initiative: tuple[Pattern, ...]
    card: tuple[Pattern, ...]
    incident: tuple[Pattern, ...]
    case: tuple[Pattern, ...]
    campaign: tuple[Pattern, ...]
    paper: tuple[Pattern, ...]
    explain: tuple[Pattern, ...]
    opinion: tuple[Pattern, ...]
    assembly: tuple[Pattern, ...]
    fiction: tuple[Pattern, ...]
    nameless: tuple[Pattern, ...]


class Ngrams(_Strict):
    """Weights of the pieces a text is worded with (wording.py); empty where none were fitted."""

    intercept: float = 0.0
    pieces: Mapping[str, float] = {}


class Weights(_Strict):
    """config/topics/model.yaml: written by benchmarks/classify.py, never by hand."""

    version: int
    #: probability from which an article is a feature
    threshold: float = Field(gt=0, lt=1)
    intercept: float
    weights: Mapping[str, float]
    wording: Ngrams = Ngrams()


@dataclass(frozen=True)
class Topic:
    """What is watched for: words, genre patterns and weights, with the version that a Verdict names."""

    words: TopicWords
    genres: Mapping[str, re.Pattern[str]]
    #: the kinds of figures of an index card, one pattern each
    card: tuple[re.Pattern[str], ...]
    model: Weights
    #: "police-station@1-3fa9c2": name, version, and the beginning of a digest over all three files
    label: str

    @property
    def name(self) -> str:
        """The topic's name."""
        return self.words.name

    @classmethod
    def load(cls, name: str = "police-station", home: Path | None = None) -> Topic:
        """Read config/topics/NAME.yaml, genre.yaml and the model it names, from `home` first, else as shipped.

        Raises ConfigError with every mistake found in the first file that has any.
        """
        if not re.fullmatch(r"[\w-]+", name):
            raise ConfigError([f"topic {name!r}: a name of letters, digits and hyphens, like police-station"])
        own, words = _read(f"topics/{name}.yaml", TopicWords, home)
        shared, genre = _read("topics/genre.yaml", _GenreWords, home)
        fitted, model = _read(f"topics/{words.model}", Weights, home)
        digest = hashlib.sha256(own + b"\0" + shared + b"\0" + fitted).hexdigest()[:6]
        genres = {key: re.compile("|".join(getattr(genre, key))) for key in GENRES}
        return cls(words, genres, tuple(map(re.compile, genre.card)), model, f"{words.name}@{words.version}-{digest}")

    @cached_property
    def unit(self) -> re.Pattern[str]:
        """A full name's end or what the unit is called afterwards."""
        return _any((*self.words.units, *self.words.short))

    @cached_property
    def full(self) -> re.Pattern[str]:
        """The end of a unit's full name."""
        return _any(self.words.units)

    @cached_property
    def people(self) -> re.Pattern[str]:
        """Who works there."""
        return _any(self.words.people)

    @cached_property
    def own(self) -> re.Pattern[str]:
        """The unit or its people."""
        return _any((*self.words.units, *self.words.short, *self.words.people))

    @cached_property
    def rivals(self) -> re.Pattern[str] | None:
        """Other institutions and their people."""
        return _any(self.words.rivals) if self.words.rivals else None

    @cached_property
    def foreign(self) -> re.Pattern[str] | None:
        """The same word in another field."""
        return _any(self.words.foreign) if self.words.foreign else None

    @cached_property
    def authority(self) -> re.Pattern[str] | None:
        """Whom a real unit belongs to."""
        return _any(self.words.authority) if self.words.authority else None

    @cached_property
    def field(self) -> re.Pattern[str]:
        """The wider field."""
        return _any(self.words.field)

    @cached_property
    def vocabulary(self) -> re.Pattern[str]:
        """All words of the topic's own: what an article is about, not how it is told."""
        words = self.words
        return _any(
            (
                *words.units,
                *words.short,
                *words.people,
                *words.kinds,
                *words.authority,
                *words.field,
                *words.rivals,
                *words.foreign,
            )
        )

    @cached_property
    def unnamed(self) -> re.Pattern[str]:
        """What stands before a unit without naming one: fullmatch it."""
        words = "|".join(sorted(map(re.escape, self.words.unnamed), key=len, reverse=True))
        return re.compile(rf".*(?:{words or '(?!)'})")

    @cached_property
    def kind(self) -> re.Pattern[str]:
        """What stands between a unit's own name and its word."""
        words = "|".join(map(re.escape, self.words.kinds))
        return re.compile(rf"(?:{words or '(?!)'})+$")


def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))


def _read(name: str, form: type[_File], home: Path | None) -> tuple[bytes, _File]:
    raw = data_file(name, home)
    try:
        value: Any = yaml.safe_load(raw)
    except yaml.YAMLError as error:
        raise ConfigError([f"config/{name}: not YAML: {' '.join(str(error).split())}"]) from None
    try:
        return raw, form.model_validate(value)
    except ValidationError as error:
        raise ConfigError([_sentence(name, item) for item in error.errors()]) from None


def _sentence(name: str, item: Mapping[str, Any]) -> str:
    key = ".".join(map(str, item["loc"])) or "the file"
    return f"config/{name}: {key}: {item['msg']}"
