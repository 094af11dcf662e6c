"""Posting JSON to an address that a tenant has set, without being led into our own network.

Every address the name stands for must be a public one, the connection goes to the very address that was looked at (a name
may answer differently the next time), and no redirect is followed. ALLOW_PRIVATE_ADDRESSES lifts the first for
development and tests.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from engine.connectors.contract import NotDelivered, Uncertain

_SCHEMES = ("https", "http")
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052
# Not all Pythons know these for what they are: of the local network (RFC 6890, 8215, 3879), or IPv4 in an old form.
_OURS = tuple(map(ip_network, ("192.0.0.0/24", "64:ff9b:1::/48", "fec0::/10", "::/96")))


class BadAddress(ValueError):
    """An address nothing may be posted to; the message says why."""


class UnknownHost(BadAddress):
    """A name that stands for nothing now; it may do so later."""


def checked(url: str) -> str:
    """Return the address if it may be kept: http or https, a host, no user name in it. Raises BadAddress."""
    _looked_up(url)
    return url


def post(url: str, message: dict[str, Any]) -> httpx.Response:
    """Post `message` and return the answer, unread. Raises NotDelivered where nothing went out, Uncertain in doubt."""
    try:
        address = _looked_up(url)
    except BadAddress as error:
        final = not isinstance(error, UnknownHost)
        raise NotDelivered(f"Nothing is posted there: {error}", final=final) from error
    return _answer(httpx.URL(url), address, message)


def _looked_up(url: str) -> str:
    """The number to connect to. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL) as error:
        raise BadAddress(f"This is no address: {error}.") from error
    if not url.isprintable() or " " in url:  # some readers drop what others keep
        raise BadAddress("An address holds no spaces, line breaks or other control characters.")
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise BadAddress("An address begins with https:// and names a host.")
    if "@" in parts.netloc or port == 0:
        raise BadAddress("An address holds no user name, no password and no port 0.")
    return _reachable(parts.hostname, port or _port_of(parts.scheme))


def _answer(url: httpx.URL, address: str, message: dict[str, Any]) -> httpx.Response:
    host = url.netloc.decode("ascii")
    with httpx.Client(timeout=settings.CONNECTOR_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            json=message,
            headers={"Host": host},
            extensions={"sni_hostname": url.host},  # the certificate is the name's, not the number's
        )
        try:
            answer = client.send(request, stream=True)  # its text is not read: it might have no end
            answer.close()
            return answer
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotDelivered(f"The chat service cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            raise Uncertain(f"The chat service's answer was lost: {error!r}") from error


def _reachable(host: str, port: int) -> str:
    """One address of the host, all of which may be posted to. Raises BadAddress."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHost(f"The host {host} is not known: {error}.") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not settings.ALLOW_PRIVATE_ADDRESSES and not all(map(_is_public, addresses)):
        raise BadAddress(f"The host {host} is not a public one.")
    return addresses[0]


def _is_public(address: str) -> bool:
    number = ip_address(address)
    numbers: list[IPv4Address | IPv6Address] = [number]
    if isinstance(number, IPv6Address):
        numbers += _inside(number)
    return all(one.is_global and not one.is_multicast and not _is_ours(one) for one in numbers)


def _is_ours(number: IPv4Address | IPv6Address) -> bool:
    return any(number in network for network in _OURS)


def _inside(number: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses to which an IPv6 address leads by way of a gateway."""
    translated = IPv4Address(int(number) & 0xFFFFFFFF) if number in _TRANSLATED else None
    return [inner for inner in (number.ipv4_mapped, number.sixtofour, translated) if inner is not None]


def _port_of(scheme: str) -> int:
    return 443 if scheme == "https" else 80
