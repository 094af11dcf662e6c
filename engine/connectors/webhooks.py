"""Posting JSON to an address that a tenant has set, without being led into our own network.

Every address the name stands for must be a public one, the connection goes to the very address that was looked at (a name
may answer differently the next time), and no redirect is followed. ALLOW_PRIVATE_ADDRESSES lifts the first for
development and tests.
"""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from engine.connectors.contract import NotDelivered, Uncertain

_SCHEMES = ("https", "http")


class BadAddress(ValueError):
    """An address nothing may be posted to; the message says why."""


def checked(url: str) -> str:
    """Return the address if it may be kept: http or https, a host, no user name in it. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"This is no address: {error}.") from error
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise BadAddress("An address begins with https:// and names a host.")
    if parts.username or parts.password or port == 0:
        raise BadAddress("An address holds no user name, no password and no port 0.")
    _reachable(parts.hostname, port or _port_of(parts.scheme))
    return url


def post(url: str, message: dict[str, Any]) -> httpx.Response:
    """Post `message` and return the answer. Raises NotDelivered where nothing went out, Uncertain where nobody knows."""
    try:
        checked(url)
        parts = urlsplit(url)
        address = _reachable(parts.hostname or "", parts.port or _port_of(parts.scheme))
    except BadAddress as error:
        raise NotDelivered(f"Nothing is posted there: {error}", final=True) from error
    return _answer(httpx.URL(url), address, message)


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
            return client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotDelivered(f"The chat service cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            raise Uncertain(f"The chat service's answer was lost: {error!r}") from error


def _reachable(host: str, port: int) -> str:
    """One address of the host, all of which may be posted to. Raises BadAddress, NotDelivered where it has none now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BadAddress(f"The host {host} is not known: {error}.") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not settings.ALLOW_PRIVATE_ADDRESSES and not all(map(_is_public, addresses)):
        raise BadAddress(f"The host {host} is not a public one.")
    return addresses[0]


def _is_public(address: str) -> bool:
    number = ipaddress.ip_address(address)
    inner = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None)
    return number.is_global and not number.is_multicast and (inner is None or inner.is_global)


def _port_of(scheme: str) -> int:
    return 443 if scheme == "https" else 80
