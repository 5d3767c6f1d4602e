"""ingest/digest/mail.py against a real SMTP server on loopback: everybody once, whatever the server does."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.config.settings import SmtpSettings
from ingest.digest import Delivery, deliver, message
from ingest.errors import ConfigError
from store import Store
from tests.support.digest_samples import digest, health, period, story
from tests.support.smtp_server import Sink, Start, login

AT = datetime(2026, 11, 21, 0, 6, tzinfo=UTC)
IDENTITY = "<digest.2026-11-21.abc@suowen.example>"
TEN = [f"reader{n}@news.example" for n in range(10)]


def send(store: Store, settings: SmtpSettings, recipients: list[str], **options: Any) -> Delivery:
    """The day's mail to these recipients."""
    mail = message(digest(period(features=(story(),))), settings, identity=IDENTITY)
    return deliver(mail, recipients, settings, store, day="2026-11-21", clock=lambda: AT, **options)


def test_each_recipient_gets_one_mail_of_their_own(start_smtp: Start, store: Store) -> None:
    """Text and HTML arrive whole, one recipient in each mail, the others nowhere in it."""
    sink, settings = start_smtp()
    made = send(store, settings, TEN[:3])
    assert made.sent == tuple(TEN[:3])
    assert made.complete
    assert [addresses for addresses, _ in sink.mails] == [[one] for one in TEN[:3]]
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


def test_a_second_sending_reaches_nobody_twice(start_smtp: Start, store: Store) -> None:
    """What was delivered is known: the same day again sends only to who is new."""
    sink, settings = start_smtp()
    send(store, settings, TEN[:2])
    made = send(store, settings, [*TEN[:2], TEN[2], TEN[2]])
    assert made.already == tuple(TEN[:2])
    assert made.sent == (TEN[2],)
    assert sink.reached() == TEN[:3]


class Crashing:
    """A store whose process dies before it can note a delivery."""

    def __init__(self, store: Store) -> None:
        self.delivered = store.delivered

    def mark_delivered(self, day: str, channel: str, recipient: str, at: datetime) -> None:
        raise KeyboardInterrupt


def test_a_crash_between_sent_and_noted_repeats_one_mail_as_the_same(start_smtp: Start, store: Store) -> None:
    """G2: at least once: after a crash in the window one recipient gets the mail again, with the same Message-ID."""
    sink, settings = start_smtp()
    mail = message(digest(period(features=(story(),))), settings, identity=IDENTITY)
    with pytest.raises(KeyboardInterrupt):
        deliver(mail, TEN[:2], settings, Crashing(store), day="2026-11-21", clock=lambda: AT)
    assert send(store, settings, TEN[:2]).sent == tuple(TEN[:2])
    assert sink.reached() == [TEN[0], TEN[0], TEN[1]]
    assert {mail["Message-ID"] for _, mail in sink.mails} == {IDENTITY}


@pytest.mark.parametrize("where", ["refuse", "after"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [("550 no such user", "refused 550 no such user"), ("451 try later", "refused for now 451 try later")],
)
def test_one_bad_address_of_ten(start_smtp: Start, store: Store, where: str, answer: str, said: str) -> None:
    """G1: a refusal at RCPT or after DATA costs that recipient only, and is retried by the next sending."""
    sink, settings = start_smtp()
    getattr(sink, where)[TEN[4]] = answer
    made = send(store, settings, TEN)
    assert dict(made.failed) == {TEN[4]: said}
    assert sink.reached() == TEN[:4] + TEN[5:]
    getattr(sink, where).clear()
    assert send(store, settings, TEN).sent == (TEN[4],)
    assert sorted(sink.reached()) == TEN


def test_a_connection_that_breaks_costs_one_recipient(start_smtp: Start, store: Store) -> None:
    """The server hangs up after a mail: the others are served over a new connection."""
    sink, settings = start_smtp()
    sink.drop.add(TEN[1])
    made = send(store, settings, TEN[:4])
    assert set(made.failed) == {TEN[1]}
    assert made.sent == (TEN[0], TEN[2], TEN[3])
    assert sink.connections == 2


def test_a_server_that_is_not_there(store: Store, unused: int) -> None:
    """G1: connection refused is told for everybody who waits; nothing is marked as delivered."""
    settings = SmtpSettings(host="127.0.0.1", port=unused, security="none", sender="a@b.example", timeout=2)
    made = send(store, settings, TEN[:2])
    assert set(made.failed) == set(TEN[:2])
    assert "cannot be used" in made.failed[TEN[0]]
    assert not store.delivered("2026-11-21", "smtp", TEN[0])


@pytest.fixture
def unused() -> int:
    """A port on which nothing listens."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_starttls_taken_out_stops_everything(start_smtp: Start, store: Store) -> None:
    """G1: where STARTTLS is demanded and not offered, nothing is sent, neither mail nor password."""
    sink, settings = start_smtp(security="starttls")
    made = send(store, settings.model_copy(update={"user": "u", "password": "geheim"}), TEN[:2])
    assert "offers no STARTTLS" in made.failed[TEN[0]]
    assert sink.mails == []
    assert "geheim" not in repr(made)


def test_starttls_with_login(
    start_smtp: Start, store: Store, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """With STARTTLS the password and the mail go encrypted."""
    sink, settings = start_smtp(
        security="starttls", tls_context=server_tls, auth_required=True, authenticator=login("u", "geheim")
    )
    settings = settings.model_copy(update={"user": "u", "password": "geheim"})
    assert send(store, settings, TEN[:2], context=trusting).sent == tuple(TEN[:2])
    assert sink.secure == [True, True]


def test_implicit_tls(start_smtp: Start, store: Store, server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """With tls the connection is encrypted from its first byte; a server that speaks plainly gets nothing."""
    sink, settings = start_smtp(security="tls", ssl_context=server_tls)
    assert send(store, settings, TEN[:1], context=trusting).sent == (TEN[0],)
    plain, settings = start_smtp(security="tls")
    assert set(send(store, settings, TEN[1:2], context=trusting).failed) == {TEN[1]}
    assert (len(sink.mails), plain.mails) == (1, [])


def test_a_wrong_password_is_told_without_it(
    start_smtp: Start, store: Store, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """A refused login says so; the password is nowhere in what is said."""
    _, settings = start_smtp(
        security="starttls", tls_context=server_tls, auth_required=True, authenticator=login("u", "richtig")
    )
    made = send(store, settings.model_copy(update={"user": "u", "password": "geheim"}), TEN[:1], context=trusting)
    assert "refused 535" in made.failed[TEN[0]]
    assert "geheim" not in repr(made)


def test_a_certificate_nobody_vouches_for(start_smtp: Start, store: Store, server_tls: ssl.SSLContext) -> None:
    """Without trust in the certificate nothing is sent."""
    sink, settings = start_smtp(security="starttls", tls_context=server_tls)
    made = send(store, settings, TEN[:1])
    assert "certificate" in made.failed[TEN[0]].lower()
    assert sink.mails == []


def test_no_password_in_the_clear(store: Store) -> None:
    """security: none with a password is refused for any host but this machine."""
    settings = SmtpSettings(
        host="mail.invalid", security="none", user="u", password="p", sender="a@b.example", timeout=1
    )
    made = send(store, settings, TEN[:1])
    assert made.failed


BREAKS = ["\r\nBcc: evil@x.example", "\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x00", "\ud800", "\x1b[31m"]


@pytest.mark.parametrize("evil", BREAKS)
def test_no_character_breaks_a_header_or_loses_the_digest(start_smtp: Start, store: Store, evil: str) -> None:
    """G3: control characters in titles, sources and errors neither inject headers nor stop the mail."""
    sink, settings = start_smtp()
    made = digest(
        period(features=(story(title=f"题{evil}目", source=f"报{evil}社"),)),
        (health(f"网{evil}站", last_error=f"错{evil}误", failures=1),),
    )
    mail = message(made, settings, identity=IDENTITY)
    assert deliver(mail, TEN[:1], settings, store, day="2026-11-21", clock=lambda: AT).sent == tuple(TEN[:1])
    ((_, got),) = sink.mails
    assert got["Bcc"] is None
    assert sorted(got.keys()) == sorted(set(got.keys()))
    body = got.get_body(("plain",))
    assert body is not None and "目" in body.get_content() and "\x00" not in body.get_content()


@pytest.mark.parametrize("address", ["nobody", "a@b.example\nBcc: c@d.example", "@x.example", "a b@x.example", ""])
def test_a_recipient_that_is_no_address_stops_nobody(start_smtp: Start, store: Store, address: str) -> None:
    """A mistake in one recipient is told for that recipient; the others have their mail."""
    sink, settings = start_smtp()
    made = send(store, settings, [address, TEN[0]])
    assert made.sent == (TEN[0],)
    assert "no mail address" in made.failed[address]
    assert sink.reached() == [TEN[0]]


def test_a_sender_that_is_no_address_is_a_mistake_of_the_configuration(start_smtp: Start) -> None:
    """Without a proper sender no mail is made: one clear line names the key."""
    _, settings = start_smtp()
    with pytest.raises(ConfigError, match=r"smtp\.sender"):
        message(digest(period()), settings.model_copy(update={"sender": ""}), identity=IDENTITY)


def test_no_server_is_a_mistake_of_the_configuration(store: Store) -> None:
    """Sending without a configured server names the key to set."""
    settings = SmtpSettings(sender="a@b.example")
    with pytest.raises(ConfigError, match=r"smtp\.host"):
        send(store, settings, TEN[:1])


def test_a_sink_that_refuses_everything(start_smtp: Start, store: Store) -> None:
    """A server that refuses all recipients leaves all of them waiting, each with the reason."""
    sink: Sink
    sink, settings = start_smtp()
    sink.refuse.update(dict.fromkeys(TEN, "421 4.7.0 go away\x1b[2J"))
    made = send(store, settings, TEN)
    assert set(made.failed) == set(TEN)
    assert "\x1b" not in "".join(made.failed.values())
