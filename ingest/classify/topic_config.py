"""The topic: vocabulary, genre patterns and fitted weights, loaded from config/topics/ and validated."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ingest.config.data_files import data_text
from ingest.errors import ConfigError

GENRES = (
    "scene", "speech", "times", "day", "ending", "habit", "served", "portrait", "initiative", "incident", "case", "campaign",
    "paper", "explain", "opinion", "assembly", "fiction", "nameless",
)  # fmt: skip
#: suffix of the hashed values. It keeps the label of the shipped topic (police-station@1-c579fc) equal to the label
#: before comments of the files were excluded from the hash
_LABEL_SALT = b"2515459"
_File = TypeVar("_File", bound="_Strict")


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
Words = Annotated[tuple[str, ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prefilter(_Strict):
    """Words of a title or snippet. A word of `never` excludes a feature unless a word of `any` is present too."""

    any: Words
    never: tuple[str, ...] = ()


class TopicWords(_Strict):
    """The vocabulary in config/topics/NAME.yaml."""

    name: str
    version: int
    #: name of the weights file in the same folder
    weights: str = "weights.yaml"
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
    """The patterns in config/topics/genre.yaml."""

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
    """Weights of n-grams of one and two characters (ngram_scores.py); empty if none were fitted."""

    intercept: float = 0.0
    weights: Mapping[str, float] = Field({}, alias="pieces")


class Weights(_Strict):
    """The fitted weights in config/topics/weights.yaml, which only benchmarks/classify.py writes."""

    version: int
    #: minimum probability for the ruling "feature"
    threshold: float = Field(gt=0, lt=1)
    intercept: float
    features: Mapping[str, float] = Field(alias="weights")
    ngrams: Ngrams = Field(Ngrams(), alias="wording")


@dataclass(frozen=True)
class Topic:
    """Vocabulary, genre patterns and weights, with the label that is stored in each verdict."""

    words: TopicWords
    genres: Mapping[str, re.Pattern[str]]
    #: one pattern for each kind of index-card figure (area, population, staff)
    card: tuple[re.Pattern[str], ...]
    weights: Weights
    #: name, version and the first six digits of a hash over the values of all three files: "police-station@1-c579fc"
    label: str

    @property
    def name(self) -> str:
        """Name of the topic."""
        return self.words.name

    @classmethod
    def load(cls, name: str = "police-station", home: Path | None = None) -> Topic:
        """Load config/topics/NAME.yaml, genre.yaml and the weights file that NAME.yaml names.

        A file in `home` takes precedence over the shipped one. Raises ConfigError with every mistake of the first file
        that has mistakes.
        """
        if not re.fullmatch(r"[\w-]+", name):
            raise ConfigError(
                [f"topic {name!r}: must consist of letters, digits, underscores and hyphens, such as police-station"]
            )
        own, words = _read(f"topics/{name}.yaml", TopicWords, home)
        shared, genre = _read("topics/genre.yaml", _GenreWords, home)
        fitted, weights = _read(f"topics/{words.weights}", Weights, home)
        values = json.dumps([own, shared, fitted], ensure_ascii=False, sort_keys=True, default=str)
        version = hashlib.sha256(values.encode("utf-8", "surrogatepass") + _LABEL_SALT).hexdigest()[:6]
        genres = {key: re.compile("|".join(getattr(genre, key))) for key in GENRES}
        return cls(
            words, genres, tuple(map(re.compile, genre.card)), weights, f"{words.name}@{words.version}-{version}"
        )

    @cached_property
    def unit(self) -> re.Pattern[str]:
        """Pattern of the end of a unit's full name, or of one of its short names."""
        return _any((*self.words.units, *self.words.short))

    @cached_property
    def full(self) -> re.Pattern[str]:
        """Pattern of the end of a unit's full name."""
        return _any(self.words.units)

    @cached_property
    def people(self) -> re.Pattern[str]:
        """Pattern of the roles of the unit's people."""
        return _any(self.words.people)

    @cached_property
    def own(self) -> re.Pattern[str]:
        """Pattern of the unit or its people."""
        return _any((*self.words.units, *self.words.short, *self.words.people))

    @cached_property
    def rivals(self) -> re.Pattern[str] | None:
        """Pattern of other institutions and their people, None if the topic names none."""
        return _any(self.words.rivals) if self.words.rivals else None

    @cached_property
    def foreign(self) -> re.Pattern[str] | None:
        """Pattern of the words for the police of another country or region, None if the topic names none."""
        return _any(self.words.foreign) if self.words.foreign else None

    @cached_property
    def authority(self) -> re.Pattern[str] | None:
        """Pattern of the authorities to which units belong, None if the topic names none."""
        return _any(self.words.authority) if self.words.authority else None

    @cached_property
    def field(self) -> re.Pattern[str]:
        """Pattern of the words of the wider field."""
        return _any(self.words.field)

    @cached_property
    def vocabulary(self) -> re.Pattern[str]:
        """Pattern of all words of the topic, which show the subject of an article and not its genre."""
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
        """Pattern of text before a unit; its last word (基层, 全国) is not a name of the unit. Use it with fullmatch."""
        words = "|".join(sorted(map(re.escape, self.words.unnamed), key=len, reverse=True))
        return re.compile(rf".*(?:{words or '(?!)'})")

    @cached_property
    def kind(self) -> re.Pattern[str]:
        """Pattern of the words between the name of a unit and its kind: 边境 in 白桦滩边境派出所."""
        words = "|".join(map(re.escape, self.words.kinds))
        return re.compile(rf"(?:{words or '(?!)'})+$")


def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that matches any of `words`, the longest first."""
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))


def _read(name: str, schema: type[_File], home: Path | None) -> tuple[Any, _File]:
    """Return the parsed and the validated content of config/`name`. Raises ConfigError."""
    try:
        value: Any = yaml.safe_load(data_text(name, home))
    except yaml.YAMLError as error:
        raise ConfigError([f"config/{name}: not YAML: {' '.join(str(error).split())}"]) from None
    if schema is TopicWords and isinstance(value, dict) and "model" in value:
        raise ConfigError([f"config/{name}: model: this key is now called weights"])
    try:
        return value, schema.model_validate(value)
    except ValidationError as error:
        raise ConfigError([_message(name, item) for item in error.errors()]) from None


def _message(name: str, item: Mapping[str, Any]) -> str:
    key = ".".join(map(str, item["loc"])) or "the file"
    return f"config/{name}: {key}: {item['msg']}"
