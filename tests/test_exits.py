"""Everything that leaves the store masks a private name, a +86 number and ID card numbers (docs/privacy.md)."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from ingest.config.settings import Settings
from ingest.config.subscriptions import Subscription
from ingest.deliver.clipping_docx import write_clipping
from ingest.deliver.collect import collect
from ingest.deliver.message_text import markdown, plain_text
from ingest.deliver.weekly_message import weekly_message
from ingest.digest import make_digest
from ingest.masking_rules import masking_rules
from ingest.mcp.answers import Answers
from ingest.mcp.server import make_server
from store import Store, export, export_delta, export_duckdb, export_fact_table, masked_views, open_store
from store.access_keys import AccessKey, add_key
from store.outbox import Delivery, Message, SubscriptionState, enqueue
from store.records import Fact
from store.station_card_queries import card_values, change_values
from tests.support.store_samples import STATION, T0, article, batch_of, fact, later, put
from tests.support.web_server import Web

NAME, GIVEN = "徐孝惠", "孝惠"
NUMBERS = ("13800001234", "430102199001011234", "430102900101123")
#: folder in the path of a saved page, which an earlier version stored as its address
FOLDER = "home/zhangsan"
PLANTED = (
    "居民徐孝惠说:“派出所有民警35人。”徐 孝惠的电话是+86 138-0000-1234,孝惠的证号是430102 19900101 1234,"
    "旧证430102-900101-123。井口派出所民警冯勇接待。"
)
#: a second article about the same person, without a role
OTHER = "记者走进井口派出所,见到徐孝惠。派出所有民警41人。"


def _facts(text: str, count: int, *, marked: bool) -> tuple[Fact, ...]:
    found = [
        fact("井口派出所", text, STATION[0], **STATION[1]),
        fact(f"民警{count}人", text, "force", station="井口派出所", category="民警", value=count, approx="exact"),
    ]
    if marked:
        found.append(fact("居民徐孝惠", text, "person", name=NAME, roles=["居民"], role_class="citizen", private=True))
        found.append(fact(text[:30], text, "event", date="2026", what=f"{NAME}来访"))
    return tuple(found)


@pytest.fixture
def planted(sqlite_url: str) -> Iterator[Store]:
    """Yield a store with two articles about a private person; the first has two revisions.

    The first article has the name in title, text, URL, caption and facts, the second in title and text.
    """
    with open_store(sqlite_url, masking=masking_rules()) as store:
        with batch_of(store) as batch:
            first = article(
                1,
                PLANTED,
                title=f"{NAME}的锦旗",
                url=f"https://news.example.cn/{quote(NAME)}.html",
                captions=(f"{NAME}(右)",),
            )
            put(batch, first, number=1, facts=_facts(PLANTED, 35, marked=True))
        with batch_of(store, later(24)) as batch:
            put(
                batch,
                article(2, OTHER, title=f"{NAME}的邻居", url=f"file:///{FOLDER}/a.html", published="2026-03-02"),
                facts=_facts(OTHER, 41, marked=False),
            )
            changed = PLANTED.replace("接待", "接待了她")
            put(batch, article(1, changed, title=f"再访{NAME}", url=first.url), facts=_facts(changed, 35, marked=True))
        yield store


def hidden(shown: str) -> list[str]:
    """Return the spellings of the name, the numbers and the folder that `shown` contains."""
    plain = re.sub(r"\s+", "", shown)
    digits = re.sub(r"[\s()+-]", "", shown)
    codes = (quote(GIVEN), quote(GIVEN, encoding="gbk"), json.dumps(GIVEN)[1:-1], FOLDER)
    return [word for word in (NAME, GIVEN, *codes) if word in plain] + [
        number for number in NUMBERS if number in digits
    ]


#: text of a message and of a source's error, with the name and a number, as stored before the name was known as private
EARLY = f"{NAME} https://news.example.cn/{quote(NAME)}.html {quote(GIVEN)} {quote(NAME, encoding='gbk')} {NUMBERS[0]}"
SOURCE = "example"


def add_message(store: Store) -> None:
    """Store a message of the subscription `news` with the name in title, text and URL and in the answer of a bot."""
    entry = {"title": EARLY, "url": f"https://news.example.cn/{quote(NAME)}.html", "lines": [{"text": EARLY}]}
    content = {"sections": [{"kind": "features", "heading": "新特写", "items": [entry]}]}
    delivery = Delivery("m1", "bot", "", 1, EARLY, "refused", 1, T0, f"400 {EARLY}", T0)
    assert enqueue(store, Message("m1", "news", T0, EARLY, content), [delivery])


def fail_source(store: Store) -> None:
    """Store an error of a source with the name in it."""
    with batch_of(store, later(30)) as batch:
        for _ in range(3):
            batch.source_attempt(SOURCE, later(30), f"404 {EARLY}", 0)


def _pages(web: Web) -> Iterator[str]:
    paths = (
        "/", "/?ruling=feature", "/search?q=民警", "/search?q=井口", "/articles/1", "/articles/1?revision=1", "/articles/2",
        "/articles/1/revisions", "/articles/1/revisions?from=1&to=2", "/articles/1?explain=1", "/articles/2?explain=1", "/station?name=井口派出所", "/log", "/diff?from=0&to=2",
    )  # fmt: skip
    rules = {str(rule) for rule in web.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    for rule in sorted(rules):
        path = re.sub(r"<[^>]*>", "1", rule)
        answer = web.get(path)
        yield f"{path} {answer.text}"
    for path in paths:
        yield f"{path} {web.get(path).text}"
        yield f"{path} {web.get('/api' + path).text}"


def test_pages_and_api(planted: Store, serving: Callable[..., Web]) -> None:
    """Every GET route, as page and as JSON, is masked, also for messages stored before the name was private."""
    add_message(planted)
    fail_source(planted)
    web = serving(planted, sources=[SOURCE])
    seen = list(_pages(web))
    assert {page[:60]: hidden(page) for page in seen if hidden(page)} == {}
    assert any("徐某" in page for page in seen)


@pytest.mark.parametrize("query", [NAME, GIVEN, *NAME, "徐 孝惠", '"徐 孝惠"', "徐孝", *NUMBERS, "0000", "19900101"])
def test_search_cannot_be_probed(planted: Store, query: str) -> None:
    """The name and the numbers, whole or in part, find no article. Only the surname may, because the mask shows it."""
    found = masked_views.search(planted, query).value
    assert not found.hits or query == "徐"
    assert hidden(repr(found)) == []


def test_digest(planted: Store, tmp_path: Path) -> None:
    """The day's mail is masked as HTML and as text, with changed figures and edits."""
    for day in (T0.date(), later(24).date()):
        now = later(24) + timedelta(days=2)
        made = make_digest(planted, Settings(), day=day, now=now, folder=tmp_path, source_names=("example",))
        shown = made.html.read_text(encoding="utf-8") + made.text.read_text(encoding="utf-8")
        assert hidden(shown) == []
        assert "徐某" in shown


def test_cards_changes_and_comparisons(planted: Store) -> None:
    """Station cards, changed figures and the comparison of two Commits are masked."""
    cards = json.dumps(
        [card_values(card.value) for card in masked_views.cards(planted, "井口派出所")], ensure_ascii=False
    )
    changes = json.dumps([change_values(change.value) for change in masked_views.changes(planted)], ensure_ascii=False)
    found = masked_views.diff(planted, 0, 2).value
    compared = repr([list(part) for part in (found.added, found.revised, found.verdicts, found.facts, found.stories)])
    later_changes = repr(list(masked_views.diff(planted, 1, 2).value.revised))
    assert "35" in changes and "41" in changes
    assert hidden(cards + changes + compared + later_changes) == []


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "delta"])
def test_exports(planted: Store, tmp_path: Path, form: str) -> None:
    """Exported files are masked; with `unmasked` they contain the published text."""
    shown, published = (_exported(planted, tmp_path / name, form, unmasked=name == "raw") for name in ("masked", "raw"))
    assert hidden(shown) == [] and "徐某" in shown
    assert NAME in published and FOLDER not in published


def _exported(store: Store, folder: Path, form: str, *, unmasked: bool) -> str:
    if form == "delta":
        deltalake = pytest.importorskip("deltalake")
        export_delta.export_delta(store, folder, unmasked=unmasked)
        return repr(deltalake.DeltaTable(folder).to_pyarrow_table().to_pylist())
    if form == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        export.export(store, folder, "parquet", unmasked=unmasked)
        return repr([parquet.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))])
    export.export(store, folder, form, unmasked=unmasked)  # type: ignore[arg-type]
    if form == "csv":
        return repr([list(csv.reader(path.open(encoding="utf-8-sig"))) for path in sorted(folder.glob("*.csv"))])
    rows = [json.loads(line) for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        assert all(row["text"][found["start"] : found["end"]] == found["quote"] for found in row["facts"])
    return json.dumps(rows, ensure_ascii=False)


@pytest.mark.parametrize(
    "target",
    [{"kind": "search", "ruling": "feature"}, {"kind": "changes"}, {"kind": "subscription", "name": "news"}],
)
def test_feeds(planted: Store, serving: Callable[..., Web], target: dict[str, str]) -> None:
    """Atom and JSON Feed are masked for every kind of feed."""
    add_message(planted)
    add_key(planted, AccessKey("feed", "all", "read", T0, target=target), "s" * 43)
    web = serving(planted)
    for form in ("atom", "json"):
        shown = web.page(f"/feeds/{'s' * 43}/{form}")
        assert hidden(shown) == []
        assert "example.cn" in shown


def test_mcp(planted: Store) -> None:
    """The answers of all MCP tools are masked."""
    from mcp import Client

    fail_source(planted)
    calls: dict[str, list[dict[str, object]]] = {
        "search": [{"words": "民警"}, {"words": NAME}, {"station": "井口"}],
        "article": [{"article": 1}, {"article": 2}],
        "station": [{"name": "井口派出所"}],
        "changes": [{}],
        "story": [{"story": 1}],
        "digest": [{"day": str(T0.date())}, {"day": str(later(24).date())}],
        "sources": [{}],
        "history": [{}, {"article": 1}],
    }

    async def run() -> list[str]:
        async with Client(make_server(Answers(planted, [SOURCE], "Asia/Shanghai"))) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert names == set(calls)
            found = [await client.call_tool(name, given) for name, part in calls.items() for given in part]
        assert not any(result.is_error for result in found)
        return [result.content[0].text for result in found]  # type: ignore[union-attr]

    seen = asyncio.run(run())
    assert {text[:80]: hidden(text) for text in seen if hidden(text)} == {}
    assert any("徐某" in text for text in seen)


def test_subscriptions_and_clippings(planted: Store, tmp_path: Path) -> None:
    """The weekly message of a subscription is masked as JSON, Markdown and plain text; a clipping (DOCX) is masked."""
    fail_source(planted)
    health = masked_views.health(planted, [SOURCE], later(31)).value
    start = SubscriptionState("news", 0, T0 - timedelta(days=1), {})
    given = Subscription.model_validate({"name": "news", "to": ["bot"]})
    found = collect(planted, given, start, zone="Asia/Shanghai", now=later(48), health=health, silent_days=3)
    content = weekly_message(found.content, found.digest, T0.date(), later(48).date())
    shown = json.dumps(content, ensure_ascii=False) + markdown(content) + plain_text(content)
    assert hidden(shown) == [] and "徐某" in shown
    write_clipping(tmp_path / "a.docx", [masked_views.show(planted, number) for number in (1, 2)], T0)
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert hidden(text) == [] and "徐某" in text


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "duckdb"])
def test_tables(planted: Store, tmp_path: Path, form: str) -> None:
    """The table of facts and the DuckDB database are masked; with `unmasked` they contain the published text."""
    shown, published = (_table(planted, tmp_path / name, form, unmasked=name == "raw") for name in ("masked", "raw"))
    assert hidden(shown) == [] and "徐某" in shown
    assert NAME in published and FOLDER not in published


def _table(store: Store, folder: Path, form: str, *, unmasked: bool) -> str:
    if form == "duckdb":
        duckdb = pytest.importorskip("duckdb")
        export_duckdb.export_duckdb(store, folder, ruling=None, unmasked=unmasked)
        with duckdb.connect(str(folder / "suowen.duckdb"), read_only=True) as db:
            return repr([db.execute(f'SELECT * FROM "{name}"').fetchall() for name in export_duckdb.TABLES])
    if form == "xlsx":
        pytest.importorskip("xlsxwriter")
    export_fact_table.export_facts(store, folder, form, ruling=None, unmasked=unmasked)  # type: ignore[arg-type]
    path = folder / f"facts.{form}"
    if form == "csv":
        return path.read_text(encoding="utf-8-sig")
    if form == "parquet":
        return repr(pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist())
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())
