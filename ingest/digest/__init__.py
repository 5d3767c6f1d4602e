"""The daily digest: collect one day's changes and render them as HTML and text (`ingest.deliver` sends them).

    Period ──compose_digest──▶ Digest ──render_html, render_text──▶ files

`make_digest` runs these steps for one day.
"""

from ingest.digest.build_digest import BuiltDigest, make_digest, preview_digest
from ingest.digest.compose import Digest, compose_digest
from ingest.digest.render import render_html, render_text
from ingest.digest.retention import prune_outcomes

__all__ = [
    "BuiltDigest",
    "Digest",
    "compose_digest",
    "make_digest",
    "preview_digest",
    "prune_outcomes",
    "render_html",
    "render_text",
]
