"""Demo tour: serve the demo site, run two passes over it, write its digest.

The result is an ordinary working folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.config.load import Config, load
from ingest.demo import DemoSite, demo_source
from ingest.digest import make_digest
from ingest.errors import UsageError
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.crawl import run_pass
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary
from store import queries

#: settings that make known pages due at once, because the demo site changes within seconds
SETTINGS = """\
# Settings of the demo. Known articles are due at once, because its site changes within seconds.
# All other keys have their defaults (see `suowen init`).
fetch:
  contact: suowen demo on loopback
recheck:
  ratio: 0
  floor: 0
"""
_MARK = "# Written by `suowen demo`.\n"


@dataclass(frozen=True, slots=True)
class Tour:
    """Result of the tour."""

    home: Path
    port: int
    first: Summary
    second: Summary
    digest: Path
    #: number of a story with a copy, 1 if there is none
    story: int


def tour(folder: Path, port: int, progress: RunProgress) -> Tour:
    """Run two passes over the demo site with one page edited in between, and write the digest of the day.

    Returns the summaries of both passes, and where folder, site and digest are.
    Raises UsageError when `folder` is a working folder with other sources, or the port is in use.
    """
    home = folder.resolve()
    _refuse_others(home)
    with _site(port) as site:
        config = _configured(home, site)
        with open_context(config) as context:
            first = run_pass(context, config.sources, trigger="demo", progress=progress)
            site.advance()
            second = run_pass(context, config.sources, trigger="demo", progress=progress)
            digest = _digest(context)
            story = _story_with_copy(context)
        return Tour(home, site.port, first, second, digest, story)


def _refuse_others(home: Path) -> None:
    sources = home / "config" / "sources.yaml"
    if sources.exists() and not sources.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        raise UsageError(f"{home} is already a working folder with its own sources; name another folder for the demo")


def _site(port: int) -> DemoSite:
    try:
        return DemoSite(port=port)
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used ({error.strerror}); choose another with --port, 0 takes a free one"
        ) from None


def _configured(home: Path, site: DemoSite) -> Config:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    (home / "config" / "sources.yaml").write_text(_MARK + demo_source(site.base_url), encoding="utf-8")
    return load(home)


def _story_with_copy(context: RunContext) -> int:
    """Return the number of the first story that has a copy, 1 if there is no copy."""
    for number in queries.article_ids(context.store):
        story = queries.show(context.store, number).story
        if story is not None and story.copies:
            return story.id
    return 1


def _digest(context: RunContext) -> Path:
    config = context.config
    now = context.now()
    made = make_digest(
        context.store,
        config.settings,
        day=now.astimezone(ZoneInfo(config.settings.zone)).date(),
        now=now,
        folder=config.data / "digests",
        source_names=[source.name for source in config.sources],
    )
    return made.html
