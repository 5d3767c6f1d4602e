"""The tables that articles are judged and read with, loaded once a process: a worker's first article finds them there.

A topic, or the facts' words, of a working folder stand beside the shipped ones: each is kept under its folder.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ingest.classify import Topic, classify
from ingest.config.load import Config
from ingest.dedup import fingerprint
from ingest.extract.site_rules import rulebook
from ingest.facts import Lexicon, facts

#: reaches the tables that judging and reading facts load at first use
_SAMPLE = (
    "白杨沟派出所成立于1950年,现有民警12人,辖区面积30平方公里。所长王建国说:“群众的事,没有小事。”"
    "2019年,该所被公安部评为一级派出所。\n"
)


@lru_cache(maxsize=4)
def topic(name: str, home: Path | None) -> Topic:
    """The topic of that name. Raises ConfigError."""
    return Topic.load(name, home)


def lexicon(home: Path | None) -> Lexicon:
    """The shipped tables, which `load_all` has loaded, unless the folder has tables of its own."""
    return _lexicon(home if home and (home / "config" / "lexicon").is_dir() else None)


@lru_cache(maxsize=2)
def _lexicon(home: Path | None) -> Lexicon:
    return Lexicon.load(home)


def load_all() -> None:
    """Load all of them before workers are forked from this process: without it the first article of each worker took
    2.7 s of processor, which on a busy machine is more than its deadline."""
    load_classifier()
    fingerprint("", _SAMPLE)
    load_facts()


def load_classifier() -> None:
    """What judging needs."""
    classify("白杨沟派出所", _SAMPLE * 10, topic("police-station", None))


def load_facts() -> None:
    """What reading facts needs."""
    facts(_SAMPLE, lexicon(None))


def check_rules(config: Config) -> Config:
    """Load topic, site rules and lexicon of a working folder, so that a mistake in them stops a command before it
    fetches anything. Return the same configuration. Raises ConfigError naming each mistake.
    """
    Topic.load(config.settings.topic, config.home)
    rulebook(config.home)
    Lexicon.load(config.home)
    return config
