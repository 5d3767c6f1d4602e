"""A small news site on loopback, made from seeds/, for trying and for tests.

    with DemoSite() as site:
        entry = demo_source(site.base_url)     what config/sources.yaml says of it
        ...                                    one pass
        site.advance()                         one page is edited, nothing else
        ...                                    another pass
        site.expected()                        what the line should have decided of each page

stories.py holds its own articles, seeds.py says what of the five examples is article and what furniture, templates.py
makes the pages look like those of real sites, content.py puts both together with the listings, server.py serves them.
"""

from __future__ import annotations

from ingest.demo.content import Expected, expected
from ingest.demo.server import DemoSite

__all__ = ["DemoSite", "Expected", "demo_source", "expected"]

#: the port that `python -m ingest.demo` and the shipped demo source use
PORT = 8765


def demo_source(base_url: str) -> str:
    """The text of a config/sources.yaml with one entry: the demo site served under `base_url`."""
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
    # 127.0.0.1 is refused to every source that does not say this
    loopback: true
    checked: never
"""
