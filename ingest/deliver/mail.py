"""Send messages by mail: one connection for several mails, one separate mail for each recipient."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import quote

from ingest.config.settings import SmtpSettings
from ingest.deliver.channel import Result
from ingest.deliver.http_post import connect
from ingest.deliver.message_text import plain_text
from ingest.digest import format_zh
from ingest.errors import ConfigError
from store.outbox import Delivery, Message

#: hosts to which a password may be sent unencrypted, because it does not leave the machine
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
#: maximum characters of a subject
SUBJECT = 120


class MailServerError(Exception):
    """The mail server cannot be used; the message says which step failed."""


class _GuardedSmtp(smtplib.SMTP):
    """SMTP connection through the address guard. A mail server may be internal, but not a cloud metadata server."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect(host, port, timeout, internal=True)


class _GuardedSmtpTls(smtplib.SMTP_SSL, _GuardedSmtp):
    """`_GuardedSmtp` with TLS from the beginning: SMTP_SSL wraps the socket of its next base class."""


class Mail:
    """Channel of one destination with mail addresses, served by the configured mail server.

    `context`: TLS settings for checking the server's certificate; default: the system's authorities.
    """

    per_minute = 0

    def __init__(
        self, settings: SmtpSettings, recipients: tuple[str, ...], *, context: ssl.SSLContext | None = None
    ) -> None:
        self._settings, self._recipients, self._context = settings, recipients, context
        self._server: smtplib.SMTP | None = None

    def recipients(self) -> tuple[str, ...]:
        """Return the addresses, each once."""
        return tuple(dict.fromkeys(self._recipients))

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Return one empty part: `send` builds the mail from the content."""
        return [""]

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Send the message to one recipient; return the result."""
        try:
            mail = build_mail(message, self._settings, delivery.recipient)
        except ConfigError as error:
            return Result("refused", format_zh.on_one_line(str(error)))
        try:
            server = self._connected()
        except MailServerError as error:
            return Result("later", str(error), whole=True)
        try:
            server.send_message(mail)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            return Result("later", f"the server closed the connection: {format_zh.on_one_line(str(error))}")
        except smtplib.SMTPException as error:
            with suppress(smtplib.SMTPException, OSError):
                server.rset()
            code, answer = refusal(error)
            return Result("refused" if code is not None and code >= 500 else "later", answer)
        except (OSError, MessageError, UnicodeError, ValueError) as error:
            self.close()
            return Result("later", f"sending was interrupted: {format_zh.on_one_line(str(error) or repr(error))}")
        return Result("sent", "250 OK")

    def close(self) -> None:
        """Close the connection; the next `send` opens another one."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        """Return a connection, encrypted as configured and logged in. Raises MailServerError."""
        if self._server is None:
            self._server = _connect(self._settings, self._context)
        return self._server


def build_mail(message: Message, settings: SmtpSettings, recipient: str) -> EmailMessage:
    """Build the mail of a message. Raises ConfigError if the sender or the recipient is not a mail address.

    `message.content` may have "html", "text" and "message_id". Control characters of article texts are removed from
    headers.
    """
    content = message.content
    mail = EmailMessage(policy=SMTP)
    mail["From"] = address(settings.sender, "smtp.sender")
    mail["To"] = address(recipient, "recipients")
    mail["Subject"] = format_zh.cut(format_zh.on_one_line(message.title), SUBJECT)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = str(content.get("message_id") or f"<{message.id}@{domain(settings)}>")
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses out-of-office replies
    mail["List-Id"] = f"<{message.subscription}.{domain(settings)}>"  # RFC 2919: mail programs filter by it
    sender = parseaddr(settings.sender)[1]
    # RFC 2369: mail programs offer to unsubscribe by a mail to the sender
    mail["List-Unsubscribe"] = f"<mailto:{sender}?subject={quote(f'unsubscribe {message.subscription}')}>"
    mail.set_content(str(content.get("text") or plain_text(content)))
    if content.get("html"):
        # base64, because quoted-printable needs nine bytes for a Chinese character
        mail.add_alternative(str(content["html"]), subtype="html", cte="base64")
    return mail


def domain(settings: SmtpSettings) -> str:
    """Return the domain of the sender, or suowen.invalid if a Message-ID must not contain it."""
    name = parseaddr(settings.sender)[1].rpartition("@")[2]
    return name if name and name.isascii() and not any(mark in name for mark in " <>\r\n") else "suowen.invalid"


def address(text: str, key: str) -> Address:
    """Parse a mail address. Raises ConfigError naming `key` when it is not valid."""
    name, plain = parseaddr(text)
    user, _, host = plain.rpartition("@")
    try:
        malformed = len(plain.split()) != 1 or plain not in text or format_zh.on_one_line(text) != text.strip()
        if malformed or not user or ("." not in host and host not in _LOCAL):
            raise ValueError("it needs the form name@example.org")
        return Address(name, user, host)
    except (ValueError, IndexError, MessageError) as error:
        raise ConfigError([f"{key}: {text!r} is not a mail address: {error}"]) from None


def refusal(error: smtplib.SMTPException) -> tuple[int | None, str]:
    """Return the code of the server's answer (None without an answer), and a line with its text.

    The line begins with "refused for now" for a temporary refusal, with "refused" for any other code.
    """
    code: int | None = None
    answer: bytes | str = str(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused) and error.recipients:
        code, answer = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, answer = error.smtp_code, error.smtp_error
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    kind = "" if code is None else "refused for now" if 400 <= code < 500 else "refused"
    return code, format_zh.cut(format_zh.on_one_line(f"{kind} {code or ''} {text}"), 300)


def _connect(settings: SmtpSettings, context: ssl.SSLContext | None) -> smtplib.SMTP:
    if not settings.host:
        raise MailServerError("settings.yaml: smtp.host is empty; name the mail server, or set smtp.provider")
    where = f"{settings.host}:{settings.port}"
    tls = context or ssl.create_default_context()
    server: smtplib.SMTP | None = None
    try:
        if settings.security == "tls":
            server = _GuardedSmtpTls(settings.host, settings.port, timeout=settings.timeout, context=tls)
        else:
            server = _GuardedSmtp(settings.host, settings.port, timeout=settings.timeout)
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            if not server.has_extn("starttls"):
                raise MailServerError(
                    f"mail server {where} does not offer STARTTLS: nothing was sent, because an attacker may have "
                    "removed the offer; if the server has no STARTTLS, set smtp.security to tls or none"
                )
            server.starttls(context=tls)
            server.ehlo()
        if settings.user:
            if settings.security == "none" and settings.host not in _LOCAL:
                raise MailServerError(
                    f"mail server {where}: the password would be sent unencrypted; set smtp.security to starttls or tls"
                )
            server.login(settings.user, settings.password)
    except (MailServerError, smtplib.SMTPException, OSError) as error:
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()
        if isinstance(error, MailServerError):
            raise
        reason = refusal(error)[1] if isinstance(error, smtplib.SMTPException) else format_zh.on_one_line(str(error))
        raise MailServerError(f"mail server {where} cannot be used: {reason or type(error).__name__}") from error
    return server
