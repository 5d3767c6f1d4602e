"""Settings: every key of config/settings.yaml, its type, default and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from store.records import FactKind


class StrictModel(BaseModel):
    """Base of all configuration tables: an unknown key is an error, a loaded value cannot be changed."""

    #: former key -> its name now; a former key is an error that names the new one
    renamed: ClassVar[Mapping[str, str]] = {}

    model_config = ConfigDict(extra="forbid", frozen=True)


def matching(pattern: str, right: str) -> BeforeValidator:
    """A text of this form; `right` is the sentence for what is not."""
    form = re.compile(pattern)

    def checked(value: object) -> object:
        if not (isinstance(value, str) and form.fullmatch(value)):
            raise ValueError(f"must be {right}")
        return value

    return BeforeValidator(checked)


#: unquoted, YAML reads 18:30 as the number 1110
TimeOfDay = Annotated[str, matching(r"([01]\d|2[0-3]):[0-5]\d", 'a time of day in quotes, such as "08:00" or "18:30"')]


class FetchSettings(StrictModel):
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


class SmtpSettings(StrictModel):
    """The mail server that takes the digest. The password is read from SUOWEN_SMTP__PASSWORD only."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field("", repr=False)
    sender: str = ""
    timeout: float = Field(30.0, gt=0, le=300)


class DigestSettings(StrictModel):
    """When the daily digest is made, and for whom."""

    #: HH:MM in the configured zone
    at: TimeOfDay = "08:00"
    recipients: tuple[str, ...] = ()
    #: a source that listed nothing new for so many days is called silent
    silent_days: float = Field(7.0, gt=0)
    #: days for which it is kept what became of every URL at every look, once a digest has counted it
    keep_outcomes_days: int = Field(90, ge=1, le=36_500)


class RecheckSettings(StrictModel):
    """When a known article is looked at again: (now - last look) > ratio x age; the rule of docnow/diffengine."""

    ratio: float = Field(0.2, ge=0, le=10)
    #: seconds between two looks at least
    floor: float = Field(3600.0, ge=0)
    #: days after its first sighting during which an article is looked at again
    until_days: float = Field(30.0, ge=0)


class WorkerSettings(StrictModel):
    """Processes that parse what came from outside; each page may take so long and so much."""

    processes: int = Field(2, ge=1, le=64)
    #: seconds a page may take (docs/DESIGN.md, Where it runs)
    deadline: float = Field(10.0, gt=0, le=300)
    #: bytes of address space a worker may take on top of what it starts with
    memory: int = Field(1_500_000_000, ge=200_000_000)


def _endpoint(value: str) -> str:
    """An endpoint's address, "" for none, without a slash at its end."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and value.isprintable()
    except ValueError:
        parts, whole = urlsplit(""), False
    if not whole or " " in value:
        raise ValueError("no address of an endpoint; write it whole, as in https://api.example.com/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("nothing but the address belongs here; the key is read from SUOWEN_LLM__KEY")
    return value.rstrip("/")


def _key(value: str) -> str:
    if not re.fullmatch(r"[!-~]{0,4096}", value):
        raise ValueError("the key must be one word of ASCII characters")
    return value


class LlmSettings(StrictModel):
    """The optional model that may propose facts (docs/llm.md). Off while `url` is empty; the key is read from
    SUOWEN_LLM__KEY only."""

    #: base address of an endpoint that speaks the OpenAI chat protocol; "/chat/completions" is added to it
    url: Annotated[str, AfterValidator(_endpoint)] = ""
    #: the model's name as the endpoint knows it; it becomes part of a fact's origin
    name: Annotated[str, matching(r"[\w./:@+-]{0,200}", "one word, as the endpoint names the model")] = ""
    key: Annotated[str, AfterValidator(_key)] = Field("", repr=False)
    #: requests a day at most, in the configured zone, further tries included
    daily_budget: int = Field(200, ge=0, le=1_000_000)
    #: kinds of facts that are taken of it
    kinds: tuple[FactKind, ...] = get_args(FactKind)
    #: what else is sent with each request, for instance temperature or max_tokens
    options: dict[str, bool | int | float | str] = {"temperature": 0}
    #: seconds for one request, connection and whole answer included
    deadline: float = Field(60.0, gt=0, le=600)
    #: bytes of an answer at most
    max_size: int = Field(2_000_000, gt=0)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; use an IANA name such as Asia/Shanghai") from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]


class Settings(StrictModel):
    """config/settings.yaml with the environment laid over it."""

    zone: Zone = "Asia/Shanghai"
    topic: Annotated[str, matching(r"[\w-]+", "the NAME of a file config/topics/NAME.yaml")] = "police-station"
    store: Annotated[
        str,
        matching(
            r"(sqlite|postgresql)(\+\w+)?:///?.+",
            "sqlite:///data/suowen.db, another file, or postgresql+psycopg://user@host/database",
        ),
    ] = "sqlite:///data/suowen.db"
    fetch: FetchSettings = FetchSettings()
    recheck: RecheckSettings = RecheckSettings()
    workers: WorkerSettings = WorkerSettings()
    #: rows of one transaction
    batch: int = Field(50, ge=1, le=10_000)
    #: new pages fetched from one source in one pass at most
    budget: int = Field(200, ge=1, le=100_000)
    #: seconds that the pages of one host may take in one pass
    job_deadline: float = Field(900.0, gt=0, le=86_400)
    digest: DigestSettings = DigestSettings()
    smtp: SmtpSettings = SmtpSettings()
    llm: LlmSettings = LlmSettings()

    renamed: ClassVar[Mapping[str, str]] = {"model": "llm"}
