"""web: pages and an API over the store."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from ingest.cli.common import HomeOption, command_group, configured
from ingest.errors import UsageError
from store import open_store

app = command_group()

#: addresses that nobody else's machine can reach
LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: seconds that a word waits for another writer before the page says so: with eight of them at work on two cores, two
#: words of thirty waited more than 5
WAIT = 15.0


@app.command()
def web(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on; any but loopback needs --public.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8780,
    public: Annotated[str, typer.Option(help="The address people type, such as https://suowen.example.org")] = "",
    home: HomeOption = None,
) -> None:
    """Serve pages and an API over the store, for a browser on this machine.

    Stops cleanly on SIGTERM and Ctrl-C.

    Who wants in needs the token that the first start makes (data/web-token). Example: `suowen web --port 8080`
    """
    from ingest.web import create_app, serve  # Flask takes 0.2 s to load, which no other command should wait for
    from ingest.web.app import LOCAL
    from ingest.web.auth import token_in

    config = configured(ctx, home)
    hosts = _hosts(host, public)
    with open_store(config.store_url(), wait=WAIT, create=False) as store:
        config.data.mkdir(exist_ok=True)
        token, path, made = token_in(config.data)
        if made:
            typer.echo(f"token: {token}")
        made_app = create_app(store, token, zone=config.settings.zone, hosts=(*LOCAL, *hosts), public=public)
        serve(
            made_app,
            host,
            port,
            lambda address: typer.echo(f"{address}  (token in {path})"),
            proxied=bool(public) and host in LOOPBACK,
        )


def _hosts(host: str, public: str) -> list[str]:
    """Names beside loopback's that it may be asked under. Raises UsageError when strangers could reach it by any."""
    if public and not re.fullmatch(r"https?://[\w.-]+(:[0-9]+)?/?", public):
        raise UsageError(f"--public {public}: write it whole and with a name, as in https://suowen.example.org")
    if host in LOOPBACK:
        return []
    if not public:
        raise UsageError(
            f"--host {host}: others could reach it; say with --public under which address people come, "
            "best an https one of a proxy before it (docs/web.md)"
        )
    return [] if ":" in host or not host.strip("0.") else [host]
