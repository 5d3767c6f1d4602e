"""What pages and API tell of a store, on both databases; what they must never tell, and what cannot be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ingest.corrections import record_correction
from ingest.web.highlight import paragraphs, stretches
from store import Store, open_store
from store.masking import mask, mask_aligned
from store.schema import metadata
from tests.support.store_samples import later
from tests.support.web_samples import PAYLOAD, SECRETS, TEXT, facts_of, tell, tell_hostile

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
    "/login",
    "/style.css",
)


def _api(path: str) -> str:
    return "/api" + ("/articles" + path[1:] if path.startswith("/?") or path == "/" else path)


def _followed(web: Any, start: str = "/") -> Iterator[tuple[str, BeautifulSoup]]:
    """Every page that links lead to from `start`, each once."""
    waiting, seen = [start, *PAGES], set()
    while waiting:
        path = urlsplit(waiting.pop())._replace(fragment="").geturl()
        if path in seen:
            continue
        seen.add(path)
        page = BeautifulSoup(web.page(path), "lxml")
        yield path, page
        for anchor in page.select("a[href]"):
            href = str(anchor["href"])
            if not urlsplit(href).scheme:
                waiting.append(urljoin(path, href))


def test_pages_tell_what_is_stored(web: Any) -> None:
    """A story from its list to its text, facts, copies, revisions, card and history; every link leads to a page."""
    tell(web.store)
    pages = dict(_followed(web))
    assert len(pages) > 25
    said = {path: page.get_text(" ") for path, page in pages.items()}
    assert [one["id"] for one in web.get("/api/articles").json()["articles"]] == [3, 2, 1]
    assert [one["id"] for one in web.get("/api/articles?ruling=brief").json()["articles"]] == [3]
    assert "民警 41人" in said["/articles/1"] and "民警 35人" not in said["/articles/1"]
    assert "这是第 1 版" in said["/articles/1?revision=1"] and "民警 35人" in said["/articles/1?revision=1"]
    assert pages["/articles/1/revisions"].select_one("del").text == "35"
    assert pages["/articles/1/revisions"].select_one("ins").text == "41"
    assert "改动转载" in said["/articles/1"] and "93%" in said["/articles/1"] and "a.warc.gz" in said["/articles/1"]
    assert "警力" in said["/station?name=井口派出所"] and "社区 11个" in said["/station?name=井口派出所"]
    assert "数字" not in said["/log"] and "文章 3" in said["/log"] and "版本 1" in said["/log"]
    assert "修订" in said["/diff"] and "41" in said["/diff"]
    assert [mark.text for mark in pages["/search?q=派出所"].select("mark")][:1] == ["派出所"]


def test_a_page_and_its_json_are_the_same(web: Any) -> None:
    """Each page is there under /api with the same titles, as JSON that says what it is."""
    tell(web.store)
    for path in PAGES[:-2]:
        answer = web.get(_api(path))
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json", path
        page = web.page(path)
        for title in re.findall(r'"title": ?"([^"]+)"', answer.text):
            assert title in re.sub("</?mark>", "", page), (path, title)


def test_marks_are_the_facts(web: Any) -> None:
    """Every fact's quote is the text at its offsets, masked or not, overlapping or over a line's end; the page marks it
    and leads from mark to fact and back."""
    tell(web.store)
    for path in ("/articles/1", "/articles/1?revision=1", "/articles/2"):
        told = web.get(_api(path)).json()
        page = BeautifulSoup(web.page(path), "lxml")
        assert len(told["facts"]) >= 3
        for fact in told["facts"]:
            assert fact["quote"] == told["text"][fact["start"] : fact["end"]]
            begin = page.select_one(f"#f{fact['position']}")
            assert begin is not None and page.select_one(f"#fact-{fact['position']} a[href='#f{fact['position']}']")
        assert "\n".join(p.get_text() for p in page.select(".text p")) == told["text"]
        first = web.get("/api/articles/1?revision=1").json()["facts"]
        assert first[2]["quote"] == "居民欧阳某" and first[3]["quote"].endswith("。\n居民欧阳某")  # never half a name


def test_private_persons_are_nowhere(web: Any) -> None:
    """No page and no answer names whom a fact marks as private: titles, texts, quotes, copies, revisions, diffs, hits,
    not even when asked for by name. The store keeps the names."""
    tell(web.store)
    for path, _ in _followed(web):
        for shown in (path, _api(path)):
            answer = web.get(shown)
            if answer.status_code == 200:
                assert not [one for one in SECRETS if one in answer.text], shown
    for path in (f"/api/search?q={quote(one)}" for one in SECRETS):
        assert not [one for one in SECRETS if one in str(web.get(path).json()["hits"])]
    assert "欧阳某" in web.page("/articles/1") and "138****5678" in web.page("/articles/1")
    with web.store.database.read() as db:
        assert SECRETS[0] in db.execute(text("SELECT text FROM revisions")).scalars().first()


def test_markup_in_every_field_stays_text(web: Any) -> None:
    """A payload in every stored field that takes text, in a search, a note, a name: no page has an element or attribute
    of it, no script, and no link but to http(s) or to ourselves."""
    tell_hostile(web.store)
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
    assert found > 10  # it was there to be shown
    page = BeautifulSoup(web.page("/articles/1"), "lxml")
    assert page.select_one("h1").text == PAYLOAD and "原文" in page.get_text() and not page.select("a[href^=java]")


ASKED = [
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


def test_what_cannot_be_asked_is_said_so(web: Any) -> None:
    """Numbers out of range, words of the index's language, dates that are none, paths that lead out: 400 or 404 and a
    sentence, as a page and as JSON; never 500, never an answer to another question."""
    tell(web.store)
    for path, status in ASKED:
        answer = web.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-300:])
        api = web.get(_api(path))
        assert api.status_code == status, (path, api.status_code, api.text[-300:])
        assert set(api.json()) == {"error"} or status == 200


@given(
    st.text(max_size=30), st.sampled_from(["/search?q=", "/station?name=", "/search?place=", "/?source=", "/?before="])
)
def test_any_words_are_asked_safely(prepared: Any, words: str, path: str) -> None:
    """Whatever is typed: an answer or a sentence, never an error of ours."""
    address = path + quote(words, errors="surrogatepass")
    assert prepared.get(address).status_code in (200, 400, 404), address


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of the application itself: hypothesis asks too often for a server."""
    from ingest.web.app import create_app

    with open_store(f"sqlite:///{tmp_path_factory.mktemp('asked') / 'suowen.db'}") as store:
        tell(store)
        client = create_app(store, "t" * 43, zone="Asia/Shanghai").test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = "Bearer " + "t" * 43
        yield client


def _counts(store: Store) -> dict[str, int]:
    with store.database.read() as db:
        return {name: db.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in metadata.tables}


def test_looking_writes_nothing(web: Any) -> None:
    """After every page and answer was asked for, each table has the rows it had."""
    tell(web.store)
    before = _counts(web.store)
    assert sum(before.values()) > 20
    for path in PAGES:
        web.get(path), web.get(_api(path)), web.api.head(web.base + path, timeout=20)
    assert _counts(web.store) == before


def test_paging(web: Any) -> None:
    """Older ones follow, none twice, none left out."""
    tell(web.store)
    seen, following = [], "/api/articles?limit=1"
    while following:
        told = web.get(following).json()
        seen += [one["id"] for one in told["articles"]]
        following = told["next"] and f"/api/articles?limit=1&before={told['next']}"
    assert seen == [3, 2, 1]
    found = [web.get(f"/api/search?q=派出所&limit=1&page={page}").json() for page in (1, 2, 3, 4)]
    assert sorted(hit["row"]["id"] for one in found for hit in one["hits"]) == [1, 2, 3]
    assert [one["next"] for one in found] == [2, 3, None, None]


@given(st.text("张建国民警\n1", max_size=40), st.lists(st.tuples(st.integers(0, 39), st.integers(1, 12)), max_size=6))
def test_marked_text_is_the_text(body: str, spans: list[tuple[int, int]]) -> None:
    """Stretches joined are the text, each stands in exactly the facts around it, each fact begins once."""
    facts = [
        {"start": a, "end": min(a + n, len(body)), "position": number}
        for number, (a, n) in enumerate(spans)
        if a < len(body)
    ]
    lines = list(paragraphs(body, facts))
    assert "\n".join("".join(part.text for part in line) for line in lines) == body
    at, begun = 0, []
    for line in lines:
        for part in line:
            around = {f["position"] for f in facts if f["start"] <= at and f["end"] >= at + len(part.text)}
            assert {f["position"] for f in part.facts} == around
            begun += part.begins
            at += len(part.text)
        at += 1
    assert len(begun) == len(set(begun)) and set(begun) <= {fact["position"] for fact in facts}
    marks = sorted((f["start"], f["end"]) for f in facts[:1])
    assert "".join(part for part, _ in stretches(body, marks)) == body


@given(
    st.text("张建国欧阳王1238\n9", max_size=60), st.lists(st.sampled_from(["张建国", "张建", "欧阳王", "王张", "国王"]))
)
def test_masked_text_knows_where_it_stands(body: str, names: list[str]) -> None:
    """The aligned veil is the veil, and whatever was not masked stands where its place says."""
    shown, places = mask_aligned(body, names)
    assert shown == mask(body, names) and len(places) == len(shown) + 1 and places == sorted(places)
    assert places[-1] == len(body)
    for here, there, after in zip(shown, places, places[1:], strict=False):
        assert here == body[there] or here in "某*" or after == there


def test_facts_of_the_samples_overlap() -> None:
    """What the marks are tried on has facts within facts and one over a line's end."""
    spans = [(one.start, one.end) for one in facts_of(TEXT)]
    assert any(a < c < b for a, b in spans for c, _ in spans) and any("\n" in TEXT[a:b] for a, b in spans)


def test_a_broken_store_is_said_plainly(lite_web: Any, tmp_path: Path) -> None:
    """A damaged file gives a page of its own with the store's words and 503, as JSON too; so does one that is gone."""
    tell(lite_web.store)
    assert lite_web.get("/").status_code == 200
    lite_web.store.close()
    path = tmp_path / "suowen.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)
    for address in ("/", "/articles/1", "/search?q=1", "/api/log", "/diff"):
        answer = lite_web.get(address)
        assert answer.status_code == 503 and "damaged" in answer.text, (address, answer.status_code, answer.text)
        assert "Traceback" not in answer.text


def test_a_busy_store_is_said_plainly(sqlite_url: str, serving: Any) -> None:
    """While another process writes, reading goes on; a word on a fact waits as long as it may, then 503."""
    with open_store(sqlite_url, wait=0.3) as store, open_store(sqlite_url) as other:
        tell(store)
        web = serving(store)
        with other.database.write():
            answer = web.api.post(web.base + "/api/articles/1/facts/1", json={"action": "confirm"}, timeout=20)
            assert answer.status_code == 503 and "another process has been writing" in answer.json()["error"]
            assert web.get("/articles/1").status_code == 200
        answer = web.api.post(web.base + "/api/articles/1/facts/1", json={"action": "confirm"}, timeout=20)
        assert answer.status_code == 200


def test_a_lost_server_is_said_plainly(postgres: str, postgres_server: str, serving: Any) -> None:
    """The database is taken away under a running server: 503 with the store's words; it is back, and so are the pages."""
    import psycopg

    name = postgres.partition("?")[0].rpartition("/")[2]
    with (
        open_store(postgres) as store,
        psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True) as admin,
    ):
        tell(store)
        web = serving(store)
        assert web.get("/articles/1").status_code == 200
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        admin.execute(f"ALTER DATABASE {name} RENAME TO {name}_away")
        for address in ("/articles/1", "/api/search?q=派出所"):
            answer = web.get(address)
            assert answer.status_code == 503 and "does not exist" in answer.text, answer.text
        admin.execute(f"ALTER DATABASE {name}_away RENAME TO {name}")
        assert web.get("/articles/1").status_code == 200
