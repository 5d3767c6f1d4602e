"""Site rules: config/extract/containers.yaml and sites.yaml, compiled once for each working folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from cssselect import SelectorError
from lxml.cssselect import CSSSelector

from ingest.config.data_files import data_text
from ingest.errors import ConfigError
from ingest.pipeline_types import SiteRules
from ingest.urls import host_of


@dataclass(frozen=True, slots=True)
class SiteRule:
    """CSS selectors for one kind of page (`page`) of one site, with the date from which they apply."""

    host: str
    valid_from: str
    page: str
    rules: SiteRules


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Compiled rules.

    `ids` and `classes` map the id or class of a known container to the name of its template (a site or CMS, such as
    TRS). `sites` maps each host to its rules, oldest first.
    """

    ids: dict[str, str]
    classes: dict[str, str]
    sites: dict[str, tuple[SiteRule, ...]]

    def container(self, classes: str | None, ident: str | None) -> str | None:
        """Return the selector of the known container that has these attributes; None if there is none."""
        if ident and ident in self.ids:
            return "#" + ident
        if classes:
            for name in classes.split():
                if name in self.classes:
                    return "." + name
        return None

    def site(self, url: str) -> SiteRule | None:
        """Return the newest rule for the host of a URL, or else for its nearest parent domain.

        Return None if there is none.
        """
        try:
            host = host_of(url)
        except ValueError:
            return None
        parts = host.split(".")
        for start in range(len(parts) - 1):
            found = self.sites.get(".".join(parts[start:]))
            if found:
                return found[-1]
        return None


@lru_cache(maxsize=8)
def rulebook(home: Path | None = None) -> Rulebook:
    """Return the compiled rules in `home`, or else the built-in ones. Raises ConfigError with file and entry."""
    ids: dict[str, str] = {}
    classes: dict[str, str] = {}
    for number, entry in enumerate(_entries("containers", home), 1):
        for selector in _required(entry, "select", "containers", number):
            (ids if selector.startswith("#") else classes)[selector[1:]] = str(entry.get("template", ""))
    sites: dict[str, list[SiteRule]] = {}
    for number, entry in enumerate(_entries("sites", home), 1):
        known = {key: entry[key] for key in SiteRules.__dataclass_fields__ if key in entry}
        if "remove" in known:
            known["remove"] = tuple(known["remove"])
        for key, value in known.items():
            _check_selectors(value, f"config/extract/sites.yaml: entry {number}: {key}")
        for host in _required(entry, "hosts", "sites", number):
            rule = SiteRule(host, str(entry.get("valid_from", "")), str(entry.get("page", "")), SiteRules(**known))
            sites.setdefault(host, []).append(rule)
    return Rulebook(
        ids, classes, {host: tuple(sorted(found, key=lambda r: r.valid_from)) for host, found in sites.items()}
    )


def _check_selectors(value: str | tuple[str, ...], where: str) -> None:
    for selector in (value,) if isinstance(value, str) else value:
        try:
            CSSSelector(selector)
        except (SelectorError, TypeError) as error:
            raise ConfigError([f"{where} is not a CSS selector: {selector!r} ({error})"]) from error


def _entries(name: str, home: Path | None) -> list[dict[str, Any]]:
    data = yaml.safe_load(data_text(f"extract/{name}.yaml", home)) or {}
    entries = data.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError([f"config/extract/{name}.yaml: {name} must be a list of tables"])
    return entries


def _required(entry: dict[str, Any], key: str, name: str, number: int) -> list[str]:
    value = entry.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise ConfigError([f"config/extract/{name}.yaml: entry {number}: {key} must be a list of names"])
    return value
