"""`manage.py up` as a person uses it, with the real servers, in a checkout of its own."""

import os
import signal
import socket
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import psycopg2
import pytest

from tests.launch.checkouts import Checkout
from tests.launch.processes import family_of, is_alive, until
from tests.sinks import free_port

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("whole")]

PARTS = ("web", "worker", "beat", "valkey", "postgres")


@pytest.fixture
def stopped(checkout: Checkout):
    """The checkout, with nothing running."""
    checkout.run("down")
    return checkout


@pytest.fixture
def running(checkout: Checkout):
    """The checkout and the status of an `up` in it: the one that a test before left running, or a new one."""
    status = checkout.status()
    return checkout, status if status["running"] else checkout.up()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def logs_in(url, username, password):
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()))
    browser.open(f"{url}/admin/login/", timeout=10).read()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
    browser.open(f"{url}/admin/login/", urllib.parse.urlencode(form).encode(), timeout=10).read()
    return any(cookie.name == "sessionid" for cookie in jar)


def test_everything_runs_and_says_where(running):
    checkout, status = running

    assert status["running"] is True
    assert status["url"] == f"http://127.0.0.1:{checkout.port}"
    assert set(status["pids"]) == {"up", *PARTS}
    assert all(map(is_alive, status["pids"].values()))
    assert answers(f"{status['url']}/readyz")
    with psycopg2.connect(status["database_url"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user, count(*) FROM django_migrations")
        assert cursor.fetchone()[0] == "autonomy_app"
    connection.close()
    assert status["broker_url"].startswith("redis+socket:///")


def test_the_log_in_that_is_shown_is_good(running):
    checkout, status = running
    log_in = status["log_in"]

    assert f"{log_in['username']} / {log_in['password']}" in checkout.run("status").stdout
    assert logs_in(status["url"], **log_in)
    assert not logs_in(status["url"], log_in["username"], "another password")


def test_a_second_up_says_where_the_first_runs(running):
    checkout, status = running

    second = checkout.run("up")

    assert second.returncode != 0
    assert status["url"] in second.stderr
    assert f"process {status['pids']['up']}" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_command_beside_it_uses_its_servers(running):
    checkout, status = running

    told = checkout.run(
        "shell", "-v", "0", "-c", "from django.db import connection as c; c.connect(); print(c.is_usable())"
    )

    assert told.stdout.strip() == "True"
    assert told.stderr == ""
    assert checkout.status()["pids"] == status["pids"]


def test_data_in_use_is_not_reset(running):
    checkout, status = running

    refused = checkout.run("up", "--reset")

    assert refused.returncode != 0
    assert "Stop it first" in refused.stderr
    assert answers(f"{status['url']}/readyz")


def test_down_leaves_no_process(running):
    checkout, _ = running

    stopped = checkout.run("down")

    assert stopped.returncode == 0
    assert checkout.nothing_is_left()
    assert checkout.status() == {
        **{"running": False, "url": None, "database_url": None, "broker_url": None},
        **{"pids": {}, "log_in": None},
    }


def test_down_without_up_is_no_error(stopped):
    done = stopped.run("down")

    assert (done.returncode, done.stdout) == (0, "Autonomy is not running.\n")


def test_a_killed_up_leaves_no_process_and_no_harm(running):
    checkout, status = running
    assert len(checkout.seen) >= 10

    os.kill(status["pids"]["up"], signal.SIGKILL)

    until(checkout.nothing_is_left, within=10)
    again = checkout.up()
    assert again["log_in"] == status["log_in"]
    assert logs_in(again["url"], **again["log_in"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_foreground_stops_all_of_it(stopped, number):
    child = stopped.start("up", "--port", str(stopped.port))
    until(lambda: stopped.status()["running"], within=60)
    seen = family_of(child.pid)

    child.send_signal(number)
    told, _ = child.communicate(timeout=30)

    assert child.returncode == 0
    assert "Autonomy is running." in told
    assert told.endswith("Autonomy has stopped.\n")
    assert not any(map(is_alive, seen))


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_was_killed_comes_back(running, name):
    checkout, status = running

    os.kill(status["pids"][name], signal.SIGKILL)
    until(lambda: checkout.status()["pids"].get(name) not in (None, status["pids"][name]), within=20)
    checkout.seen |= family_of(checkout.status()["pids"]["up"])

    until(lambda: answers(f"{status['url']}/readyz"), within=30)
    assert f"{name} was ended by SIGKILL; starting it again" in checkout.log()


def test_a_busy_port_says_what_to_do(stopped):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = stopped.run("up", "--port", str(taken.getsockname()[1]))

    assert refused.returncode != 0
    assert "is taken by another program" in refused.stderr
    assert "--port" in refused.stderr
    assert not stopped.status()["running"]


def test_a_wrong_setting_stops_the_start_in_a_sentence(stopped):
    refused = stopped.run("up", TIME_ZONE="Mars/Olympus")

    assert refused.returncode != 0
    assert refused.stderr.startswith("TIME_ZONE is 'Mars/Olympus': set it to")
    assert refused.stderr.count("\n") == 1


def test_a_reset_starts_from_nothing(running):
    checkout, before = running
    checkout.run("down")

    after = checkout.up("--reset")

    assert after["log_in"]["password"] != before["log_in"]["password"]
    assert logs_in(after["url"], **after["log_in"])


def test_the_detached_one_says_why_it_did_not_start(stopped):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = stopped.run("up", "--detach", "--port", str(taken.getsockname()[1]))

    assert refused.returncode != 0
    assert "is taken by another program" in refused.stderr


def test_it_listens_where_it_is_told(stopped):
    port = free_port()
    status = stopped.up("--host", "0.0.0.0", "--port", str(port))

    assert status["url"] == f"http://127.0.0.1:{port}"
    assert answers(f"{status['url']}/livez")
