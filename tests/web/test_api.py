"""Tests of the API: its OpenAPI description, responses and errors that conform to it, and paging by cursor."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from ingest.web.api import OPERATIONS, description
from ingest.web.app import create_app
from store import Store, open_store
from store.access_keys import AccessKey, add_key
from store.outbox import Delivery, Message, SubscriptionState, enqueue, start_subscription
from tests.support.store_samples import T0, article, batch_of, fact, later, put
from tests.support.web_samples import TEXT, add_story

HEADERS = {"Authorization": "Bearer " + "t" * 43, "Host": "localhost"}
load_all_checks()


def filled(path: Path, empty_file: Path) -> Store:
    """Return a store with a story, a changed figure, a token, a feed and a message."""
    path.write_bytes(empty_file.read_bytes())
    store = open_store(f"sqlite:///{path}")
    add_story(store)
    text = TEXT.replace("35人", "52人").replace("欧阳建国", "老王")
    with batch_of(store, later(2)) as batch:
        force = fact("民警52人", text, "force", station="井口派出所", category="民警", value=52, approx="exact")
        station = fact("井口派出所", text, "station", name="井口派出所", city="重庆市", main=True)
        put(batch, article(5, text, published="2026-03-02"), facts=(station, force))
    add_key(store, AccessKey("token", "甲", "read", T0), "k" * 43)
    add_key(store, AccessKey("feed", "乙", "read", T0, target={"kind": "changes"}), "f" * 43)
    start_subscription(store, SubscriptionState("chongqing", 1, T0, {}))
    message = Message("chongqing.1", "chongqing", T0, "所闻 11月30日：特写1篇", {"sections": []})
    enqueue(store, message, [Delivery(message.id, "desk", "a@example.org", 1, "", "sent", 1, T0, "250 OK", T0)])
    return store


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[Flask]:
    """Yield the application for a filled store."""
    with filled(tmp_path_factory.mktemp("api") / "suowen.db", empty_file) as store:
        yield create_app(store, "t" * 43, zone="Asia/Shanghai", sources=["example"])


@pytest.fixture(scope="module")
def client(app: Flask) -> Any:
    return app.test_client()


@pytest.fixture(scope="module")
def api_schema(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[Any]:
    """Yield the OpenAPI schema of a separate application for schemathesis, whose requests correct facts."""
    with filled(tmp_path_factory.mktemp("fuzz") / "suowen.db", empty_file) as store:
        # Schemathesis tries wrong tokens; with this clock they never delay the right one.
        clock = itertools.count(step=100).__next__
        app = create_app(store, "t" * 43, zone="Asia/Shanghai", sources=["example"], clock=clock)
        yield schemathesis.openapi.from_wsgi("/api/openapi.json", app, headers=HEADERS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_answers_keep_to_the_description(api_schema: Any, mode: GenerationMode) -> None:
    """No generated request, valid or not, results in a server error, an undescribed status or an undescribed body."""
    seen: set[int] = set()
    operations = [result.ok() for result in api_schema.get_all_operations()]
    assert len(operations) == len(OPERATIONS) + 1
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )
        def check(case: Any) -> None:
            for name, count in (("number", 6), ("position", 4)):  # mostly numbers of existing articles and facts
                if isinstance(case.path_parameters.get(name), int):
                    case.path_parameters[name] %= count
            # The API differs from its description: it accepts an empty `limit=` and refuses q=!, which has no letter.
            loose = [negative_data_rejection, positive_data_acceptance, unsupported_method, missing_required_header]
            response = case.call(headers=HEADERS)
            seen.add(response.status_code)
            case.validate_response(response, headers=HEADERS, excluded_checks=loose)

        try:
            check()
        except Unsatisfiable:  # an operation without parameters has no invalid requests
            assert mode is GenerationMode.NEGATIVE
    assert {200, 400, 404} <= seen or mode is GenerationMode.NEGATIVE


def test_description_is_openapi_and_complete(app: Flask) -> None:
    """The description is valid OpenAPI 3.1 and contains every route below /api with its methods."""
    described = json.loads(json.dumps(description()))
    validate(described)
    assert described["openapi"] == "3.1.0"
    routes = {
        (re.sub("<[a-z]+:([a-z]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule != "/api/openapi.json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(path, method) for path, methods in described["paths"].items() for method in methods}


EXAMPLES = {
    "articles": ("/api/articles?limit=1", "/api/articles?ruling=brief"),
    "search": ("/api/search", "/api/search?q=派出所&limit=1", "/api/search?station=井口&since=2026-01-01"),
    "article": ("/api/articles/1", "/api/articles/1?revision=1", "/api/articles/3?explain=1"),
    "revisions": ("/api/articles/1/revisions",),
    "station": ("/api/station", "/api/station?name=井口派出所"),
    "stations": ("/api/stations", "/api/stations?place=上海"),
    "changes": ("/api/changes", "/api/changes?since=2"),
    "story": ("/api/stories/1",),
    "log": ("/api/log?limit=1",),
    "diff": ("/api/diff?from=0&to=2", "/api/diff?from=1&to=3"),
    "sources": ("/api/sources",),
    "tokens": ("/api/tokens",),
    "messages": ("/api/messages", "/api/messages?limit=1"),
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_examples_have_no_undescribed_key(client: Any, operation: Any) -> None:
    """Complete responses conform to their model and have no key, at any depth, that the model does not describe."""
    model = operation.answer.model_json_schema(mode="serialization", by_alias=True)

    def closed(node: Any) -> Any:
        """Return the schema with additional keys forbidden in each object whose keys are described."""
        if isinstance(node, dict):
            shut = {"additionalProperties": False} if "properties" in node else {}
            return {key: closed(value) for key, value in node.items()} | shut
        return [closed(value) for value in node] if isinstance(node, list) else node

    validator = Draft202012Validator(closed(model))
    for path in EXAMPLES[operation.name]:
        response = client.get(path, headers=HEADERS)
        assert response.status_code == 200, (path, response.text)
        assert [error.message for error in validator.iter_errors(response.json)] == [], path
    assert any(len(client.get(path, headers=HEADERS).text) > 60 for path in EXAMPLES[operation.name])


@pytest.mark.parametrize("name", [operation.name for operation in OPERATIONS if operation.pages_by])
def test_cursors_lead_through_all_rows(client: Any, name: str) -> None:
    """Following `next_cursor` with one row a page returns the rows of one large page, each once."""
    path = {"search": "/api/search?q=派出所"}.get(name, f"/api/{name}?")
    key = {"search": "hits", "log": "commits"}.get(name, name)
    whole = client.get(f"{path}&limit=100", headers=HEADERS).json
    assert whole[key] and whole["next_cursor"] is None
    rows: list[Any] = []
    page = client.get(f"{path}&limit=1", headers=HEADERS).json
    while True:
        rows += page[key]
        if page["next_cursor"] is None:
            break
        assert re.fullmatch("[A-Za-z0-9_-]+", page["next_cursor"])
        page = client.get(f"{path}&limit=1&cursor={page['next_cursor']}", headers=HEADERS).json
    assert rows == whole[key]


def test_errors_are_problem_documents(client: Any) -> None:
    """Every error below /api is a problem document with the status of the response.

    A cursor that another list returned is an error.
    """
    other = client.get("/api/log?limit=1", headers=HEADERS).json["next_cursor"]
    for path, status in (
        ("/api/articles/999", 404),
        ("/api/stories/999", 404),
        ("/api/station?name=无此所", 404),
        ("/api/nothing", 404),
        ("/api/articles?limit=x", 400),
        ("/api/articles?cursor=%21", 400),
        ("/api/articles?cursor=bnVsbA", 400),
        ("/api/articles?cursor=W10", 400),
        (f"/api/search?q=民警&cursor={other}", 400),
        ("/api/search?q=%21", 400),
        ("/api/diff?from=3&to=1", 400),
    ):
        response = client.get(path, headers=HEADERS)
        assert (response.status_code, response.content_type) == (status, "application/problem+json"), path
        problem = response.json
        assert problem["status"] == status and problem["title"] and problem["type"] == "about:blank"
        assert problem["detail"] == problem["error"] and problem["detail"]
    assert client.get("/api/log", headers={"Host": "localhost"}).json["status"] == 401


def test_verdicts_have_their_reasons(client: Any) -> None:
    """The API returns a verdict with its ruling, score, reasons and topic."""
    verdict = client.get("/api/articles/1", headers=HEADERS).json["verdict"]
    assert verdict == {"ruling": "feature", "score": 0.93, "reasons": ["特写: 派出所 ×3"], "topic": "police-station@1"}


def test_rules_explain_what_they_took(client: Any) -> None:
    """Each explained decision has a rule, a reason and a quote at its offsets in the masked text.

    One of the decisions is an accepted `force` fact.
    """
    shown = client.get("/api/articles/1?explain=1", headers=HEADERS).json
    explained, text = shown["explained"], shown["text"]
    assert all(text[one["start"] : one["end"]] == one["quote"] and one["rule"] and one["why"] for one in explained)
    assert ("force", True) in {(one["kind"], one["taken"]) for one in explained}


def test_figures_are_cited_by_both_articles(client: Any) -> None:
    """Both values of a changed figure have a quote and an address."""
    changes = client.get("/api/changes", headers=HEADERS).json["changes"]
    assert [(change["before"]["value"], change["after"]["value"]) for change in changes] == [(41, 52)]
    for side in ("before", "after"):
        (cited,) = changes[0][side]["citations"]
        assert cited["url"].startswith("https://") and str(changes[0][side]["value"]) in cited["fact"]["quote"]


def test_sources_without_a_configuration(lite: Store) -> None:
    """Without configured sources the list is empty instead of an error."""
    client = create_app(lite, "t" * 43, zone="Asia/Shanghai").test_client()
    assert client.get("/api/sources", headers=HEADERS).json == {"sources": []}
