"""Runs the parts of Autonomy side by side in one thread: hands on what they say, starts again what ended, stops all.

One thread, because a child lives as long as the thread that started it (see `children`).
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autonomy_project.launch.output import Lines, Output

_FIRST_PAUSE = 0.5  # seconds before an ended part is started again; doubled each time
_LONGEST_PAUSE = 30.0
_SETTLED_AFTER = 30.0  # seconds of life after which a part's failures are forgotten
_TRIES_WHILE_STARTING = 3


class StartFailed(Exception):
    """A part does not come up. The message names it."""


class Stopped(Exception):
    """Somebody asked us to stop before everything was up."""


@dataclass(frozen=True)
class Part:
    """One process: how it is started (given the file its words go to), asked to end, and asked whether it answers."""

    name: str
    start: Callable[[int], subprocess.Popen[bytes]]
    is_ready: Callable[[], bool]
    stop_signal: int = signal.SIGTERM
    patience: float = 10.0  # seconds until it is killed
    own_group: bool = True  # whatever is left of its process group is killed with it


class _Running:
    def __init__(self, part: Part) -> None:
        self.part = part
        self.child: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.started_at = 0.0
        self.start_again_at: float | None = None


class Supervisor:
    """Owns the children. `changed` is called with the pids by name whenever a child was started."""

    def __init__(self, output: Output, *, changed: Callable[[dict[str, int]], None]) -> None:
        self.output = output
        self.changed = changed
        self.running: dict[str, _Running] = {}
        self.stops_asked = 0
        self.stopping = False
        self.selector = selectors.DefaultSelector()
        self._listen_to_signals()

    @property
    def pids(self) -> dict[str, int]:
        """The pid of every part that runs now, by name."""
        return {name: one.child.pid for name, one in self.running.items() if one.child is not None}

    def start(self, part: Part) -> None:
        """Start `part`; from now on it is kept running. Raises OSError or what the part's start raises."""
        self.running[part.name] = _Running(part)
        self._launch(self.running[part.name])

    def wait_until_ready(self, names: Sequence[str], *, within: float) -> None:
        """Return when the named parts answer. Raises StartFailed or Stopped."""
        waiting = list(names)
        deadline = time.monotonic() + within
        while waiting:
            self._turn_for(0.05)
            waiting = [name for name in waiting if not self._answers(name)]
            if self.stops_asked:
                raise Stopped
            if waiting and time.monotonic() > deadline:
                raise StartFailed(f"{' and '.join(waiting)} did not answer within {within:.0f} s")

    def run_once(self, name: str, start: Callable[[int], subprocess.Popen[bytes]]) -> None:
        """Run a child to its end. Raises StartFailed when it ends with an error, Stopped when we are asked to stop."""
        child = self._spawn(name, start)
        while not _has_ended(child):
            self._turn(0.1)
            if self.stops_asked:
                child.kill()
        self._drain()
        if child.wait() != 0:
            raise Stopped if self.stops_asked else StartFailed(f"{name} failed; its words are above")

    def run(self) -> None:
        """Keep all parts running until a signal asks to stop."""
        while not self.stops_asked:
            self._turn(1.0)

    def stop(self, groups: Sequence[Sequence[str]]) -> None:
        """End the parts group by group, those of a group side by side. A further signal kills what is left of it."""
        self.stopping = True
        for names in groups:
            self._stop_group([self.running[name] for name in names if name in self.running])
        self._drain()

    def _stop_group(self, group: list[_Running]) -> None:
        asked_before = self.stops_asked
        for one in group:
            _send(one, one.part.stop_signal)
        began = time.monotonic()
        while any(one.child is not None for one in group):
            self._turn(0.1)
            for one in group:
                if self.stops_asked > asked_before or time.monotonic() - began > one.part.patience:
                    _send(one, signal.SIGKILL)

    def _launch(self, one: _Running) -> None:
        one.start_again_at = None
        one.child = self._spawn(one.part.name, one.part.start)
        one.started_at = time.monotonic()
        self.changed(self.pids)

    def _spawn(self, name: str, start: Callable[[int], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        try:
            child = start(writing)
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        self.selector.register(reading, selectors.EVENT_READ, (name, Lines()))
        return child

    def _turn(self, patience: float) -> None:
        """Hand on what was said, note who ended, start who is due. Waits at most `patience` seconds for news."""
        for key, _ in self.selector.select(min(patience, self._until_next_start())):
            self._read(key)
        for one in self.running.values():
            self._look_after(one)

    def _turn_for(self, seconds: float) -> None:
        """Turn for so long, however much there is to hand on: what we wait for is not to be asked without a pause."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._turn(left)

    def _until_next_start(self) -> float:
        due = [one.start_again_at for one in self.running.values() if one.start_again_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else float("inf")

    def _read(self, key: selectors.SelectorKey) -> None:
        chunk = _chunk(key.fd)
        if key.data is None or chunk is None:
            return
        name, lines = key.data
        for line in lines.feed(chunk):
            self.output.line(name, line)
        if not chunk:
            self.selector.unregister(key.fd)
            os.close(key.fd)

    def _drain(self) -> None:
        """Hand on what the ended ones said last."""
        while ready := self.selector.select(0):
            for key, _ in ready:
                self._read(key)

    def _look_after(self, one: _Running) -> None:
        if one.child is not None and _has_ended(one.child):
            self._bury(one, one.child)
        if one.start_again_at is not None and time.monotonic() >= one.start_again_at and not self.stopping:
            self._try_again(one)

    def _bury(self, one: _Running, child: subprocess.Popen[bytes]) -> None:
        if one.part.own_group:
            _kill_group(child.pid)
        code = child.wait()
        one.child = None
        if not (self.stopping or self.stops_asked):
            self._plan_again(one, _told(code))

    def _plan_again(self, one: _Running, how: str) -> None:
        lived = time.monotonic() - one.started_at
        one.failures = 1 if lived > _SETTLED_AFTER else one.failures + 1
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (one.failures - 1))
        one.start_again_at = time.monotonic() + pause
        self.output.line("up", f"{one.part.name} {how}; starting it again in {pause:g} s")

    def _try_again(self, one: _Running) -> None:
        try:
            self._launch(one)
        except Exception as error:  # the edge of this process: one part's trouble must not end the others
            self._plan_again(one, f"could not be started ({error})")

    def _answers(self, name: str) -> bool:
        one = self.running[name]
        if one.failures >= _TRIES_WHILE_STARTING:
            raise StartFailed(f"{name} ended {one.failures} times while starting; its last words are above")
        return one.child is not None and one.part.is_ready()

    def _listen_to_signals(self) -> None:
        hearing, calling = os.pipe()
        for handle in (hearing, calling):
            os.set_blocking(handle, False)
        signal.set_wakeup_fd(calling, warn_on_full_buffer=False)
        self.selector.register(hearing, selectors.EVENT_READ, None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup's wish stands
                signal.signal(number, self._asked_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that it wakes the loop

    def _asked_to_stop(self, *_: Any) -> None:
        self.stops_asked += 1


def _chunk(handle: int) -> bytes | None:
    try:
        return os.read(handle, 65536)
    except BlockingIOError:
        return None


def _has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, without reaping it: until then its pid, and its group's, belong to nobody else."""
    if child.returncode is not None or not hasattr(os, "waitid"):  # macOS has it from Python 3.13 on
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _send(one: _Running, number: int) -> None:
    if one.child is None:
        return
    if number == signal.SIGKILL and one.part.own_group:
        _kill_group(one.child.pid)
    else:
        one.child.send_signal(number)


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody left (macOS says it in the second way)
        return


def _told(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
