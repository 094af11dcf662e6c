"""One holder of the servers at a time, and everybody can see who."""

import multiprocessing
import os
import subprocess
import sys
import time

import pytest

from autonomy_project.launch import holding
from autonomy_project.launch.holding import COMMAND, UP, Held, Note
from tests.launch.processes import until

HOLDS = """
import os, sys, time
from pathlib import Path
from autonomy_project.launch import holding
holding.VAR = Path(sys.argv[1])
with holding.held(holding.Note(kind=sys.argv[2], pid=os.getpid(), what="manage.py other")):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""


@pytest.fixture(autouse=True)
def var(tmp_path, monkeypatch):
    monkeypatch.setattr(holding, "VAR", tmp_path)
    return tmp_path


@pytest.fixture
def other(var):
    """Starts another process that holds the lock for some seconds."""
    started = []

    def hold(kind, seconds):
        child = subprocess.Popen([sys.executable, "-c", HOLDS, str(var), kind, str(seconds)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        started.append(child)
        return child

    yield hold
    for child in started:
        child.kill()
        child.wait()
        child.stdout.close()


def note(kind=UP):
    return Note(kind=kind, pid=os.getpid(), what="manage.py up")


def test_nobody_holds_it_at_first():
    assert holding.look() is None


def test_the_holder_is_seen_with_what_it_tells():
    with holding.held(note()):
        holding.tell(Note(kind=UP, pid=1, what="manage.py up", ready=True, url="http://x", pids={"web": 2}))
        seen = holding.look()

    assert seen is not None
    assert (seen.url, seen.pids, seen.ready) == ("http://x", {"web": 2}, True)
    assert holding.look() is None


def test_the_note_is_for_its_owner_only(var):
    with holding.held(note()):
        assert (var / "running.json").stat().st_mode & 0o777 == 0o600


def test_a_second_holder_is_told_who_the_first_is(other):
    first = other(UP, 30)

    with pytest.raises(Held) as refusal, holding.held(note()):
        pass

    assert refusal.value.note is not None
    assert refusal.value.note.pid == first.pid


def test_the_lock_ends_with_its_holder_however_that_ends(other):
    other(UP, 30).kill()

    until(lambda: holding.look() is None, within=5)
    with holding.held(note()):
        assert holding.look() is not None


def test_a_command_waits_for_another_command_and_says_so_once(other, capfd):
    first = other(COMMAND, 1)

    began = time.monotonic()
    with holding.turn(note(COMMAND)):
        waited = time.monotonic() - began

    assert 0.3 < waited < 10
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert f"`manage.py other` (process {first.pid})" in told
    assert "waiting for it to end" in told


def test_nobody_waits_for_an_up(other):
    other(UP, 30)

    with pytest.raises(Held), holding.turn(note(COMMAND)):
        pass


def test_looking_takes_the_lock_from_nobody():
    stop = multiprocessing.Event()
    lookers = [multiprocessing.Process(target=_look_until, args=(stop,)) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(50):
            with holding.held(note()):
                assert holding.look() is not None
    finally:
        stop.set()
        for looker in lookers:
            looker.join()


def _look_until(stop):
    while not stop.is_set():
        holding.look()


def test_an_error_in_the_holders_work_is_the_holders():
    with pytest.raises(ZeroDivisionError), holding.turn(note(COMMAND)):
        _ = 1 / 0
    assert holding.look() is None
