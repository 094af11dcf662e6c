"""Whose rights a connection has: never those that would see every tenant's rows."""

import os
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import override_settings

from autonomy_project import databases
from autonomy_project.environment import read
from autonomy_project.launch.places import APP_ROLE, OWNER_ROLE
from autonomy_project.launch.postgres import SUPERUSER

LIMITS = {"statement_timeout": "15s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "30s"}
KEY = "a-key-of-some-length-0123456789-abcdefgh"


@pytest.fixture
def superuser(database_urls):
    """The address of this test database as the cluster's superuser."""
    return database_urls.app.replace(f"{APP_ROLE}@", f"{SUPERUSER}@")


@pytest.fixture
def one_address(superuser):
    """The environment of an operator who gave one address only, a superuser's."""
    return read({"DATABASE_URL": superuser, "SECRET_KEY": KEY})


def asked(question, values=()):
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()


@pytest.mark.django_db
def test_the_application_is_the_app_role_which_has_no_powers():
    assert asked("SELECT current_user, session_user") == (APP_ROLE, APP_ROLE)
    assert asked("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == (False, False)
    assert asked("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), LIMITS.items())
def test_what_lasts_too_long_is_cut_off(name, value):
    assert asked("SELECT current_setting(%s)", [name]) == (value,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE crm_account DISABLE ROW LEVEL SECURITY",
        "DROP TABLE crm_account",
        "TRUNCATE crm_account",
        "UPDATE record_entry SET kind = 'x'",
        "DELETE FROM record_entry",
        "DELETE FROM django_migrations",
        f"SET ROLE {OWNER_ROLE}",
    ],
)
def test_the_app_role_may_not(statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        asked(statement)


@pytest.mark.django_db
def test_every_table_that_names_a_tenant_is_behind_row_level_security():
    unprotected = """
        SELECT array_agg(c.relname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND a.attname = 'tenant_id' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    """
    assert asked(unprotected) == (None,)


def test_the_tables_are_the_owners(owner_connection):
    with owner_connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchall() == [(OWNER_ROLE,)]


def test_two_addresses_are_two_roles():
    environment = settings.ENVIRONMENT

    assert databases.app_role(environment) == APP_ROLE
    assert not databases.shares_one_role(environment)


def test_one_address_means_that_the_app_role_is_taken_on(one_address):
    assert databases.shares_one_role(one_address)
    assert databases.app_role(one_address) == APP_ROLE


@pytest.mark.django_db(transaction=True)
def test_a_superusers_connection_lays_down_its_powers(superuser):
    fake = _Wrapper(superuser)
    with closing(fake.connection):
        databases.lay_down_powers(connection=fake)

        with fake.cursor() as cursor:
            cursor.execute("SELECT current_user, session_user")
            assert cursor.fetchone() == (APP_ROLE, SUPERUSER)


@pytest.mark.django_db(transaction=True)
def test_the_migrations_connection_keeps_them(superuser):
    fake = _Wrapper(superuser, IS_OWNER=True)
    with closing(fake.connection):
        databases.lay_down_powers(connection=fake)

        with fake.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (SUPERUSER,)


@pytest.mark.django_db(transaction=True)
def test_an_app_role_with_powers_is_refused(superuser):
    powerful = replace(settings.ENVIRONMENT, database_url=superuser)

    with override_settings(ENVIRONMENT=powerful), pytest.raises(CommandError, match="would see every tenant"):
        call_command("migrate", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_an_app_role_that_cannot_be_made_says_who_has_to(database_urls):
    missing = replace(settings.ENVIRONMENT, database_url=database_urls.app.replace(APP_ROLE, "nobody_yet"))

    with override_settings(ENVIRONMENT=missing), pytest.raises(CommandError, match="Have it made"):
        call_command("migrate", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_migrating_again_changes_nothing_and_leaves_us_the_app_role():
    call_command("migrate", verbosity=0)

    assert asked("SELECT current_user") == (APP_ROLE,)
    with pytest.raises(DatabaseError, match="permission denied"):
        asked("DELETE FROM record_entry")


class _Wrapper:
    """As much of a Django connection as the receiver needs."""

    def __init__(self, url, **settings_dict):
        self.settings_dict = settings_dict
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True

    def cursor(self):
        return self.connection.cursor()


def test_each_process_of_a_run_has_a_database_of_its_own():
    worker = os.environ.get("PYTEST_XDIST_WORKER")

    assert settings.DATABASES["default"]["NAME"] == (f"autonomy_test_{worker}" if worker else "autonomy_test")
