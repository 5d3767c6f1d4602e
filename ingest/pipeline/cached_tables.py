"""Preload the topic, lexicon and other tables of a worker process, so that its first article need not load them.

Topics and lexicons are cached per working folder; the shipped ones are cached under the key None.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ingest.classify import Topic, classify
from ingest.config.load import Config
from ingest.dedup import fingerprint
from ingest.extract.site_rules import rulebook
from ingest.facts import Lexicon, UnitWords, facts

#: text for which the classifier, the fingerprint and the fact rules load all tables that they would load on first use
_SAMPLE = (
    "白杨沟派出所成立于1950年,现有民警12人,辖区面积30平方公里。所长王建国说:“群众的事,没有小事。”"
    "2019年,该所被公安部评为一级派出所。\n"
)


@lru_cache(maxsize=4)
def topic(name: str, home: Path | None) -> Topic:
    """Return the topic with that name. Raises ConfigError."""
    return Topic.load(name, home)


@lru_cache(maxsize=4)
def unit_words(name: str, home: Path | None) -> UnitWords | None:
    """Return the words by which a topic names its units, their staff and their authorities.

    Returns None for the topic of police stations: the fact rules already contain its words.
    """
    words = topic(name, home).words
    if "派出所" in words.units:
        return None
    return UnitWords(words.units, words.short, words.people, words.authority)


def lexicon(home: Path | None) -> Lexicon:
    """Return the lexicon of a folder if it has one, else the shipped one, which `load_all` preloads."""
    return _lexicon(home if home and (home / "config" / "lexicon").is_dir() else None)


@lru_cache(maxsize=2)
def _lexicon(home: Path | None) -> Lexicon:
    return Lexicon.load(home)


def load_all() -> None:
    """Load all tables before workers are forked from this process.

    Otherwise the first article of each worker takes 2.7 s of processor time, which can exceed the deadline of a
    page on a busy machine.
    """
    load_classifier()
    fingerprint("", _SAMPLE)
    load_facts()


def load_classifier() -> None:
    """Load the tables of the classifier."""
    classify("白杨沟派出所", _SAMPLE * 10, topic("police-station", None))


def load_facts() -> None:
    """Load the tables of the fact rules."""
    facts(_SAMPLE, lexicon(None))


def check_rules(config: Config) -> Config:
    """Load topic, site rules and lexicon of a working folder and return the same configuration.

    A command that calls this stops at a mistake in these files before it fetches anything. Raises ConfigError.
    """
    Topic.load(config.settings.topic, config.home)
    rulebook(config.home)
    Lexicon.load(config.home)
    return config
