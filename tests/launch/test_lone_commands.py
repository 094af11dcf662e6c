"""A command without an `up`: it starts the servers for its own duration, and waits its turn."""

import signal

import pytest

from tests.launch.checkouts import Checkout
from tests.launch.processes import family_of, is_alive, standing_in, until

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("whole")]

ASK = "from django.contrib.auth.models import User; print('people:', User.objects.count())"
LINGER = "import time; print('here', flush=True); time.sleep(3)"


def shell(code):
    return ("shell", "-v", "0", "-c", code)


def test_it_finds_a_migrated_database_and_leaves_no_server(checkout: Checkout):
    told = checkout.run(*shell(ASK))

    assert told.returncode == 0, told.stderr
    assert told.stdout == "people: 0\n"
    assert not standing_in(checkout.data())


def test_it_says_nothing_of_its_own_once_the_database_is_migrated(checkout: Checkout):
    checkout.run(*shell(ASK))

    assert checkout.run(*shell(ASK)).stderr == ""


def test_its_exit_code_is_the_commands(checkout: Checkout):
    assert checkout.run(*shell("raise SystemExit(7)")).returncode == 7
    assert not standing_in(checkout.data())


def test_a_second_one_waits_its_turn_and_says_so(checkout: Checkout):
    first = checkout.start(*shell(LINGER))
    assert first.stdout is not None
    first.stdout.readline()

    second = checkout.run(*shell(ASK))

    assert second.stdout == "people: 0\n"
    assert f"`manage.py shell` (process {first.pid})" in second.stderr
    assert second.stderr.count("\n") == 1
    first.communicate(timeout=20)


def test_down_does_not_stop_a_command(checkout: Checkout):
    first = checkout.start(*shell(LINGER))
    assert first.stdout is not None
    first.stdout.readline()

    refused = checkout.run("down")

    assert refused.returncode == 1
    assert "ends by itself" in refused.stderr
    assert first.wait(timeout=20) == 0
    first.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_ended_command_leaves_no_server(checkout: Checkout, number, code):
    child = checkout.start(*shell("import time; print('here', flush=True); time.sleep(60)"))
    assert child.stdout is not None
    child.stdout.readline()
    seen = family_of(child.pid)
    assert len(seen) >= 3

    child.send_signal(number)
    child.communicate(timeout=20)

    assert child.returncode == code
    until(lambda: not any(map(is_alive, seen)), within=10)


@pytest.mark.parametrize("words", ["help", "migrate --help", "check", "makemigrations --check --dry-run"])
def test_a_command_that_needs_no_server_starts_none(checkout: Checkout, words):
    log = checkout.folder / "var" / "log" / "servers.log"
    log.unlink(missing_ok=True)

    done = checkout.run(*words.split())

    assert done.returncode == 0, done.stderr
    assert not log.exists()
    assert "Warning" not in done.stderr


def test_help_names_our_own_commands(checkout: Checkout):
    told = checkout.run("help").stdout

    for word in ("up", "down", "status", "test", "migrate"):
        assert f"    {word}" in told
