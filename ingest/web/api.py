"""The API: its operations, paging by cursor, and its OpenAPI 3.1 description, generated from the models.

Each operation returns the JSON of a view (`ingest.web.view_models`). A cursor is opaque to clients; it encodes the
parameter of the view for the next page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, jsonify, request
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.exceptions import BadRequest

from ingest import __version__
from ingest.web import api_models, view_models
from ingest.web.errors import PROBLEM
from store import Store

#: errors documented for every operation; all others are documented as "default"
_ERRORS = {
    "400": "an invalid parameter",
    "401": "no token, or one that is wrong, expired or revoked",
    "403": "the scope of the token does not cover this",
    "404": "no such article, revision, station or commit",
    "429": "too many wrong tokens; Retry-After",
    "503": "the store is damaged, missing, or locked by another writer",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API; all operations use GET."""

    name: str
    #: path below /api
    path: str
    view: Callable[..., view_models.Values]
    query: type[api_models.Parameters]
    answer: type[BaseModel]
    summary: str
    #: parameter of the view that the cursor encodes; "" for an operation without pages
    pages_by: str = ""


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "articles", "/articles", view_models.articles, api_models.ArticlesQuery, api_models.ArticlesPage,
        "List the newest articles", "before",
    ),
    Operation(
        "search", "/search", view_models.search, api_models.SearchQuery, api_models.SearchPage, "Search articles",
        "page",
    ),
    Operation(
        "article", "/articles/<number:number>", view_models.article, api_models.ArticleQuery, api_models.ArticleModel,
        "Show an article: text, facts with quotes, verdict with reasons, story, revisions",
    ),
    Operation(
        "revisions", "/articles/<number:number>/revisions", view_models.revisions, api_models.RevisionsQuery,
        api_models.Revisions, "Compare two revisions of an article",
    ),
    Operation(
        "station", "/station", view_models.station, api_models.StationQuery, api_models.StationPage,
        "Show the cards of the stations with a name",
    ),
    Operation(
        "stations", "/stations", view_models.stations, api_models.StationsQuery, api_models.StationsPage,
        "List the stations", "offset",
    ),
    Operation(
        "changes", "/changes", view_models.figure_changes, api_models.ChangesQuery, api_models.ChangesPage,
        "List figures of stations that a later article changed", "offset",
    ),
    Operation(
        "story", "/stories/<number:number>", view_models.story, api_models.Nothing, api_models.StoryModel,
        "Show a story: its first article and every copy",
    ),
    Operation("log", "/log", view_models.log, api_models.LogQuery, api_models.LogPage, "List the commits", "before"),
    Operation("diff", "/diff", view_models.changes, api_models.DiffQuery, api_models.DiffModel, "Compare two commits"),
    Operation(
        "sources", "/sources", view_models.sources, api_models.Nothing, api_models.SourcesModel,
        "List the configured sources and their state",
    ),
    Operation(
        "messages", "/messages", view_models.messages, api_models.MessagesQuery, api_models.MessagesModel,
        "List subscriptions and the newest deliveries (admin)",
    ),
    Operation(
        "tokens", "/tokens", view_models.tokens, api_models.Nothing, api_models.TokensModel,
        "List tokens and feeds (admin)",
    ),
)  # fmt: skip


def add_api(app: Flask, store: Store, source_names: Sequence[str]) -> None:
    """Add the operations and their description at /api/openapi.json."""
    for operation in OPERATIONS:

        def answer(operation: Operation = operation, **path: int) -> Response:
            given = {"names": source_names} if operation.name == "sources" else path
            query = dict(request.args.items())
            if operation.pages_by:
                query |= _decoded(query.pop("cursor", ""), operation.pages_by)
            values = operation.view(store, query, **given)
            if operation.pages_by:
                following = values.get("next")
                if operation.pages_by == "offset":  # clients receive the offset only inside the cursor
                    values.pop("next")
                values = {**values, "next_cursor": _encoded(operation.pages_by, following)}
            return jsonify(values)

        app.add_url_rule("/api" + operation.path, f"api-{operation.name}", answer, methods=["GET"])

    @app.get("/api/openapi.json", endpoint="api-openapi")
    def openapi() -> Response:
        return jsonify(description())


def _encoded(name: str, value: int | None) -> str | None:
    """Return the cursor of the next page, None if there is no next page."""
    if value is None:
        return None
    return base64.urlsafe_b64encode(json.dumps({name: value}).encode()).decode().rstrip("=")


def _decoded(cursor: str, name: str) -> dict[str, str]:
    """Return the view parameter encoded in a cursor, {} for an empty cursor.

    Raises BadRequest for an invalid cursor.
    """
    if not cursor:
        return {}
    try:
        value = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))[name]
        if type(value) is int:
            return {name: str(value)}
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise BadRequest("cursor 无效，请使用上一页返回的 next_cursor")


# --- description ------------------------------------------------------------------------------------------------


def description() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of the API."""
    shown: list[tuple[type[BaseModel], JsonSchemaMode]] = [(api_models.CorrectionBody, "validation")]
    shown += [(operation.answer, "serialization") for operation in OPERATIONS]
    shown += [(api_models.Recorded, "serialization"), (api_models.Problem, "serialization")]
    _, schemas = models_json_schema(
        shown,
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        path = "/api" + operation.path.replace("<number:number>", "{number}")
        paths[path] = {
            "get": {
                "operationId": operation.name,
                "summary": operation.summary,
                "parameters": [*_path_parameters(path), *_parameters(operation.query)],
                "responses": _responses(operation.answer),
            }
        }
    correct = "/api/articles/{number}/facts/{position}"
    paths[correct] = {
        "post": {
            "operationId": "correct",
            "summary": "Confirm or reject a fact (scope correct)",
            "parameters": _path_parameters(correct),
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref(api_models.CorrectionBody)}},
            },
            "responses": _responses(api_models.Recorded) | {"409": _problem("another fact is at this position now")},
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Suowen",
            "version": __version__,
            "description": "Private persons are masked. Quotes and offsets refer to the masked text: "
            "`quote == text[start:end]`, counted in characters (Unicode code points).",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    bounds = {"number": {"minimum": 1, "maximum": 10**15 - 1}, "position": {"minimum": 0, "maximum": 10**9 - 1}}
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", **bounds[name]}}
        for name in bounds
        if f"{{{name}}}" in path
    ]


def _parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the OpenAPI query parameters of a model. An optional parameter may be omitted but is never null."""
    properties: Mapping[str, Any] = query.model_json_schema(by_alias=True).get("properties", {})
    found = []
    for name, schema in properties.items():
        kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
        shown = {
            key: value for key, value in {**schema, **kinds[0]}.items() if key not in ("anyOf", "title", "default")
        }
        about = shown.pop("description", None)
        found.append({"name": name, "in": "query", "schema": shown, **({"description": about} if about else {})})
    return found


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _problem(about: str) -> dict[str, Any]:
    return {"description": about, "content": {PROBLEM: {"schema": _ref(api_models.Problem)}}}


def _responses(answer: type[BaseModel]) -> dict[str, Any]:
    right = {"description": (answer.__doc__ or "").strip(), "content": {"application/json": {"schema": _ref(answer)}}}
    return {"200": right, **{code: _problem(about) for code, about in _ERRORS.items()}, "default": _problem("an error")}
