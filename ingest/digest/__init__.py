"""The daily digest: collect one day's changes, render them, and mail them to each recipient once.

    Period ──compose──▶ Digest ──render_html, render_text──▶ strings ──message──▶ EmailMessage ──deliver──▶ recipients

`make_digest` runs these steps for one day.
"""

from ingest.digest.build import BuiltDigest, make_digest, prune_outcomes
from ingest.digest.compose import Digest, compose_digest
from ingest.digest.mail import Delivery, deliver, message
from ingest.digest.render import render_html, render_text

__all__ = [
    "BuiltDigest",
    "Delivery",
    "Digest",
    "compose_digest",
    "deliver",
    "make_digest",
    "message",
    "prune_outcomes",
    "render_html",
    "render_text",
]
