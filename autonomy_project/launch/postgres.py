"""The embedded PostgreSQL: a real server, run as our own child, spoken to over a unix socket only."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from autonomy_project.launch.binaries import postgres_folder
from autonomy_project.launch.children import Account, start, stop
from autonomy_project.launch.places import APP_ROLE, DATABASE_NAME, OWNER_ROLE, database_url

SUPERUSER = "postgres"

_STATUS_LINE = 7  # of postmaster.pid, counted from 0
_READY_WITHIN = 60.0  # seconds: replaying the log after a hard end takes its time
_SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "log_checkpoints=off",
    "log_min_messages=fatal",
)
# Throw-away data only: what a crash would lose here, nobody wants back.
UNSAFE_BUT_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")


class ServerFailed(Exception):
    """An embedded server did not start. The message says which, and where its own words are."""


class Postgres:
    """One PostgreSQL whose data lies in `data` and whose socket lies in `sockets` (both 0700, owned by `account`).

    `account` is None where we are not root. `tuning` holds further `name=value` settings.
    """

    name = "postgres"

    def __init__(self, data: Path, *, sockets: Path, account: Account | None, tuning: Sequence[str] = ()) -> None:
        self.data = data
        self.sockets = sockets
        self.account = account
        self.tuning = tuning
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, output: int | IO[Any]) -> subprocess.Popen[bytes]:
        """Make the cluster if there is none, then start the server; its messages go to `output`. Does not wait."""
        programs = postgres_folder(self.account)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(programs)
        _end_leftover(self.data)
        settings = [*_SETTINGS, f"unix_socket_directories={self.sockets}", *self.tuning]
        command: list[str | Path] = [programs / "postgres", "-D", self.data]
        command += [word for setting in settings for word in ("-c", setting)]
        # SIGINT is PostgreSQL's fast shutdown: it ends its own children and leaves clean files behind.
        self.child = start(command, death_signal=signal.SIGINT, account=self.account, folder="/", output=output)
        return self.child

    def wait_until_ready(self) -> None:
        """Return once it answers and the two roles and the database are there. Raises ServerFailed."""
        deadline = time.monotonic() + _READY_WITHIN
        while not self.answers():
            if self.child is None or self.child.poll() is not None:
                raise ServerFailed("PostgreSQL ended while starting; its own words are above or in var/log/servers.log")
            if time.monotonic() > deadline:
                raise ServerFailed(f"PostgreSQL did not answer within {_READY_WITHIN:.0f} s")
            time.sleep(0.02)
        self.provide_roles()

    def answers(self) -> bool:
        """Whether it takes connections now. It says so in its pid file, as pg_ctl reads it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def stop(self) -> None:
        """Shut down fast (open transactions are rolled back), and wait for it."""
        if self.child is not None:
            stop(self.child, by=signal.SIGINT, patience=20)

    def url(self, *, role: str, name: str) -> str:
        """The address of database `name` for `role`."""
        return database_url(self.sockets, role=role, name=name)

    def run(self, statements: Sequence[str], *, database: str = "postgres") -> None:
        """Run statements as the superuser, each in a transaction of its own."""
        import psycopg2

        with closing(psycopg2.connect(self.url(role=SUPERUSER, name=database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Create database `name`, owned by the owner role, as a copy of `template`."""
        self.run([f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER_ROLE}'])

    def provide_roles(self) -> None:
        """The owner owns the database and migrates it; the app role uses what it is given. Neither is a superuser."""
        missing = self._missing()
        limits = "NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
        self.run([f"CREATE ROLE {role} LOGIN {limits}" for role in (OWNER_ROLE, APP_ROLE) if role in missing])
        if DATABASE_NAME in missing:
            self.create_database(DATABASE_NAME)

    def _missing(self) -> set[str]:
        import psycopg2

        wanted = {OWNER_ROLE, APP_ROLE, DATABASE_NAME}
        address = self.url(role=SUPERUSER, name="postgres")
        with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles UNION ALL SELECT datname FROM pg_database")
            return wanted - {row[0] for row in cursor.fetchall()}

    def _make_cluster(self, programs: Path) -> None:
        """initdb into a folder beside, then rename: an interrupted one is never taken for a cluster."""
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        child = start(
            # The wheel has no ICU, and without a locale of its own the sort order would hang on the caller's LANG.
            [programs / "initdb", "-D", unfinished, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync",
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"],
            account=self.account, folder="/", output=subprocess.PIPE,
        )  # fmt: skip
        said = child.communicate()[0].decode(errors="replace")
        if child.returncode != 0:
            raise ServerFailed(f"PostgreSQL could not make its data folder {self.data}:\n{said}")
        unfinished.rename(self.data)


def _end_leftover(data: Path) -> None:
    """Deal with what an earlier, unclean end left: servers still going down, or a pid file naming nobody.

    Only the holder of the lock gets here, so a server on this folder is nobody's. When none is left, the pid file goes:
    PostgreSQL would believe it whenever its number has gone to another program since.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    _end_servers_on(data)
    pid_file.unlink(missing_ok=True)


def _servers_on(data: Path) -> list[int]:
    """The processes of any PostgreSQL on `data`. (Each of them stands in its data folder.)"""
    if sys.platform != "linux":
        return _servers_without_proc(data)
    return [int(place.name) for place in Path("/proc").glob("[0-9]*") if _stands_in(place, data)]


def _stands_in(process: Path, data: Path) -> bool:
    try:
        return Path(os.readlink(process / "cwd")) == data.resolve()
    except OSError:  # gone meanwhile, or another person's
        return False


def _servers_without_proc(data: Path) -> list[int]:
    told = subprocess.run(["lsof", "-t", "-a", "-d", "cwd", str(data)], capture_output=True, text=True)
    return [int(word) for word in told.stdout.split()]


def _end_servers_on(data: Path) -> None:
    """Fast shutdown for a server, patience for the processes of one that was killed, then SIGKILL.

    What has ended and was not reaped yet stands nowhere, so it is not waited for.
    """
    _signal(_servers_on(data), signal.SIGINT)
    deadline = time.monotonic() + 20
    while _servers_on(data) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(_servers_on(data), signal.SIGKILL)


def _signal(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
