"""The embedded PostgreSQL and Valkey: private, and back after any end."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from autonomy_project.launch import places
from autonomy_project.launch.places import APP_ROLE, OWNER_ROLE
from autonomy_project.launch.postgres import UNSAFE_BUT_QUICK
from autonomy_project.launch.servers import ServerFailed, Servers
from tests.launch.processes import is_alive, standing_in, until


@pytest.fixture(scope="module")
def folder():
    made = Path(tempfile.mkdtemp(prefix="autonomy-servers-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def servers(folder):
    made = Servers(folder, tuning=UNSAFE_BUT_QUICK)
    made.start(subprocess.DEVNULL)
    yield made
    made.stop()


def ask(servers, role, question):
    address = servers.postgres.url(role=role, name="autonomy")
    with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()


def test_the_owner_owns_the_database_and_neither_role_has_powers(servers):
    question = "SELECT bool_or(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb), count(*) FROM pg_roles"
    assert ask(servers, APP_ROLE, f"{question} WHERE rolname LIKE 'autonomy%'") == (False, 2)
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'autonomy'"
    assert ask(servers, APP_ROLE, owner) == (OWNER_ROLE,)


def test_the_app_role_can_make_nothing(servers):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(servers, APP_ROLE, "CREATE TABLE mine (id int)")


def test_nobody_else_may_enter_their_folders(servers):
    for place in (servers.data, servers.sockets, servers.postgres.data):
        assert place.stat().st_mode & 0o077 == 0


def test_no_port_is_open(servers):
    assert ask(servers, APP_ROLE, "SHOW listen_addresses") == ("",)


def test_texts_are_sorted_alike_on_every_machine(servers):
    assert ask(servers, APP_ROLE, "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b','A','a','B']) x") == (
        "ABab",
    )


def test_what_was_written_is_there_after_a_stop_and_a_start(servers):
    ask(servers, OWNER_ROLE, "CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1")
    servers.stop()
    servers.start(subprocess.DEVNULL)

    assert ask(servers, OWNER_ROLE, "SELECT answer FROM kept") == (42,)


def test_a_killed_server_leaves_files_that_the_next_one_starts_from(servers):
    for server in servers.all:
        assert server.child is not None
        server.child.kill()
        server.child.wait()
    assert (servers.postgres.data / "postmaster.pid").exists()
    assert (servers.sockets / "valkey.sock").exists()

    servers.start(subprocess.DEVNULL)

    assert ask(servers, APP_ROLE, "SELECT 1") == (1,)


def test_a_pid_file_whose_number_went_to_another_program_is_not_believed(servers):
    servers.stop()
    (servers.postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{servers.postgres.data}\n")

    servers.start(subprocess.DEVNULL)

    assert ask(servers, APP_ROLE, "SELECT 1") == (1,)


def test_a_server_that_outlived_its_parent_is_ended_first(servers):
    assert servers.postgres.child is not None
    old = servers.postgres.child.pid
    again = Servers(servers.data, tuning=UNSAFE_BUT_QUICK, valkey=False)
    again.start(subprocess.DEVNULL)
    try:
        until(lambda: servers.postgres.child.poll() is not None, within=5)
        assert not is_alive(old)
        assert ask(again, APP_ROLE, "SELECT 1") == (1,)
    finally:
        again.stop()


def test_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    strange = Servers(tmp_path / "data", valkey=False)
    strange.make_folders()
    monkeypatch.setattr("autonomy_project.launch.servers.os.geteuid", lambda: 4242)
    strange.account = None

    with pytest.raises(ServerFailed, match="belongs to somebody else"):
        strange.make_folders()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_after_a_stop_nothing_is_left_running(servers):
    assert standing_in(servers.postgres.data)

    servers.stop()

    assert not standing_in(servers.postgres.data)
    assert servers.valkey.child is not None
    assert servers.valkey.child.returncode in (0, -signal.SIGTERM)


def test_a_long_path_gets_its_sockets_where_the_kernel_takes_them():
    deep = Path("/var/data") / ("x" * 100)

    short = places.socket_folder(deep)

    assert len(str(short / ".s.PGSQL.5432.lock")) < 107
    assert short != places.socket_folder(deep / "other")
    assert places.socket_folder(Path("/srv/a")) == Path("/srv/a/sockets")
