"""Tests of the pages and the API on both databases: content, masking, escaping, invalid parameters, store errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ingest.digest.format_zh import full_width
from ingest.record_fact_correction import record_correction
from ingest.web.highlight import hit_segments, paragraphs
from store import Store, open_store
from store.masking import mask, mask_aligned
from store.outbox import Delivery, Message, SubscriptionState, enqueue, start_subscription
from store.schema import metadata
from tests.support.store_samples import later
from tests.support.web_samples import PAYLOAD, SECRETS, TEXT, add_hostile_article, add_story, facts_of

PAGES = (
    "/",
    "/?ruling=brief",
    "/?source=example",
    "/search",
    "/search?q=派出所",
    "/search?q=1",
    "/search?station=井口",
    "/search?ruling=feature&since=2026-01-01&until=2026-12-31",
    "/articles/1",
    "/articles/1?revision=1",
    "/articles/2",
    "/articles/3",
    "/articles/1/revisions",
    "/station",
    "/station?name=井口派出所",
    "/log",
    "/log?before=2",
    "/diff",
    "/diff?from=0&to=2",
    "/diff?from=1&to=1",
    "/messages",
    "/login",
    "/style.css",
)


def _api(path: str) -> str:
    return "/api" + ("/articles" + path[1:] if path.startswith("/?") or path == "/" else path)


def _followed(web: Any, start: str = "/") -> Iterator[tuple[str, BeautifulSoup]]:
    """Yield once each page that is reachable by links from `start` or from a page of PAGES."""
    pending, seen = [start, *PAGES], set()
    while pending:
        path = urlsplit(pending.pop())._replace(fragment="").geturl()
        if path in seen:
            continue
        seen.add(path)
        page = BeautifulSoup(web.page(path), "lxml")
        yield path, page
        for anchor in page.select("a[href]"):
            href = str(anchor["href"])
            if not urlsplit(href).scheme:
                pending.append(urljoin(path, href))


def test_article_explains_its_facts_on_request(web: Any) -> None:
    """With `explain=1` the article has the accepted and rejected parts of the masked text, each with its rule.

    Without `explain=1` this is not computed.
    """
    add_story(web.store)
    assert web.get("/api/articles/1").json()["explained"] is None
    article = web.get("/api/articles/1?explain=1").json()
    taken = {one["rule"].partition("@")[0]: one for one in article["explained"] if one["taken"]}
    assert "force.stated" in taken and taken["force.stated"]["why"]
    assert all(article["text"][one["start"] : one["end"]] == one["quote"] for one in article["explained"])
    page = BeautifulSoup(web.page("/articles/1?explain=1"), "lxml")
    assert "force.stated" in page.get_text() and "逐条说明取舍" in web.page("/articles/1")
    assert web.get("/api/articles/1?explain=2").status_code == 400


def test_pages_show_the_store(web: Any) -> None:
    """Lists, text, facts, copies, revisions, card and history are shown; each link leads to a page."""
    add_story(web.store)
    pages = dict(_followed(web))
    assert len(pages) > 25
    texts = {path: page.get_text(" ") for path, page in pages.items()}
    assert [row["id"] for row in web.get("/api/articles").json()["articles"]] == [3, 2, 1]
    assert [row["id"] for row in web.get("/api/articles?ruling=brief").json()["articles"]] == [3]
    assert "民警 41人" in texts["/articles/1"] and "民警 35人" not in texts["/articles/1"]
    assert "这是第 1 版" in texts["/articles/1?revision=1"] and "民警 35人" in texts["/articles/1?revision=1"]
    assert pages["/articles/1/revisions"].select_one("del").text == "35"
    assert pages["/articles/1/revisions"].select_one("ins").text == "41"
    assert "改动转载" in texts["/articles/1"] and "93%" in texts["/articles/1"] and "a.warc.gz" in texts["/articles/1"]
    assert "警力" in texts["/station?name=井口派出所"] and "社区 11个" in texts["/station?name=井口派出所"]
    assert (
        not re.search("readings|members|阅读|归入", texts["/log"])
        and "文章 3" in texts["/log"]
        and "版本 1" in texts["/log"]
    )
    assert "修订" in texts["/diff"] and "41" in texts["/diff"]
    assert [mark.text for mark in pages["/search?q=派出所"].select("mark")][:1] == ["派出所"]


def test_messages_and_their_state(web: Any) -> None:
    """The page /messages shows sent and waiting messages with recipient and answer; markup in a message is escaped."""
    moment = datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert "暂无推送" in web.page("/messages")
    start_subscription(web.store, SubscriptionState("chongqing", 7, moment, {}))
    message = Message("chongqing.1", "chongqing", moment, f"所闻 11月30日：特写9篇{PAYLOAD}", {"sections": []})
    rows = [("desk", "a@example.org", "sent", "250 OK"), ("wecom", "", "waiting", f"45009 {PAYLOAD}")]
    enqueue(
        web.store,
        message,
        [Delivery(message.id, to, who, 1, "", state, 2, moment, answer, moment) for to, who, state, answer in rows],  # type: ignore[arg-type]
    )
    page = BeautifulSoup(web.page("/messages"), "lxml")
    text = page.get_text(" ")
    assert all(words in text for words in ("chongqing", "变更 7", "a@example.org", "已发", "250 OK", "待发", "45009"))
    assert "2026-11-30 16:00 再发" in text and not page.select("script, img")
    found = web.get("/api/messages?limit=1").json()
    assert [row["answer"] for row in found["deliveries"]] == ["250 OK"] and found["subscriptions"][0]["covered"] == 7


def test_page_and_json_have_the_same_values(web: Any) -> None:
    """Each page has a JSON form below /api, and every title in the JSON is shown on the page."""
    add_story(web.store)
    for path in PAGES[:-2]:
        answer = web.get(_api(path))
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json", path
        page = web.page(path)
        for title in re.findall(r'"title": ?"([^"]+)"', answer.text):
            assert full_width(title) in re.sub("</?mark>", "", page), (path, title)


def test_marks_correspond_to_facts(web: Any) -> None:
    """Each quote is the text at its offsets, also if masked, overlapping or across a line break.

    Each fact has a link to its mark in the text.
    """
    add_story(web.store)
    for path in ("/articles/1", "/articles/1?revision=1", "/articles/2"):
        values = web.get(_api(path)).json()
        page = BeautifulSoup(web.page(path), "lxml")
        assert len(values["facts"]) >= 3
        for fact in values["facts"]:
            assert fact["quote"] == values["text"][fact["start"] : fact["end"]]
            begin = page.select_one(f"#f{fact['position']}")
            assert begin is not None and page.select_one(f"#fact-{fact['position']} a[href='#f{fact['position']}']")
        assert "\n".join(p.get_text() for p in page.select(".text p")) == full_width(values["text"])
        first = web.get("/api/articles/1?revision=1").json()["facts"]
        # Unmasked, the last quote ends within the name.
        assert first[2]["quote"] == "居民欧阳某" and first[3]["quote"].endswith("。\n居民欧阳某")


def test_private_persons_are_masked_everywhere(web: Any) -> None:
    """Pages, JSON and the hits of a search for a private name or number contain no private name or number of the store.

    This covers titles, texts, quotes, copies, revisions, diffs and hits.
    """
    add_story(web.store)
    for path, _ in _followed(web):
        for shown in (path, _api(path)):
            answer = web.get(shown)
            if answer.status_code == 200:
                assert not [secret for secret in SECRETS if secret in answer.text], shown
    for path in (f"/api/search?q={quote(secret)}" for secret in SECRETS):
        assert not [secret for secret in SECRETS if secret in str(web.get(path).json()["hits"])]
    assert "欧阳某" in web.page("/articles/1") and "138****5678" in web.page("/articles/1")
    with web.store.database.read() as db:
        assert SECRETS[0] in db.execute(text("SELECT text FROM revisions")).scalars().first()


def test_stored_markup_is_escaped(web: Any) -> None:
    """Stored text fields and parameters that contain markup add no element, script or attribute to any page.

    All links are http(s) URLs, local paths or fragments.
    """
    add_hostile_article(web.store)
    record_correction(web.store, 1, 1, "confirm", PAYLOAD, later(2), note=PAYLOAD)
    record_correction(web.store, 1, 4, "reject", PAYLOAD, later(2), note=PAYLOAD)
    record_correction(web.store, 1, 5, "edit", PAYLOAD, later(2), given={"name": PAYLOAD})
    more = [
        f"/search?q={quote(PAYLOAD)}&source={quote(PAYLOAD)}",
        f"/station?name={quote(PAYLOAD)}",
        "/diff?from=0&to=5",
        f"/?source={quote(PAYLOAD)}",
        f"/login?next={quote('/' + PAYLOAD)}",
        "/articles/1?revision=1",
        f"/?ruling={quote(PAYLOAD)}",
        f"/{quote(PAYLOAD)}",
        f"/station?name={quote('<b>' + PAYLOAD)}",
    ]
    found = 0
    for path in (
        "/",
        "/search?q=派出所",
        "/articles/1",
        "/articles/2",
        "/articles/1/revisions",
        "/log",
        "/diff",
        *more,
    ):
        answer = web.get(path)
        assert answer.status_code in (200, 400, 404) and answer.headers["Content-Type"].startswith("text/html"), path
        page = BeautifulSoup(answer.text, "lxml")
        found += "owned" in page.get_text()
        assert not page.select("script, img, svg, iframe, object, style, base, meta[http-equiv]"), path
        for element in page.find_all(True):
            for name, value in element.attrs.items():
                assert not name.startswith("on") and name != "style", (path, element)
                if name in ("href", "src", "action"):
                    assert re.match(r"https?://|/(?!/)|#", str(value)), (path, value)
    assert found > 10  # the payload was shown as text
    page = BeautifulSoup(web.page("/articles/1"), "lxml")
    assert page.select_one("h1").text == PAYLOAD and "原文" in page.get_text() and not page.select("a[href^=java]")


REQUESTS = [
    ("/articles/0", 404), ("/articles/99", 404), ("/articles/-1", 404), ("/articles/1e9", 404), ("/articles/x", 404),
    ("/articles/999999999999999", 404), ("/articles/9999999999999999", 404), ("/articles/١", 404),
    ("/articles/..%2f..%2fetc%2fpasswd", 404), ("/articles/1%00", 404), ("/articles/1?revision=9", 404),
    ("/articles/1?revision=0", 400), ("/articles/1?revision=x", 400), ("/articles/1/revisions?from=9", 404),
    ("/articles/3/revisions", 200), ("/?before=x", 400), ("/?limit=-1", 400), ("/?limit=0", 400), ("/?limit=101", 400),
    ("/?limit=1e9", 400), ("/?before=-1", 400), ("/?before=99999999999999999999", 400), ("/?ruling=x", 400),
    ("/?ruling=feature'--", 400), ("/?source=%00", 400), ("/?source=" + "长" * 101, 400), ("/?source=no-such", 200),
    ("/search?q=派出所&page=1000000000", 400), ("/search?q=派出所&page=500", 200), ("/search?q=派出所&page=-1", 400),
    ("/search?q=派出所&page=1e9", 400), ("/search?q=派出所&limit=-1", 400), ("/search?q=%22", 400), ("/search?q=*", 400),
    ("/search?q=新闻%22", 200), ("/search?q=NEAR(", 200), ("/search?q=a AND OR NOT", 200), ("/search?q=title:x", 200),
    ("/search?q=派*", 200), ("/search?q=^派", 200), ("/search?q=-派", 200), ("/search?q='; DROP TABLE articles; --", 200),
    ("/search?q={派}", 200), ("/search?q=派 + 出", 200), ("/search?q=%F0%9F%98%80", 400), ("/search?q=%ED%A0%80", 200),
    ("/search?q=%00", 400), ("/search?q=%FF%FE", 200), ("/search?q=" + "派" * 201, 400), ("/search?q=" + "派 " * 99, 200),
    ("/search?since=2026-13-01", 400), ("/search?since=yesterday", 400), ("/search?since=0000-00-00", 400),
    ("/search?since=20260101", 400), ("/search?q=派&since=0001-01-01&until=9999-12-31", 200),
    ("/search?q=派&since=2026-02-01&until=2026-01-01", 400), ("/search?station=%25", 200), ("/search?station='", 200),
    ("/search?ruling=feature", 200), ("/station?name=没有的派出所", 404), ("/station?name=%25", 404),
    ("/station?name=_", 404), ("/station?name=\\", 404), ("/station?name=%00", 400), ("/log?before=x", 400),
    ("/log?before=1", 200), ("/log?limit=-1", 400), ("/diff?from=2&to=1", 400), ("/diff?from=0&to=99", 404),
    ("/diff?from=-1&to=1", 400), ("/diff?from=x", 400), ("/diff?to=999999999999999", 404), ("/diff?to=0", 200),
    ("/nothing", 404), ("/articles/", 404), ("/articles/1/", 404), ("/favicon.ico", 404), ("/static/../app.py", 404)]  # fmt: skip


def test_invalid_parameters_have_their_label_on_pages_and_their_name_in_the_api(web: Any) -> None:
    """An error on a page names the label of the form field; an error in the API names the parameter.

    A missing article is reported in Chinese.
    """
    add_story(web.store)
    page, api = (web.get(f"{prefix}/search?q=派&since=yesterday") for prefix in ("", "/api"))
    assert "起始日期应写成 2026-11-21 这样的日期" in page.text and "since 应写成" not in page.text
    assert api.json()["error"] == "since 应写成 2026-11-21 这样的日期"
    assert web.get("/api/articles/99").json()["error"] == "没有这篇文章，或没有这一版。"


def test_invalid_requests_are_refused(web: Any) -> None:
    """Each request of REQUESTS has its status, on the page and in the API: 400 or 404 for an invalid one, never 500.

    The error page has a sentence in Chinese.
    """
    add_story(web.store)
    for path, status in REQUESTS:
        answer = web.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-300:])
        if status != 200:
            sentence = BeautifulSoup(answer.text, "lxml").select_one("main").text
            assert re.search("[\u4e00-\u9fff]{2}", sentence) and not re.search("suowen|article|search", sentence), path
        api = web.get(_api(path))
        assert api.status_code == status, (path, api.status_code, api.text[-300:])
        assert status == 200 or api.json()["status"] == status, path


@given(
    st.text(max_size=30), st.sampled_from(["/search?q=", "/station?name=", "/search?place=", "/?source=", "/?before="])
)
def test_any_parameter_is_handled(prepared: Any, words: str, path: str) -> None:
    """For any text in a parameter the status is 200, 400 or 404."""
    address = path + quote(words, errors="surrogatepass")
    assert prepared.get(address).status_code in (200, 400, 404), address


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield a test client without a server, which is fast enough for hypothesis."""
    from ingest.web.app import create_app

    with open_store(f"sqlite:///{tmp_path_factory.mktemp('prepared') / 'suowen.db'}") as store:
        add_story(store)
        client = create_app(store, "t" * 43, zone="Asia/Shanghai").test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = "Bearer " + "t" * 43
        yield client


def _counts(store: Store) -> dict[str, int]:
    with store.database.read() as db:
        return {name: db.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in metadata.tables}


def test_reading_pages_writes_nothing(web: Any) -> None:
    """Requests for every page and its JSON add no row to any table."""
    add_story(web.store)
    before = _counts(web.store)
    assert sum(before.values()) > 20
    for path in PAGES:
        web.get(path), web.get(_api(path)), web.api.head(web.base + path, timeout=20)
    assert _counts(web.store) == before


def test_paging(web: Any) -> None:
    """The pages of a list, or of a search, together contain each article once."""
    add_story(web.store)
    seen, address = [], "/api/articles?limit=1"
    while address:
        values = web.get(address).json()
        seen += [row["id"] for row in values["articles"]]
        address = values["next"] and f"/api/articles?limit=1&before={values['next']}"
    assert seen == [3, 2, 1]
    pages = [web.get(f"/api/search?q=派出所&limit=1&page={page}").json() for page in (1, 2, 3, 4)]
    assert sorted(hit["row"]["id"] for page in pages for hit in page["hits"]) == [1, 2, 3]
    assert [page["next"] for page in pages] == [2, 3, None, None]


@given(st.text("张建国民警\n1", max_size=40), st.lists(st.tuples(st.integers(0, 39), st.integers(1, 12)), max_size=6))
def test_segments_join_to_the_text(body: str, spans: list[tuple[int, int]]) -> None:
    """The joined segments are the text; each segment has exactly the facts that enclose it; no fact starts twice."""
    facts = [
        {"start": a, "end": min(a + n, len(body)), "position": number}
        for number, (a, n) in enumerate(spans)
        if a < len(body)
    ]
    lines = list(paragraphs(body, facts))
    assert "\n".join("".join(part.text for part in line) for line in lines) == body
    at, starts = 0, []
    for line in lines:
        for part in line:
            around = {f["position"] for f in facts if f["start"] <= at and f["end"] >= at + len(part.text)}
            assert {f["position"] for f in part.facts} == around
            starts += part.begins
            at += len(part.text)
        at += 1
    assert len(starts) == len(set(starts)) and set(starts) <= {fact["position"] for fact in facts}
    hits = sorted((f["start"], f["end"]) for f in facts[:1])
    assert "".join(part for part, _ in hit_segments(body, hits)) == body


@given(
    st.text("张建国欧阳王1238\n9", max_size=60), st.lists(st.sampled_from(["张建国", "张建", "欧阳王", "王张", "国王"]))
)
def test_mask_aligned_maps_to_the_text(body: str, names: list[str]) -> None:
    """`mask_aligned` returns the same text as `mask`, and each unmasked character has its offset in the original."""
    shown, offsets = mask_aligned(body, names)
    assert shown == mask(body, names) and len(offsets) == len(shown) + 1 and offsets == sorted(offsets)
    assert offsets[-1] == len(body)
    for here, there, after in zip(shown, offsets, offsets[1:], strict=False):
        assert here == body[there] or here in "某*" or after == there


def test_sample_facts_overlap() -> None:
    """The sample facts are nested, and one contains a line break, so that the tests above cover these cases."""
    spans = [(item.start, item.end) for item in facts_of(TEXT)]
    assert any(a < c < b for a, b in spans for c, _ in spans) and any("\n" in TEXT[a:b] for a, b in spans)


def test_damaged_store_is_reported(lite_web: Any, tmp_path: Path) -> None:
    """A damaged database file is answered with 503: a Chinese sentence on the page, the store's message in JSON."""
    add_story(lite_web.store)
    assert lite_web.get("/").status_code == 200
    lite_web.store.close()
    path = tmp_path / "suowen.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)
    for address in ("/", "/articles/1", "/search?q=1", "/api/log", "/diff"):
        answer = lite_web.get(address)
        message = "damaged" if address.startswith("/api/") else "数据库文件已损坏"
        assert answer.status_code == 503 and message in answer.text, (address, answer.status_code, answer.text)
        assert "Traceback" not in answer.text


def test_busy_store_is_reported(sqlite_url: str, serving: Any) -> None:
    """While another process writes, pages can be read; a correction waits up to its limit and is answered with 503."""
    with open_store(sqlite_url, wait=0.3) as store, open_store(sqlite_url) as other:
        add_story(store)
        web = serving(store)
        with other.database.write():
            answer = web.api.post(web.base + "/api/articles/1/facts/1", json={"action": "confirm"}, timeout=20)
            assert answer.status_code == 503 and "another process has been writing" in answer.json()["error"]
            assert web.get("/articles/1").status_code == 200
        answer = web.api.post(web.base + "/api/articles/1/facts/1", json={"action": "confirm"}, timeout=20)
        assert answer.status_code == 200


def test_lost_database_server_is_reported(postgres: str, postgres_server: str, serving: Any) -> None:
    """While the database server is down, requests are answered with 503 and a message; afterwards pages work again."""
    import psycopg

    name = postgres.partition("?")[0].rpartition("/")[2]
    with (
        open_store(postgres) as store,
        psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True) as admin,
    ):
        add_story(store)
        web = serving(store)
        assert web.get("/articles/1").status_code == 200
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        admin.execute(f"ALTER DATABASE {name} RENAME TO {name}_away")
        for address in ("/articles/1", "/api/search?q=派出所"):
            answer = web.get(address)
            message = "does not exist" if address.startswith("/api/") else "数据库暂时无法读取"
            assert answer.status_code == 503 and message in answer.text, answer.text
        admin.execute(f"ALTER DATABASE {name}_away RENAME TO {name}")
        assert web.get("/articles/1").status_code == 200
