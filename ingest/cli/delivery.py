"""Delivery: subscriptions, test-channel, send, outbox, clip."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ingest.cli.common import MAX_NUMBER, HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import print_json, print_table, visible
from ingest.config.load import Config
from ingest.config.subscriptions import DIGEST, Subscription
from ingest.deliver.clipping_docx import write_clipping
from ingest.deliver.daily_digest import digest_content, digest_of_day, missing_settings, usable
from ingest.deliver.dispatch import Attempt, Dispatcher
from ingest.deliver.message_text import plain_text
from ingest.digest import preview_digest
from ingest.errors import UsageError
from store import Store, masked_views, open_store, outbox
from store.outbox import Message

app = command_group()
#: filters of a subscription, in the order in which `suowen subscriptions` lists them
_FILTERS = ("words", "stations", "places", "sources", "rulings", "facts")


@app.command()
def subscriptions(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the subscriptions: schedule, filters, destinations, progress.

    The daily digest is listed first. Progress is the last commit that the messages of a subscription cover.
    Example: `suowen subscriptions`
    """
    config = configured(ctx, home)
    with opened_store(config, create=True) as store:
        rows = [_digest_row(store, config), *(_row(store, entry) for entry in config.subscriptions.subscriptions)]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("name", "when", "to", "filters", "covered"),
        (
            (
                row["name"],
                row["when"],
                ", ".join(row["to"]) or "nobody",
                _filters(row["filters"]),
                _covered(row["covered"]),
            )
            for row in rows
        ),
    )
    if missing := missing_settings(config.settings, config.subscriptions):
        typer.echo(f"digest: not sent: {missing}")


def _digest_row(store: Store, config: Config) -> dict[str, Any]:
    last = store.last_digest("9999-12-31")
    return {
        "name": DIGEST,
        "when": f"daily {config.settings.digest.at}",
        "to": [*config.settings.digest.recipients, *usable(config.subscriptions, config.subscriptions.digest.to)],
        "filters": {},
        "covered": last.upto if last else 0,
    }


def _row(store: Store, entry: Subscription) -> dict[str, Any]:
    state = outbox.subscription_state(store, entry.name)
    values = {name: getattr(entry, name) for name in _FILTERS}
    return {
        "name": entry.name,
        "when": str(entry.when),
        "to": list(entry.to),
        "filters": {name: value for name, value in values.items() if value} | {"include": list(entry.include)},
        "covered": state.upto if state else None,
    }


def _covered(commit: int | None) -> str:
    return "" if commit is None else str(commit)


def _filters(filters: dict[str, Any]) -> str:
    shown = (
        f"{name}: {value if isinstance(value, str) else ' '.join(value)}"
        for name, value in filters.items()
        if name != "include"
    )
    return "; ".join(shown)


@app.command("test-channel")
def test_channel(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A destination of config/subscriptions.yaml.")],
    home: HomeOption = None,
) -> None:
    """Send one line to a destination and show what the other side answered.

    Exit code 1 when the destination did not accept it. Example: `suowen test-channel wecom`
    """
    config = configured(ctx, home)
    with open_store(config.store_url()) as store:
        attempts = _dispatcher(store, config).test(name)
    _report(attempts)
    if not attempts or any(attempt.state != "sent" for attempt in attempts):
        raise typer.Exit(1)


@app.command()
def send(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A subscription of config/subscriptions.yaml.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the message; store and send nothing.")] = False,
    since: Annotated[
        int | None, typer.Option(min=0, max=MAX_NUMBER, help="With --dry-run: everything after this commit.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the message of a subscription now; --dry-run only shows it.

    The message covers all commits since the previous one; a new subscription covers only commits after its creation.
    `digest` is the daily digest. Exit code 1 when a delivery failed or was refused.
    The service and the next `suowen send` repeat a failed delivery; only `suowen outbox --retry` repeats a refused one.

    Example: `suowen send chongqing --dry-run`
    """
    config = configured(ctx, home)
    if since is not None and not dry_run:
        raise UsageError("--since goes with --dry-run only: what was sent is not sent again")
    if name == DIGEST:
        _send_digest(config, dry_run=dry_run, as_json=as_json)
        return
    with opened_store(config) as store:
        dispatcher = _dispatcher(store, config)
        subscription = dispatcher.subscription(name)
        if dry_run:
            collected = dispatcher.preview(subscription, since)
            if as_json:
                print_json(collected.content)
            else:
                _print_text(collected.content)
            return
        message = dispatcher.queue(subscription)
        attempts = dispatcher.deliver()
        later = _waiting(store, message, attempts, config)
    if as_json:
        print_json({"message": message.id if message else None, "attempts": [_attempt(entry) for entry in attempts]})
    else:
        typer.echo(f"message {message.id}: {visible(message.title)}" if message else "nothing new")
        _report(attempts)
        for row in later:
            typer.echo(row)
    if any(attempt.state != "sent" for attempt in attempts):
        raise typer.Exit(1)


def _waiting(store: Store, message: Message | None, attempts: Iterable[Attempt], config: Config) -> list[str]:
    """Return a line for each waiting delivery of a message that was not tried; quiet hours or a rate limit delay it."""
    tried = {(attempt.destination, attempt.recipient, attempt.part) for attempt in attempts}
    zone = ZoneInfo(config.settings.zone)
    rows = outbox.deliveries_of(store, message.id) if message else []
    waiting = [row for row in rows if row.state in outbox.OPEN]
    return [
        f"{_target(*where)}: waits until {row.next_try.astimezone(zone):%Y-%m-%d %H:%M}"
        for row in waiting
        if (where := (row.destination, row.recipient, row.part)) not in tried
    ]


def _send_digest(config: Config, *, dry_run: bool, as_json: bool) -> None:
    """Send today's digest to all recipients who have not received it, or show it.

    Exit code 1 when a setting is missing or a delivery failed.
    """
    now = datetime.now(UTC)
    day = now.astimezone(ZoneInfo(config.settings.zone)).date()
    with opened_store(config) as store:
        if dry_run:
            names = [source.name for source in config.sources if source.enabled]
            found = preview_digest(store, config.settings, day=day, now=now, source_names=names)
            content = digest_content(found, config.settings)
            print_json(content) if as_json else _print_text(content)
            return
        made = digest_of_day(store, config, day=day, now=now, send=True)
    sent = made.delivery
    if as_json:
        print_json(
            {"sent": sent.sent, "already": sent.already, "failed": dict(sent.failed)}
            if sent
            else {"unsent": made.unsent}
        )
    else:
        typer.echo(str(made))
    if sent is None or not sent.complete:
        raise typer.Exit(1)


@app.command("outbox")
def outbox_command(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Number of deliveries listed.")] = 50,
    unsent: Annotated[bool, typer.Option("--unsent", help="Only deliveries that were not sent.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Try every delivery that was not sent again, now.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List sent and waiting messages with what the other side answered.

    Newest first: id, destination, state, attempts, answer.

    Example: `suowen outbox --unsent`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        if retry:
            outbox.retry_now(store, datetime.now(UTC))
            _report(_dispatcher(store, config).deliver())
        rows = outbox.list_deliveries(store, limit=limit, open_only=unsent)
    zone = ZoneInfo(config.settings.zone)
    if as_json:
        print_json(
            {
                "message": message.id,
                "subscription": message.subscription,
                "created_at": message.created_at,
                "title": message.title,
                "destination": delivery.destination,
                "recipient": delivery.recipient,
                "part": delivery.part,
                "state": delivery.state,
                "attempts": delivery.attempts,
                "next_try": delivery.next_try if delivery.state in outbox.OPEN else None,
                "changed_at": delivery.changed_at,
                "answer": delivery.answer,
            }
            for message, delivery in rows
        )
        return
    print_table(
        ("message", "created", "to", "state", "attempts", "answer"),
        (
            (
                message.id,
                f"{message.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
                _target(delivery.destination, delivery.recipient, delivery.part),
                delivery.state,
                str(delivery.attempts),
                visible(delivery.answer),
            )
            for message, delivery in rows
        ),
    )


@app.command()
def clip(
    ctx: typer.Context,
    articles: Annotated[list[int], typer.Argument(help="Numbers of articles, as `suowen list` shows them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; its name ends in .docx.")],
    home: HomeOption = None,
) -> None:
    """Write articles as a clipping (剪报) in a .docx file, ready to forward.

    Each article has its title, publisher, date, authors and URL, the figures of its station with quotes, and its text.
    Private persons are masked. Example: `suowen clip 3 7 --out 剪报.docx`
    """
    config = configured(ctx, home)
    if out.suffix.lower() != ".docx":
        raise UsageError(f"--out {out}: the name of a clipping ends in .docx")
    with opened_store(config) as store:
        views = [masked_views.show(store, number) for number in articles]
        count = write_clipping(out, views, datetime.now(ZoneInfo(config.settings.zone)))
    typer.echo(f"{out}: {count} articles")


def _print_text(content: dict[str, Any]) -> None:
    if not content["sections"]:
        typer.echo("nothing new")
    for row in plain_text(content).splitlines():
        typer.echo(visible(row))


def _dispatcher(store: Store, config: Config) -> Dispatcher:
    names = [source.name for source in config.sources if source.enabled]
    return Dispatcher(store, config.settings, config.subscriptions, names)


def _report(attempts: Iterable[Attempt]) -> None:
    for attempt in attempts:
        where = _target(attempt.destination, attempt.recipient, attempt.part)
        typer.echo(f"{where}: {attempt.state}: {visible(attempt.answer)}")


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {name: getattr(attempt, name) for name in ("destination", "recipient", "part", "state", "answer")}


def _target(destination: str, recipient: str, part: int) -> str:
    return " ".join(filter(None, (destination, recipient, f"part {part}" if part > 1 else "")))
