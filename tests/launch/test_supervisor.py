"""Parts run side by side; what ends is started again; all of it stops when asked."""

import os
import signal
import sys
import threading
import time

import pytest

from autonomy_project.launch import children, supervisor
from autonomy_project.launch.output import Output
from autonomy_project.launch.supervisor import Part, StartFailed, Stopped, Supervisor
from tests.launch.processes import is_alive, until

SLEEPS = "import time; print('hello', flush=True); time.sleep(60)"
IGNORES = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('hello', flush=True); time.sleep(60)"
)
HAS_A_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEPS!r}])
print(child.pid, flush=True)
child.wait()
"""
FAILS = "print('no luck', flush=True); raise SystemExit(3)"


@pytest.fixture
def watched(tmp_path):
    """A supervisor, with the process's signals put back afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = {number: signal.getsignal(number) for number in numbers}
    known: list[dict[str, int]] = []
    made = Supervisor(Output(tmp_path / "up.log"), changed=known.append)
    made.known = known
    made.said = lambda: (tmp_path / "up.log").read_text()
    yield made
    made.stop([list(made.running)])
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def part(name, program, **options):
    def start(output):
        return children.start([sys.executable, "-c", program], output=output)

    return Part(name=name, start=start, is_ready=lambda: True, **options)


def asked_to_stop_in(seconds):
    threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGTERM]).start()


def test_what_a_part_says_is_handed_on_with_its_name(watched):
    watched.start(part("web", SLEEPS))

    until(lambda: watched._turn(0.05) or "web      | hello" in watched.said(), within=10)


def test_a_part_that_was_killed_is_started_again_and_that_is_said(watched):
    watched.start(part("worker", SLEEPS))
    first = watched.pids["worker"]

    os.kill(first, signal.SIGKILL)
    until(lambda: watched._turn(0.05) or watched.pids.get("worker", first) != first, within=10)

    assert "worker was ended by SIGKILL; starting it again in 0.5 s" in watched.said()
    assert watched.known[-1] == watched.pids


def test_the_pause_grows_with_each_failure(watched, monkeypatch):
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.05)
    watched.start(part("beat", FAILS))

    until(lambda: watched._turn(0.02) or watched.said().count("starting it again") >= 3, within=10)

    for pause in ("0.05 s", "0.1 s", "0.2 s"):
        assert f"beat ended with exit code 3; starting it again in {pause}" in watched.said()


def test_a_part_that_lived_long_starts_over_with_the_shortest_pause(watched, monkeypatch):
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "_SETTLED_AFTER", 0.0)
    watched.start(part("beat", FAILS))

    until(lambda: watched._turn(0.02) or watched.said().count("starting it again") >= 3, within=10)

    assert watched.said().count("starting it again in 0.01 s") >= 3


def test_a_part_that_keeps_ending_while_starting_ends_the_start(watched, monkeypatch):
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.01)
    watched.start(Part(name="web", start=part("web", FAILS).start, is_ready=lambda: False))

    with pytest.raises(StartFailed, match="web ended 3 times while starting"):
        watched.wait_until_ready(["web"], within=20)


def test_a_part_that_never_answers_ends_the_start(watched):
    watched.start(Part(name="web", start=part("web", SLEEPS).start, is_ready=lambda: False))

    with pytest.raises(StartFailed, match="web did not answer within 0 s"):
        watched.wait_until_ready(["web"], within=0.2)


def test_a_signal_while_starting_ends_the_wait(watched):
    watched.start(Part(name="web", start=part("web", SLEEPS).start, is_ready=lambda: False))
    asked_to_stop_in(0.2)

    with pytest.raises(Stopped):
        watched.wait_until_ready(["web"], within=20)


def test_a_child_run_once_is_waited_for(watched):
    def start(output):
        return children.start([sys.executable, "-c", "print('done')"], output=output)

    watched.run_once("setup", start)

    assert "setup    | done" in watched.said()


def test_a_child_run_once_that_fails_ends_the_start(watched):
    with pytest.raises(StartFailed, match="setup failed"):
        watched.run_once("setup", part("setup", FAILS).start)

    assert "setup    | no luck" in watched.said()


def test_a_signal_ends_the_run_and_nothing_is_left(watched):
    watched.start(part("web", SLEEPS))
    watched.start(part("worker", SLEEPS))
    pids = list(watched.pids.values())
    asked_to_stop_in(0.2)

    watched.run()
    watched.stop([("web", "worker")])

    assert not any(map(is_alive, pids))
    assert "starting it again" not in watched.said()


def test_a_part_that_will_not_end_is_killed_after_its_patience(watched):
    watched.start(part("worker", IGNORES, patience=0.3))
    until(lambda: watched._turn(0.05) or "hello" in watched.said(), within=10)
    (pid,) = watched.pids.values()

    began = time.monotonic()
    watched.stop([("worker",)])

    assert not is_alive(pid)
    assert time.monotonic() - began < 5


def test_a_second_signal_does_not_wait_for_the_patience(watched):
    watched.start(part("worker", IGNORES, patience=60))
    until(lambda: watched._turn(0.05) or "hello" in watched.said(), within=10)
    asked_to_stop_in(0.3)

    began = time.monotonic()
    watched.stop([("worker",)])

    assert time.monotonic() - began < 10


def test_what_is_left_of_a_parts_group_goes_with_it(watched):
    watched.start(part("worker", HAS_A_CHILD))
    until(lambda: watched._turn(0.05) or watched.said().count("\n") >= 2, within=10)
    grandchild = int(watched.said().split("|")[1].split()[0])

    os.kill(watched.pids["worker"], signal.SIGKILL)
    until(lambda: watched._turn(0.05) or "was ended by SIGKILL" in watched.said(), within=10)

    until(lambda: not is_alive(grandchild), within=5)


def test_a_part_that_cannot_be_started_again_is_tried_again_later(watched, monkeypatch):
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.01)
    tries = []

    def start(output):
        tries.append(output)
        if len(tries) == 2:
            raise OSError("no more processes")
        return children.start([sys.executable, "-c", FAILS if len(tries) == 1 else SLEEPS], output=output)

    watched.start(Part(name="web", start=start, is_ready=lambda: True))
    until(lambda: watched._turn(0.02) or len(tries) == 3, within=10)

    assert "web could not be started (no more processes)" in watched.said()
    assert is_alive(watched.pids["web"])


def test_no_pipe_is_left_open_by_parts_that_ended(watched):
    before = len(os.listdir("/dev/fd"))
    for number in range(5):
        watched.run_once(f"setup{number}", part("setup", "print('done')").start)

    assert len(os.listdir("/dev/fd")) == before
