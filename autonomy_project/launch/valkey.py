"""The embedded Valkey: the broker, over a unix socket only. It carries hints; losing all of them loses nothing."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import IO, Any

from autonomy_project.launch.binaries import valkey_program
from autonomy_project.launch.children import Account, start, stop
from autonomy_project.launch.places import broker_url
from autonomy_project.launch.postgres import ServerFailed

_READY_WITHIN = 30.0  # seconds
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "loglevel": "warning",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
}


class Valkey:
    """One Valkey whose append-only file lies in `data` and whose socket lies in `sockets`."""

    name = "valkey"

    def __init__(self, data: Path, *, sockets: Path, account: Account | None) -> None:
        self.data = data
        self.sockets = sockets
        self.account = account
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The broker's address, as Celery writes it."""
        return broker_url(self.sockets)

    def start(self, output: int | IO[Any]) -> subprocess.Popen[bytes]:
        """Start the server; its messages go to `output`. Does not wait."""
        place = self.sockets / "valkey.sock"
        place.unlink(missing_ok=True)  # a hard end leaves it behind, and it would look like a server
        settings = {**_SETTINGS, "unixsocket": str(place), "dir": str(self.data)}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        command: list[str | Path] = [valkey_program(self.account), *words]
        self.child = start(command, death_signal=signal.SIGKILL, account=self.account, folder="/", output=output)
        return self.child

    def wait_until_ready(self) -> None:
        """Return once it answers a PING. Raises ServerFailed."""
        deadline = time.monotonic() + _READY_WITHIN
        while not self.answers():
            if self.child is None or self.child.poll() is not None:
                raise ServerFailed("Valkey ended while starting; its own words are above or in var/log/servers.log")
            if time.monotonic() > deadline:
                raise ServerFailed(f"Valkey did not answer within {_READY_WITHIN:.0f} s")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it answers a PING now."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(2)
            try:
                client.connect(str(self.sockets / "valkey.sock"))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        """Shut down (the append-only file is written out), and wait for it."""
        if self.child is not None:
            stop(self.child, by=signal.SIGTERM)
