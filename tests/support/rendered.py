"""Render an HTML page in Chromium at the sizes of a phone and a screen, light and dark, and measure it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
#: sizes of a phone and of a desktop screen, in pixels
PHONE, SCREEN = (390, 844), (1280, 900)

#: JavaScript function that returns (contrast, text) of each visible text node; the contrast (WCAG 2.1) is to the
#: nearest background colour that is not fully transparent
_CONTRASTS = """
() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !element.getClientRects().length) continue;
    const [high, low] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    found.push([(high + 0.05) / (low + 0.05), node.textContent.trim().slice(0, 40)]);
  }
  return found;
}
"""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Measurements of a rendered page: size in pixels, and (contrast, text) of each visible text node."""

    width: int
    height: int
    contrasts: tuple[tuple[float, str], ...]

    @property
    def worst(self) -> tuple[float, str]:
        """The (contrast, text) of the text node with the lowest contrast."""
        return min(self.contrasts)


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield the installed Chromium. The test is skipped if Chromium or playwright is missing."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")
    playwright: Any = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def measure(browser: Any, html: str, size: tuple[int, int] = PHONE, *, dark: bool = False) -> Rendered:
    """Return the measurements of a page rendered at `size`."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.set_content(html)
    width, height = page.evaluate(
        "[document.documentElement.scrollWidth, Math.ceil(document.body.getBoundingClientRect().height)]"
    )
    contrasts = tuple((ratio, text) for ratio, text in page.evaluate(_CONTRASTS))
    context.close()
    return Rendered(width, height, contrasts)
