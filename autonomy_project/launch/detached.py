"""`up --detach`, `down` and `status`: an Autonomy that runs in the background."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

from autonomy_project.launch import holding
from autonomy_project.launch.children import is_running
from autonomy_project.launch.holding import Note
from autonomy_project.launch.places import CHECKOUT, VAR
from autonomy_project.launch.up import welcome

_STOPPED_WITHIN = 60.0  # seconds


def start(wanted: argparse.Namespace) -> int:
    """Start `up` in the background, return when it answers (0) or has failed (its exit code)."""
    said = VAR / "log" / "start.log"
    said.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with said.open("wb") as file:
        child = subprocess.Popen(
            _command(wanted), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    while child.poll() is None:
        note = holding.look()
        if note is not None and note.pid == child.pid and note.ready:
            print(welcome(note, stop_by="`python3 manage.py down`"), flush=True)
            return 0
        time.sleep(0.05)
    print(said.read_text(errors="replace").strip(), file=sys.stderr)
    print(f"(What the parts said is in {VAR / 'log' / 'up.log'}.)", file=sys.stderr)
    return child.returncode or 1


def down(words: list[str]) -> int:
    """Stop what `up` started, and wait for it. Nothing to stop is no error."""
    argparse.ArgumentParser(prog="manage.py down", description="Stop Autonomy on this machine.").parse_args(words)
    note = holding.look()
    if note is None:
        print("Autonomy is not running.")
        return 0
    if note.kind != holding.UP:
        print(f"`{note.what}` (process {note.pid}) is running, not `up`; it ends by itself.", file=sys.stderr)
        return 1
    os.kill(note.pid, signal.SIGTERM)
    return _wait_for_end(note)


def status(words: list[str]) -> int:
    """Print what runs."""
    parser = argparse.ArgumentParser(prog="manage.py status", description="Say whether Autonomy runs here, and where.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args(words)
    note = holding.look()
    if note is not None and note.kind != holding.UP:
        note = None
    print(json.dumps(_as_json(note)) if wanted.json else _as_text(note))
    return 0


def _command(wanted: argparse.Namespace) -> list[str]:
    flags = [flag for flag, given in (("--no-demo", not wanted.demo), ("--reset", wanted.reset)) if given]
    place = ["--host", wanted.host, "--port", str(wanted.port)]
    return [sys.executable, str(CHECKOUT / "manage.py"), "up", "--in-background", *place, *flags]


def _wait_for_end(note: Note) -> int:
    deadline = time.monotonic() + _STOPPED_WITHIN
    while time.monotonic() < deadline:
        now = holding.look()
        if (now is None or now.pid != note.pid) and not is_running(note.pid):
            print("Autonomy has stopped.")
            return 0
        time.sleep(0.1)
    print(f"Process {note.pid} has not ended within {_STOPPED_WITHIN:.0f} s.", file=sys.stderr)
    return 1


def _as_json(note: Note | None) -> dict[str, object]:
    if note is None:
        note = Note(kind=holding.UP, pid=0, what="")
    return {
        "running": note.ready,
        "url": note.url,
        "database_url": note.database_url,
        "broker_url": note.broker_url,
        "pids": note.pids,
        "log_in": note.log_in,
    }


def _as_text(note: Note | None) -> str:
    if note is None:
        return "Autonomy is not running. `python3 manage.py up` starts it."
    if not note.ready:
        return f"Autonomy is starting (process {note.pid})."
    running = ", ".join(f"{name} {pid}" for name, pid in note.pids.items())
    return f"{welcome(note, stop_by='`python3 manage.py down`').strip()}\nProcesses: {running}"
