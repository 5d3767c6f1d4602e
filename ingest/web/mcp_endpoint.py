"""The MCP endpoint /mcp: streamable HTTP for assistants, behind the same checks as every other route."""

from __future__ import annotations

import importlib.util
import threading
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import GatewayTimeout, NotFound

from ingest.mcp.answers import Answers

if TYPE_CHECKING:
    from ingest.mcp.asgi_bridge import Bridge


def add_mcp(app: Flask, answers: Answers) -> None:
    """Add the endpoint. The first request loads the package mcp; if the package is not installed, the answer is 404."""
    lock = threading.Lock()
    started: list[Bridge] = []

    def bridge() -> Bridge:
        with lock:
            if not started:
                if importlib.util.find_spec("mcp") is None:
                    raise NotFound("此处未安装 MCP：pip install 'suowen[mcp]'")
                from ingest.mcp.asgi_bridge import Bridge  # imported by the first request: it takes 1 s to load

                started.append(Bridge(answers))
            return started[0]

    @app.route("/mcp", methods=["POST"], endpoint="mcp")
    def endpoint() -> Response:
        try:
            status, headers, body = bridge().handle(request.headers.items(), request.get_data())
        except TimeoutError:
            raise GatewayTimeout("回答用时过长") from None
        return Response(body, status, [(name, value) for name, value in headers if name.lower() != "content-length"])
