"""Tests of store/access_keys.py and of the queries for feeds and assistants, on both databases."""

from __future__ import annotations

import pytest

from store import Store, StoreError, masked_views
from store.access_keys import AccessKey, add_key, find_key, list_keys, revoke_key
from store.fact_export_rows import fact_rows, flat
from store.outbox import Message, enqueue
from store.search import Filters
from tests.support.store_samples import T0, article, batch_of, fact, later, put
from tests.support.web_samples import SECRETS, add_story


def test_a_key_is_found_until_it_expires_or_is_revoked(store: Store) -> None:
    """A key is found by kind and secret until it expires or is revoked; after that its name can be used again."""
    add_key(store, AccessKey("token", "甲", "correct", T0, later(2), {"a": [1, "二"]}), "s" * 43)
    found = find_key(store, "token", "s" * 43, later(1))
    assert found is not None and (found.scope, found.target, found.made_at) == ("correct", {"a": [1, "二"]}, T0)
    assert find_key(store, "token", "s" * 43, later(2)) is None
    assert find_key(store, "feed", "s" * 43, later(1)) is None and find_key(store, "token", "x", later(1)) is None
    with pytest.raises(StoreError, match="the name is used"):
        add_key(store, AccessKey("token", "甲", "read", T0), "t" * 43)
    add_key(store, AccessKey("feed", "甲", "read", T0), "t" * 43)
    revoke_key(store, "token", "甲", later(1))
    assert find_key(store, "token", "s" * 43, later(1)) is None and find_key(store, "feed", "t" * 43, later(1))
    with pytest.raises(StoreError, match="there is no such token"):
        revoke_key(store, "token", "甲", later(1))
    add_key(store, AccessKey("token", "甲", "read", T0), "u" * 43)
    assert [key.valid(later(1)) for key in list_keys(store, "token")].count(True) == 1


def test_newest_summaries_stories_and_messages(store: Store) -> None:
    """`newest` orders articles by their last change, latest first; all texts in the views for feeds are masked.

    Missing articles are left out of a list; a missing story raises an error.
    """
    add_story(store)
    assert masked_views.newest(store, "", Filters(ruling="feature")) == [1, 2]
    assert masked_views.newest(store, "走访", limit=1) == [1] and masked_views.newest(store, SECRETS[0]) == []
    shown = [summary.value for summary in masked_views.summaries(store, [2, 1, 99])]
    assert [summary.revision.article for summary in shown] == [2, 1] and shown[1].revision.number == 2
    assert masked_views.story(store, 1).value.copies[0].article == 2
    items = [
        {"title": SECRETS[0], "url": "", "article": 1, "lines": [{"text": SECRETS[0], "quote": SECRETS[1], "url": ""}]}
    ]
    enqueue(
        store, Message("a.1", "a", T0, SECRETS[0], {"sections": [{"kind": "x", "heading": "x 1", "items": items}]}), []
    )
    (message,) = masked_views.messages(store, "a", 5)
    rows = list(flat(fact_rows(store, ruling=None)))
    assert len(rows) == 3 + 5 and {row["station"] for row in rows} >= {"井口派出所"}
    everything = str((shown, masked_views.story(store, 1), message, rows))
    assert not [secret for secret in SECRETS if secret in everything]
    assert masked_views.first_seen(store, {1, 3, 99}).keys() == {1, 3}
    with pytest.raises(StoreError, match="story 9: it does not exist"):
        masked_views.story(store, 9)


def test_kept_texts_become_stale(store: Store) -> None:
    """A kept text is stale if its article changed, or if a name in it, even with blanks inside, became private."""
    with batch_of(store) as batch:
        put(batch, article(1, "民警李红在井口派出所。"))
        put(batch, article(2, "民警周海在井口派出所。"))
    text = "居民李红今年70岁。"
    with batch_of(store, later(1)) as batch:
        person = fact("居民李红", text, "person", name="李红", roles=["居民"], role_class="citizen", private=True)
        put(batch, article(3, text), facts=(person,))
    assert masked_views.stale(store, 1, 2, {1: "民警李　红", 2: "民警周海", 3: "居民"}) == {1, 3}
    assert masked_views.stale(store, 2, 2, {1: "民警李红"}) == set()
