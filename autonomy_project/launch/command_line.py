"""What `manage.py` does with its words: our own four commands, or one of Django's."""

import os
import sys

from autonomy_project.environment import WrongSetting, read
from autonomy_project.launch import bootstrap, checks, detached, holding, lone, up
from autonomy_project.launch.addresses import AddressTaken
from autonomy_project.launch.binaries import MissingProgram
from autonomy_project.launch.children import NoAccount
from autonomy_project.launch.places import VAR, VENV
from autonomy_project.launch.postgres import ServerFailed
from autonomy_project.launch.supervisor import StartFailed

_OURS = """Autonomy's own commands:

    up        start everything on this machine (see `manage.py up --help`)
    down      stop it
    status    say whether it runs, and where
    test      lint, types, contracts and tests (--full: the long ones as well)

Django's and the rooms' commands follow; each has its own --help.
"""
_TOLD_IN_A_SENTENCE = (
    WrongSetting, AddressTaken, MissingProgram, NoAccount, ServerFailed, StartFailed, bootstrap.CannotInstall
)  # fmt: skip


def main(words: list[str]) -> int:
    """Do what `words` ask for and return the exit code. What a person can mend is told in a sentence."""
    try:
        return _dispatch(words)
    except _TOLD_IN_A_SENTENCE as error:
        print(error, file=sys.stderr)
    except holding.Held as other:
        print(_already(other.note), file=sys.stderr)
    except PermissionError as error:
        print(_not_ours(error), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _dispatch(words: list[str]) -> int:
    command, rest = (words[0], words[1:]) if words else ("help", [])
    match command:
        case "up":
            return _up(rest)
        case "down":
            return detached.down(rest)
        case "status":
            return detached.status(rest)
        case "test":
            wanted = checks.options(rest)
            bootstrap.ensure_packages(bootstrap.TEST)
            return checks.run(wanted)
    bootstrap.ensure_packages(bootstrap.RUN)
    if command == "help" and not rest:
        print(_OURS, flush=True)
    return lone.run(words or ["help"])


def _up(words: list[str]) -> int:
    wanted = up.options(words)
    read()  # a wrong setting is refused before anything is installed
    bootstrap.ensure_packages(bootstrap.RUN)
    return detached.start(wanted) if wanted.detach else up.run(wanted)


def _already(note: holding.Note | None) -> str:
    if note is None:
        return "Autonomy is already running from this checkout. Stop it with: python3 manage.py down"
    if not note.ready:
        return f"Autonomy is already starting from this checkout (process {note.pid})."
    return f"Autonomy is already running at {note.url} (process {note.pid}). Stop it with: python3 manage.py down"


def _not_ours(error: PermissionError) -> str:
    """Only for our own folders; anybody else's error stays whole."""
    place = str(error.filename or "")
    if not place.startswith((str(VAR), str(VENV))):
        raise error
    return (
        f"{place} belongs to somebody else and cannot be used by user {os.geteuid()}."
        " Run Autonomy as the owner of this checkout, or in a copy of it without var/ and .venv/."
    )
