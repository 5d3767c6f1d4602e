"""Web: pages and an API over the store."""

from __future__ import annotations

import re
import threading
from typing import Annotated

import typer

from ingest.cli.common import HomeOption, command_group, configured
from ingest.errors import UsageError
from ingest.masking_rules import masking_rules
from store import open_store

app = command_group()

#: listening addresses that only this machine can reach
LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: seconds that a correction waits for another writer before the page reports an error. Measured: with eight writers on
#: two cores, two of thirty corrections waited more than 5 s
WAIT = 15.0


@app.command()
def web(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on; any but loopback needs --public.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8780,
    public: Annotated[str, typer.Option(help="Public address of the pages, such as https://suowen.example.org")] = "",
    home: HomeOption = None,
) -> None:
    """Serve pages and an API over the store, for a browser on this machine.

    SIGTERM and Ctrl-C stop it cleanly.

    Access requires the token created on first start (data/web-token). Example: `suowen web --port 8080`
    """
    from ingest.web import create_app, serve  # imported here because Flask takes 0.2 s to load
    from ingest.web.app import LOCAL
    from ingest.web.auth import token_in

    config = configured(ctx, home)
    hosts = _hosts(host, public)
    with open_store(config.store_url(), wait=WAIT, create=False, masking=masking_rules(config.home)) as store:
        config.data.mkdir(mode=0o700, exist_ok=True)
        token, path, made = token_in(config.data)
        if made:
            typer.echo(f"token: {token}")
        ended = config.data / "web-sessions-ended"
        made_app = create_app(
            store,
            token,
            zone=config.settings.zone,
            hosts=(*LOCAL, *hosts),
            public=public,
            ended=ended,
            sources=[source.name for source in config.sources],
        )
        threading.Thread(target=made_app.extensions["warm-feeds"], daemon=True).start()
        serve(
            made_app,
            host,
            port,
            lambda address: typer.echo(f"{address}  (token in {path})"),
            proxied=bool(public) and host in LOOPBACK,
        )


def _hosts(host: str, public: str) -> list[str]:
    """Return the accepted host names in addition to those of loopback.

    Raises UsageError if --public is required but missing, or is not a valid address.
    """
    if public and not re.fullmatch(r"https?://[\w.-]+(:[0-9]+)?/?", public):
        raise UsageError(
            f"--public {public}: write a complete address with a host name, such as https://suowen.example.org"
        )
    if host in LOOPBACK:
        return []
    if not public:
        raise UsageError(
            f"--host {host}: other machines could reach it; add --public with the public address, preferably the "
            "https address of a reverse proxy (docs/web.md)"
        )
    return [] if ":" in host or not host.strip("0.") else [host]
