"""Tests of the pages in Chromium: scripts, security policy, requests, forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.record_fact_correction import record_correction
from store.queries import show
from tests.support.store_samples import later
from tests.support.web_samples import add_hostile_article, add_story

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def browser() -> Any:
    """Yield a page of the installed Chromium, controlled by playwright."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")
    playwright: Any = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium.new_page()
        chromium.close()


def _log_in(page: Any, web: Any, target: str) -> None:
    page.goto(web.base + target)
    page.fill("input[name=token]", "t" * 43)
    page.fill("input[name=by]", "老王")
    page.click("button.main")
    page.wait_for_load_state("load")


@pytest.mark.timeout(180)
def test_reading_and_correcting_an_article(lite_web: Any, browser: Any) -> None:
    """A user logs in, follows a mark to its fact and rejects the fact.

    The style sheet is applied, the browser reports no error, and forms work with the browser's own Origin and cookies.
    """
    add_story(lite_web.store)
    errors: list[str] = []
    browser.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    _log_in(browser, lite_web, "/articles/1?revision=2")
    assert browser.url.endswith("/articles/1?revision=2")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(239, 236, 229)"
    browser.click(".text a[href='#fact-2']")
    assert browser.url.endswith("#fact-2")
    browser.click("#fact-2 summary")
    browser.fill("#fact-2 input[name=note]", "旧数")
    browser.click("#fact-2 button[value=reject]")
    browser.wait_for_url("**/articles/1#fact-2")
    assert [(item.by, item.note) for item in show(lite_web.store, 1).corrections] == [("老王", "旧数")]
    assert "判为不实" in browser.inner_text("main")
    browser.set_viewport_size({"width": 390, "height": 844})
    # The page does not scroll horizontally on a phone.
    assert browser.evaluate("document.documentElement.scrollWidth") == 390
    assert errors == []


@pytest.mark.timeout(180)
def test_stored_markup_does_not_run(lite_web: Any, browser: Any) -> None:
    """With markup in every stored field, no page changes its title, opens a dialog or requests the payload."""
    add_hostile_article(lite_web.store)
    record_correction(lite_web.store, 1, 1, "confirm", "x", later(2))
    dialogs: list[Any] = []
    requests: list[str] = []
    browser.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    browser.on("request", lambda request: requests.append(request.url))
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
    assert dialogs == [] and all(url.startswith(lite_web.base) and not url.endswith("/x") for url in requests)
