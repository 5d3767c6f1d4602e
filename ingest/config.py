"""config/ -> Settings, Sources and data files. The only reader of config/ and of SUOWEN_ environment variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ingest.errors import ConfigError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FetchSettings(_Strict):
    """How politely and how patiently pages are fetched. Times in seconds, sizes in bytes."""

    #: names the project; the contact is added to it
    user_agent: str = "Suowen/0.1"
    #: e-mail or URL by which a site's owner reaches who runs this
    contact: str = ""
    #: total wall-clock time of one request, redirects and body included
    deadline: float = Field(30.0, gt=0, le=600)
    connect_timeout: float = Field(10.0, gt=0, le=60)
    #: bytes on the wire, bytes after decompression, and the ratio between them
    max_wire: int = Field(8_000_000, gt=0)
    max_body: int = Field(16_000_000, gt=0)
    max_ratio: int = Field(200, gt=1)
    max_redirects: int = Field(5, ge=0, le=20)
    #: further tries after a network failure or a 5xx, and the first pause between them (doubled each time, jittered)
    retries: int = Field(2, ge=0, le=10)
    backoff: float = Field(1.0, ge=0, le=300)
    #: threads; a host is visited by one at a time
    hosts_at_once: int = Field(8, ge=1, le=64)
    #: every so many conditional requests one is unconditional: some servers say 304 for ever
    full_every: int = Field(10, ge=1)
    #: days after which a full fetch is forced whatever the count
    full_after_days: float = Field(7.0, gt=0)
    #: a new WARC file is begun past this size
    warc_size: int = Field(1_000_000_000, ge=1_000_000)


class SmtpSettings(_Strict):
    """The mail server that takes the digest. The password is read from SUOWEN_SMTP__PASSWORD only."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: str = Field("starttls", pattern="^(starttls|tls|none)$")
    user: str = ""
    password: str = Field("", repr=False)
    sender: str = ""
    timeout: float = Field(30.0, gt=0, le=300)


class DigestSettings(_Strict):
    """When the daily digest is made, and for whom."""

    #: HH:MM in the configured zone
    at: str = Field("08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    recipients: tuple[str, ...] = ()
    #: a source that listed nothing new for so many days is called silent
    silent_days: float = Field(7.0, gt=0)


class WorkerSettings(_Strict):
    """Processes that parse what came from outside; each page may take so long and so much."""

    processes: int = Field(2, ge=1, le=64)
    #: seconds a page may take (docs/DESIGN.md, Where it runs)
    deadline: float = Field(5.0, gt=0, le=300)
    #: bytes of address space
    memory: int = Field(1_500_000_000, ge=200_000_000)


def defaults() -> Path:
    """The folder with the shipped config/ and seeds/: in a checkout the repository, in a wheel beside this file."""
    packed = Path(__file__).parent / "defaults"
    return packed if packed.is_dir() else Path(__file__).parent.parent


def data_file(name: str, home: Path | None = None) -> bytes:
    """Bytes of `config/NAME`: the working folder's own when it has one, else the shipped one.

    Raises ConfigError when neither is there.
    """
    tried = [folder / "config" / name for folder in (home, defaults()) if folder is not None]
    for path in tried:
        if path.is_file():
            return path.read_bytes()
    raise ConfigError([f"config/{name}: no such file; looked in {', '.join(str(p.parent) for p in tried)}"])
