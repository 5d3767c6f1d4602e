"""Small news site on loopback, generated from seeds/, for the demo and for tests.

    with DemoSite() as site:
        entry = demo_source(site.base_url)     its config/sources.yaml
        ...                                    first pass
        site.advance()                         edits one page
        ...                                    second pass
        site.expected()                        expected outcome of each page

invented_articles.py contains articles written for the demo, seed_articles.py separates article and boilerplate of the
five example texts, templates.py imitates the layouts of real sites, site_pages.py builds pages and listings, and
server.py serves them.
Boilerplate is the text of a page that does not belong to the article: navigation, share buttons, related links.
"""

from __future__ import annotations

from ingest.demo.server import DemoSite
from ingest.demo.site_pages import Expected, expected

__all__ = ["DemoSite", "Expected", "demo_source", "expected"]

#: default port of `python -m ingest.demo` and of the shipped demo source
PORT = 8765


def demo_source(base_url: str) -> str:
    """Return the text of a config/sources.yaml with one entry: the demo site served at `base_url`."""
    return f"""sources:
  # The demo site on this machine (`python -m ingest.demo` serves it)
  - name: demo
    home: {base_url}/
    list:
      - feed: {base_url}/rss.xml
      - sitemap: {base_url}/sitemap.xml
      - page: {base_url}/jwzx/index.html
        pages: 2
    every: 1h
    delay: 0
    # allows 127.0.0.1, which is refused by default
    loopback: true
    checked: never
"""
