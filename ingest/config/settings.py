"""Settings: the keys of config/settings.yaml with types, defaults and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from store.fact_kinds import KINDS, FactKind


class StrictModel(BaseModel):
    """Base of all configuration tables: an unknown key is an error, and a loaded value cannot be changed."""

    #: former key -> current key; a former key in the file is an error that names the current one
    renamed: ClassVar[Mapping[str, str]] = {}

    model_config = ConfigDict(extra="forbid", frozen=True)


def matching(pattern: str, right: str) -> BeforeValidator:
    """Return a validator for text that matches `pattern` completely; the message is "must be `right`"."""
    form = re.compile(pattern)

    def checked(value: object) -> object:
        if not (isinstance(value, str) and form.fullmatch(value)):
            raise ValueError(f"must be {right}")
        return value

    return BeforeValidator(checked)


#: time of day, HH:MM. It must be quoted in YAML, which parses 18:30 without quotes as the number 1110
TimeOfDay = Annotated[str, matching(r"([01]\d|2[0-3]):[0-5]\d", 'a time of day in quotes, such as "08:00" or "18:30"')]


class FetchSettings(StrictModel):
    """Settings of fetching: identity, timeouts, size limits, retries, threads. Times in seconds, sizes in bytes."""

    #: name of the program in the User-Agent header; `contact` is appended
    user_agent: str = "Suowen/0.1"
    #: e-mail address or URL by which the owner of a site can contact the operator
    contact: str = ""
    #: maximum seconds for one request, including redirects and body
    deadline: float = Field(30.0, gt=0, le=600)
    connect_timeout: float = Field(10.0, gt=0, le=60)
    #: maximum bytes received, maximum bytes after decompression, maximum decompression ratio
    max_wire: int = Field(8_000_000, gt=0)
    max_body: int = Field(16_000_000, gt=0)
    max_ratio: int = Field(200, gt=1)
    max_redirects: int = Field(5, ge=0, le=20)
    #: retries after a failure that may pass, such as a network failure or a 5xx response; seconds before the first
    #: retry (doubled each time, with jitter)
    retries: int = Field(2, ge=0, le=10)
    backoff: float = Field(1.0, ge=0, le=300)
    #: number of fetching threads; each host is visited by one thread at a time
    hosts_at_once: int = Field(8, ge=1, le=64)
    #: one of this many consecutive requests for a page is unconditional, because some servers answer 304 forever
    full_every: int = Field(10, ge=1)
    #: days after the last unconditional response until the next request is unconditional
    full_after_days: float = Field(7.0, gt=0)
    #: bytes after which a new WARC file is started
    warc_size: int = Field(1_000_000_000, ge=1_000_000)


#: mail provider -> host, port and security of its SMTP server, from the providers' help pages
PROVIDERS: Mapping[str, tuple[str, int, str]] = {
    "qq": ("smtp.qq.com", 465, "tls"),
    "163": ("smtp.163.com", 465, "tls"),
    "126": ("smtp.126.com", 465, "tls"),
    "aliyun": ("smtp.aliyun.com", 465, "tls"),
    "exmail": ("smtp.exmail.qq.com", 465, "tls"),
    "gmail": ("smtp.gmail.com", 587, "starttls"),
    "outlook": ("smtp.office365.com", 587, "starttls"),
}


class SmtpSettings(StrictModel):
    """Settings of the SMTP server for digest and messages. The password is read from SUOWEN_SMTP__PASSWORD only."""

    #: name of a mail provider in PROVIDERS, or "". It sets host, port and security, and `user` as the sender, unless
    #: these keys are set
    provider: Literal["", "qq", "163", "126", "aliyun", "exmail", "gmail", "outlook"] = ""
    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field("", repr=False)
    sender: str = ""
    timeout: float = Field(30.0, gt=0, le=300)

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, value: Any) -> Any:
        """Return the settings; those that are not set have the values of the provider."""
        if not isinstance(value, dict) or str(value.get("provider")) not in PROVIDERS:
            return value
        host, port, security = PROVIDERS[str(value["provider"])]
        given = {key: entry for key, entry in value.items() if entry != "" or key not in ("host", "sender")}
        given["provider"] = str(value["provider"])  # YAML reads 163 as a number
        return {"host": host, "port": port, "security": security, "sender": given.get("user", ""), **given}


class DigestSettings(StrictModel):
    """Settings of the daily digest, with the retention of the outcomes that it counts."""

    #: time of the digest, HH:MM in the configured zone
    at: TimeOfDay = "08:00"
    recipients: tuple[str, ...] = ()
    #: days without a new listed article after which a source is reported as silent
    silent_days: float = Field(7.0, gt=0)
    #: days after which messages, and outcome rows that a digest has counted, are deleted
    keep_outcomes_days: int = Field(90, ge=1, le=36_500)


class RecheckSettings(StrictModel):
    """Settings of the rule by which a known article is checked again (`ingest.pipeline.source_listings`).

    An article is due when (now - last check) >= ratio x age of the article, as in the program diffengine, or when its
    listing states a new date.
    """

    ratio: float = Field(0.2, ge=0, le=10)
    #: minimum seconds between two checks
    floor: float = Field(3600.0, ge=0)
    #: days after an article was first stored until which it is checked again
    until_days: float = Field(30.0, ge=0)


class WorkerSettings(StrictModel):
    """Number of the worker processes that parse untrusted content, and their limits per page."""

    processes: int = Field(2, ge=1, le=64)
    #: maximum seconds per page (docs/DESIGN.md, Where it runs)
    deadline: float = Field(10.0, gt=0, le=300)
    #: maximum bytes of address space of a worker, in addition to those in use at its start
    memory: int = Field(1_500_000_000, ge=200_000_000)


def _endpoint(value: str) -> str:
    """Return the URL of an endpoint without a final slash, "" for no endpoint. Raises ValueError for an invalid URL."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and value.isprintable()
    except ValueError:
        parts, whole = urlsplit(""), False
    if not whole or " " in value:
        raise ValueError("not the address of an endpoint; write a complete one, such as https://api.example.com/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be an address without user, query or fragment; the key is read from SUOWEN_LLM__KEY")
    return value.rstrip("/")


def _key(value: str) -> str:
    if not re.fullmatch(r"[!-~]{0,4096}", value):
        raise ValueError("the key must be one word of ASCII characters")
    return value


class LlmSettings(StrictModel):
    """The optional LLM that proposes facts (docs/llm.md). Off while `url` is empty.

    The key is read from SUOWEN_LLM__KEY only.
    """

    #: base URL of an endpoint with the OpenAI chat protocol; "/chat/completions" is appended to it
    url: Annotated[str, AfterValidator(_endpoint)] = ""
    #: name of the model at the endpoint; becomes part of the rule name of a fact
    name: Annotated[str, matching(r"[\w./:@+-]{0,200}", "one word, the name of the model at the endpoint")] = ""
    key: Annotated[str, AfterValidator(_key)] = Field("", repr=False)
    #: maximum requests per day (in the configured zone), including retries
    daily_budget: int = Field(200, ge=0, le=1_000_000)
    #: kinds of facts that are accepted
    kinds: tuple[FactKind, ...] = tuple(KINDS)
    #: further parameters of each request, for instance temperature or max_tokens
    options: dict[str, bool | int | float | str] = {"temperature": 0}
    #: maximum seconds for one request, including connection and complete answer
    deadline: float = Field(60.0, gt=0, le=600)
    #: maximum bytes of an answer
    max_size: int = Field(2_000_000, gt=0)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; use an IANA name such as Asia/Shanghai") from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]


def _pages(value: str) -> str:
    if value and not re.fullmatch(r"https?://[\w.-]+(:[0-9]+)?(/[\w./-]*)?", value):
        raise ValueError("must be the whole URL under which people open `suowen web`, as in https://suowen.example.org")
    return value.rstrip("/")


class Settings(StrictModel):
    """The keys of config/settings.yaml, overridden by environment variables."""

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
    #: maximum visits saved in one transaction
    batch: int = Field(50, ge=1, le=10_000)
    #: maximum candidates of one source that are visited in one pass
    budget: int = Field(200, ge=1, le=100_000)
    #: maximum seconds for the pages of one host in one pass
    job_deadline: float = Field(900.0, gt=0, le=86_400)
    #: public URL of `suowen web`, for links in messages; "" for none
    pages: Annotated[str, AfterValidator(_pages)] = ""
    digest: DigestSettings = DigestSettings()
    smtp: SmtpSettings = SmtpSettings()
    llm: LlmSettings = LlmSettings()

    renamed: ClassVar[Mapping[str, str]] = {"model": "llm"}
