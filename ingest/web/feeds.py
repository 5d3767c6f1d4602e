"""Feeds: the routes whose addresses contain a secret, with ETag and 304.

The target of a feed is a JSON object, stored with the hash of the address (store/access_keys.py). Its `kind` is
"search", "changes" or "subscription". A search may have words, station, place, source, ruling, since and until;
changes may have a station; a subscription has a name. `limit` is the maximum number of entries.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from ingest.versions import PROGRAM
from ingest.web import feed_formats
from ingest.web.feed_entries import Entries
from ingest.web.feed_formats import Feed
from store import Store, masked_views, outbox
from store.access_keys import find_key, list_keys
from store.errors import StoreError

_log = logging.getLogger("suowen.web")
#: number of entries of a feed: default and maximum
ENTRIES, MOST = 100, 1_000
#: maximum cached feeds, at most some 4 MB each
_KEPT = 16
FORMATS = {"atom": (feed_formats.ATOM, feed_formats.atom), "json": (feed_formats.JSON, feed_formats.json_feed)}
_LABELS = {"words": "", "station": "派出所 ", "place": "地区 ", "source": "来源 "}


def title_of(target: Mapping[str, Any]) -> str:
    """Return the title of a feed, such as 所闻：派出所 井口."""
    if target["kind"] == "subscription":
        return f"所闻：{target['name']}"
    if target["kind"] == "changes":
        return "所闻：数字有变" + (f"　{target['station']}" if target.get("station") else "")
    parts = [label + str(target[name]) for name, label in _LABELS.items() if target.get(name)]
    return "所闻：" + ("　".join(parts) or "新文章")


def add_feeds(app: Flask, store: Store, public_url: str = "") -> None:
    """Add the route of the feeds. It needs no login (`ingest.web.auth.OPEN`), because its address contains a secret.

    `app.extensions["warm-feeds"]` builds the entries of all feeds, so that the first readers do not wait for them.
    """
    entries, kept = Entries(store), _Kept()
    app.extensions["warm-feeds"] = lambda: warm(store, entries)

    @app.get("/feeds/<secret:secret>/<any(atom,json):form>", endpoint="feed")
    def feed(secret: str, form: str) -> Response:
        key = find_key(store, "feed", secret, datetime.now(UTC))
        if key is None:
            raise NotFound
        media, render = FORMATS[form]
        home = (public_url or request.host_url).rstrip("/") + "/"
        tag = _etag(store, key.target, home, form, secret)
        if tag in request.if_none_match:
            response = Response(status=304)
        else:
            body = kept.get(tag)
            if body is None:
                limit = int(key.target.get("limit") or ENTRIES)
                found = entries.of_target(key.target, min(limit, MOST))
                updated = max([entry.updated for entry in found], default=key.made_at)
                url = f"{home}feeds/{secret}/{form}"
                body = render(Feed(_feed_id(store, key.target), title_of(key.target), url, home, updated, found))
                kept.put(tag, body)
            response = Response(body, content_type=f"{media}; charset=utf-8" if form == "atom" else media)
        response.set_etag(tag)
        response.headers["Cache-Control"] = "private, no-cache"
        return response


def warm(store: Store, entries: Entries) -> None:
    """Build the entries of every feed. An error is logged, and reported again to a reader who requests the feed."""
    now = datetime.now(UTC)
    for key in list_keys(store, "feed"):
        if key.valid(now):
            try:
                entries.of_target(key.target, min(int(key.target.get("limit") or ENTRIES), MOST))
            except StoreError as error:
                _log.warning("feed %s: %s", key.name, error)


def _etag(store: Store, target: Mapping[str, Any], home: str, form: str, secret: str) -> str:
    """Return the entity tag: a hash of everything that determines the content.

    The content at one address changes with the version of the program, the last commit, and for a subscription the last
    message.
    """
    message = outbox.last_message(store, str(target["name"])) if target["kind"] == "subscription" else ""
    state = [PROGRAM, masked_views.last_commit(store), message, home, form, secret, dict(target)]
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:32]


def _feed_id(store: Store, target: Mapping[str, Any]) -> str:
    """Return the id of a feed. It depends on the store and the feed's target, not on its address or format."""
    first = masked_views.log(store, 1, upto=1)
    name = json.dumps([first[0].digest if first else "", dict(target)], sort_keys=True)
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


class _Kept:
    """Cache of the last used rendered feeds, by entity tag. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def get(self, tag: str) -> bytes | None:
        with self._lock:
            body = self._bodies.get(tag)
            if body is not None:
                self._bodies.move_to_end(tag)
            return body

    def put(self, tag: str, body: bytes) -> None:
        with self._lock:
            self._bodies[tag] = body
            while len(self._bodies) > _KEPT:
                self._bodies.popitem(last=False)
