"""A real PostgreSQL and Valkey for every test run, and a database for every process of it.

The pytest controller starts the two servers in a folder of its own, so runs do not meet. It migrates one database as
the owner; each xdist worker takes a copy. Tests connect as the app role: row-level security and privileges are real.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import psycopg2
import pytest
from django.conf import settings
from django.test import TransactionTestCase
from pytest_django.plugin import blocking_manager_key

from autonomy_project.launch import chromium
from autonomy_project.launch.places import OWNER_ROLE, broker_url, database_url, socket_folder
from autonomy_project.launch.postgres import UNSAFE_BUT_QUICK, Postgres
from autonomy_project.launch.servers import Servers

MIGRATED = "autonomy_test"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
DATABASE = f"{MIGRATED}_{WORKER}" if WORKER else MIGRATED
FOLDER = Path(os.environ["AUTONOMY_TEST_FOLDER"] if WORKER else tempfile.mkdtemp(prefix="autonomy-test-"))
SOCKETS = socket_folder(FOLDER)
KEPT_BY_A_FLUSH = ("django_migrations", "django_content_type", "auth_permission")
OF_THE_OPERATOR = (
    *("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DEBUG", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "CHAT_WEBHOOK_URL"),
    *("ALLOW_PRIVATE_ADDRESSES", "LLM_URL", "LLM_API_KEY", "LLM_MODEL", "LOG_FORMAT", "TIME_ZONE"),
    "HASHED_STATIC_FILES",
)


@dataclass(frozen=True)
class DatabaseUrls:
    """The addresses of this process's test database."""

    app: str
    owner: str


URLS = DatabaseUrls(database_url(SOCKETS, name=DATABASE), database_url(SOCKETS, role=OWNER_ROLE, name=DATABASE))

# Before Django reads its settings; the addresses are known although the servers start later. An empty value counts as
# unset and hides the same name in a developer's .env.
os.environ.update(dict.fromkeys(OF_THE_OPERATOR, ""))
os.environ.update(
    DJANGO_SETTINGS_MODULE="autonomy_project.settings",
    AUTONOMY_TEST_FOLDER=str(FOLDER),
    DATABASE_URL=URLS.app,
    DATABASE_OWNER_URL=URLS.owner,
    BROKER_URL=broker_url(SOCKETS),
    SECRET_KEY="for-tests-only-and-for-nothing-else-0123456789",
)
django.setup()
# xdist's workers inherit this environment; with this name in it pytest-django would load their settings before the
# lines above, with the controller's addresses, and all workers would share one database.
del os.environ["DJANGO_SETTINGS_MODULE"]
if settings.DATABASES["default"]["NAME"] != DATABASE:
    raise pytest.UsageError("Django's settings were loaded too early: unset DJANGO_SETTINGS_MODULE, the tests set it.")


class TestServers:
    """The servers of this run. Started once, by the controller: eagerly for xdist, else when a test first asks."""

    __test__ = False

    def __init__(self) -> None:
        self.servers = Servers(FOLDER, tuning=UNSAFE_BUT_QUICK)
        self.is_running = bool(WORKER)

    def start(self) -> None:
        """Start them and migrate the database, unless that has been done."""
        if self.is_running:
            return
        with (FOLDER.parent / f"{FOLDER.name}.log").open("wb") as log:
            self.servers.start(log)
        self.servers.postgres.create_database(MIGRATED)
        _migrate()
        self.is_running = True

    def stop(self) -> None:
        """Stop them and remove all they wrote. (A worker leaves that to the controller.)"""
        if WORKER:
            return
        self.servers.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
        (FOLDER.parent / f"{FOLDER.name}.log").unlink(missing_ok=True)


SERVERS = TestServers()


def pytest_configure(config: pytest.Config) -> None:
    """Hash passwords quickly: their strength is Django's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """With xdist, have everything ready before the workers start."""
    if not WORKER and getattr(session.config.option, "tx", None) and not session.config.option.collectonly:
        with session.config.stash[blocking_manager_key].unblock():
            SERVERS.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    SERVERS.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's: this process's database is there, migrated by the owner, and we are the app role."""
    with django_db_blocker.unblock():
        SERVERS.start()
        if WORKER:
            Postgres(FOLDER / "postgres", sockets=SOCKETS, account=None).create_database(DATABASE, template=MIGRATED)
    yield
    with django_db_blocker.unblock():
        django.db.connections.close_all()


@pytest.fixture(scope="session")
def database_urls(django_db_setup: None) -> DatabaseUrls:
    """The addresses of this process's test database, as the app role and as the owner."""
    return URLS


@pytest.fixture(scope="session")
def owner_connection(database_urls: DatabaseUrls) -> Iterator[Any]:
    """A psycopg2 connection as the owner role, in autocommit."""
    with closing(psycopg2.connect(database_urls.owner)) as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture(scope="session")
def broker(django_db_setup: None) -> str:
    """The address of a running Valkey (the settings name the same one)."""
    return broker_url(SOCKETS)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of a Chromium. Skips where there is none; `manage.py test --full` installs it where it can."""
    found = chromium.find()
    if found is None:
        pytest.skip(chromium.HOW_TO_GET_IT)
    return found


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()  # a database in use cannot be copied


def _flush(_: TransactionTestCase) -> None:
    """Empty what a transactional test filled, as the owner: the app role may not truncate, the record refuses all."""
    with closing(psycopg2.connect(URLS.owner)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND pg_relation_size(oid) > 0 AND relname <> ALL(%s)",
            [list(KEPT_BY_A_FLUSH)],
        )
        filled = [row[0] for row in cursor.fetchall()]
        if filled:
            with _truncate_triggers_off(cursor):
                cursor.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")


@contextmanager
def _truncate_triggers_off(cursor: Any) -> Iterator[None]:
    """Switch off the triggers that refuse a TRUNCATE, and put each back as it was."""
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 = 32"
    )
    found = cursor.fetchall()
    for table, name, _ in found:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    yield
    for table, name, enabled in found:
        how = {"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA", "O": "ENABLE", "D": "DISABLE"}[enabled]
        cursor.execute(f"ALTER TABLE {table} {how} TRIGGER {name}")


TransactionTestCase._fixture_teardown = _flush  # type: ignore[attr-defined]
