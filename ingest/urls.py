"""URL parsing, canonical forms, keys and site comparison.

A URL has two normalised forms:

- `canonical`: the form that is fetched and stored. It drops only parts that do not change the response: fragment,
  default port, host spelling, session ids, tracking parameters, dot segments, needless percent escapes. Scheme and
  query order are kept: some servers respond on one scheme only, and some signed queries depend on their order.
- `key`: equal for all spellings of one URL. It is the canonical form without the scheme and with a sorted query:
  http://a/x?b=1&a=2 and https://a/x?a=2&b=1 have one key.

Mobile hosts (m., wap., 3g.) are not mapped to the main host, because many sites use other paths there. Storing an
article twice is better than fetching a guessed address: `dedup` detects the copy.

Both forms are computed by the parser of this module, because urlsplit, urllib3 and WHATWG disagree on the host in 193
of 342 odd inputs (measured). Everything that parsers could disagree on is rejected: backslashes, control characters,
credentials, odd hosts. Each rejection is a ValueError that names the reason but never repeats a credential.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urljoin

import idna

from ingest.fullwidth import WIDE_ASCII

#: maximum URL length in characters, as in Scrapy and in old browsers and proxies
MAX_LENGTH = 2083

#: groups scheme, authority, path, query (RFC 3986, appendix B)
_PARTS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
#: start of a URL typed with a Chinese input method: http：／／host／path
_WIDE_START = re.compile(r"\s*https?\s*(?:：\s*[/／]\s*[/／]|:\s*(?:／\s*[/／]|/\s*／))", re.IGNORECASE)
#: punctuation that may follow a URL in a sentence but is not part of it
_TAIL = "。，、；：！？）》」』】”’…"
#: A URL in running text. A scheme before the URL (view-source:http://...) is included, so that the URL is rejected
_IN_LINE = re.compile(r"(?:[a-z][a-z\-]{1,20}:)*https?:/{1,3}[^\s<>\"'`|“”‘’《》（）【】，。；]+", re.IGNORECASE)
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/?;]*", re.IGNORECASE)

# --- tracking parameters: they identify the visit, or how the reader came to the page, and do not select the page
#: prefixes of tracking parameters: campaign tags, share tags, click paths of Alibaba and Baidu, session ids
_TRACKING_STARTS = (
    "utm_",
    "hmsr",
    "hmpl",
    "hmcu",
    "hmkw",
    "hmci",
    "spm",
    "mtm_",
    "share_",
    "wxshare",
    "aspsession",
)
#: names of other tracking parameters, and of session ids
_TRACKING = frozenset(
    """
    share sharer shareid shareuid shareto sharefrom sharefromapp fromshare isshare is_share isappinstalled
    from_source fromapp wxfrom wx_header wxkey nsukey scm fbclid gclid dclid msclkid yclid igshid mc_cid
    mc_eid _hsenc _hsmi pk_campaign pk_kwd pk_source pk_medium bd_vid bdmz wfr tdsourcetag tt_from vd_source
    ref_src phpsessid jsessionid sessionid clicktime enterid ascene subscene pass_ticket exportkey devicetype
    abtest_cookie fontscale chksm weibo_id sudaref
    """.split()  # noqa: SIM905
)
#: values of `from`, `source` and similar parameters that name a channel through which a reader came (an app, a search
#: engine, a share button), or are empty
_CHANNEL = re.compile(
    r"|[\w\-]*(?:message|timeline|share|wx|weixin|wechat|qq|qzone|weibo|sina|moments|app|wap|feed|rss|baidu|toutiao"
    r"|sogou|search|friend|copylink|home|index|recommend)[\w\-]*",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{10,16}")
#: parameters that track only with these values: from=timeline is a channel, but from=2020 may select the page
_TRACKING_VALUES = {
    **dict.fromkeys(("from", "source", "src", "ref", "fr"), _CHANNEL),
    # a timestamp that prevents caching, as added by jQuery
    **dict.fromkeys(("_", "_t"), _CLOCK),
    "for": re.compile("pc|wap|mobile", re.IGNORECASE),
    "scene": re.compile(r"\d{0,4}"),
}
#: host -> parameters that identify a page of the host. If all are present, the other parameters are dropped
_IDENTIFYING = {"mp.weixin.qq.com": ("__biz", "mid", "idx", "sn")}


class UrlParts(NamedTuple):
    """Components of a URL (RFC 3986), with the host in ASCII."""

    scheme: str
    host: str
    #: None for the scheme's default port
    port: int | None
    path: str
    query: str


def canonical(url: str, base: str | None = None) -> str:
    """Return the form of `url` that is fetched and stored. A relative URL is resolved against `base`.

    Idempotent. Raises ValueError with the reason if `url` is not a fetchable http or https URL.
    """
    return _unsplit(split_url(url, base))


def key(url: str) -> str:
    """Return the key of a URL, "//host/path?sorted=query": equal for all spellings of the URL. Raises ValueError."""
    return _key(split_url(url))


def canonical_and_key(url: str, base: str | None = None) -> tuple[str, str]:
    """Return (`canonical`, `key`) of a URL, parsing it only once. Raises ValueError."""
    parts = split_url(url, base)
    return _unsplit(parts), _key(parts)


def _unsplit(parts: UrlParts) -> str:
    port = "" if parts.port is None else f":{parts.port}"
    query = f"?{parts.query}" if parts.query else ""
    url = f"{parts.scheme}://{parts.host}{port}{parts.path}{query}"
    if len(url) > MAX_LENGTH:
        raise ValueError(f"the URL is {len(url)} characters long, the maximum is {MAX_LENGTH}")
    return url


def _key(parts: UrlParts) -> str:
    port = "" if parts.port is None else f":{parts.port}"
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"//{parts.host}{port}{parts.path}" + (f"?{query}" if query else "")


def spellings(url: str) -> tuple[str, str]:
    """Return a URL with its own scheme and with the other one, because sites list the same article under either."""
    scheme, rest = url.split(":", 1)
    return url, ("https:" if scheme == "http" else "http:") + rest


def host_of(url: str) -> str:
    """Return the host of `url`, the unit of rate limiting: ASCII, lower case, without port. Raises ValueError."""
    return split_url(url).host


def same_site(a: str, b: str) -> bool:
    """Return whether two URLs have the same registrable domain, as gaj.cq.gov.cn and www.cq.gov.cn do.

    Returns False if either is not a fetchable URL.
    """
    try:
        return _site(host_of(a)) == _site(host_of(b))
    except ValueError:
        return False


def url_in_line(line: str) -> str:
    """Return the canonical URL in one line of a user's list.

    Accepts `- [title](URL)`, `<URL>`, `URL。`, `www.…`, `title URL`, and full-width addresses. Raises ValueError if the
    line has no URL or several, a URL that cannot be fetched, or text after the URL that may belong to it.
    """
    text = line.translate(_INVISIBLE).strip()
    wide = _WIDE_START.search(text)
    if wide:
        text = text[: wide.start()] + text[wide.start() :].translate(WIDE_ASCII)
    found = list(_IN_LINE.finditer(text))
    if not found and re.match(r"www\.[^\s/]+\.[^\s/]+", text, re.IGNORECASE):
        text = "http://" + text
        found = list(_IN_LINE.finditer(text))
    if len(found) > 1:
        raise ValueError("the line has several URLs; write one URL a line")
    if not found:
        return canonical(text)
    _check_rest(text[: found[0].start()], found[0][0], text[found[0].end() :])
    url = re.sub(r"^https?:/{1,3}(?=https?:/)", "", found[0][0], flags=re.IGNORECASE).rstrip(_TAIL + ".,;!")
    while url.endswith((")", "]")) and url.count(url[-1]) > url.count({")": "(", "]": "["}[url[-1]]):
        url = url[:-1].rstrip(".,;!")
    return canonical(url)


def _check_rest(before: str, url: str, rest: str) -> None:
    """Raise ValueError if the text after a URL may be a part of the URL.

    Without that part the URL would lead to another page.
    """
    if rest[:1] in "'`" and rest[1:2].isascii() and rest[1:2].isalnum() and not before.rstrip().endswith(rest[:1]):
        raise ValueError(f"there is a {rest[0]!r} inside the URL; write it as %{ord(rest[0]):02X}")
    blank = re.match(r"([^\S\t]+|\t)([!-~]+)", rest)
    if blank is None:
        return
    host = re.sub(r"^(?:[a-z\-]+:)*/*", "", url, flags=re.IGNORECASE).partition("/")[0]
    incomplete = "." not in host and ":" not in host and host.lower() != "localhost"
    may_continue = blank[1] != "\t" and not _NOTE.fullmatch(blank[2]) and _CONTINUATION.search(blank[2])
    if incomplete or may_continue:
        raise ValueError("there is a blank inside the URL, or text behind it that may belong to it; write %20 for it")


#: signs that the word after a URL continues the URL: characters of a path, query or host name
_CONTINUATION = re.compile(r"[/?&=%#]|[A-Za-z0-9]\.[A-Za-z0-9]")
#: dates, numbers and bracketed notes after a URL, which are not part of the URL
_NOTE = re.compile(r"[\[(#].*|\d{1,4}(?:[./-]\d{1,2}){1,2}|[\d.,:%]+|//.*")


def split_url(url: str, base: str | None = None) -> UrlParts:
    """Split `url`, resolved against `base`, into checked and normalised components. Raises ValueError."""
    text = _clean(url, relative=base is not None)
    if base is not None:
        text = urljoin(base, text)
    cut = _PARTS.fullmatch(text)
    assert cut is not None, "the pattern matches every string"
    scheme, authority, path, query = (cut[1] or "").lower(), cut[2], cut[3] or "/", cut[4] or ""
    if scheme not in ("http", "https"):
        raise ValueError(
            f"only http and https are fetched, this is {scheme}:"
            if scheme
            else "it is not a URL: http:// or https:// is missing"
        )
    if not authority:
        raise ValueError("the URL has no host")
    host, port = _authority(authority, scheme)
    # urljoin drops the empty parameter at the end of a path (x;), so a URL without a base loses it, too
    path = _dots(_escape(_SESSION.sub("", path).rstrip(";") or "/", "/!$&'()*+,;=:@|"))
    return UrlParts(scheme, host, port, path, _query(host, query))


def _clean(url: str, *, relative: bool) -> str:
    """Strip spaces and invisible characters. In a typed URL, strip final punctuation.

    A typed URL that begins with full-width http：／／ is converted to half-width characters. `relative`: the URL comes
    from a link, not from a user. Raises ValueError for an empty typed URL, a control character, or a backslash before
    the query.
    """
    text = url.translate(_INVISIBLE).strip()
    if not text and not relative:
        raise ValueError("it is empty")
    if relative:
        # Browsers drop line breaks inside an href. They resolve ..\..\t1.html (written by some CMS) as ../../t1.html.
        text = re.sub(r"[\t\r\n]+", "", text)
        if "\\" in text and not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:|[/\\]{2}", text):
            text = text.replace("\\", "/")
    else:
        if _WIDE_START.match(text):
            text = re.sub(r"^(https?)\s*:\s*/\s*/\s*", r"\1://", text.translate(WIDE_ASCII), flags=re.IGNORECASE)
        text = text.rstrip(_TAIL)
    if _CONTROL.search(text):
        raise ValueError("the URL contains a control character")
    if "\\" in text.partition("?")[0]:
        raise ValueError("the URL contains a backslash, which parsers resolve differently")
    return text


def _authority(authority: str, scheme: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise ValueError("the URL contains a user name or password before an @; remove it")
    cut = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([^:]*))?", authority)
    if cut is None:
        raise ValueError("host and port cannot be separated")
    port: int | None = None
    if cut[2]:
        if not re.fullmatch(r"[0-9]{1,9}", cut[2]) or not 0 < int(cut[2]) < 65536:
            raise ValueError("the port is not a number from 1 to 65535")
        port = int(cut[2])
    if port == {"http": 80, "https": 443}[scheme]:
        port = None
    return _host(cut[1]), port


@lru_cache(4096)
def _host(host: str) -> str:
    """Return the normal form of a host name or address. Raises ValueError."""
    if host.startswith("["):
        return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
    if "%" in host:
        raise ValueError("the host contains a %")
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{host[:80]!r} is not a host name: {error}") from None
    name = name.removesuffix(".")
    labels = name.split(".")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        return _ipv4(labels)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{host[:80]!r} is not a host name")
    return name


def _ipv4(labels: list[str]) -> str:
    """Return an IPv4 address in dotted decimal form (WHATWG URL, IPv4 parser).

    For example, 127.1, 0x7f.0.0.1, 2130706433 and 127.0.0.1 are the same address.
    """
    numbers = []
    for label in labels:
        radix = 16 if label.startswith("0x") else 8 if label.startswith("0") else 10
        digits = (label[2:] or "0") if radix == 16 else label
        if len(digits) > 40:
            raise ValueError("the host looks like an IPv4 address but is not one")
        try:
            numbers.append(int(digits, radix))
        except ValueError:
            raise ValueError(f"{'.'.join(labels)[:80]!r} looks like an IPv4 address but is not one") from None
    if len(numbers) > 4 or any(n > 255 for n in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        raise ValueError(f"{'.'.join(labels)[:80]!r} looks like an IPv4 address but is not one")
    value = numbers[-1] + sum(n << 8 * (3 - i) for i, n in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(value))


def _escape(text: str, safe: str) -> str:
    """Normalise percent escapes.

    Unreserved characters are unescaped, hex digits become capitals, and other characters are encoded as UTF-8.
    """

    def normalised(found: re.Match[str]) -> str:
        char = chr(int(found[1], 16))
        return char if char in _UNRESERVED else found[0].upper()

    out = []
    for index, piece in enumerate(_ESCAPE.split(text)):
        if index % 2:
            out.append(_ESCAPE.sub(normalised, "%" + piece))
        else:
            out.append(quote(piece, safe=safe + "~"))
    return "".join(out)


def _dots(path: str) -> str:
    """Remove `.` and `..` segments. Empty segments are kept, because some servers distinguish /a//b from /a/b."""
    out: list[str] = []
    segments = path.split("/")[1:] if path.startswith("/") else path.split("/")
    for segment in segments:
        if segment == "..":
            del out[-1:]
        elif segment != ".":
            out.append(segment)
    if segments[-1] in (".", ".."):
        out.append("")
    return "/" + "/".join(out)


def _query(host: str, query: str) -> str:
    """Return the normalised query without tracking parameters, in its original order.

    If the query has all parameters that identify a page on `host` (`_IDENTIFYING`), only these are kept.
    """
    pairs = [pair for pair in query.split("&") if pair and not _tracks(pair)]
    identifying = _IDENTIFYING.get(host)
    if identifying:
        names = {pair.partition("=")[0] for pair in pairs}
        if names.issuperset(identifying):
            pairs = [pair for pair in pairs if pair.partition("=")[0] in identifying]
    return "&".join(_escape(pair, "/!$'()*+,;=:@?[]|") for pair in pairs)


def _tracks(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = name.lower().removeprefix("amp;")
    if name.startswith(_TRACKING_STARTS) or name in _TRACKING:
        return True
    pattern = _TRACKING_VALUES.get(name)
    return pattern is not None and pattern.fullmatch(value) is not None


@lru_cache(4096)
def _site(host: str) -> str:
    """Return the registrable domain (public suffix list). An IP address or a single label is returned unchanged."""
    from tld import get_fld  # imported here because it loads urllib.request, which most commands do not need

    found = get_fld(f"http://{host}/", fail_silently=True)
    return found if isinstance(found, str) else host


def registrable_domain(url: str) -> str:
    """Return the registrable domain of a URL's host: example.com.cn for news.example.com.cn. Raises ValueError."""
    return _site(host_of(url))


def document_base(hrefs: Iterable[str | None], url: str) -> str:
    """Return the base URL for the relative links of the document at `url`.

    `hrefs`: the `href` of its base elements, in order. The first `href` is used (HTML, 4.2.3). If there is none, or the
    first is not a web address, the result is `url`.
    """
    href = next((href for href in hrefs if href is not None), None)
    try:
        return canonical(href, url) if href else url
    except ValueError:
        return url


def equal_urls(url: str) -> tuple[str, ...]:
    """Return the canonical URL with http and with https, sorted: the result is the same for both schemes."""
    return tuple(sorted(spellings(canonical(url))))
