"""The web application: routes of the pages, the API and the forms."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, jsonify, redirect, render_template, request, url_for
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from ingest.digest import format_zh, labels_zh
from ingest.digest.compose import HEADINGS
from ingest.digest.render import link
from ingest.mcp.answers import Answers
from ingest.record_fact_correction import record_correction
from ingest.web import highlight, params, view_models
from ingest.web.api import add_api
from ingest.web.auth import Access, local_path
from ingest.web.errors import register_error_handlers
from ingest.web.feeds import add_feeds
from ingest.web.mcp_endpoint import add_mcp
from store import Store
from store.access_keys import find_key

#: maximum bytes of a request body; forms send only a token or a note
BODY = 65_536
#: lifetime of a browser session
SESSION = timedelta(days=30)
#: host names of a server that listens on loopback only
LOCAL = ("127.0.0.1", "localhost")
RULINGS = {"feature": "特写", "brief": "简讯", "other": "其他", None: "未判定"}
#: state of a delivery -> label
STATES = {"waiting": "待发", "sending": "发送中", "sent": "已发", "refused": "被拒", "expired": "已放弃"}
ACTIONS = {"confirm": "属实", "reject": "不实", "edit": "更正"}
#: (path, endpoint and template, view); `ingest.web.api` serves the same views as JSON
PAGES: tuple[tuple[str, str, Callable[..., view_models.Values]], ...] = (
    ("/", "articles", view_models.articles),
    ("/search", "search", view_models.search),
    ("/articles/<number:number>", "article", view_models.article),
    ("/articles/<number:number>/revisions", "revisions", view_models.revisions),
    ("/station", "station", view_models.station),
    ("/log", "log", view_models.log),
    ("/diff", "diff", view_models.changes),
    ("/messages", "messages", view_models.messages),
)
#: table of the store -> label and unit of the rows added by a commit; other tables are internal and not shown
TABLES = {
    "articles": ("文章", "篇"),
    "revisions": ("版本", "个"),
    "verdicts": ("判定", "条"),
    "facts": ("事实", "条"),
    "stories": ("报道", "组"),
    "judgements": ("人工核对", "条"),
    "spellings": ("网址合并", "条"),
    "captures": ("页面存档", "个"),
}
#: rule set named in a commit -> label
RULES = {"read": "提取", "judge": "判定", "same": "去重", "facts": "事实"}


class _Json(DefaultJSONProvider):
    """JSON in the format of the commands: Chinese unescaped, times as ISO 8601."""

    ensure_ascii = False
    sort_keys = False

    @staticmethod
    def default(o: Any) -> Any:
        """Convert dates and times to ISO 8601, other types as Flask does. Raises TypeError for an unknown type."""
        return o.isoformat() if hasattr(o, "isoformat") else DefaultJSONProvider.default(o)


def create_app(
    store: Store,
    token: str,
    *,
    zone: str,
    hosts: Iterable[str] = LOCAL,
    public: str = "",
    clock: Callable[[], float] = time.monotonic,
    ended: Path | None = None,
    sources: Sequence[str] = (),
) -> Flask:
    """Create the application that serves the pages, the API, the feeds and the MCP endpoint of `store`.

    `token`: the access token. `hosts`: accepted values of the Host header. `public`: URL of a proxy in front of the
    server; its host is accepted too. `clock`: returns seconds, used for limiting wrong tokens. `zone`: IANA name of the
    time zone of the pages. `ended`: file of the sessions that were logged out, None for memory only. `sources`: names
    of the configured sources.
    """
    app = Flask("ingest.web", static_folder=None, template_folder=str(Path(__file__).parent / "templates"))
    app.json = _Json(app)
    outside = urlsplit(public)
    app.config.update(
        TRUSTED_HOSTS=[*hosts, *([outside.hostname] if outside.hostname else [])],
        MAX_CONTENT_LENGTH=BODY,
        MAX_FORM_MEMORY_SIZE=BODY,
        MAX_FORM_PARTS=20,
        PERMANENT_SESSION_LIFETIME=SESSION,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=outside.scheme == "https",
    )
    app.url_map.converters.update(number=params.Number, position=params.Position, secret=params.Secret)
    _add_template_helpers(app, ZoneInfo(zone))
    access = Access(token, clock, ended, lambda secret: find_key(store, "token", secret, datetime.now(UTC)))
    access.guard(app)
    _add_pages(app, store)
    add_feeds(app, store, public)
    _add_corrections(app, store)
    add_api(app, store, sources)
    add_mcp(app, Answers(store, sources, zone))
    _add_login(app, access)
    register_error_handlers(
        app, lambda heading, message: _render("error.html", {"heading": heading, "message": message})
    )
    return app


def _add_template_helpers(app: Flask, zone: ZoneInfo) -> None:
    """Add the filters and functions that the templates use."""

    def moment(value: datetime) -> str:
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    def medium(row: Mapping[str, Any]) -> str:
        """Return the publisher (来源), else the configured site, else 来源未注明 for a one-off article."""
        return row["source"] or (row["site"] if row["site"] != "-" else "来源未注明")

    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(moment=moment, cut=format_zh.cut, zh=format_zh.full_width)
    app.jinja_env.globals.update(
        labels=labels_zh,
        format=format_zh,
        link=link,
        rulings=RULINGS,
        actions=ACTIONS,
        states=STATES,
        headings=HEADINGS,
        tables=TABLES,
        rules=RULES,
        shown=view_models.SHOWN,
        medium=medium,
        paragraphs=highlight.paragraphs,
        hit_segments=highlight.hit_segments,
    )


def _add_pages(app: Flask, store: Store) -> None:
    for address, name, view in PAGES:

        def page(name: str = name, view: Callable[..., view_models.Values] = view, **path: int) -> str:
            return _render(f"{name}.html", view(store, request.args, **path))

        app.add_url_rule(address, name, page, methods=["GET"])


def _add_corrections(app: Flask, store: Store) -> None:
    def record(number: int, position: int) -> view_models.Values:
        """Store the correction that the request contains; return it with its commit. Raises BadRequest."""
        fields = _json() if request.is_json else request.form
        if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
            raise BadRequest("请求体应为 JSON 对象，值均为字符串")
        if "seal" in fields:
            raise BadRequest("seal 已改名为 etag")
        action = params.one_of(fields, "action", ("confirm", "reject"))
        if action is None:
            raise BadRequest("action 应为 confirm 或 reject")
        by = g.by or params.text(fields, "by", 40) or g.get("key") or "web"
        recorded = record_correction(
            store,
            number,
            position,
            action,  # type: ignore[arg-type]
            by,
            datetime.now(UTC),
            note=params.text(fields, "note", 400) or "",
            seen=fields.get("etag"),
        )
        return {"article": number, "position": position, "action": action, "by": by, "commit": recorded.commit}

    @app.post("/articles/<number:number>/facts/<position:position>")
    def correct(number: int, position: int) -> AnyResponse:
        record(number, position)
        return redirect(url_for("article", number=number, _anchor=f"fact-{position}"), 303)

    @app.post("/api/articles/<number:number>/facts/<position:position>")
    def api_correct(number: int, position: int) -> Response:
        return jsonify(record(number, position))


def _json() -> Any:
    """Return the JSON of the request. Raises BadRequest if it is invalid or nested too deeply to be parsed."""
    try:
        return request.get_json()
    except RecursionError:
        raise BadRequest("JSON 嵌套过深") from None


def _add_login(app: Flask, access: Access) -> None:
    @app.get("/login")
    def login() -> str:
        return _render("login.html", {"next": local_path(request.args.get("next", "/")), "wrong": False})

    @app.post("/login", endpoint="enter")
    def enter() -> AnyResponse | tuple[str, int]:
        target = local_path(request.form.get("next", "/"))
        if access.enter(request.form.get("token", ""), params.text(request.form, "by", 40) or ""):
            return redirect(target, 303)
        return _render("login.html", {"next": target, "wrong": True}), 401

    @app.post("/logout")
    def logout() -> AnyResponse:
        access.leave()
        return redirect(url_for("login"), 303)

    @app.get("/style.css")
    def style() -> Response:
        css = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
        return Response(css, mimetype="text/css")


def _render(template: str, values: view_models.Values) -> str:
    """Render a page without control characters."""
    return format_zh.printable(render_template(template, **values))
