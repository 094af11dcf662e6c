"""The embedded servers together: their folders, their start and their end.

servers = Servers(data_folder())
servers.start(output)     # both at once, then waits for both
servers.stop()
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from autonomy_project.launch.children import Account, server_account
from autonomy_project.launch.places import socket_folder
from autonomy_project.launch.postgres import Postgres, ServerFailed
from autonomy_project.launch.valkey import Valkey

Server = Postgres | Valkey


class Servers:
    """PostgreSQL and Valkey with everything under `data`, which is made (0700, the server account's) where missing.

    `tuning` holds further PostgreSQL settings. `postgres=False` or `valkey=False` leaves that one out.
    """

    def __init__(self, data: Path, *, tuning: Sequence[str] = (), postgres: bool = True, valkey: bool = True) -> None:
        account = server_account()
        self.data = data
        self.sockets = socket_folder(data)
        self.account = account
        self.postgres = Postgres(data / "postgres", sockets=self.sockets, account=account, tuning=tuning)
        self.valkey = Valkey(data / "valkey", sockets=self.sockets, account=account)
        wanted: list[tuple[bool, Server]] = [(postgres, self.postgres), (valkey, self.valkey)]
        self.kept: int | None = None
        self.all: list[Server] = [server for is_wanted, server in wanted if is_wanted]

    def start(self, output: int | IO[Any]) -> None:
        """Start them side by side and wait until all answer. Raises ServerFailed, with none left running."""
        try:
            self.make_folders()
            for server in self.all:
                server.start(output)
            for server in self.all:
                server.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def make_folders(self) -> None:
        """Make the folders of the servers. Raises ServerFailed when one of them belongs to somebody else."""
        for folder in (self.data, self.sockets.parent, self.sockets, self.data / "valkey"):
            _make_private(folder, account=None if folder == self.sockets.parent != self.data else self.account)
        self._keep_from_cleaning()

    def _keep_from_cleaning(self) -> None:
        """Hold a lock on the folder while we run: what cleans /var/tmp of old files passes by what is locked."""
        if self.kept is None:
            self.kept = os.open(self.data, os.O_RDONLY)
            fcntl.flock(self.kept, fcntl.LOCK_SH)

    def stop(self) -> None:
        """Stop the broker, then the database, and wait for both."""
        for server in reversed(self.all):
            server.stop()
        if self.kept is not None:
            os.close(self.kept)
            self.kept = None


def _make_private(folder: Path, *, account: Account | None) -> None:
    """A folder nobody else may enter. In a folder open to all (/tmp) a stranger may have made it first: refused."""
    owner = account.uid if account is not None else os.geteuid()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid == owner:
        return
    if folder.stat().st_uid != os.geteuid() or any(folder.iterdir()):
        raise ServerFailed(f"{folder} belongs to somebody else; remove it or run Autonomy as its owner")
    os.chown(folder, owner, account.gid if account is not None else -1)


__all__ = ["Server", "ServerFailed", "Servers"]
