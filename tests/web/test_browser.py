"""One look with a real browser: what it runs, what it blocks, what it sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.corrections import record_correction
from store.history import show
from tests.support.store_samples import later
from tests.support.web_samples import tell, tell_hostile

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def browser() -> Any:
    """Chromium as installed on this machine, driven by playwright."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")
    playwright: Any = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium.new_page()
        chromium.close()


def _log_in(page: Any, web: Any, onward: str) -> None:
    page.goto(web.base + onward)
    page.fill("input[name=token]", "t" * 43)
    page.fill("input[name=by]", "老王")
    page.click("button.main")
    page.wait_for_load_state("load")


@pytest.mark.timeout(180)
def test_a_person_reads_and_judges(lite_web: Any, browser: Any) -> None:
    """Log in where one wanted to go, follow a mark to its fact, say that it is none: the style is there, nothing breaks
    our own policy, and the browser's own Origin and cookie rules let our forms through."""
    tell(lite_web.store)
    said: list[str] = []
    browser.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    _log_in(browser, lite_web, "/articles/1?revision=2")
    assert browser.url.endswith("/articles/1?revision=2")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(239, 236, 229)"
    browser.click(".text a[href='#fact-2']")
    assert browser.url.endswith("#fact-2")
    browser.click("#fact-2 summary")
    browser.fill("#fact-2 input[name=note]", "旧数")
    browser.click("#fact-2 button[value=reject]")
    browser.wait_for_url("**/articles/1#fact-2")
    assert [(one.by, one.note) for one in show(lite_web.store, 1).corrections] == [("老王", "旧数")]
    assert "判为不实" in browser.inner_text("main")
    browser.set_viewport_size({"width": 390, "height": 844})
    assert browser.evaluate("document.documentElement.scrollWidth") == 390  # nothing stands out on a telephone
    assert said == []


@pytest.mark.timeout(180)
def test_nothing_stored_runs(lite_web: Any, browser: Any) -> None:
    """With markup in every stored field: no page's title is taken over, no dialog opens, no request leaves for what a
    payload names."""
    tell_hostile(lite_web.store)
    record_correction(lite_web.store, 1, 1, "confirm", "x", later(2))
    dialogs: list[Any] = []
    asked: list[str] = []
    browser.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    browser.on("request", lambda request: asked.append(request.url))
    _log_in(browser, lite_web, "/")
    for path in (
        "/",
        "/articles/1",
        "/articles/2",
        "/articles/1/revisions",
        "/log",
        "/diff?from=0&to=3",
        "/search?q=派出所",
    ):
        browser.goto(lite_web.base + path)
        browser.wait_for_load_state("networkidle")
        assert browser.title() != "owned" and browser.evaluate("document.images.length + document.scripts.length") == 0
    assert dialogs == [] and all(one.startswith(lite_web.base) and not one.endswith("/x") for one in asked)
