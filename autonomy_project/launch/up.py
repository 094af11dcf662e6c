"""`manage.py up`: everything on one machine, until Ctrl-C."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import partial

from autonomy_project.environment import Environment, read
from autonomy_project.launch import addresses, holding, parts
from autonomy_project.launch.children import start
from autonomy_project.launch.holding import Note
from autonomy_project.launch.log_in import made_log_in, password_file
from autonomy_project.launch.output import Output
from autonomy_project.launch.places import CHECKOUT, VAR, data_folder
from autonomy_project.launch.preparation import Prepared
from autonomy_project.launch.servers import Servers
from autonomy_project.launch.supervisor import StartFailed, Stopped, Supervisor

_SERVERS_READY_WITHIN = 60.0  # seconds; replaying the log after a hard end takes its time
_PROCESSES_READY_WITHIN = 90.0
_STOPPED_IN_ORDER = (("web", "worker", "beat"), ("valkey",), ("postgres",))


def options(words: list[str]) -> argparse.Namespace:
    """The options of `up`."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start Autonomy on this machine.")
    parser.add_argument("--port", type=_port, default=8000, help="the web's port (default 8000; 0: any free one)")
    parser.add_argument("--host", default="127.0.0.1", help="the address it listens on (default 127.0.0.1)")
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="leave an empty database empty")
    parser.add_argument("--reset", action="store_true", help="first remove all data of the embedded servers")
    parser.add_argument("--detach", action="store_true", help="return once it runs; `manage.py down` stops it")
    parser.add_argument("--in-background", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def run(wanted: argparse.Namespace) -> int:
    """Start everything, keep it running, stop it when asked. Returns the exit code.

    Raises WrongSetting, Held, AddressTaken, ServerFailed, MissingProgram or StartFailed, each with a sentence.
    """
    environment = read()
    if wanted.reset:
        _refuse_reset_of_others(environment)
    note = Note(kind=holding.UP, pid=os.getpid(), what="manage.py up")
    with holding.turn(note):
        if wanted.reset:
            _remove_data(environment)
        wanted.port = addresses.claimable(wanted.host, wanted.port)
        return _Up(wanted, environment, note).run()


class _Up:
    """One run of everything, while the lock is ours."""

    def __init__(self, wanted: argparse.Namespace, environment: Environment, note: Note) -> None:
        self.wanted = wanted
        self.environment = environment
        self.note = note
        self.output = Output(VAR / "log" / "up.log", screen=None if wanted.in_background else sys.stdout.fileno())
        self.supervisor = Supervisor(self.output, changed=self._tell_pids)
        self.servers = Servers(data_folder(), postgres=environment.embedded, valkey=environment.embedded_broker)

    def run(self) -> int:
        try:
            self._start_servers()
            self._prepare()
            self._start_processes()
            self._welcome()
            self.supervisor.run()
        except Stopped:
            pass
        finally:
            self.supervisor.stop(_STOPPED_IN_ORDER)
        self.output.plain("Autonomy has stopped.")
        return 0

    def _start_servers(self) -> None:
        self.servers.make_folders()
        for part in reversed(parts.servers(self.servers)):  # the first start of PostgreSQL keeps us waiting
            self.supervisor.start(part)
        self.supervisor.wait_until_ready([server.name for server in self.servers.all], within=_SERVERS_READY_WITHIN)
        if self.environment.embedded:
            self.servers.postgres.provide_roles()

    def _prepare(self) -> None:
        """Let Django do what must be done before the web starts. On the embedded servers, only where it is undone."""
        prepared = Prepared(self.servers.data)
        if self.environment.embedded and prepared.is_set_up(demo=self.wanted.demo):
            return
        command = parts.preparation(demo=self.wanted.demo)
        self.supervisor.run_once("setup", partial(_start, command, self._child_environment()))
        if self.environment.embedded:
            prepared.note_set_up(demo=self.wanted.demo)

    def _start_processes(self) -> None:
        self._tell(
            serving=True,
            database_url=self.environment.database_url,
            database_owner_url=self.environment.database_owner_url,
            broker_url=self.environment.broker_url,
        )
        theirs = {name: value for name, value in self._child_environment().items() if name != "DATABASE_OWNER_URL"}
        for part in parts.processes(self.wanted.host, self.wanted.port, theirs):
            self.supervisor.start(part)
        self.supervisor.wait_until_ready(["web", "worker", "beat"], within=_PROCESSES_READY_WITHIN)

    def _welcome(self) -> None:
        self._tell(
            ready=True, url=addresses.url(self.wanted.host, self.wanted.port), log_in=made_log_in(self.environment)
        )
        self.output.plain(welcome(self.note, stop_by="Ctrl-C"))

    def _child_environment(self) -> Mapping[str, str]:
        hosts = addresses.also_allowed(self.environment.allowed_hosts, self.wanted.host)
        ours = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "autonomy_project.settings"}
        if not (os.environ.get("PUBLIC_URL") or self.environment.csrf_trusted_origins):
            ours["PUBLIC_URL"] = addresses.url(self.wanted.host, self.wanted.port)
        return {**os.environ, **ours, "ALLOWED_HOSTS": ",".join(hosts)}

    def _tell_pids(self, pids: dict[str, int]) -> None:
        self._tell(pids={"up": os.getpid(), **pids})

    def _tell(self, **news: object) -> None:
        for name, value in news.items():
            setattr(self.note, name, value)
        holding.tell(self.note)


def welcome(note: Note, *, stop_by: str) -> str:
    """What a person is told once everything answers."""
    log_in = note.log_in
    who = f"{log_in['username']} / {log_in['password']}" if log_in else "a person of your database"
    return (
        f"\nAutonomy is running.\n\n"
        f"  Console   {note.url}/admin/\n"
        f"  Log-in    {who}\n"
        f"  API       {note.url}/api/docs/\n\n"
        f"{stop_by} stops it.\n"
    )


def _start(command: list[str], environment: Mapping[str, str], output: int) -> subprocess.Popen[bytes]:
    return start(command, environment=environment, folder=CHECKOUT, output=output)


def _refuse_reset_of_others(environment: Environment) -> None:
    if not environment.embedded:
        raise StartFailed(
            "--reset removes the data of the embedded servers, but DATABASE_URL names another one."
            " Leave out --reset, or unset DATABASE_URL."
        )
    note = holding.look()
    if note is not None:
        raise StartFailed(
            f"The data is in use by `{note.what}` (process {note.pid}). Stop it first (`python3 manage.py down`)."
        )


def _remove_data(environment: Environment) -> None:
    for folder in (data_folder(), VAR / "mail", VAR / "chat"):
        shutil.rmtree(folder, ignore_errors=True)
    password_file(environment).unlink(missing_ok=True)


def _port(word: str) -> int:
    if not word.isdecimal() or not 0 <= int(word) <= 65535:
        raise argparse.ArgumentTypeError(f"{word!r} is not a port: give a number from 0 to 65535")
    return int(word)
