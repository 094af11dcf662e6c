"""Who holds this checkout's embedded servers: a lock on `var/lock`, and beside it a note saying who and where.

The lock is what counts: the kernel drops it when its holder ends, however that happens. The note is only ever read
while the lock is held.
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autonomy_project.launch.children import is_running
from autonomy_project.launch.places import VAR

UP = "up"
COMMAND = "command"


@dataclass
class Note:
    """What the holder tells others. `ready`: all of it answers. `serving`: the database and the broker do."""

    kind: str
    pid: int
    what: str
    serving: bool = False
    ready: bool = False
    url: str | None = None
    database_url: str | None = None
    database_owner_url: str | None = None
    broker_url: str | None = None
    pids: dict[str, int] = field(default_factory=dict)
    log_in: dict[str, str] | None = None


class Held(Exception):
    """Somebody else holds the lock. `note` tells who, where it could be read."""

    def __init__(self, note: Note | None) -> None:
        super().__init__("held")
        self.note = note


@contextmanager
def turn(note: Note) -> Iterator[None]:
    """Hold the lock with `note`; while another lone command has it, wait and say so once. Raises Held for an `up`."""
    with ExitStack() as stack:
        _wait_for_turn(stack, note)
        yield


def _wait_for_turn(stack: ExitStack, note: Note) -> None:
    said = False
    while True:
        try:
            stack.enter_context(held(note))
        except Held as other:
            if other.note is not None and other.note.kind == UP:
                raise
            said = said or _say_waiting(other.note)
            time.sleep(0.2)
        else:
            return


def _say_waiting(note: Note | None) -> bool:
    who = f"`{note.what}` (process {note.pid})" if note is not None else "Another command"
    print(f"{who} is using the database of this checkout; waiting for it to end.", file=sys.stderr, flush=True)
    return True


@contextmanager
def held(note: Note) -> Iterator[None]:
    """Hold the lock with `note` beside it. Raises Held at once when another process has it."""
    VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(VAR / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
        tell(note)
        yield
        _note_file().unlink(missing_ok=True)
    finally:
        os.close(handle)


def tell(note: Note) -> None:
    """Replace the note (the holder only). It carries the log-in, so nobody else may read it."""
    unfinished = _note_file().with_suffix(".new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(note), file)
    unfinished.replace(_note_file())


def look() -> Note | None:
    """The holder's note, or None when nobody holds the lock or its holder has not written yet."""
    try:
        handle = os.open(VAR / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read()
    finally:
        os.close(handle)
    return None


def _lock(handle: int) -> None:
    """Take the lock. A glance by `look` holds it for an instant, so a refusal without a live note is asked again."""
    for _ in range(20):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            note = _read()
        if note is not None and is_running(note.pid):
            raise Held(note)
        time.sleep(0.05)
    raise Held(None)


def _read() -> Note | None:
    try:
        found: dict[str, Any] = json.loads(_note_file().read_text())
        return Note(**found)
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _note_file() -> Path:
    return VAR / "running.json"
