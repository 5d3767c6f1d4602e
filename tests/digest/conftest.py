"""A mail server on loopback that does what a test tells it to, and an empty store."""

from __future__ import annotations

import datetime as dates
import ipaddress
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mail_sink import Server, Sink, Start

from ingest.config.settings import SmtpSettings
from store import Store, open_store


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a mail server; options go to aiosmtpd. Gives the sink and the settings that lead to it."""
    running: list[Server] = []

    def begin(security: str = "none", **options: Any) -> tuple[Sink, SmtpSettings]:
        sink = Sink()
        controller = Server(sink, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        return sink, SmtpSettings(
            host="127.0.0.1", port=controller.port, security=security, timeout=5, sender="所闻 <digest@suowen.example>"
        )

    yield begin
    for controller in running:
        controller.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    with open_store(f"sqlite:///{tmp_path / 'suowen.db'}") as opened:
        yield opened


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate with its key for 127.0.0.1."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dates.datetime.now(dates.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dates.timedelta(days=1))
        .not_valid_after(now + dates.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    """A client's side that trusts the test's certificate and nothing else."""
    return ssl.create_default_context(cafile=str(certificate))
