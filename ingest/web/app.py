"""Addresses, forms, errors: the application that the server runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, jsonify, redirect, render_template, request, session, url_for
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, NotFound, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from ingest.corrections import record_correction
from ingest.digest import labels_zh
from ingest.digest.compose import HEADINGS
from ingest.digest.render import link
from ingest.errors import StaleError, SuowenError, UsageError
from ingest.web import highlight, params, views
from ingest.web.auth import Access, local_path
from store import Store, StoreError
from store.errors import ConflictError, NotFoundError, QueryError

_log = logging.getLogger("suowen.web")
#: bytes that a request may bring: a token, a note
BODY = 65_536
#: how long a browser stays logged in
SESSION = timedelta(days=30)
#: names by which a server that listens on loopback alone is called
LOCAL = ("127.0.0.1", "localhost")
RULINGS = {"feature": "特写", "brief": "短讯", "other": "其他", None: "未判"}
ACTIONS = {"confirm": "属实", "reject": "不实", "edit": "更正"}
#: address, name of its template, what it shows; each is there as JSON too, under /api
PAGES: tuple[tuple[str, str, Callable[..., views.Values]], ...] = (
    ("/", "articles", views.articles),
    ("/search", "search", views.search),
    ("/articles/<number:number>", "article", views.article),
    ("/articles/<number:number>/revisions", "revisions", views.revisions),
    ("/station", "station", views.station),
    ("/log", "log", views.log),
    ("/diff", "diff", views.changes),
)
#: status -> heading of an error's page
ERRORS = {
    400: "这样问不行",
    401: "请先登录",
    403: "不许这样做",
    404: "没有找到",
    405: "不许这样做",
    409: "已经变了",
    413: "太大",
    429: "请等一等",
    500: "出错了",
    503: "库暂时读不了",
}
#: tables of the store -> what a commit brought
TABLES = {
    "articles": "文章",
    "revisions": "版本",
    "verdicts": "判定",
    "readings": "阅读",
    "facts": "事实",
    "stories": "报道",
    "members": "归入报道",
    "judgements": "人工判断",
    "captures": "存档",
}


class _Json(DefaultJSONProvider):
    """JSON as the commands print it: Chinese as it is, times as ISO 8601."""

    ensure_ascii = False
    sort_keys = False

    @staticmethod
    def default(o: Any) -> Any:
        """Times; anything else is a bug."""
        return o.isoformat() if hasattr(o, "isoformat") else DefaultJSONProvider.default(o)


def create_app(
    store: Store,
    token: str,
    *,
    zone: str,
    hosts: Iterable[str] = LOCAL,
    public: str = "",
    clock: Callable[[], float] = time.monotonic,
) -> Flask:
    """The pages and the API over `store`, shown to whoever has `token`.

    `hosts`: names under which it may be asked; `public`: the address that people type when a proxy stands before it,
    whose host is then one of them. `clock`: seconds, for counting wrong tokens.
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
    app.url_map.converters.update(number=params.Number, position=params.Position)
    _word(app, ZoneInfo(zone))
    access = Access(token, clock)
    access.guard(app)
    _add_pages(app, store)
    _add_corrections(app, store)
    _add_door(app, access)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(StoreError, _store_failed)
    app.register_error_handler(SuowenError, _failed)
    return app


def _word(app: Flask, zone: ZoneInfo) -> None:
    """What templates may call."""

    def moment(value: datetime) -> str:
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    def medium(told: Mapping[str, Any]) -> str:
        """来源 as the page names it, else the configured site that showed it; one-off articles have neither."""
        return told["source"] or (told["site"] if told["site"] != "-" else "来源未注明")

    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(moment=moment, cut=labels_zh.cut)
    app.jinja_env.globals.update(
        w=labels_zh,
        link=link,
        rulings=RULINGS,
        actions=ACTIONS,
        headings=HEADINGS,
        tables=TABLES,
        shown=views.SHOWN,
        medium=medium,
        paragraphs=highlight.paragraphs,
        stretches=highlight.stretches,
    )


def _add_pages(app: Flask, store: Store) -> None:
    for address, name, view in PAGES:

        def page(name: str = name, view: Callable[..., views.Values] = view, **path: int) -> str:
            return _rendered(f"{name}.html", view(store, request.args, **path))

        def api(view: Callable[..., views.Values] = view, **path: int) -> Response:
            return jsonify(view(store, request.args, **path))

        app.add_url_rule(address, name, page, methods=["GET"])
        app.add_url_rule("/api" + ("/articles" if address == "/" else address), f"api-{name}", api, methods=["GET"])


def _add_corrections(app: Flask, store: Store) -> None:
    def record(number: int, position: int) -> views.Values:
        """Keep what the request says of a fact."""
        given = _json() if request.is_json else request.form
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise BadRequest("要一个 JSON 对象，值都是文字")
        if "seal" in given:
            raise BadRequest("seal 已改名为 etag")
        action = params.one_of(given, "action", ("confirm", "reject"))
        if action is None:
            raise BadRequest("action 要是 confirm 或 reject")
        by = g.by or params.words(given, "by", 40) or "web"
        said = record_correction(
            store,
            number,
            position,
            action,  # type: ignore[arg-type]
            by,
            datetime.now(UTC),
            note=params.words(given, "note", 400) or "",
            seen=given.get("etag"),
        )
        return {"article": number, "position": position, "action": action, "by": by, "commit": said.commit}

    @app.post("/articles/<number:number>/facts/<position:position>")
    def correct(number: int, position: int) -> AnyResponse:
        record(number, position)
        return redirect(url_for("article", number=number, _anchor=f"fact-{position}"), 303)

    @app.post("/api/articles/<number:number>/facts/<position:position>")
    def api_correct(number: int, position: int) -> Response:
        return jsonify(record(number, position))


def _json() -> Any:
    """The request's JSON. Raises BadRequest for what is none, or is nested past what can be read."""
    try:
        return request.get_json()
    except RecursionError:
        raise BadRequest("JSON 套得太深") from None


def _add_door(app: Flask, access: Access) -> None:
    @app.get("/login")
    def login() -> str:
        return _rendered("login.html", {"next": local_path(request.args.get("next", "/")), "wrong": False})

    @app.post("/login", endpoint="enter")
    def enter() -> AnyResponse | tuple[str, int]:
        onward = local_path(request.form.get("next", "/"))
        if access.enter(request.form.get("token", ""), params.words(request.form, "by", 40) or ""):
            return redirect(onward, 303)
        return _rendered("login.html", {"next": onward, "wrong": True}), 401

    @app.post("/logout")
    def logout() -> AnyResponse:
        session.clear()
        return redirect(url_for("login"), 303)

    @app.get("/style.css")
    def style() -> Response:
        text = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
        return Response(text, mimetype="text/css")


def _rendered(template: str, values: views.Values) -> str:
    """A page; what no file should carry never reaches the browser."""
    return labels_zh.printable(render_template(template, **values))


# --- what goes wrong ----------------------------------------------------------------------------------------------


def _answer(status: int, said: str) -> AnyResponse:
    """An error as a page, or as JSON to who asked for that."""
    heading = ERRORS.get(status, ERRORS[400])
    if request.path.startswith("/api/"):
        answer = jsonify({"error": said or heading})
    else:
        answer = Response(_rendered("error.html", {"heading": heading, "said": said}))
    answer.status_code = status
    return answer


def _refused(error: HTTPException) -> AnyResponse:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    if isinstance(error, SecurityError):  # under a name that is not ours no page has an address
        return Response("这个名字不归这里管\n", 400, mimetype="text/plain")
    known = {NotFound: "没有这一页", InternalServerError: "程序出错，日志里有详情"}
    ours = "" if error.description == type(error).description else error.description or ""
    answer = _answer(error.code or 500, known.get(type(error), ours))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _store_failed(error: StoreError) -> AnyResponse:
    """What cannot be asked is the asker's to mend; anything else is wrong with the store, now."""
    if isinstance(error, NotFoundError):
        return _answer(404, str(error))
    if isinstance(error, QueryError | ConflictError):
        return _answer(400, str(error))
    _log.warning("%s", error)
    return _answer(503, str(error))


def _failed(error: SuowenError) -> AnyResponse:
    if isinstance(error, UsageError):
        return _answer(409 if isinstance(error, StaleError) else 404, str(error))
    _log.error("%s", error)
    return _answer(500, str(error))
