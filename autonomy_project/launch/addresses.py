"""The web's own address: whether it can be had, and how a person writes it."""

import errno
import socket

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class AddressTaken(Exception):
    """The web cannot listen there. The message says what to do."""


def claimable(host: str, port: int) -> int:
    """Return `port` (0: one that is free) after checking that the web can listen on it. Raises AddressTaken."""
    try:
        return _try(host, port)
    except socket.gaierror:
        raise AddressTaken(f"--host {host} is not an address of this machine; try 127.0.0.1 or 0.0.0.0.") from None
    except OSError as error:
        raise AddressTaken(_advice(host, port, error)) from None


def url(host: str, port: int) -> str:
    """Where a person on this machine finds it, without a slash at the end."""
    return f"http://{written(_EVERYWHERE.get(host, host))}:{port}"


def written(host: str) -> str:
    """`host` as it stands before a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def also_allowed(hosts: list[str], host: str) -> list[str]:
    """The host names that may be asked for, with the one the web was told to listen on."""
    return hosts if host in _EVERYWHERE or written(host) in hosts else [*hosts, written(host)]


def _try(host: str, port: int) -> int:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def _advice(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Stop that, or choose another port:"
            f" python3 manage.py up --port {_next_free(host, port)}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is only for root. Choose one above 1023: python3 manage.py up --port 8000"
    return f"The web cannot listen on {host}, port {port}: {error.strerror}. Try --host 127.0.0.1 --port 8000."


def _next_free(host: str, port: int) -> int:
    for candidate in range(port + 1, min(port + 100, 65536)):
        try:
            return _try(host, candidate)
        except OSError:
            continue
    return _try(host, 0)
