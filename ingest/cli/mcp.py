"""MCP: tools for an assistant over standard input and output."""

from __future__ import annotations

import importlib.util

import typer

from ingest.cli.common import HomeOption, command_group, configured, opened_store
from ingest.errors import UsageError

app = command_group()


@app.command()
def mcp(ctx: typer.Context, home: HomeOption = None) -> None:
    """Serve the store to an assistant on this machine (MCP, stdio); read-only.

    The assistant starts this command itself. `suowen web` offers the same tools over HTTP at /mcp.

    Example of its configuration: {"command": "suowen", "args": ["mcp", "--home", "/srv/suowen"]}
    """
    if importlib.util.find_spec("mcp") is None:
        raise UsageError("the package mcp is not installed; pip install 'suowen[mcp]'")
    from ingest.mcp.answers import Answers
    from ingest.mcp.server import make_server

    config = configured(ctx, home)
    with opened_store(config) as store:
        names = [source.name for source in config.sources]
        make_server(Answers(store, names, config.settings.zone)).run("stdio")
