"""config/ -> Settings, Sources and data files. The only reader of config/ and of SUOWEN_ environment variables."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import cssselect
import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from ingest import cron, located
from ingest.errors import ConfigError, UsageError
from ingest.model import Listing, ReadRules, Schedule, Source
from ingest.urls import canonical
from store.records import FactKind


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _like(pattern: str, right: str) -> BeforeValidator:
    """A text of this form; `right` is the sentence for what is not."""
    form = re.compile(pattern)

    def checked(value: object) -> object:
        if not (isinstance(value, str) and form.fullmatch(value)):
            raise ValueError(f"must be {right}")
        return value

    return BeforeValidator(checked)


#: unquoted, YAML reads 18:30 as the number 1110
TimeOfDay = Annotated[str, _like(r"([01]\d|2[0-3]):[0-5]\d", 'a time of day in quotes, such as "08:00" or "18:30"')]


class FetchSettings(_Strict):
    """How politely and how patiently pages are fetched. Times in seconds, sizes in bytes."""

    #: names the project; the contact is added to it
    user_agent: str = "Suowen/0.1"
    #: e-mail or URL by which a site's owner reaches who runs this
    contact: str = ""
    #: total wall-clock time of one request, redirects and body included
    deadline: float = Field(30.0, gt=0, le=600)
    connect_timeout: float = Field(10.0, gt=0, le=60)
    #: bytes on the wire, bytes after decompression, and the ratio between them
    max_wire: int = Field(8_000_000, gt=0)
    max_body: int = Field(16_000_000, gt=0)
    max_ratio: int = Field(200, gt=1)
    max_redirects: int = Field(5, ge=0, le=20)
    #: further tries after a network failure or a 5xx, and the first pause between them (doubled each time, jittered)
    retries: int = Field(2, ge=0, le=10)
    backoff: float = Field(1.0, ge=0, le=300)
    #: threads; a host is visited by one at a time
    hosts_at_once: int = Field(8, ge=1, le=64)
    #: every so many conditional requests one is unconditional: some servers say 304 for ever
    full_every: int = Field(10, ge=1)
    #: days after which a full fetch is forced whatever the count
    full_after_days: float = Field(7.0, gt=0)
    #: a new WARC file is begun past this size
    warc_size: int = Field(1_000_000_000, ge=1_000_000)


class SmtpSettings(_Strict):
    """The mail server that takes the digest. The password is read from SUOWEN_SMTP__PASSWORD only."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field("", repr=False)
    sender: str = ""
    timeout: float = Field(30.0, gt=0, le=300)


class DigestSettings(_Strict):
    """When the daily digest is made, and for whom."""

    #: HH:MM in the configured zone
    at: TimeOfDay = "08:00"
    recipients: tuple[str, ...] = ()
    #: a source that listed nothing new for so many days is called silent
    silent_days: float = Field(7.0, gt=0)
    #: days for which it is kept what became of every URL at every look, once a digest has counted it
    keep_outcomes_days: int = Field(90, ge=1, le=36_500)


class RecheckSettings(_Strict):
    """When a known article is looked at again: (now - last look) > ratio x age; the rule of docnow/diffengine."""

    ratio: float = Field(0.2, ge=0, le=10)
    #: seconds between two looks at least
    floor: float = Field(3600.0, ge=0)
    #: days after its first sighting during which an article is looked at again
    until_days: float = Field(30.0, ge=0)


class WorkerSettings(_Strict):
    """Processes that parse what came from outside; each page may take so long and so much."""

    processes: int = Field(2, ge=1, le=64)
    #: seconds a page may take (docs/DESIGN.md, Where it runs)
    deadline: float = Field(10.0, gt=0, le=300)
    #: bytes of address space a worker may take on top of what it starts with
    memory: int = Field(1_500_000_000, ge=200_000_000)


def _endpoint(value: str) -> str:
    """An endpoint's address, "" for none, without a slash at its end."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and value.isprintable()
    except ValueError:
        parts, whole = urlsplit(""), False
    if not whole or " " in value:
        raise ValueError("no address of an endpoint; write it whole, as in https://api.example.com/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("nothing but the address belongs here; the key is read from SUOWEN_MODEL__KEY")
    return value.rstrip("/")


def _key(value: str) -> str:
    if not re.fullmatch(r"[!-~]{0,4096}", value):
        raise ValueError("the key must be one word of ASCII characters")
    return value


class ModelSettings(_Strict):
    """The optional model that may propose facts (docs/model.md). Off while `url` is empty; the key is read from
    SUOWEN_MODEL__KEY only."""

    #: base address of an endpoint that speaks the OpenAI chat protocol; "/chat/completions" is added to it
    url: Annotated[str, AfterValidator(_endpoint)] = ""
    #: the model's name as the endpoint knows it; it becomes part of a fact's origin
    name: Annotated[str, _like(r"[\w./:@+-]{0,200}", "one word, as the endpoint names the model")] = ""
    key: Annotated[str, AfterValidator(_key)] = Field("", repr=False)
    #: requests a day at most, in the configured zone, further tries included
    daily_budget: int = Field(200, ge=0, le=1_000_000)
    #: kinds of facts that are taken of it
    kinds: tuple[FactKind, ...] = get_args(FactKind)
    #: what else is sent with each request, for instance temperature or max_tokens
    options: dict[str, bool | int | float | str] = {"temperature": 0}
    #: seconds for one request, connection and whole answer included
    deadline: float = Field(60.0, gt=0, le=600)
    #: bytes of an answer at most
    max_size: int = Field(2_000_000, gt=0)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; use an IANA name such as Asia/Shanghai") from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]


class Settings(_Strict):
    """config/settings.yaml with the environment laid over it."""

    zone: Zone = "Asia/Shanghai"
    topic: Annotated[str, _like(r"[\w-]+", "the NAME of a file config/topics/NAME.yaml")] = "police-station"
    store: Annotated[
        str,
        _like(
            r"(sqlite|postgresql)(\+\w+)?:///?.+",
            "sqlite:///data/suowen.db, another file, or postgresql+psycopg://user@host/database",
        ),
    ] = "sqlite:///data/suowen.db"
    fetch: FetchSettings = FetchSettings()
    recheck: RecheckSettings = RecheckSettings()
    workers: WorkerSettings = WorkerSettings()
    #: rows of one transaction
    batch: int = Field(50, ge=1, le=10_000)
    #: new pages fetched from one source in one pass at most
    budget: int = Field(200, ge=1, le=100_000)
    #: seconds that the pages of one host may take in one pass
    job_deadline: float = Field(900.0, gt=0, le=86_400)
    digest: DigestSettings = DigestSettings()
    smtp: SmtpSettings = SmtpSettings()
    model: ModelSettings = ModelSettings()


# --- sources.yaml -------------------------------------------------------------------------------------------------


def _url(value: str) -> str:
    try:
        return canonical(value)
    except ValueError as error:
        raise ValueError(f"not a URL we fetch ({error}); write it whole, as in https://www.example.cn/news/") from None


def _selector(value: str) -> str:
    try:
        cssselect.HTMLTranslator().css_to_xpath(value)
    except cssselect.SelectorError as error:
        raise ValueError(f"not a CSS selector: {error}") from None
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _interval(value: object) -> object:
    """ "30m" -> 1800 seconds; raises ValueError when it is no span or shorter than ten seconds."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if not found:
        raise ValueError('not a span of time; write a number and its unit, such as "30m", "2h" or "1d"')
    seconds = int(float(found[1]) * _UNITS[found[2]])
    if not 10 <= seconds <= 366 * 86400:
        raise ValueError("must lie between 10s and 366d")
    return seconds


def _cron(value: str) -> str:
    cron.parse(value)
    return value


def _some(value: object) -> object:
    if isinstance(value, list | tuple) and not value:
        raise ValueError("name at least one feed, sitemap or page")
    return value


def _checked(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if value != "never":
        raise ValueError('must be "never" or the date (2026-11-21) on which a person saw it work')
    return value


Model = TypeVar("Model", bound=BaseModel)
Url = Annotated[str, AfterValidator(_url)]
Selector = Annotated[str, AfterValidator(_selector)]


class _ListingEntry(_Strict):
    """One place that lists articles: exactly one of feed, sitemap, page."""

    feed: Url | None = None
    sitemap: Url | None = None
    page: Url | None = None
    links: Annotated[str, AfterValidator(_regex)] | None = None
    next: Selector | None = None
    pages: int = Field(1, ge=1, le=500)

    def listing(self) -> Listing:
        kind: Literal["feed", "sitemap", "list"] = "feed" if self.feed else "sitemap" if self.sitemap else "list"
        url = self.feed or self.sitemap or self.page or ""
        return Listing(kind, url, self.links, self.next, self.pages)


class _ReadEntry(_Strict):
    body: Selector | None = None
    title: Selector | None = None
    published: Selector | None = None
    source: Selector | None = None
    authors: Selector | None = None
    editors: Selector | None = None
    remove: tuple[Selector, ...] = ()
    next_page: Selector | None = None


class _SourceEntry(_Strict):
    name: Annotated[str, _like(r"\w[\w.-]{0,63}", "one word of letters, digits, dots and hyphens, such as rednet")]
    home: Url
    list: Annotated[tuple[_ListingEntry, ...], BeforeValidator(_some)]
    read: _ReadEntry = _ReadEntry()
    every: Annotated[int, BeforeValidator(_interval)] | None = None
    cron: Annotated[str, AfterValidator(_cron)] | None = None
    delay: float = Field(5.0, ge=0, le=3600)
    enabled: bool = True
    language: Annotated[str, _like(r"[a-z]{2,3}(-[A-Za-z]+)*", "a code such as zh or zh-TW")] = "zh"
    zone: Zone = "Asia/Shanghai"
    loopback: bool = False
    fetch: Literal["all", "prefilter"] = "all"
    checked: Annotated[str, BeforeValidator(_checked)] = "never"

    def source(self) -> Source:
        schedule = Schedule(cron=self.cron) if self.cron else Schedule(seconds=self.every or 3600)
        return Source(
            name=self.name,
            home=self.home,
            listings=tuple(entry.listing() for entry in self.list),
            rules=ReadRules(**self.read.model_dump()),
            schedule=schedule,
            delay=self.delay,
            enabled=self.enabled,
            language=self.language,
            zone=self.zone,
            loopback=self.loopback,
            fetch=self.fetch,
            checked=self.checked,
        )


class _SourcesFile(_Strict):
    sources: tuple[_SourceEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """A working folder as configured."""

    home: Path
    settings: Settings
    sources: tuple[Source, ...]

    @property
    def data(self) -> Path:
        """The folder for everything that is not configuration."""
        return self.home / "data"

    def store_url(self) -> str:
        """The store's URL; a relative SQLite path lies inside the working folder."""
        prefix = "sqlite:///"
        url = self.settings.store
        return prefix + str(self.home / url.removeprefix(prefix)) if url.startswith(prefix) else url

    def named(self, names: tuple[str, ...] | list[str]) -> tuple[Source, ...]:
        """The sources of these names, all when none is named. Raises UsageError for an unknown one."""
        by_name = {source.name: source for source in self.sources}
        for name in names:
            if name not in by_name:
                near = difflib.get_close_matches(name, by_name, 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(by_name) or 'none'}"
                raise UsageError(f"{name}: no such source in {self.home / 'config' / 'sources.yaml'}; {hint}")
        return tuple(by_name[name] for name in names) if names else self.sources


# --- loading ------------------------------------------------------------------------------------------------------


def find_home(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The working folder: the option, else SUOWEN_HOME, else the current folder. Raises UsageError when it is none."""
    named = option or (Path(environ["SUOWEN_HOME"]) if environ.get("SUOWEN_HOME") else None)
    home = (named or Path.cwd()).resolve()
    if not (home / "config" / "sources.yaml").is_file():
        asked = "--home" if option else "SUOWEN_HOME" if named else "the current folder"
        raise UsageError(
            f"{home} ({asked}) is no working folder: it has no config/sources.yaml; "
            f"make one with `suowen init {home}`, or name another with --home DIR"
        )
    return home


def maybe_home(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """`find_home` for commands that work without a folder: None when nobody names one and the current one is none."""
    if option or environ.get("SUOWEN_HOME") or (Path.cwd() / "config" / "sources.yaml").is_file():
        return find_home(option, environ)
    return None


def load(home: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read a working folder's configuration.

    Raises ConfigError with every mistake found in both files and in the environment.
    """
    mistakes: list[str] = []
    settings_doc = _document(home, "settings.yaml", mistakes, required=False)
    sources_doc = _document(home, "sources.yaml", mistakes, required=True)
    settings = _settings(settings_doc, environ, mistakes)
    entries = _checked_model(_SourcesFile, sources_doc, mistakes)
    mistakes.extend(_contradictions(sources_doc))
    mistakes.extend(_data_mistakes(home, settings_doc))
    if mistakes or settings is None or entries is None:
        raise ConfigError(mistakes)
    return Config(home, settings, tuple(entry.source() for entry in entries.sources))


def _document(home: Path, name: str, mistakes: list[str], *, required: bool) -> located.Document:
    path = home / "config" / name
    try:
        document = located.parse(f"config/{name}", path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = located.Document(f"config/{name}")
        if required:
            document.blame(f"config/{name}: no such file in {home}; `suowen init {home}` writes a starter")
    except (OSError, UnicodeDecodeError) as error:
        document = located.Document(f"config/{name}")
        document.blame(f"config/{name}: cannot be read as UTF-8 text: {error}")
    mistakes.extend(document.mistakes)
    return document


def _settings(document: located.Document, environ: Mapping[str, str], mistakes: list[str]) -> Settings | None:
    document.value = {} if document.value is None else document.value
    if isinstance(document.value, dict):
        for part, secret in (("smtp", "password"), ("model", "key")):
            section = document.value.get(part)
            if isinstance(section, dict) and section.get(secret):
                place, variable = document.at((part, secret)), f"SUOWEN_{part}__{secret}".upper()
                mistakes.append(f"{place}: {part}.{secret}: no secrets in files; set {variable} instead")
        _lay_environment(document, environ)
        section = document.value.get("model")
        if isinstance(section, dict) and section.get("url") and not section.get("name"):
            place = _place(document, ("model", "url"))
            mistakes.append(f"{place}: is given but no model.name; name the model to ask for")
    return _checked_model(Settings, document, mistakes)


#: keys whose values are never shown and never in files
_SECRETS = frozenset({"password", "key"})


def _lay_environment(document: located.Document, environ: Mapping[str, str]) -> None:
    """SUOWEN_FETCH__DEADLINE=20 -> {"fetch": {"deadline": 20}} over what the file says."""
    for variable in sorted(environ):
        if not variable.startswith("SUOWEN_") or variable == "SUOWEN_HOME":
            continue
        path = tuple(variable.removeprefix("SUOWEN_").lower().split("__"))
        inner = document.value
        for key in path[:-1]:
            if not isinstance(inner.get(key), dict):
                inner[key] = {}
            inner = inner[key]
        inner[path[-1]] = _scalar(environ[variable], secret=path[-1] in _SECRETS)
        for end in range(1, len(path)):
            document.places.setdefault(path[:end], f"environment {variable}")
        document.places[path] = f"environment {variable}"


def _scalar(text: str, *, secret: bool) -> Any:
    """An environment value as YAML reads it, so that numbers and [lists] work; a secret is taken as it stands."""
    try:
        return text if secret else yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _checked_model(model: type[Model], document: located.Document, mistakes: list[str]) -> Model | None:
    if document.broken:
        return None
    try:
        return model.model_validate({} if document.value is None else document.value)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            mistakes.append(_sentence(model, document, dict(item)))
        return None


def _sentence(model: type[BaseModel], document: located.Document, item: Mapping[str, Any]) -> str:
    path: located.Path = tuple(item["loc"])
    place = f"{document.at(path)}: {located.dotted(path) or 'the file'}"
    if item["type"] == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        near = difflib.get_close_matches(str(path[-1]), known, 1)
        return f"{place}: unknown key; " + (f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}")
    if item["type"] in _NEEDS_KEYS:
        return f"{place}: must be a table of keys; known: {', '.join(_keys_at(model, path))}{_given(path, item)}"
    message = _RIGHT.get(item["type"]) or item["msg"].removeprefix("Value error, ").replace("Input should", "must")
    return f"{place}: {message[:1].lower()}{message[1:]}{_given(path, item)}"


#: kinds of mistakes that pydantic describes in words of Python -> what would be right
_RIGHT = {
    "missing": "is missing, and nothing stands in for it",
    "tuple_type": "must be a list: [one, two], or one a line, each after a hyphen",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "dict_type": "must be a table of keys: {key: value}",
}
_NEEDS_KEYS = frozenset({"model_type", "model_attributes_type", "dataclass_type"})


def _given(path: located.Path, item: Mapping[str, Any]) -> str:
    """What stands there instead, when it can be shown: no secrets, nothing long."""
    given = item.get("input")
    if item["type"] == "missing" or {*path[-1:]} & _SECRETS:
        return ""
    if isinstance(given, str):
        given = re.sub(r"(://[^/@]*?):[^/@]*@", r"\1:***@", given)  # an address may hold a password
    if isinstance(given, str | int | float | bool):
        return f", got {given!r}"
    return {type(None): ", got nothing", list: ", got a list", dict: ", got keys"}.get(type(given), "")


def _keys_at(model: type[BaseModel], path: located.Path) -> list[str]:
    """The keys a model knows at a path, descending through tuples and unions."""
    for part in path:
        if isinstance(part, str):
            found = next(iter(_models_in(model.model_fields[part].annotation)), None)
            if found is None:
                return []
            model = found
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _contradictions(document: located.Document) -> Iterator[str]:
    """What no field says alone. Looked for in the raw entries, so that a mistake in a field hides none of it."""
    seen: dict[str, located.Path] = {}
    for path, entry in _tables(document.value, "sources"):
        name = entry.get("name")
        if isinstance(name, str):
            here: located.Path = (*path, "name")
            if name in seen:
                first = document.at(seen[name])
                yield f"{_place(document, here)}: {name} is already the name at {first}; names are unique"
            seen.setdefault(name, here)
        if _has(entry, "every") and _has(entry, "cron"):
            yield f"{_place(document, (*path, 'cron'))}: give every or cron, not both"
        for inner, listing in _tables(entry, "list"):
            yield from _listing_contradictions(document, (*path, *inner), listing)


def _listing_contradictions(document: located.Document, path: located.Path, entry: Mapping[str, Any]) -> Iterator[str]:
    kinds = [key for key in ("feed", "sitemap", "page") if _has(entry, key)]
    if len(kinds) != 1:
        yield f"{_place(document, path)}: give exactly one of feed, sitemap, page, got {' and '.join(kinds) or 'none'}"
    elif _has(entry, "next") and kinds != ["page"]:
        yield f"{_place(document, (*path, 'next'))}: next goes with page only"


def _tables(value: Any, key: str) -> Iterator[tuple[located.Path, Mapping[str, Any]]]:
    """The tables in the list that `value` holds under `key`, whatever else is wrong with it."""
    rows = value.get(key) if isinstance(value, dict) else None
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield (key, index), row


def _has(entry: Mapping[str, Any], key: str) -> bool:
    return entry.get(key) is not None


def _place(document: located.Document, path: located.Path) -> str:
    return f"{document.at(path)}: {located.dotted(path)}"


def _data_mistakes(home: Path, settings: located.Document) -> Iterator[str]:
    """Whether the files of words and rules are there, and the folder's own ones are YAML tables.

    Their content is checked by the modules that use it (`Topic.load`, `ingest.extract.site_rules`), which rank above.
    """
    model, topic = "model.yaml", "police-station"
    asked = settings.value.get("topic") if isinstance(settings.value, dict) else None
    if isinstance(asked, str) and re.fullmatch(r"[\w-]+", asked):  # else it is a mistake told already
        topic = asked
    if _data_path(f"topics/{topic}.yaml", home) is None:
        files = [path for folder in (home, defaults()) for path in (folder / "config" / "topics").glob("*.yaml")]
        known = ", ".join(sorted({path.stem for path in files} - {"genre", "model"}))
        yield f"{settings.at(('topic',))}: topic: there is no config/topics/{topic}.yaml; known: {known}"
    else:
        document = _data_document(f"topics/{topic}.yaml", home)
        yield from document.mistakes
        named = document.value.get("model") if isinstance(document.value, dict) else None
        model = named if isinstance(named, str) else model
    for name in ("topics/genre.yaml", f"topics/{model}", "reading/containers.yaml", "reading/sites.yaml"):
        if _data_path(name, home) is None:
            yield f"config/{name}: no such file in {home} nor among the shipped ones"
        else:
            yield from _data_document(name, home).mistakes


def _data_document(name: str, home: Path) -> located.Document:
    """The folder's own file as a table; a shipped one is sound (tests) and need not cost every command its time."""
    path = home / "config" / name
    if not path.is_file() or home == defaults():
        return located.Document(f"config/{name}")
    try:
        document = located.parse(f"config/{name}", path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        document = located.Document(f"config/{name}")
        document.blame(f"config/{name}: cannot be read as UTF-8 text: {error}")
    if not document.broken and not isinstance(document.value, dict):
        document.blame(f"config/{name}: must be a table of keys, as the shipped one is")
    return document


# --- starting a working folder, shipped data ----------------------------------------------------------------------


def write_starter(home: Path) -> list[Path]:
    """Write a commented config/ into `home`; existing files are left as they are. Returns the files written."""
    written = []
    for name in ("settings.yaml", "sources.yaml"):
        target = home / "config" / name
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((defaults() / "config" / name).read_bytes())
        written.append(target)
    return written


def defaults() -> Path:
    """The folder with the shipped config/ and seeds/: in a checkout the repository, in a wheel beside this file."""
    packed = Path(__file__).parent / "defaults"
    return packed if packed.is_dir() else Path(__file__).parent.parent


def data_file(name: str, home: Path | None = None) -> bytes:
    """Bytes of `config/NAME`: the working folder's own when it has one, else the shipped one.

    Raises ConfigError when neither is there, or it cannot be read.
    """
    path = _data_path(name, home)
    if path is None:
        tried = ", ".join(str((folder / "config" / name).parent) for folder in (home, defaults()) if folder is not None)
        raise ConfigError([f"config/{name}: no such file; looked in {tried}"])
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None


def _data_path(name: str, home: Path | None) -> Path | None:
    tried = (folder / "config" / name for folder in (home, defaults()) if folder is not None)
    return next((path for path in tried if path.is_file()), None)
