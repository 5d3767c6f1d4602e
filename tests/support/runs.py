"""Working folders for tests, passes over a small site, and texts for the pages of that site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.config.data_files import defaults
from ingest.config.load import load
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.crawl import run_pass
from ingest.pipeline.results import Summary
from tests.support.small_site import SOURCES, NullProgress, SmallSite, page, rss

SEEDS = sorted((defaults() / "seeds").glob("0*.txt"))

FEATURE = SEEDS[1].read_text(encoding="utf-8").split("\n", 1)[1]

OTHER = SEEDS[3].read_text(encoding="utf-8")

BRIEF = "11月18日,临江县公安局破获一起盗窃电动车案,抓获嫌疑人一名,追回被盗电动车三辆。目前,案件正在进一步办理中。" * 3


def working_folder(folder: Path, base: str, recheck: str = "{ratio: 0, floor: 0}") -> Path:
    """Write config/ for the small site served at `base` into `folder`; return the folder."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "sources.yaml").write_text(SOURCES.format(base=base), encoding="utf-8")
    (folder / "config" / "settings.yaml").write_text(f"recheck: {recheck}\n", encoding="utf-8")
    return folder


@contextmanager
def opened(folder: Path, base: str, recheck: str = "{ratio: 0, floor: 0}") -> Iterator[RunContext]:
    """Create a working folder for the small site and yield its run context."""
    with open_context(load(working_folder(folder, base, recheck), {})) as context:
        yield context


def one_pass(context: RunContext) -> Summary:
    """Run one pass over all sources and return its summary."""
    return run_pass(context, context.config.sources, trigger="test", progress=NullProgress())


def fill(site: SmallSite, pages: dict[str, tuple[str, str]]) -> None:
    """Serve pages (title and text by path) and a feed with links to them."""
    for path, (title, text) in pages.items():
        site.pages[path] = page(title, text)
    site.pages["/rss.xml"] = rss(site.base, {path: title for path, (title, _) in pages.items()})
