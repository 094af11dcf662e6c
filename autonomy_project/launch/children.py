"""Child processes that end with us, however we end.

On Linux the kernel sends a child its `death_signal` when the thread that started it ends, so children are started from
the main thread only. The wish is dropped when a process changes its user, hence it is made after that, just before the
program starts. Elsewhere (macOS) only an orderly end takes the children along.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class NoAccount(Exception):
    """There is no account that a server could run as."""


@dataclass(frozen=True)
class Account:
    """The user and group ids a server runs as."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """The account for servers that refuse root: `nobody` when we are root, otherwise None (our own).

    Raises NoAccount where the machine has no such account.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise NoAccount(
            "PostgreSQL does not run as root, and this machine has no account `nobody` it could run as instead."
            " Start Autonomy as an ordinary user."
        ) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def die_with_parent(death_signal: int = signal.SIGKILL, *, parent: int | None = None) -> None:
    """Ask the kernel to send this process `death_signal` when its parent ends; end at once if that has happened.

    `parent` is the parent's pid where the caller knows it; otherwise the parent of this moment.
    """
    if _libc is None:
        return
    expected = os.getppid() if parent is None else parent
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != expected:
        os._exit(1)


def start(
    command: Sequence[str | Path],
    *,
    death_signal: int = signal.SIGKILL,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | str | None = None,
    output: int | IO[Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own (a Ctrl-C in the terminal is ours alone), tied to this process.

    `output` receives both its streams. Raises OSError when the program cannot be started.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        start_new_session=True,
        preexec_fn=_tie(death_signal),
        **_as_account(account),
    )


def stop(child: subprocess.Popen[bytes], *, by: int = signal.SIGTERM, patience: float = 10.0) -> None:
    """End `child`: the signal `by`, then after `patience` seconds SIGKILL. Returns when it has been reaped."""
    if child.poll() is not None:
        return
    child.send_signal(by)
    try:
        child.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not reaped yet (Linux can tell) does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except ProcessLookupError:
        return False
    except (PermissionError, FileNotFoundError):  # another person's; no /proc
        return True


def _tie(death_signal: int) -> Callable[[], None]:
    parent = os.getpid()
    return lambda: die_with_parent(death_signal, parent=parent)


def _as_account(account: Account | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}
