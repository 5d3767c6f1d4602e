"""Tests of the MCP tools with the client of the package mcp: in process, over HTTP with a token, and over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import requests
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from ingest.mcp.answers import MOST, Answers
from ingest.mcp.server import TOOLS, make_server
from store import Store, masked_views, open_store
from store.access_keys import AccessKey, add_key
from store.queries import last_commit
from tests.support.store_samples import T0, article, batch_of, fact, later, put
from tests.support.web_samples import SECRETS, TEXT, add_story, facts_of

Dialogue = Callable[[Client], Awaitable[Any]]


def fill(store: Store) -> None:
    """Store a story with a private person, a revision, and an article that changes a figure."""
    add_story(store)
    text = TEXT.replace("35人", "52人").replace("欧阳建国", "老王")
    force = fact("民警52人", text, "force", station="井口派出所", category="民警", value=52, approx="exact")
    with batch_of(store, later(2)) as batch:
        put(
            batch,
            article(5, text, published="2026-03-02", title="三年后的井口派出所"),
            facts=(facts_of(TEXT)[0], force),
        )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("mcp") / "suowen.db"
    path.write_bytes(empty_file.read_bytes())
    with open_store(f"sqlite:///{path}") as store:
        fill(store)
        yield store


@pytest.fixture
def ask(filled: Store) -> Callable[..., Any]:
    """Return a function that calls one tool in process and returns its answer or the text of its error."""

    def call(tool: str, /, **arguments: Any) -> Any:
        async def run() -> Any:
            async with Client(make_server(Answers(filled, ["example"], "Asia/Shanghai"))) as client:
                return await answer(client, tool, **arguments)

        return asyncio.run(run())

    return call


async def answer(client: Client, tool: str, /, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text  # type: ignore[union-attr]
    return text if result.is_error else json.loads(text)


def quotes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in an answer that has a quote and its offset."""
    if isinstance(value, dict):
        if "quote" in value and "start" in value:
            yield value
        for part in value.values():
            yield from quotes(part)
    elif isinstance(value, list):
        for part in value:
            yield from quotes(part)


CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("search", {"words": "走访"}),
    ("search", {"station": "井口", "since": "2026-01-01", "ruling": "feature"}),
    ("article", {"article": 1}),
    ("article", {"article": 2, "start": 10, "kinds": ["force"]}),
    ("station", {"name": "井口派出所"}),
    ("station", {"name": "井口", "kinds": ["force"]}),
    ("changes", {}),
    ("story", {"story": 1}),
    ("digest", {}),
    ("digest", {"day": "2026-03-01"}),
    ("sources", {}),
    ("history", {}),
    ("history", {"article": 1}),
)


@pytest.mark.parametrize(("name", "arguments"), CALLS, ids=[f"{name}-{len(given)}" for name, given in CALLS])
def test_every_answer_can_be_cited(
    filled: Store, ask: Callable[..., Any], name: str, arguments: dict[str, Any]
) -> None:
    """An answer has the commit number, quotes at their offsets in the masked text, and no name of a private person."""
    found = ask(name, **arguments)
    assert found["commit"] == last_commit(filled) and len(found["commit_hash"]) == 64
    assert not [secret for secret in SECRETS if secret in json.dumps(found, ensure_ascii=False)]
    texts = {
        row.value.id: masked_views.show(filled, row.value.id).value.revision.content.text
        for row in masked_views.list_articles(filled)
    }
    for cited in quotes(found):
        where = [cited["article"]] if "article" in cited else [found["article"]] if "article" in found else list(texts)
        assert any(texts[number][cited["start"] : cited["end"]] == cited["quote"] for number in where), cited
    if name in ("article", "station", "changes", "story", "digest"):
        assert list(quotes(found)), "an answer about contents has quotes"


def test_contents_of_answers(ask: Callable[..., Any]) -> None:
    """The tools return stored contents: hits, reasons, both values of a change, copies, revisions, sources."""
    assert [hit["article"] for hit in ask("search", words="三年后")["hits"]] == [4]
    shown = ask("article", article=1)
    assert (
        shown["verdict"]["reasons"] and shown["text_length"] == shown["text_end"] and shown["url"].startswith("https")
    )
    assert ask("article", article=1, start=5)["text"] == shown["text"][5:]
    (change,) = ask("changes")["changes"]
    assert (change["before"]["value"], change["after"]["value"]) == (41, 52)
    assert change["after"]["citations"][0]["url"].endswith("/5.html")
    assert [copy["article"] for copy in ask("story", story=1)["copies"]] == [2]
    assert [row["revision"] for row in ask("history", article=1)["revisions"]] == [1, 2]
    assert ask("history", article=1)["revisions"][1]["changed"]
    assert [row["name"] for row in ask("sources")["sources"]] == ["example"]
    (card,) = ask("station", name="井口派出所")["cards"]
    assert {value["kind"] for value in card["values"]} >= {"station", "force", "division"}


def test_errors_say_what_would_be_right(ask: Callable[..., Any]) -> None:
    """The error about a wrong argument or a missing object states the cause or what is valid."""
    assert "it does not exist" in ask("article", article=999)
    assert f"must be 1 to {MOST}" in ask("search", words="民警", limit=MOST + 1)
    assert "no stored article describes" in ask("station", name="无此所")
    assert "type one character or more" in ask("search")
    assert "valid date" in ask("search", words="民警", since="x")


def test_tools_are_read_only(filled: Store) -> None:
    """The server offers the documented tools, each with a description and marked as read-only."""

    async def run() -> Any:
        async with Client(make_server(Answers(filled, [], "Asia/Shanghai"))) as client:
            return (await client.list_tools()).tools

    tools = asyncio.run(run())
    assert tuple(tool.name for tool in tools) == TOOLS
    assert all(tool.description and tool.annotations.read_only_hint for tool in tools)


async def dialogue(client: Client) -> str:
    """Call the tools as an assistant does and return an answer with citations.

    The question is how many police officers the station has now and had before: 井口派出所现在有多少民警，以前呢？
    """
    found = await answer(client, "search", words="井口派出所", ruling="feature")
    assert found["hits"]
    card = (await answer(client, "station", name="井口派出所", kinds=["force"]))["cards"][0]
    change = (await answer(client, "changes", station=card["name"]))["changes"][0]
    parts = []
    for side in ("after", "before"):
        cited = change[side]["citations"][0]
        text = (await answer(client, "article", article=cited["article"]))["text"]
        assert text[cited["start"] : cited["end"]] == cited["quote"]
        parts.append(f"{change[side]['value']}人（“{cited['quote']}”，{cited['url']}）")
    return f"现有民警{parts[0]}，以前{parts[1]}。commit {found['commit']}"


def check(reply: str, store: Store) -> None:
    """Check that the reply cites quotes of the stored texts and the last commit."""
    assert "现有民警52人（“民警52人”，https://news.example.cn/a/5.html），以前41人（“民警41人”" in reply
    for number, quote in ((4, "民警52人"), (1, "民警41人")):
        assert quote in masked_views.show(store, number).value.revision.content.text
    assert reply.endswith(f"commit {last_commit(store)}")


def over_http(base: str, token: str, talk: Dialogue) -> Any:
    async def run() -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
            Client(streamable_http_client(f"{base}/mcp", http_client=http)) as client,
        ):
            return await talk(client)

    return asyncio.run(run())


def test_dialogue_over_http(lite_web: Any) -> None:
    """An assistant with a read token gets a cited answer over streamable HTTP; with a wrong token it gets an error."""
    fill(lite_web.store)
    add_key(lite_web.store, AccessKey("token", "assistant", "read", T0), "r" * 43)
    check(over_http(lite_web.base, "r" * 43, dialogue), lite_web.store)
    with pytest.raises(ExceptionGroup) as refused:
        over_http(lite_web.base, "w" * 43, dialogue)
    assert refused.group_contains(Exception, match="Server returned an error response")


def test_http_endpoint_keeps_the_rules(lite_web: Any) -> None:
    """Requests without a token, in a session without a CSRF token, or with a foreign Host are refused.

    A body above the size limit and GET (an event stream) are refused too.
    """
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    url = lite_web.base + "/mcp"
    for method in ("GET", "POST", "DELETE", "PUT", "OPTIONS"):
        refused = requests.request(method, url, json=call, headers=accept, timeout=20, allow_redirects=False)
        assert refused.status_code == 401 and refused.headers["Content-Type"] == "application/problem+json"
    assert lite_web.api.post(url, json=call, headers={**accept, "Host": "evil.example"}, timeout=20).status_code == 400
    assert lite_web.api.post(url, data=b"x" * 70_000, headers=accept, timeout=20).status_code == 413
    lite_web.log_in()
    assert lite_web.browser.post(url, json=call, headers=accept, timeout=20).status_code == 403
    response = lite_web.api.post(url, json=call, headers=accept, timeout=60)
    assert response.status_code == 200 and len(response.json()["result"]["tools"]) == len(TOOLS)
    assert "default-src" in response.headers["Content-Security-Policy"]
    assert lite_web.api.get(url, headers=accept, timeout=20).status_code == 405


def test_dialogue_over_stdio(tmp_path: Path) -> None:
    """An assistant gets a cited answer from `suowen mcp` over standard input and output."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    with open_store(f"sqlite:///{tmp_path}/data/suowen.db") as store:
        fill(store)
        command = [sys.executable, "-m", "ingest", "mcp", "--home", str(tmp_path)]

        async def run() -> str:
            parameters = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
            async with Client(parameters) as client:
                return await dialogue(client)

        check(asyncio.run(run()), store)
