"""An SMTP server on loopback with configurable failures."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ingest.config.settings import SmtpSettings


class Sink:
    """Handler that records received mails.

    `refuse` contains replies to RCPT other than 250, by recipient; `after` contains such replies to DATA. For a mail to
    a recipient in `drop`, the connection is closed without a reply.
    """

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.refuse: dict[str, str] = {}
        self.after: dict[str, str] = {}
        self.drop: set[str] = set()
        self.connections = 0
        self.secure: list[bool] = []

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        for address in envelope.rcpt_tos:
            if address in self.drop:
                server.transport.abort()  # type: ignore[union-attr]
                return "421 gone"
            if address in self.after:
                return self.after[address]
        self.mails.append((list(envelope.rcpt_tos), mail))
        self.secure.append(session.ssl is not None)
        return "250 OK"

    def reached(self) -> list[str]:
        """Return the recipients in the order of their mails."""
        return [address for addresses, _ in self.mails for address in addresses]


class Server(Controller):
    """Mail server on a port chosen by the operating system."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


Start = Callable[..., tuple[Sink, SmtpSettings]]


def login(user: str, password: str) -> Callable[..., AuthResult]:
    """Return an authenticator that accepts only this user with this password."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        fine = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=fine, handled=False)

    return check
