"""Links in a text, and where each of them really leads. Knows no Django; nothing is looked up.

A web address, one that begins with www., a markdown link and an HTML link count. Hosts are read as browsers read them
(the WHATWG URL standard, as far as it decides the host): a backslash is a slash, a name before an @ is no host, numbers
in any base are an IP address, letters beyond ASCII are their `xn--` form.
"""

import ipaddress
import re
import socket
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

import idna

MOST_ENDS = 50  # brackets that are taken off the end of an address
LONGEST_TAG = 2_000  # characters of a tag, of a link's words or its target; what is longer is read as plain text

# Whose addresses lead on to anywhere.
SHORTENERS = frozenset(
    {"bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "t.co", "t.ly", "tinyurl.com"}
)

# What ends in http: is read from there on, whatever stands before it.
_PLAIN = re.compile(
    r"(?:(?:https?:|(?<![\w.+-])(?![a-z0-9+-]{0,20}https?:)[a-z][a-z0-9+-]{0,20}:)[/\\]{2}|(?<![\w@.])www\.)[^\s<>\"]+",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(
    r"\[(?P<words>[^\[\]\n]{0,300})\]\([ \t]*<?(?P<target>[^\s<>()]{1,2000}(?:\([^\s()]{0,200}\)[^\s<>()]{0,200})?)>?"
    r"(?:[ \t]+\"[^\"\n]{0,300}\")?[ \t]*\)"
)
_ANCHOR = re.compile(r"<a(?=[\s/>])", re.IGNORECASE)
_ANCHOR_END = re.compile(r"</a\s*>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d+(?:[/?#]|$))", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[^\W_][\w-]*\.)+[^\W\d_][\w-]+")
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}\.?", re.IGNORECASE)
_PORT = re.compile(r":(\d*)$")
_WEB = {"http": "80", "https": "443"}
_SLIPS = str.maketrans("", "", "\t\r\n")  # browsers drop them wherever they stand in an address
_ENDS = ".,;:!?'*_~\u2019\u201d\u00bb"


class Link(NamedTuple):
    """`text[start:end]` is a link. `leads_to` is its true host (with its port where it is no usual one), the address of
    a mail, or "" where it leads nowhere; `warnings` say, in half sentences, what about it deceives."""

    start: int
    end: int
    leads_to: str
    warnings: tuple[str, ...]


class _Target(NamedTuple):
    leads_to: str
    site: str  # the host alone, to be compared
    warnings: list[str]


def links_in(text: str) -> list[Link]:
    """The links of a text in its order; none reaches into another."""
    found = sorted([*_anchors(text), *_markdown(text), *_plain(text)], key=lambda link: (link.start, -link.end))
    made: list[Link] = []
    for link in found:
        if not made or link.start >= made[-1].end:
            made.append(link)
    return made


def _plain(text: str) -> Iterator[Link]:
    for match in _PLAIN.finditer(text):
        address = _without_its_sentence(match.group())
        target = _target(address)
        yield Link(match.start(), match.start() + len(address), target.leads_to, tuple(target.warnings))


def _markdown(text: str) -> Iterator[Link]:
    for match in _MARKDOWN.finditer(text):
        yield _link_with_words(match.start(), match.end(), match["words"], unescape(match["target"]))


def _anchors(text: str) -> Iterator[Link]:
    for match in _ANCHOR.finditer(text):
        closing = text.find(">", match.end(), match.end() + LONGEST_TAG)
        href = _HREF.search(text, match.end(), closing) if closing >= 0 else None
        if href is None:
            continue
        after = closing + 1
        ending = _ANCHOR_END.search(text, after, after + LONGEST_TAG)
        words = _TAG.sub("", text[after : ending.start()]) if ending else ""
        target = unescape(next(part for part in href.groups() if part is not None))
        yield _link_with_words(match.start(), ending.end() if ending else after, unescape(words), target)


def _link_with_words(start: int, end: int, words: str, address: str) -> Link:
    target = _target(address)
    says = _host_in(words)
    if says and says != _bare(target.site):
        target.warnings.insert(0, f"the text says {says}")
    return Link(start, end, target.leads_to, tuple(target.warnings))


def _host_in(words: str) -> str:
    """The host that the words of a link name, if they look like an address."""
    address = _PLAIN.search(words)
    if address:
        return _bare(_target(_without_its_sentence(address.group())).site)
    domain = _DOMAIN.search(words.strip())
    return _bare(_ascii(domain.group())[0]) if domain else ""


def _target(address: str) -> _Target:
    spelled = address.translate(_SLIPS).strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x1b\x1f ")
    scheme = _SCHEME.match(spelled)
    name = scheme.group(1).lower() if scheme else ""
    if name == "mailto":
        to = unquote(spelled[len("mailto:") :].split("?")[0])
        return _Target(f"mail to {to}", to.rpartition("@")[2].lower(), [])
    if name and name not in _WEB:
        return _Target("", "", [f"{name}: is no web page"])
    rest = spelled[scheme.end() :] if scheme else spelled
    if not scheme and not rest.startswith(("//", "\\\\", "/\\", "\\/")) and not _DOMAIN.match(rest):
        return _Target("", "", ["leads to no address of its own"])
    return _web_target(name, rest.lstrip("/\\"), slashes=rest[: len(rest) - len(rest.lstrip("/\\"))])


def _web_target(scheme: str, rest: str, *, slashes: str) -> _Target:
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0]
    warnings = ["a backslash stands where a slash should"] if _has_backslash(slashes, rest, authority) else []
    user, at, host = authority.rpartition("@")
    if at:
        warnings.append(f"{_shortened(unquote(user))} before the @ is not where it leads")
    port = _PORT.search(host) if not host.endswith("]") else None
    site, more = _site(host[: port.start()] if port else host)
    usual = not port or port.group(1) in ("", _WEB.get(scheme, ""))
    return _Target(site if usual or port is None else f"{site}:{port.group(1)}", site, [*warnings, *more])


def _has_backslash(slashes: str, rest: str, authority: str) -> bool:
    return "\\" in slashes or rest[len(authority) : len(authority) + 1] == "\\"


def _site(host: str) -> tuple[str, list[str]]:
    """The host in the form a browser asks for, and what is odd about how it was spelled."""
    if host.startswith("["):
        return host.lower(), ["a number in place of a name"]
    spelled = unquote(host)
    warnings = ["parts of the name are written as codes"] if spelled != host else []
    site, more = _ascii(spelled)
    if _NUMBERS.fullmatch(site):
        return _dotted(site), [*warnings, *more, "a number in place of a name"]
    if _bare(site) in SHORTENERS:
        more.append("a short address: where it leads on to cannot be seen")
    return site, [*warnings, *more]


def _ascii(host: str) -> tuple[str, list[str]]:
    """The host in ASCII, and a warning where its letters are others than they may seem."""
    plain = host.rstrip(".").lower()
    if plain.isascii():
        return plain, [_looks_like(plain)] if re.search(r"(?:^|\.)xn--", plain) else []
    try:
        spelled = idna.encode(plain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return plain, ["no valid name of a host"]
    if spelled == plain or not re.search(r"(?:^|\.)xn--", spelled):
        return spelled, ["the name is written in unusual letters"]
    return spelled, [f"looks like {plain}"]


def _looks_like(spelled: str) -> str:
    try:
        return f"looks like {idna.decode(spelled)}"
    except (idna.IDNAError, UnicodeError):
        return "no valid name of a host"


def _dotted(numbers: str) -> str:
    try:
        return str(ipaddress.IPv4Address(socket.inet_aton(numbers)))
    except OSError:
        return numbers


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _without_its_sentence(address: str) -> str:
    """An address without the punctuation of the sentence it ends."""
    for _ in range(MOST_ENDS):
        trimmed = address.rstrip(_ENDS)
        for opening, closing in ("()", "[]", "{}"):
            if trimmed.endswith(closing) and trimmed.count(closing) > trimmed.count(opening):
                trimmed = trimmed[:-1]
        if trimmed == address:
            break
        address = trimmed
    return address
