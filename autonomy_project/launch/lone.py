"""Every other command: beside a running `up` it uses its servers; alone it starts them for its own duration."""

import os
import signal
import sys
import time
import warnings
from typing import Any

from autonomy_project.environment import Environment, read
from autonomy_project.launch import holding
from autonomy_project.launch.holding import Held, Note
from autonomy_project.launch.places import VAR, data_folder
from autonomy_project.launch.preparation import Prepared
from autonomy_project.launch.servers import Servers

_NEED_NO_SERVERS = frozenset(
    {
        *("help", "version", "--help", "-h", "--version", "check", "diffsettings", "makemigrations", "spectacular"),
        *("collectstatic", "findstatic", "startapp", "startproject", "makemessages", "compilemessages"),
        *("evaluate_signals", "evaluate_commitments"),
    }
)
_LEAVE_MIGRATIONS_ALONE = frozenset({"migrate", "showmigrations", "sqlmigrate", "squashmigrations", "dbshell"})
_PROVIDED = "AUTONOMY_SERVERS_PROVIDED"  # set for what a lone command itself starts: the servers run already


def run(words: list[str]) -> int:
    """Run a command of Django's or ours with the servers it needs. Returns its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autonomy_project.settings")
    if not _needs_servers(words):
        # makemigrations would like to look into the database, and says so when there is none
        warnings.filterwarnings("ignore", "Got an error checking a consistent migration history", RuntimeWarning)
        return _command(words)
    if _PROVIDED in os.environ:
        return _command(words)
    environment = read()
    if not (environment.embedded or environment.embedded_broker):
        return _command(words)
    return _with_servers(words, environment)


def _needs_servers(words: list[str]) -> bool:
    asks_for_help = not {"--help", "-h"}.isdisjoint(words)
    names_database = any(word.startswith("--database") for word in words)
    return not asks_for_help and bool(words) and (words[0] not in _NEED_NO_SERVERS or names_database)


def _with_servers(words: list[str], environment: Environment) -> int:
    while True:
        note = holding.look()
        if note is not None and note.kind == holding.UP and note.serving:
            return _beside(note, words, environment)
        try:
            with holding.turn(Note(kind=holding.COMMAND, pid=os.getpid(), what=f"manage.py {words[0]}")):
                return _alone(words, environment)
        except Held:  # an `up` that is still starting: its servers will do
            time.sleep(0.2)


def _beside(note: Note, words: list[str], environment: Environment) -> int:
    """Use the servers of the running `up`; the addresses only differ from our own when it was given others."""
    theirs = {
        "DATABASE_URL": (note.database_url, environment.database_url),
        "DATABASE_OWNER_URL": (note.database_owner_url, environment.database_owner_url),
        "BROKER_URL": (note.broker_url, environment.broker_url),
    }
    os.environ.update({name: value for name, (value, own) in theirs.items() if value and value != own})
    return _command(words)


def _alone(words: list[str], environment: Environment) -> int:
    servers = Servers(data_folder(), postgres=environment.embedded, valkey=environment.embedded_broker)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_in_order)
    (VAR / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
    with (VAR / "log" / "servers.log").open("wb") as log:
        servers.start(log)
        try:
            os.environ[_PROVIDED] = "yes"
            _migrate_if_needed(words[0], servers)
            return _command(words)
        finally:
            servers.stop()


def _migrate_if_needed(command: str, servers: Servers) -> None:
    prepared = Prepared(servers.data)
    if servers.postgres not in servers.all or command in _LEAVE_MIGRATIONS_ALONE or prepared.has_migrations():
        return
    print("The database is new to this code; migrating it first.", file=sys.stderr, flush=True)
    _command(["migrate", "--no-input", "--verbosity", "0"])
    prepared.note_migrations()


def _command(words: list[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *words])
    return 0


def _end_in_order(number: int, _: Any) -> None:
    raise SystemExit(128 + number)
