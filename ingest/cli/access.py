"""Access for programs: token (API tokens), feed (secret addresses of feeds)."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, day_of, opened_store
from ingest.cli.console import local, print_json, print_table, visible
from ingest.config.load import Config
from ingest.config.subscriptions import DIGEST
from ingest.errors import UsageError
from store import access_keys
from store.access_keys import AccessKey, Kind, Scope

app = command_group()
#: address of `suowen web` if settings.yaml does not set its public address (`pages`)
_LOCAL = "http://127.0.0.1:8780/"

token_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke tokens for programs that use the API.")
app.add_typer(token_app, name="token")
feed_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke secret addresses of Atom and JSON feeds.")
app.add_typer(feed_app, name="feed")

NameArgument = Annotated[str, typer.Argument(help="A name by which it is listed and revoked.")]


@token_app.command("add")
def add_token(
    ctx: typer.Context,
    name: NameArgument,
    scope: Annotated[
        Scope, typer.Option(help="read; correct: also corrections of facts; admin: also lists tokens.")
    ] = "read",
    days: Annotated[int, typer.Option(min=0, max=36500, help="Days until it expires; 0: never.")] = 365,
    home: HomeOption = None,
) -> None:
    """Make an API token and print it once; only its hash is stored.

    Example: `suowen token add notebook --days 30`
    """
    config = configured(ctx, home)
    now = datetime.now(UTC)
    secret = secrets.token_urlsafe(32)
    key = AccessKey("token", _name(name), scope, now, now + timedelta(days=days) if days else None)
    with opened_store(config, create=True) as store:
        access_keys.add_key(store, key, secret)
    typer.echo(secret)


@token_app.command("list")
def list_tokens(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the API tokens: scope, expiry, state. The tokens themselves are not stored.

    Example: `suowen token list`
    """
    _print_keys(configured(ctx, home), "token", as_json)


@token_app.command("revoke")
def revoke_token(ctx: typer.Context, name: NameArgument, home: HomeOption = None) -> None:
    """Revoke an API token: requests with it are refused at once. Example: `suowen token revoke notebook`"""
    _revoke(configured(ctx, home), "token", name)


@feed_app.command("add")
def add_feed(
    ctx: typer.Context,
    name: NameArgument,
    subscription: Annotated[str, typer.Option(help="The messages of this subscription, or of digest.")] = "",
    changes: Annotated[
        bool, typer.Option("--changes", help="Changed figures of stations; with --station of some.")
    ] = False,
    words: Annotated[str, typer.Option(help="Articles with these words, as in `suowen search`.")] = "",
    station: Annotated[str, typer.Option(help="Articles about this station.")] = "",
    place: Annotated[str, typer.Option(help="Articles about this place.")] = "",
    source: Annotated[str, typer.Option(help="Articles of this configured source, or with this 来源.")] = "",
    ruling: Annotated[Literal["feature", "brief", "other", "all"], typer.Option()] = "feature",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Articles published on or after this day.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Articles published on or before this day.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most entries.")] = 100,
    home: HomeOption = None,
) -> None:
    """Make the secret addresses of a feed, Atom and JSON, and print them once.

    Anyone who knows an address can read the feed. Without other options the feed contains the newest features.

    Example: `suowen feed add chongqing --place 重庆`
    """
    config = configured(ctx, home)
    search = {"words": words, "station": station, "place": place, "source": source}
    days = {"since": day_of(since), "until": day_of(until)}
    target = _target(config, subscription, changes, search, days, ruling) | {"limit": limit}
    secret = secrets.token_urlsafe(32)
    key = AccessKey("feed", _name(name), "read", datetime.now(UTC), target=target)
    with opened_store(config, create=True) as store:
        access_keys.add_key(store, key, secret)
    base = (config.settings.pages or _LOCAL).rstrip("/")
    typer.echo(f"{base}/feeds/{secret}/atom\n{base}/feeds/{secret}/json")


def _target(
    config: Config,
    subscription: str,
    changes: bool,
    search: dict[str, str],
    days: dict[str, date | None],
    ruling: str,
) -> dict[str, Any]:
    """Return the kind and the filters of a feed. Raises UsageError for options that exclude each other."""
    given = {name: value.strip() for name, value in search.items() if value.strip()}
    given |= {name: day.isoformat() for name, day in days.items() if day}
    if subscription:
        known = [DIGEST, *(entry.name for entry in config.subscriptions.subscriptions)]
        if subscription not in known:
            raise UsageError(
                f"--subscription {subscription}: not in config/subscriptions.yaml; known: {', '.join(known)}"
            )
        if given or changes:
            raise UsageError("--subscription goes with no other choice: the subscription has its own filters")
        return {"kind": "subscription", "name": subscription}
    if changes:
        if set(given) - {"station"}:
            raise UsageError("--changes goes with --station only")
        return {"kind": "changes", **given}
    return {"kind": "search", **given} | ({} if ruling == "all" else {"ruling": ruling})


@feed_app.command("list")
def list_feeds(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the feeds: content, state. The addresses themselves are not stored.

    Example: `suowen feed list`
    """
    _print_keys(configured(ctx, home), "feed", as_json)


@feed_app.command("revoke")
def revoke_feed(ctx: typer.Context, name: NameArgument, home: HomeOption = None) -> None:
    """Revoke the addresses of a feed: they answer 404 at once. Example: `suowen feed revoke chongqing`"""
    _revoke(configured(ctx, home), "feed", name)


def _name(name: str) -> str:
    if not name.strip() or len(name) > 60 or not name.isprintable():
        raise UsageError(f"{visible(name)!r}: a name has 1 to 60 printable characters")
    return name.strip()


def _revoke(config: Config, kind: Kind, name: str) -> None:
    with opened_store(config) as store:
        access_keys.revoke_key(store, kind, name, datetime.now(UTC))
    typer.echo(f"{kind} {visible(name)}: revoked")


def _state(key: AccessKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.valid(now) else "expired"


def _print_keys(config: Config, kind: Kind, as_json: bool) -> None:
    now = datetime.now(UTC)
    with opened_store(config, create=True) as store:
        keys = access_keys.list_keys(store, kind)
    if as_json:
        print_json(
            {
                "name": key.name,
                **({"scope": key.scope} if kind == "token" else {"target": dict(key.target)}),
                "made_at": key.made_at,
                "expires_at": key.expires_at,
                "state": _state(key, now),
            }
            for key in keys
        )
        return
    zone = config.settings.zone
    what = "scope" if kind == "token" else "content"
    print_table(
        ("name", what, "made", "expires", "state"),
        (
            (
                visible(key.name),
                key.scope if kind == "token" else visible(" ".join(f"{a}={b}" for a, b in key.target.items())),
                local(key.made_at, zone),
                f"{key.expires_at.astimezone(ZoneInfo(zone)):%Y-%m-%d}" if key.expires_at else "never",
                _state(key, now),
            )
            for key in keys
        ),
    )
