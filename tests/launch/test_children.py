"""A child ends with us, however we end."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from autonomy_project.launch import children
from tests.launch.processes import is_alive, until

# A parent that starts a child through `children.start`; the child has a child of its own that ties itself to it.
GRANDCHILD = """
import time
from autonomy_project.launch.children import die_with_parent
die_with_parent()
print("up", flush=True)
time.sleep(60)
"""
CHILD = f"""
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", {GRANDCHILD!r}], stdout=subprocess.PIPE)
grandchild.stdout.readline()
print(grandchild.pid, flush=True)
grandchild.wait()
"""
PARENT = f"""
import subprocess, sys, time
from autonomy_project.launch.children import start
child = start([sys.executable, "-c", {CHILD!r}], output=subprocess.PIPE)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture
def family():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child, grandchild = map(int, parent.stdout.readline().split())
    yield parent, child, grandchild
    for pid in (child, grandchild):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    parent.kill()
    parent.wait()
    parent.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has ended")
def test_a_killed_parent_leaves_neither_child_nor_grandchild(family):
    parent, child, grandchild = family
    assert is_alive(child)
    assert is_alive(grandchild)

    parent.kill()
    parent.wait()

    until(lambda: not is_alive(child) and not is_alive(grandchild), within=5)


def test_a_process_that_ended_does_not_run_although_nobody_reaped_it():
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    assert children.is_running(child.pid)

    child.stdin.close()

    until(lambda: not children.is_running(child.pid), within=10)
    child.wait()
    assert not children.is_running(child.pid)


def test_a_child_is_in_a_session_of_its_own_so_that_ctrl_c_is_ours():
    child = children.start([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert os.getsid(child.pid) == child.pid
    finally:
        children.stop(child)


def test_a_child_that_will_not_end_is_killed_after_the_patience():
    child = children.start([sys.executable, "-c", STUBBORN], output=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()

    began = time.monotonic()
    children.stop(child, patience=0.3)

    assert child.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 5
    child.stdout.close()


def test_root_gets_another_account_for_the_servers(monkeypatch):
    monkeypatch.setattr(children.os, "geteuid", lambda: 0)

    account = children.server_account()

    assert account is not None
    assert account.uid != 0


def test_a_machine_without_such_an_account_says_what_to_do(monkeypatch):
    monkeypatch.setattr(children.os, "geteuid", lambda: 0)
    monkeypatch.setattr(children.pwd, "getpwnam", {}.__getitem__)

    with pytest.raises(children.NoAccount, match="Start Autonomy as an ordinary user"):
        children.server_account()


def test_an_ordinary_user_is_who_runs_the_servers(monkeypatch):
    monkeypatch.setattr(children.os, "geteuid", lambda: 1000)

    assert children.server_account() is None
