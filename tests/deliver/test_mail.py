"""Tests of ingest/deliver/mail.py against an SMTP server on loopback: separate mails, refusals, crashes, encryption."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from ingest.config.settings import Settings, SmtpSettings
from ingest.config.subscriptions import Destination, SubscriptionsFile
from ingest.deliver.dispatch import Dispatcher
from ingest.deliver.mail import Mail, build_mail
from ingest.deliver.mail_html import render_mail
from ingest.deliver.message_content import content_of
from ingest.digest import Digest, render_html, render_text
from ingest.errors import ConfigError
from store import Store, outbox
from store.outbox import Delivery, Message
from tests.support.digest_samples import digest, health, period, story
from tests.support.smtp_server import Sink, Start, login

AT = datetime(2026, 11, 21, 0, 6, tzinfo=UTC)
IDENTITY = "<digest.2026-11-21.abc@suowen.example>"
TEN = [f"reader{n}@news.example" for n in range(10)]


@pytest.fixture
def store(lite: Store) -> Store:
    """Return an empty store on SQLite."""
    return lite


@dataclass
class Sending:
    """Result of one sending: recipients reached now, recipients reached before, and reasons by failed recipient."""

    sent: tuple[str, ...]
    already: tuple[str, ...]
    failed: dict[str, str]


def send(
    store: Store,
    settings: SmtpSettings,
    recipients: list[str],
    *,
    context: ssl.SSLContext | None = None,
    now: datetime = AT,
    content: Digest | None = None,
) -> Sending:
    """Send the day's mail to these recipients, through the outbox."""
    made = content or digest(period(features=(story(),)))
    values = {"html": render_html(made), "text": render_text(made), "message_id": IDENTITY, **content_of(made)}
    message = Message("digest.2026-11-21", "digest", AT, f"所闻 11月21日：{made.headline}", values)
    rows = [Delivery(message.id, "digest", name, 1, "", "waiting", 0, AT, "", AT) for name in dict.fromkeys(recipients)]
    if not outbox.enqueue(store, message, rows):
        outbox.add_deliveries(store, rows)
    before = {row.recipient for row in outbox.deliveries_of(store, message.id) if row.state == "sent"}
    outbox.retry_now(store, now)
    dispatcher = Dispatcher(
        store,
        Settings(smtp=settings),
        SubscriptionsFile(),
        [],
        clock=lambda: now,
        make=lambda destination, made_settings: Mail(made_settings.smtp, destination.recipients, context=context),
    )
    dispatcher.deliver(extra=[Destination(name="digest", kind="mail", recipients=tuple(recipients))])
    after = {row.recipient: row for row in outbox.deliveries_of(store, message.id)}
    return Sending(
        tuple(name for name in dict.fromkeys(recipients) if after[name].state == "sent" and name not in before),
        tuple(name for name in recipients if name in before),
        {name: row.answer for name, row in after.items() if row.state != "sent" and name in recipients},
    )


def test_each_recipient_gets_a_separate_mail(start_smtp: Start, store: Store) -> None:
    """Text and HTML arrive complete; each mail names one recipient and none of the others."""
    sink, settings = start_smtp()
    delivery = send(store, settings, TEN[:3])
    assert delivery.sent == tuple(TEN[:3])
    assert not delivery.failed
    assert [addresses for addresses, _ in sink.mails] == [[address] for address in TEN[:3]]
    for (address,), mail in sink.mails:
        assert mail["To"] == address
        assert mail["From"] == "所闻 <digest@suowen.example>"
        assert mail["Subject"] == "所闻 11月21日：新特写 1 篇"
        assert mail["Message-ID"] == IDENTITY
        assert not [other for other in TEN if other != address and other in mail.as_string()]
        body, page = mail.get_body(("plain",)), mail.get_body(("html",))
        assert body is not None and "辖区面积42.6平方公里" in body.get_content()
        assert page is not None and "辖区面积42.6平方公里" in page.get_content()
    assert sink.connections == 1


def test_second_sending_skips_delivered_recipients(start_smtp: Start, store: Store) -> None:
    """Sending the same day again reaches only recipients without a delivery; a repeated address gets one mail."""
    sink, settings = start_smtp()
    send(store, settings, TEN[:2])
    delivery = send(store, settings, [*TEN[:2], TEN[2], TEN[2]])
    assert delivery.already == tuple(TEN[:2])
    assert delivery.sent == (TEN[2],)
    assert sink.reached() == TEN[:3]


def test_crash_before_recording_repeats_one_mail_with_the_same_id(
    start_smtp: Start, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash between `250 OK` and storing the result, one recipient gets the mail twice (FAULTS G2).

    Both mails have the same Message-ID.
    """
    sink, settings = start_smtp()

    def crash(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(outbox, "settle", crash)
        send(store, settings, TEN[:2])
    assert send(store, settings, TEN[:2]).sent == (TEN[1],)  # the first delivery is still claimed
    assert send(store, settings, TEN[:2], now=AT + timedelta(minutes=10)).sent == (TEN[0],)
    assert sink.reached() == [TEN[0], TEN[1], TEN[0]]
    assert {mail["Message-ID"] for _, mail in sink.mails} == {IDENTITY}


@pytest.mark.parametrize("where", ["refuse", "after"])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [("550 no such user", "refused 550 no such user"), ("451 try later", "refused for now 451 try later")],
)
def test_refused_recipient_does_not_affect_the_others(
    start_smtp: Start, store: Store, where: str, answer: str, reason: str
) -> None:
    """A refusal at RCPT or after DATA fails that recipient only; the next sending retries it (FAULTS G1)."""
    sink, settings = start_smtp()
    getattr(sink, where)[TEN[4]] = answer
    delivery = send(store, settings, TEN)
    assert dict(delivery.failed) == {TEN[4]: reason}
    assert sink.reached() == TEN[:4] + TEN[5:]
    getattr(sink, where).clear()
    assert send(store, settings, TEN).sent == (TEN[4],)
    assert sorted(sink.reached()) == TEN


def test_broken_connection_fails_one_recipient(start_smtp: Start, store: Store) -> None:
    """When the server closes the connection during a mail, this mail fails; the others use a new connection."""
    sink, settings = start_smtp()
    sink.drop.add(TEN[1])
    delivery = send(store, settings, TEN[:4])
    assert set(delivery.failed) == {TEN[1]}
    assert delivery.sent == (TEN[0], TEN[2], TEN[3])
    assert sink.connections == 2


def test_unreachable_server_fails_all_recipients(store: Store, unused: int) -> None:
    """If the connection is refused, the delivery to each recipient fails; the reason names the server (FAULTS G1)."""
    settings = SmtpSettings(host="127.0.0.1", port=unused, security="none", sender="a@b.example", timeout=2)
    delivery = send(store, settings, TEN[:2])
    assert set(delivery.failed) == set(TEN[:2])
    assert "cannot be used" in delivery.failed[TEN[0]]
    assert all("cannot be used" in reason for reason in delivery.failed.values())


@pytest.fixture
def unused() -> int:
    """Return a port on which nothing listens."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_missing_starttls_stops_the_sending(start_smtp: Start, store: Store) -> None:
    """If STARTTLS is required but not offered, neither mail nor password is sent (FAULTS G1)."""
    sink, settings = start_smtp(security="starttls")
    delivery = send(store, settings.model_copy(update={"user": "u", "password": "geheim"}), TEN[:2])
    assert "does not offer STARTTLS" in delivery.failed[TEN[0]]
    assert sink.mails == []
    assert "geheim" not in repr(delivery)


def test_starttls_with_login(
    start_smtp: Start, store: Store, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """With STARTTLS, password and mail are encrypted."""
    sink, settings = start_smtp(
        security="starttls", tls_context=server_tls, auth_required=True, authenticator=login("u", "geheim")
    )
    settings = settings.model_copy(update={"user": "u", "password": "geheim"})
    assert send(store, settings, TEN[:2], context=trusting).sent == tuple(TEN[:2])
    assert sink.secure == [True, True]


def test_implicit_tls(start_smtp: Start, store: Store, server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """With security tls, the connection is encrypted from the first byte; a server without TLS receives no mail."""
    sink, settings = start_smtp(security="tls", ssl_context=server_tls)
    assert send(store, settings, TEN[:1], context=trusting).sent == (TEN[0],)
    plain, settings = start_smtp(security="tls")
    assert set(send(store, settings, TEN[1:2], context=trusting).failed) == {TEN[1]}
    assert (len(sink.mails), plain.mails) == (1, [])


def test_refused_login_does_not_reveal_the_password(
    start_smtp: Start, store: Store, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """The stored reason of a refused login does not contain the password."""
    _, settings = start_smtp(
        security="starttls", tls_context=server_tls, auth_required=True, authenticator=login("u", "richtig")
    )
    delivery = send(store, settings.model_copy(update={"user": "u", "password": "geheim"}), TEN[:1], context=trusting)
    assert "refused 535" in delivery.failed[TEN[0]]
    assert "geheim" not in repr(delivery)


def test_untrusted_certificate_stops_the_sending(start_smtp: Start, store: Store, server_tls: ssl.SSLContext) -> None:
    """A server with an untrusted certificate receives no mail."""
    sink, settings = start_smtp(security="starttls", tls_context=server_tls)
    delivery = send(store, settings, TEN[:1])
    assert "certificate" in delivery.failed[TEN[0]].lower()
    assert sink.mails == []


def test_password_is_not_sent_unencrypted(start_smtp: Start, store: Store) -> None:
    """With security "none", a password is not sent to a host that is not named as this machine (127.1 is not)."""
    sink, settings = start_smtp()
    settings = settings.model_copy(update={"host": "127.1", "user": "u", "password": "p"})
    delivery = send(store, settings, TEN[:1])
    assert "the password would be sent unencrypted" in delivery.failed[TEN[0]]
    assert sink.mails == []


BREAKS = ["\r\nBcc: evil@x.example", "\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x00", "\ud800", "\x1b[31m"]


@pytest.mark.parametrize("evil", BREAKS)
def test_control_characters_do_not_break_the_mail(start_smtp: Start, store: Store, evil: str) -> None:
    """Control characters in titles, publishers and errors neither inject headers nor prevent the mail (FAULTS G3)."""
    sink, settings = start_smtp()
    content = digest(
        period(features=(story(title=f"题{evil}目", source=f"报{evil}社"),)),
        (health(f"网{evil}站", last_error=f"错{evil}误", failures=1),),
    )
    assert send(store, settings, TEN[:1], content=content).sent == tuple(TEN[:1])
    ((_, received),) = sink.mails
    assert received["Bcc"] is None
    assert sorted(received.keys()) == sorted(set(received.keys()))
    body = received.get_body(("plain",))
    assert body is not None and "目" in body.get_content() and "\x00" not in body.get_content()


@pytest.mark.parametrize("address", ["nobody", "a@b.example\nBcc: c@d.example", "@x.example", "a b@x.example", ""])
def test_invalid_recipient_does_not_affect_the_others(start_smtp: Start, store: Store, address: str) -> None:
    """An invalid address fails for that recipient only."""
    sink, settings = start_smtp()
    delivery = send(store, settings, [address, TEN[0]])
    assert delivery.sent == (TEN[0],)
    assert "is not a mail address" in delivery.failed[address]
    assert sink.reached() == [TEN[0]]


def test_invalid_sender_is_a_config_error(start_smtp: Start) -> None:
    """A mail without a valid sender address raises ConfigError naming the key."""
    _, settings = start_smtp()
    message = Message("m", "daily", AT, "标题", {"sections": []})
    with pytest.raises(ConfigError, match=r"smtp\.sender"):
        build_mail(message, settings.model_copy(update={"sender": ""}), TEN[0])


def test_missing_server_is_reported(store: Store) -> None:
    """Without a configured server, sending fails with a reason that names the key."""
    assert "smtp.host is empty" in send(store, SmtpSettings(sender="a@b.example"), TEN[:1]).failed[TEN[0]]


@pytest.mark.parametrize(
    ("provider", "host", "port", "security"),
    [
        ("qq", "smtp.qq.com", 465, "tls"),
        (163, "smtp.163.com", 465, "tls"),
        ("126", "smtp.126.com", 465, "tls"),
        ("aliyun", "smtp.aliyun.com", 465, "tls"),
        ("exmail", "smtp.exmail.qq.com", 465, "tls"),
        ("gmail", "smtp.gmail.com", 587, "starttls"),
        ("outlook", "smtp.office365.com", 587, "starttls"),
    ],
)
def test_mail_providers(provider: str | int, host: str, port: int, security: str) -> None:
    """A provider sets host, port and security, and the user is the sender (YAML reads 163 as a number).

    Keys that are set override those of the provider; an unknown provider is refused.
    """
    made = SmtpSettings.model_validate({"provider": provider, "user": "me@example.org", "host": ""})
    assert (made.host, made.port, made.security, made.sender) == (host, port, security, "me@example.org")
    assert SmtpSettings.model_validate({"provider": provider, "port": 2525}).port == 2525
    with pytest.raises(ValueError, match="provider"):
        SmtpSettings.model_validate({"provider": "nowhere"})


def test_mail_of_a_subscription(start_smtp: Start, store: Store) -> None:
    """Without HTML the content is sent as text; List-Id and List-Unsubscribe name the subscription and the operator."""
    _, settings = start_smtp()
    mail = build_mail(Message("m.1", "daily", AT, "标\n题", {"sections": [], "headline": "标题"}), settings, TEN[0])
    assert (mail["Subject"], mail["Message-ID"]) == ("标 题", "<m.1@suowen.example>")
    assert mail["List-Id"] == "<daily.suowen.example>"
    assert mail["List-Unsubscribe"] == "<mailto:digest@suowen.example?subject=unsubscribe%20daily>"
    assert mail.get_content() == "标题\n"


def test_server_that_refuses_all_recipients(start_smtp: Start, store: Store) -> None:
    """Each recipient's reason is the server's reply without its control characters."""
    sink: Sink
    sink, settings = start_smtp()
    sink.refuse.update(dict.fromkeys(TEN, "421 4.7.0 go away\x1b[2J"))
    delivery = send(store, settings, TEN)
    assert set(delivery.failed) == set(TEN)
    assert "\x1b" not in "".join(delivery.failed.values())


@pytest.mark.parametrize("security", ["none", "tls"])
def test_mail_server_passes_the_address_guard(store: Store, security: str) -> None:
    """The address of a cloud's metadata server is refused as a mail server, with and without TLS.

    The reason is one line.
    """
    settings = SmtpSettings(host="169.254.169.254", port=25, security=security, sender="a@b.example", timeout=2)  # type: ignore[arg-type]
    reason = send(store, settings, TEN[:1]).failed[TEN[0]]
    assert "which is link-local" in reason and "\n" not in reason


def test_large_mail_is_encoded_compactly() -> None:
    """The HTML of 100 features has less than 102 kB, and less than 140 kB when encoded in base64."""
    made = digest(period(features=tuple(story(number) for number in range(100))))
    content = {"headline": "标题", **content_of(made)}
    content["html"] = render_mail(content, made_at=AT)
    message = Message("news.1", "news", AT, "标题", content)
    mail = build_mail(message, SmtpSettings(sender="a@b.cn"), "a@b.cn")
    html = mail.get_body(("html",))
    assert html is not None and len(html.get_content().encode()) < 102_000
    assert html["Content-Transfer-Encoding"] == "base64" and len(html.as_bytes()) < 140_000
