"""Tests of feeds: conformity of both formats, masking, ETag, revoked addresses, and every kind of feed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from ingest.deliver.message_content import item, line, section
from ingest.web.app import create_app
from ingest.web.feed_entries import Entries
from ingest.web.feeds import warm
from store import Store
from store.access_keys import AccessKey, add_key, revoke_key
from store.outbox import Message, enqueue
from tests.support.store_samples import T0, article, batch_of, fact, later, put
from tests.support.web_samples import PAYLOAD, SECRETS, TEXT, add_hostile_article, add_story, facts_of

SECRET = "s" * 43
ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SEARCH: dict[str, Any] = {"kind": "search", "ruling": "feature"}


@pytest.fixture
def feed(lite: Store) -> Callable[..., Any]:
    """Return a function that requests a feed with this target (by default as JSON) and returns the response."""
    client = create_app(lite, "t" * 43, zone="Asia/Shanghai").test_client()
    made: dict[str, str] = {}

    def get(target: dict[str, Any] = SEARCH, form: str = "json", **headers: str) -> Any:
        name = json.dumps(target, ensure_ascii=False)
        if name not in made:
            made[name] = chr(ord("a") + len(made)) * 43
            add_key(lite, AccessKey("feed", name[:60], "read", T0, target=target), made[name])
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return client.get(f"/feeds/{made[name]}/{form}", headers={"Host": "localhost", **sent})

    return get


def items(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json["items"] if response.is_json else json.loads(response.text)["items"]
    return found


def is_iri(text: str) -> bool:
    return bool(urlsplit(text).scheme)


def check_atom(data: bytes) -> etree._Element:
    """Check the rules of RFC 4287 for a feed document; return its root."""
    root = etree.fromstring(data)
    assert root.tag == ATOM + "feed" and root.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-CN"
    for node in (root, *root.findall(ATOM + "entry")):  # RFC 4287, sections 4.1.1 and 4.1.2
        for name in ("id", "title", "updated"):
            (one,) = node.findall(ATOM + name)
            assert one.text
        assert is_iri(node.findtext(ATOM + "id")) and RFC3339.fullmatch(node.findtext(ATOM + "updated"))
        links = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in node.findall(ATOM + "link")]
        assert len([link for link in links if link[0] == "alternate"]) == len(
            {link for link in links if link[0] == "alternate"}
        )
        assert all(is_iri(link.get("href")) for link in node.findall(ATOM + "link"))
    assert root.find(f"{ATOM}author/{ATOM}name").text  # RFC 4287, section 4.1.1: an author for all entries
    assert [link.get("rel") for link in root.findall(ATOM + "link")] == ["self", "alternate"]
    for entry in root.findall(ATOM + "entry"):
        assert RFC3339.fullmatch(entry.findtext(ATOM + "published"))
        # RFC 4287, section 4.1.3
        assert entry.find(ATOM + "content").get("type") == "html" and entry.findtext(ATOM + "content")
        assert all(category.get("term") for category in entry.findall(ATOM + "category"))  # RFC 4287, section 4.2.2
        assert len(entry.findall(ATOM + "summary")) == 1
    ids = [entry.findtext(ATOM + "id") for entry in root.findall(ATOM + "entry")]
    assert len(set(ids)) == len(ids)
    return root


def check_json_feed(document: dict[str, Any]) -> None:
    """Check the rules of JSON Feed 1.1 for a document."""
    assert document["version"] == "https://jsonfeed.org/version/1.1" and document["title"]
    assert all(is_iri(document[name]) for name in ("home_page_url", "feed_url"))
    ids = []
    for entry in document["items"]:
        assert isinstance(entry["id"], str) and entry["id"] and (entry["content_html"] or entry["content_text"])
        assert all(RFC3339.fullmatch(entry[name]) for name in ("date_published", "date_modified"))
        assert "url" not in entry or urlsplit(entry["url"]).scheme in ("http", "https")
        assert all(isinstance(tag, str) for tag in entry.get("tags", []))
        own = [name for name in entry if name.startswith("_")]
        assert own == ["_suowen"] and isinstance(entry["_suowen"], dict)
        ids.append(entry["id"])
    assert len(set(ids)) == len(ids)


def test_both_formats_by_their_specifications(lite: Store, feed: Callable[..., Any]) -> None:
    """Both documents conform to the specification of their format and have the same entries; feedparser reads them."""
    add_story(lite)
    response = feed(form="atom")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = check_atom(response.data)
    document = json.loads(feed().text)
    assert feed().headers["Content-Type"] == "application/feed+json"
    check_json_feed(document)
    parsed = feedparser.parse(response.data)
    assert parsed.bozo == 0 and parsed.feed.title == "所闻：新文章" and len(parsed.entries) == 2
    for entry, other in zip(parsed.entries, document["items"], strict=True):
        assert (entry.id, entry.link, entry.title) == (other["id"], other["url"], other["title"])
    first = next(entry for entry in parsed.entries if entry.link.endswith("/1.html"))
    assert "警力 民警 41人" in first.content[0].value and "<q>民警41人</q>" in first.content[0].value
    assert {link.rel: link.href for link in first.links}["related"] == "http://localhost/articles/1"
    assert root.find(ATOM + "link").get("href").endswith("/atom")
    check_atom(feed({"kind": "changes"}, "atom").data)
    check_json_feed(json.loads(feed({"kind": "changes"}).text))


def test_facts_prove_themselves_and_nobody_is_named(lite: Store, feed: Callable[..., Any]) -> None:
    """Each fact has its quote with offsets in the masked text and the Commit; no private name is in a feed."""
    add_story(lite)
    client = create_app(lite, "t" * 43, zone="Asia/Shanghai").test_client()
    for entry in items(feed()):
        own = entry["_suowen"]
        shown = client.get(f"/api/articles/{own['article']}", headers={"Authorization": "Bearer " + "t" * 43}).json
        assert own["commit"] == shown["commit"] and own["facts"]
        assert all(shown["text"][fact["start"] : fact["end"]] == fact["quote"] for fact in own["facts"])
    for target in (SEARCH, {"kind": "search", "station": "井口"}, {"kind": "changes"}):
        for form in ("json", "atom"):
            assert not [secret for secret in SECRETS if secret in feed(target, form).text]
    assert items(feed({"kind": "search", "words": SECRETS[0]})) == []


def test_hostile_markup_is_escaped(lite: Store, feed: Callable[..., Any]) -> None:
    """With markup in every stored text field, both documents are valid and contain no injected element."""
    add_hostile_article(lite)
    root = check_atom(feed(form="atom").data)
    assert not root.xpath("//*[local-name()='script' or local-name()='img']")
    for content in root.iter(ATOM + "content"):
        fragment = etree.HTML(content.text)
        assert {node.tag for node in fragment.iter()} <= {"html", "body", "p", "ul", "li", "a", "q", "br"}
        assert not fragment.xpath("//@onerror | //@onload | //a[starts-with(@href, 'javascript')]")
    document = json.loads(feed().text)
    check_json_feed(document)
    assert PAYLOAD[:8] not in document["items"][0]["content_html"] and "url" not in document["items"][0]


def test_unchanged_feed_is_not_sent_again(lite: Store, feed: Callable[..., Any]) -> None:
    """A request with the ETag is answered with 304 until a Commit changes the feed; the new article comes first."""
    add_story(lite)
    first = feed()
    tag = first.headers["ETag"]
    assert feed(If_None_Match=tag).status_code == 304 and feed(If_None_Match=tag).data == b""
    assert feed(If_None_Match=tag).headers["ETag"] == tag and feed(If_None_Match='"x"').status_code == 200
    assert (
        first.headers["Cache-Control"] == "private, no-cache"
        and "default-src" in first.headers["Content-Security-Policy"]
    )
    with batch_of(lite, later(5)) as batch:
        put(batch, article(9), facts=(fact(),))
    again = feed(If_None_Match=tag)
    assert again.status_code == 200 and again.headers["ETag"] != tag
    assert items(again)[0]["_suowen"]["article"] == 4


def test_kept_entries_follow_commits(lite: Store, feed: Callable[..., Any]) -> None:
    """An entry is built again if its article changed, or if a new article marks a name in the entry as private."""
    add_story(lite)
    shown = "民警夏明哲在井口派出所。派出所有民警35人。"
    with batch_of(lite, later(3)) as batch:
        put(batch, article(7, shown, title="民警夏明哲"), facts=(fact("民警35人", shown),))
    ids = {entry["_suowen"]["article"]: entry for entry in items(feed())}
    assert ids[4]["title"] == "民警夏明哲"
    private = "居民夏明哲今年70岁。"
    with batch_of(lite, later(4)) as batch:
        person = fact(
            "居民夏明哲", private, "person", name="夏明哲", roles=["居民"], role_class="citizen", private=True
        )
        put(batch, article(8, private, title="邻居"), facts=(person,))
        changed = TEXT.replace("35人", "52人")
        put(
            batch,
            article(1, changed),
            facts=(fact("民警52人", changed, "force", station="井口派出所", category="民警", value=52),),
        )
    after = {entry["_suowen"]["article"]: entry for entry in items(feed())}
    assert after[4]["title"] == "民警夏某" and "夏明哲" not in json.dumps(after, ensure_ascii=False)
    assert "52" in after[1]["content_text"] and after[2] == ids[2]


def test_changes_and_filters(lite: Store, feed: Callable[..., Any]) -> None:
    """A feed of changes has an entry with both quotes for each changed figure.

    A feed of a search applies station, place, words, date, ruling and limit.
    """
    later_text = TEXT.replace("35人", "41人")
    with batch_of(lite) as batch:
        put(batch, article(1, TEXT), facts=facts_of(TEXT))
    with batch_of(lite, later(1)) as batch:
        station, _, *rest = facts_of(TEXT)
        force = fact("民警41人", later_text, "force", station="井口派出所", category="民警", value=41, approx="exact")
        put(batch, article(2, later_text, published="2026-03-01"), facts=(station, force, rest[2]))
    (entry,) = items(feed({"kind": "changes"}))
    assert entry["title"] == "井口派出所 民警 35 → 41"
    assert [found["quote"] for found in entry["_suowen"]["facts"]] == ["民警35人", "民警41人"]
    assert items(feed({"kind": "changes", "station": "别的"})) == []
    for target, count in (
        ({"station": "井口派出所"}, 2),
        ({"place": "重庆"}, 2),
        ({"place": "上海"}, 0),
        ({"words": "走访 井口"}, 2),
        ({"words": "走访", "since": "2026-03-01"}, 1),
        ({"ruling": "brief"}, 0),
        ({}, 2),
    ):
        assert len(items(feed({"kind": "search", **target}))) == count, target
    assert len(items(feed({"kind": "search", "limit": 1}))) == 1


def test_subscription_feed_has_its_messages(lite: Store, feed: Callable[..., Any]) -> None:
    """The items of a subscription's messages are entries with quotes, newest first.

    They are masked with the private names that the store has at the time of the request.
    """
    lines = [line("重庆日报 · 2026年"), line("民警35人，李红说", quote="派出所有民警35人")]
    parts = [section("features", "新特写", [item("李红和派出所", url="https://e.cn/1", article=1, lines=lines)])]
    for hour in (1, 2):
        enqueue(
            lite,
            Message(f"chongqing.{hour}", "chongqing", later(hour), "所闻", {"sections": parts, "text": "", "html": ""}),
            [],
        )
    target = {"kind": "subscription", "name": "chongqing"}
    found = items(feed(target))
    assert [entry["date_published"][11:13] for entry in found] == ["10", "09"]
    assert found[0]["title"] == "李红和派出所" and found[0]["url"] == "https://e.cn/1"
    assert "“派出所有民警35人”" in found[0]["content_text"] and found[0]["tags"] == ["features"]
    text = "居民李红今年70岁。"
    with batch_of(lite) as batch:
        person = fact("居民李红", text, "person", name="李红", roles=["居民"], role_class="citizen", private=True)
        put(batch, article(1, text, title="邻居"), facts=(person,))
    assert items(feed(target))[0]["title"] == "李某和派出所"
    check_atom(feed(target, "atom").data)
    assert items(feed({"kind": "subscription", "name": "other"})) == []


def test_withdrawn_and_wrong_addresses(lite: Store) -> None:
    """A revoked address, a wrong secret and a token in place of the secret are answered with 404 and no stored text.

    POST, PUT, DELETE and PATCH are refused.
    """
    add_story(lite)
    client = create_app(lite, "t" * 43, zone="Asia/Shanghai").test_client()
    add_key(lite, AccessKey("feed", "甲", "read", T0, target=SEARCH), SECRET)
    add_key(lite, AccessKey("token", "乙", "admin", T0), "a" * 43)
    assert client.get(f"/feeds/{SECRET}/atom").status_code == 200
    revoke_key(lite, "feed", "甲", T0)
    for secret in (SECRET, "a" * 43, "t" * 43, "x" * 43):
        response = client.get(f"/feeds/{secret}/atom")
        assert response.status_code == 404 and "派出所" not in response.text
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)(f"/feeds/{SECRET}/atom").status_code == 401


def test_entries_kept_are_limited(lite: Store) -> None:
    """The cache keeps no more entries than allowed; the feed is complete nevertheless."""
    with batch_of(lite) as batch:
        for number in range(1, 8):
            put(batch, article(number, f"第{number}篇。"))
    entries = Entries(lite, keep=3)
    assert len(entries.of_target(SEARCH, 100)) == 7 and len(entries._built) == 3


def test_feeds_are_built_before_the_first_reader(lite: Store) -> None:
    """`warm` builds the entries of all feeds that are not revoked, and continues after a feed that fails."""
    add_story(lite)
    app = create_app(lite, "t" * 43, zone="Asia/Shanghai")
    entries = Entries(lite)
    add_key(
        lite,
        AccessKey("feed", "a", "read", T0, target={**SEARCH, "since": "2026-02-01", "until": "2026-01-01"}),
        "a" * 43,
    )
    add_key(lite, AccessKey("feed", "b", "read", T0, target={"kind": "search", "ruling": "brief"}), "b" * 43)
    add_key(lite, AccessKey("feed", "c", "read", T0, target=SEARCH), "c" * 43)
    revoke_key(lite, "feed", "c", T0)
    warm(lite, entries)
    assert set(entries._built) == {3}
    app.extensions["warm-feeds"]()
