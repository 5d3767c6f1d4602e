"""Build the mail of a digest and send it to each recipient once.

Each recipient gets a separate mail and never sees the other addresses. A delivery is stored after each `250 OK`. A
crash in between repeats one mail with the same Message-ID, so that mail programs show it once. A refused recipient does
not affect the others. If the required encryption is not available, nothing is sent.
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
#: hosts to which a password may be sent unencrypted, because it does not leave the machine
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class MailError(SuowenError):
    """The mail server cannot be used; a later attempt serves the remaining recipients."""


class Outbox(Protocol):
    """The part of the store that records deliveries."""

    def delivered(self, day: str, channel: str, recipient: str) -> bool:
        """Return whether the digest of `day` was delivered to `recipient`."""

    def mark_delivered(self, day: str, channel: str, recipient: str, at: datetime) -> None:
        """Record the delivery."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The result of one attempt; `failed` maps each remaining recipient to the reason."""

    sent: tuple[str, ...]
    #: recipients who had the digest before
    already: tuple[str, ...]
    failed: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether every recipient has the digest now."""
        return not self.failed


def message_id(day: str, nonce: str, settings: SmtpSettings) -> str:
    """Return the Message-ID of a day's digest; it is stored with the frozen digest, so that retries repeat it."""
    domain = parseaddr(settings.sender)[1].rpartition("@")[2]
    if not domain or not domain.isascii() or any(mark in domain for mark in " <>\r\n"):
        domain = "suowen.invalid"
    return f"<digest.{day}.{nonce}@{domain}>"


def message(digest: Digest, settings: SmtpSettings, *, identity: str) -> EmailMessage:
    """Build the day's mail without a recipient; `identity` is its Message-ID.

    Raises ConfigError when the sender is not an address. Control characters of article texts never reach a header.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(settings.sender, "smtp.sender")
    mail["Subject"] = labels_zh.cut(
        labels_zh.on_one_line(f"所闻 {digest.day.month}月{digest.day.day}日：{digest.headline}"), 120
    )
    mail["Date"] = format_datetime(digest.made_at)
    mail["Message-ID"] = identity
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses out-of-office replies
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
    """Send `mail` to each recipient who does not have the digest of `day` yet.

    Failures of the server or the network do not raise; `failed` has their reasons. Raises ConfigError when no server is
    configured. `context`: TLS settings for checking the server's certificate; default: the system's authorities.
    """
    if not settings.host:
        raise ConfigError(["settings.yaml: smtp.host is empty; name the mail server that sends the digest"])
    already = tuple(recipient for recipient in recipients if outbox.delivered(day, CHANNEL, recipient))
    waiting = [recipient for recipient in dict.fromkeys(recipients) if recipient not in already]
    sent: list[str] = []
    failed: dict[str, str] = {}
    while waiting:  # a broken connection fails one recipient; the others are sent over a new one
        before = len(waiting)
        try:
            with _connected(settings, context) as server:
                _send_each(server, mail, waiting, outbox, day, clock, sent, failed)
        except MailError as error:
            failed.update(dict.fromkeys(waiting, str(error)))
            break
        if len(waiting) == before:  # no progress: do not reconnect forever
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
    """Send to the waiting recipients and remove each from the list; return early when the connection is lost."""
    while waiting:
        recipient = waiting.pop(0)
        try:
            copy = _addressed(mail, recipient)
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
            failed[recipient] = f"sending was interrupted: {labels_zh.on_one_line(str(error) or repr(error))}"
            return
        else:
            outbox.mark_delivered(day, CHANNEL, recipient, clock())
            sent.append(recipient)


@contextmanager
def _connected(settings: SmtpSettings, context: ssl.SSLContext | None) -> Iterator[smtplib.SMTP]:
    """Connect, encrypt as configured and log in. Raises MailError naming the step that failed."""
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
                    f"mail server {where} does not offer STARTTLS: nothing was sent, because an attacker may have "
                    "removed the offer; if the server has no STARTTLS, set smtp.security to tls or none"
                )
            server.starttls(context=tls)
            server.ehlo()
        if settings.user:
            if settings.security == "none" and settings.host not in _LOCAL:
                raise MailError(
                    f"mail server {where}: the password would be sent unencrypted; set smtp.security to starttls or tls"
                )
            server.login(settings.user, settings.password)
    except MailError:
        _close(server)
        raise
    except (smtplib.SMTPException, OSError) as error:
        _close(server)
        reason = _refusal(error) if isinstance(error, smtplib.SMTPException) else labels_zh.on_one_line(str(error))
        raise MailError(f"mail server {where} cannot be used: {reason or type(error).__name__}") from error
    try:
        yield server
    finally:
        _close(server)


def _close(server: smtplib.SMTP | None) -> None:
    if server is not None:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _addressed(mail: EmailMessage, recipient: str) -> EmailMessage:
    """Return a copy of the mail with one recipient; the body parts are shared between all copies."""
    copy = EmailMessage(policy=mail.policy)
    for name, value in mail.items():
        copy[name] = value
    copy.set_payload(mail.get_payload())
    copy["To"] = _address(recipient, "digest.recipients")
    return copy


def _address(text: str, key: str) -> Address:
    """Parse a mail address. Raises ConfigError naming `key` when it is not valid."""
    name, plain = parseaddr(text)
    user, _, domain = plain.rpartition("@")
    try:
        malformed = len(plain.split()) != 1 or plain not in text or labels_zh.on_one_line(text) != text.strip()
        if malformed or not user or ("." not in domain and domain not in _LOCAL):
            raise ValueError("it needs the form name@example.org")
        return Address(name, user, domain)
    except (ValueError, IndexError, MessageError) as error:
        raise ConfigError([f"settings.yaml: {key}: {text!r} is not a mail address: {error}"]) from None


def _refusal(error: smtplib.SMTPException) -> str:
    """Format the server's answer on one line, with whether the refusal is temporary."""
    code: int | None = None
    answer: bytes | str = str(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused) and error.recipients:
        code, answer = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, answer = error.smtp_code, error.smtp_error
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    kind = "" if code is None else "refused for now" if 400 <= code < 500 else "refused"
    return labels_zh.cut(labels_zh.on_one_line(f"{kind} {code or ''} {text}"), 300)
