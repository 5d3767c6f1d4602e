"""Error responses: a page with a Chinese sentence, or a problem document (RFC 9457) for the API."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from ingest.errors import StaleError, SuowenError, UsageError
from store.errors import (
    ConflictError,
    NotFoundError,
    QueryError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreLostError,
    StoreUnwritableError,
)

_log = logging.getLogger("suowen.web")
#: media type of errors of the API (RFC 9457)
PROBLEM = "application/problem+json"
#: prefixes of the paths for programs, whose errors are problem documents
PROGRAMS = ("/api/", "/mcp")
#: status -> heading of the error page
HEADINGS = {
    400: "参数有误",
    401: "请先登录",
    403: "不允许的操作",
    404: "没有找到",
    405: "不允许的操作",
    409: "内容已更新，请刷新",
    413: "提交的内容太大",
    429: "请稍后再试",
    500: "程序出错",
    503: "数据库暂时不可用",
    504: "回答用时过长",
}
#: endpoint -> sentence of its 404 page
_MISSING = {
    "article": "没有这篇文章，或没有这一版。",
    "revisions": "没有这篇文章，或没有这一版。",
    "station": "没有文章写到“{name}”，请检查名称。",
    "diff": "没有这个编号的变更记录。",
}
#: endpoint -> sentence of its page for an invalid query
_INVALID = {
    "search": "请输入至少一个字；起始日期不能晚于截止日期。",
    "diff": "起始编号不能大于结束编号。",
}
#: error of the store -> sentence for the page; the first matching class is used
_UNAVAILABLE: tuple[tuple[type[StoreError], str], ...] = (
    (StoreBusyError, "另一个程序正在写入数据库，请稍后再试。"),
    (StoreDamagedError, "数据库文件已损坏，请管理员运行 suowen verify 检查。"),
    (StoreUnwritableError, "数据库无法写入，请管理员检查磁盘空间和文件权限。"),
    (StoreLostError, "无法连接数据库服务器，请稍后再试。"),
)


def register_error_handlers(app: Flask, render: Callable[[str, str], str]) -> None:
    """Register handlers for all expected errors of `app`; `render(heading, sentence)` returns a page."""

    def answer(status: int, sentence: str, api: str | None = None) -> AnyResponse:
        """Return an error page, or a problem document for a program, with the detail `api` (default: `sentence`)."""
        heading = HEADINGS.get(status, HEADINGS[400])
        response: AnyResponse
        if request.path.startswith(PROGRAMS):
            detail = (sentence if api is None else api) or heading
            # `error` repeats the detail for clients of the first version of the API
            problem = {"type": "about:blank", "title": heading, "status": status, "detail": detail, "error": detail}
            response = jsonify(problem)
            response.content_type = PROBLEM
        else:
            response = Response(render(heading, sentence))
        response.status_code = status
        return response

    def http_error(error: HTTPException) -> AnyResponse:
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        # plain text, because the URLs of a page cannot be built for an unknown host
        if isinstance(error, SecurityError):
            return Response("未知的主机名\n", 400, mimetype="text/plain")
        known = {NotFound: "没有这个页面。", InternalServerError: "程序出错，详情见日志。"}
        own = "" if error.description == type(error).description else error.description or ""
        response = answer(error.code or 500, known.get(type(error), own), getattr(error, "api_text", None))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    def store_error(error: StoreError) -> AnyResponse:
        page = (request.endpoint or "").removeprefix("api-")
        if isinstance(error, NotFoundError):
            sentence = _MISSING.get(page, "库里没有这一项。").format(name=request.args.get("name", ""))
            return answer(404, sentence)
        if isinstance(error, QueryError | ConflictError):
            return answer(400, _INVALID.get(page, "请检查所填的内容。"), str(error))
        _log.warning("%s", error)
        unavailable = (sentence for kind, sentence in _UNAVAILABLE if isinstance(error, kind))
        return answer(503, next(unavailable, "数据库暂时无法读取，详情见日志。"), str(error))

    def own_error(error: SuowenError) -> AnyResponse:
        if isinstance(error, StaleError):
            return answer(409, "文章已重新提取，这里已是另一条事实。请刷新页面后再核对。", str(error))
        if isinstance(error, UsageError):
            return answer(404, "这篇文章没有这条事实。", str(error))
        _log.error("%s", error)
        return answer(500, "程序出错，详情见日志。", str(error))

    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(StoreError, store_error)
    app.register_error_handler(SuowenError, own_error)
