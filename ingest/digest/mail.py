"""Digest -> mail -> each recipient, once.

Every recipient gets a mail of their own and never sees the others. What was delivered is noted after each
`250 OK`; a crash between the two repeats one mail, which carries the same Message-ID, so that mail programs
show it once. One recipient's refusal stops nobody else's mail; no encryption where it was asked for stops
all of it.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Protocol

from ingest.config.settings import SmtpSettings
from ingest.digest import labels_zh
from ingest.digest.compose import Digest
from ingest.digest.render import render_html, render_text
from ingest.errors import ConfigError, SuowenError

CHANNEL = "smtp"
#: hosts to which a password may go in the clear: it does not leave the machine
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class MailError(SuowenError):
    """The mail server cannot be used at all; nothing was lost, a later try takes up the rest."""


class Outbox(Protocol):
    """The part of the store that knows who has what."""

    def delivered(self, day: str, channel: str, recipient: str) -> bool:
        """Whether a day's digest reached somebody."""

    def mark_delivered(self, day: str, channel: str, recipient: str, at: datetime) -> None:
        """Note that it did."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one sending: `failed` says why for each recipient who still waits."""

    sent: tuple[str, ...]
    #: had it before
    already: tuple[str, ...]
    failed: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether everybody has it now."""
        return not self.failed


def message_id(day: str, nonce: str, settings: SmtpSettings) -> str:
    """A day's Message-ID. It is stored when the day is frozen, so that a second try is the same mail."""
    domain = parseaddr(settings.sender)[1].rpartition("@")[2]
    if not domain or not domain.isascii() or any(mark in domain for mark in " <>\r\n"):
        domain = "suowen.invalid"
    return f"<digest.{day}.{nonce}@{domain}>"


def message(digest: Digest, settings: SmtpSettings, *, identity: str) -> EmailMessage:
    """The day's mail without a recipient; `identity` is its Message-ID.

    Raises ConfigError when the sender is no address. No character from an article can break a header.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(settings.sender, "smtp.sender")
    mail["Subject"] = labels_zh.cut(
        labels_zh.on_one_line(f"所闻 {digest.day.month}月{digest.day.day}日：{digest.headline}"), 120
    )
    mail["Date"] = format_datetime(digest.made_at)
    mail["Message-ID"] = identity
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office notes in return
    mail.set_content(render_text(digest))
    mail.add_alternative(render_html(digest), subtype="html")
    return mail


def deliver(
    mail: EmailMessage,
    recipients: Sequence[str],
    settings: SmtpSettings,
    outbox: Outbox,
    *,
    day: str,
    clock: Callable[[], datetime],
    context: ssl.SSLContext | None = None,
) -> Delivery:
    """Send `mail` to each recipient who does not have `day`'s digest yet.

    Never raises for what a server or network does: the reasons are in `failed`. Raises ConfigError when no
    server is configured. `context`: how the server's certificate is checked, by default against the
    system's authorities.
    """
    if not settings.host:
        raise ConfigError(["settings.yaml: smtp.host is empty; name the mail server that takes the digest"])
    already = tuple(one for one in recipients if outbox.delivered(day, CHANNEL, one))
    waiting = [one for one in dict.fromkeys(recipients) if one not in already]
    sent: list[str] = []
    failed: dict[str, str] = {}
    while waiting:  # a connection that breaks takes one recipient with it; the others get a new one
        before = len(waiting)
        try:
            with _connected(settings, context) as server:
                _send_each(server, mail, waiting, outbox, day, clock, sent, failed)
        except MailError as error:
            failed.update(dict.fromkeys(waiting, str(error)))
            break
        if len(waiting) == before:  # not even one was tried
            break
    return Delivery(tuple(sent), already, failed)


def _send_each(
    server: smtplib.SMTP,
    mail: EmailMessage,
    waiting: list[str],
    outbox: Outbox,
    day: str,
    clock: Callable[[], datetime],
    sent: list[str],
    failed: dict[str, str],
) -> None:
    """Serve those who wait, taking each off the list; returns early when the connection is gone."""
    while waiting:
        recipient = waiting.pop(0)
        try:
            copy = _for(mail, recipient)
            server.send_message(copy)
        except ConfigError as error:
            failed[recipient] = str(error)
        except smtplib.SMTPServerDisconnected as error:
            failed[recipient] = f"the server closed the connection: {labels_zh.on_one_line(str(error))}"
            return
        except smtplib.SMTPException as error:
            failed[recipient] = _refusal(error)
            with suppress(smtplib.SMTPException, OSError):
                server.rset()
        except (OSError, MessageError, UnicodeError, ValueError) as error:
            failed[recipient] = f"sending broke off: {labels_zh.on_one_line(str(error) or repr(error))}"
            return
        else:
            outbox.mark_delivered(day, CHANNEL, recipient, clock())
            sent.append(recipient)


@contextmanager
def _connected(settings: SmtpSettings, context: ssl.SSLContext | None) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted as configured, logged-in connection. Raises MailError saying which step failed."""
    where = f"{settings.host}:{settings.port}"
    tls = context or ssl.create_default_context()
    server: smtplib.SMTP | None = None
    try:
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=tls)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            if not server.has_extn("starttls"):
                raise MailError(
                    f"mail server {where} offers no STARTTLS: nothing was sent, for anybody on the way "
                    "may have taken the offer out; set smtp.security to tls or none if that is right"
                )
            server.starttls(context=tls)
            server.ehlo()
        if settings.user:
            if settings.security == "none" and settings.host not in _LOCAL:
                raise MailError(f"mail server {where}: the password would go unencrypted; set smtp.security")
            server.login(settings.user, settings.password)
    except MailError:
        _hang_up(server)
        raise
    except (smtplib.SMTPException, OSError) as error:
        _hang_up(server)
        told = _refusal(error) if isinstance(error, smtplib.SMTPException) else labels_zh.on_one_line(str(error))
        raise MailError(f"mail server {where} cannot be used: {told or type(error).__name__}") from error
    try:
        yield server
    finally:
        _hang_up(server)


def _hang_up(server: smtplib.SMTP | None) -> None:
    if server is not None:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _for(mail: EmailMessage, recipient: str) -> EmailMessage:
    """The mail addressed to one recipient alone, its parts shared with the others' copies."""
    copy = EmailMessage(policy=mail.policy)
    for name, value in mail.items():
        copy[name] = value
    copy.set_payload(mail.get_payload())
    copy["To"] = _address(recipient, "digest.recipients")
    return copy


def _address(text: str, key: str) -> Address:
    """Raises ConfigError when `text` is no mail address."""
    name, plain = parseaddr(text)
    user, _, domain = plain.rpartition("@")
    try:
        strange = len(plain.split()) != 1 or plain not in text or labels_zh.on_one_line(text) != text.strip()
        if strange or not user or ("." not in domain and domain not in _LOCAL):
            raise ValueError("it needs the form name@example.org")
        return Address(name, user, domain)
    except (ValueError, IndexError, MessageError) as error:
        raise ConfigError([f"settings.yaml: {key}: {text!r} is no mail address: {error}"]) from None


def _refusal(error: smtplib.SMTPException) -> str:
    """What the server said, in one line, and whether to try again."""
    code: int | None = None
    said: bytes | str = str(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused) and error.recipients:
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    kind = "" if code is None else "refused for now" if 400 <= code < 500 else "refused"
    return labels_zh.cut(labels_zh.on_one_line(f"{kind} {code or ''} {text}"), 300)
