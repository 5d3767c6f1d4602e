"""Load the configuration of a working folder: find the folder, read config/ and the SUOWEN_ environment variables."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ingest.config import yaml_positions
from ingest.config.data_files import data_path, decoded, defaults
from ingest.config.settings import Settings
from ingest.config.sources import SourcesFile
from ingest.config.subscriptions import DESTINATION, SubscriptionsFile, apply_environment, contradictions
from ingest.config.validation import ENVIRONMENT, SECRETS, place_of, validated
from ingest.errors import ConfigError, UsageError
from ingest.pipeline_types import Source

#: former name of a folder in config/ -> current name
RENAMED_FOLDERS = {"reading": "extract"}


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of a working folder."""

    home: Path
    settings: Settings
    sources: tuple[Source, ...]
    subscriptions: SubscriptionsFile = field(default_factory=SubscriptionsFile)

    @property
    def data(self) -> Path:
        """Folder of all files that are not configuration."""
        return self.home / "data"

    def store_url(self) -> str:
        """Return the URL of the store; a relative SQLite path is relative to the working folder."""
        prefix = "sqlite:///"
        url = self.settings.store
        return prefix + str(self.home / url.removeprefix(prefix)) if url.startswith(prefix) else url

    def named(self, names: tuple[str, ...] | list[str]) -> tuple[Source, ...]:
        """Return the sources with these names, all when `names` is empty. Raises UsageError for an unknown name."""
        by_name = {source.name: source for source in self.sources}
        for name in names:
            if name not in by_name:
                near = difflib.get_close_matches(name, by_name, 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(by_name) or 'none'}"
                raise UsageError(f"{name}: no such source in {self.home / 'config' / 'sources.yaml'}; {hint}")
        return tuple(by_name[name] for name in names) if names else self.sources


def find_home(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the working folder: the option, else SUOWEN_HOME, else the current folder.

    Raises UsageError if the folder has no config/sources.yaml.
    """
    named = option or (Path(environ["SUOWEN_HOME"]) if environ.get("SUOWEN_HOME") else None)
    home = (named or Path.cwd()).resolve()
    if not (home / "config" / "sources.yaml").is_file():
        origin = "--home" if option else "SUOWEN_HOME" if named else "the current folder"
        raise UsageError(
            f"{home} ({origin}) is not a working folder: it has no config/sources.yaml; "
            f"create one with `suowen init {home}`, or name another with --home DIR"
        )
    return home


def maybe_home(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the working folder if one is named or the current folder is one, else None.

    Raises UsageError if the named folder is not a working folder.
    """
    if option or environ.get("SUOWEN_HOME") or (Path.cwd() / "config" / "sources.yaml").is_file():
        return find_home(option, environ)
    return None


def load(home: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Load the configuration of a working folder.

    Raises ConfigError with all mistakes in the files of config/ and in the environment.
    """
    mistakes: list[str] = []
    settings_doc = _document(home, "settings.yaml", mistakes, required=False)
    sources_doc = _document(home, "sources.yaml", mistakes, required=True)
    settings = _settings(settings_doc, environ, mistakes)
    entries = validated(SourcesFile, sources_doc, mistakes)
    mistakes.extend(_contradictions(sources_doc))
    mistakes.extend(_data_mistakes(home, settings_doc))
    subscriptions = _subscriptions(home, environ, mistakes)
    if mistakes or settings is None or entries is None or subscriptions is None:
        raise ConfigError(mistakes)
    return Config(home, settings, tuple(entry.source() for entry in entries.sources), subscriptions)


def _subscriptions(home: Path, environ: Mapping[str, str], mistakes: list[str]) -> SubscriptionsFile | None:
    document = _document(home, "subscriptions.yaml", mistakes, required=False)
    mistakes.extend(apply_environment(document, environ))
    mistakes.extend(contradictions(document))
    return validated(SubscriptionsFile, document, mistakes)


def _document(home: Path, name: str, mistakes: list[str], *, required: bool) -> yaml_positions.Document:
    path = home / "config" / name
    try:
        document = yaml_positions.parse(f"config/{name}", decoded(f"config/{name}", path.read_bytes()))
    except FileNotFoundError:
        document = yaml_positions.Document(f"config/{name}")
        if required:
            document.fail(f"config/{name}: no such file in {home}; `suowen init {home}` writes one")
    except OSError as error:
        document = yaml_positions.Document(f"config/{name}")
        document.fail(f"config/{name}: cannot be read: {error.strerror}")
    except ConfigError as error:
        document = yaml_positions.Document(f"config/{name}")
        document.fail(str(error))
    mistakes.extend(document.mistakes)
    return document


def _settings(document: yaml_positions.Document, environ: Mapping[str, str], mistakes: list[str]) -> Settings | None:
    document.value = {} if document.value is None else document.value
    if isinstance(document.value, dict):
        for part, secret in (("smtp", "password"), ("llm", "key")):
            section = document.value.get(part)
            if isinstance(section, dict) and section.get(secret):
                place, variable = document.at((part, secret)), f"SUOWEN_{part}__{secret}".upper()
                mistakes.append(f"{place}: {part}.{secret}: no secrets in files; set {variable} instead")
        _apply_environment(document, environ)
        section = document.value.get("llm")
        if isinstance(section, dict) and section.get("url") and not section.get("name"):
            place = place_of(document, ("llm", "url"))
            mistakes.append(f"{place}: is set but llm.name is not; set llm.name to the name of the model")
    return validated(Settings, document, mistakes)


def _apply_environment(document: yaml_positions.Document, environ: Mapping[str, str]) -> None:
    """Override settings by the environment: SUOWEN_FETCH__DEADLINE=20 sets {"fetch": {"deadline": 20}}."""
    for variable in sorted(environ):
        if not variable.startswith("SUOWEN_") or variable == "SUOWEN_HOME" or variable.startswith(DESTINATION):
            continue
        path = tuple(variable.removeprefix("SUOWEN_").lower().split("__"))
        inner = document.value
        for key in path[:-1]:
            if not isinstance(inner.get(key), dict):
                inner[key] = {}
            inner = inner[key]
        inner[path[-1]] = _scalar(environ[variable], secret=path[-1] in SECRETS)
        for end in range(1, len(path)):
            document.places.setdefault(path[:end], f"{ENVIRONMENT}{variable}")
        document.places[path] = f"{ENVIRONMENT}{variable}"


def _scalar(text: str, *, secret: bool) -> Any:
    """Parse an environment value as YAML, so that it may be a number or a list; a secret is not parsed."""
    try:
        return text if secret else yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _contradictions(document: yaml_positions.Document) -> Iterator[str]:
    """Yield mistakes that involve several fields.

    Uses the unvalidated entries, so that an invalid field does not hide other mistakes.
    """
    seen: dict[str, yaml_positions.Path] = {}
    for path, entry in _tables(document.value, "sources"):
        name = entry.get("name")
        if isinstance(name, str):
            here: yaml_positions.Path = (*path, "name")
            if name in seen:
                first = document.at(seen[name])
                yield f"{place_of(document, here)}: {name} is already the name at {first}; names must be unique"
            seen.setdefault(name, here)
        if _has(entry, "every") and _has(entry, "cron"):
            yield f"{place_of(document, (*path, 'cron'))}: set every or cron, not both"
        for inner, listing in _tables(entry, "list"):
            yield from _listing_contradictions(document, (*path, *inner), listing)


def _listing_contradictions(
    document: yaml_positions.Document, path: yaml_positions.Path, entry: Mapping[str, Any]
) -> Iterator[str]:
    """Yield mistakes in one entry of `list`: none or several kinds of listing, or `next` without a list page."""
    kinds = [key for key in ("feed", "sitemap", "page", "epaper") if _has(entry, key)]
    if len(kinds) != 1:
        got = " and ".join(kinds) or "none"
        yield f"{place_of(document, path)}: set exactly one of feed, sitemap, page, epaper, got {got}"
    elif _has(entry, "next") and kinds != ["page"]:
        yield f"{place_of(document, (*path, 'next'))}: next is allowed with page only"


def _tables(value: Any, key: str) -> Iterator[tuple[yaml_positions.Path, Mapping[str, Any]]]:
    """Yield (path, table) for the tables in the list `value[key]`; skip values of other types."""
    rows = value.get(key) if isinstance(value, dict) else None
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield (key, index), row


def _has(entry: Mapping[str, Any], key: str) -> bool:
    return entry.get(key) is not None


def _data_mistakes(home: Path, settings: yaml_positions.Document) -> Iterator[str]:
    """Yield mistakes about data files: missing topic or rule files, former names, and files that are not YAML tables.

    The modules that use the files check their content (`Topic.load`, `ingest.extract.site_rules`). This package must
    not import these modules, which rank above it.
    """
    for old, new in RENAMED_FOLDERS.items():
        if (home / "config" / old).exists():
            yield f"config/{old}: this folder is called config/{new} now; rename it"
    weights, topic = "weights.yaml", "police-station"
    chosen = settings.value.get("topic") if isinstance(settings.value, dict) else None
    if isinstance(chosen, str) and re.fullmatch(r"[\w-]+", chosen):  # an invalid name has been reported by validation
        topic = chosen
    if data_path(f"topics/{topic}.yaml", home) is None:
        files = [path for folder in (home, defaults()) for path in (folder / "config" / "topics").glob("*.yaml")]
        known = ", ".join(sorted({path.stem for path in files} - {"genre", "weights"}))
        yield f"{settings.at(('topic',))}: topic: no such file config/topics/{topic}.yaml; known: {known}"
    else:
        document = _data_document(f"topics/{topic}.yaml", home)
        yield from document.mistakes
        keys = document.value if isinstance(document.value, dict) else {}
        if "model" in keys:
            yield f"{document.at(('model',))}: model: this key is now called weights"
        weights = keys["weights"] if isinstance(keys.get("weights"), str) else weights
    if weights == "weights.yaml" and (home / "config" / "topics" / "model.yaml").exists():
        yield "config/topics/model.yaml: this file is now called weights.yaml; rename it"
    for name in ("topics/genre.yaml", f"topics/{weights}", "extract/containers.yaml", "extract/sites.yaml"):
        if data_path(name, home) is None:
            yield f"config/{name}: no such file in {home} or among the shipped ones"
        else:
            yield from _data_document(name, home).mistakes


def _data_document(name: str, home: Path) -> yaml_positions.Document:
    """Parse a file of the working folder as a table. Shipped files are skipped: tests check them, and parsing them
    would slow every command.
    """
    path = home / "config" / name
    if not path.is_file() or home == defaults():
        return yaml_positions.Document(f"config/{name}")
    try:
        document = yaml_positions.parse(f"config/{name}", decoded(f"config/{name}", path.read_bytes()))
    except OSError as error:
        document = yaml_positions.Document(f"config/{name}")
        document.fail(f"config/{name}: cannot be read: {error.strerror}")
    except ConfigError as error:
        document = yaml_positions.Document(f"config/{name}")
        document.fail(str(error))
    if not document.broken and not isinstance(document.value, dict):
        document.fail(f"config/{name}: must be a table of keys, like the shipped one")
    return document


def write_starter(home: Path) -> list[Path]:
    """Write a commented config/ into `home` without changing existing files. Returns the written files."""
    written = []
    for name in ("settings.yaml", "sources.yaml", "subscriptions.yaml"):
        target = home / "config" / name
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((defaults() / "config" / name).read_bytes())
        written.append(target)
    return written
