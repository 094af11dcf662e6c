"""`migrate`, as the role that owns the tables; afterwards the app role may use them and do nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from autonomy_project import databases

# What the app role may not change, whatever the default grants say: the record, and the list of migrations.
WRITABLE_BY_OWNER_ONLY = {
    "record_entry": "UPDATE, DELETE, TRUNCATE",
    "django_migrations": "INSERT, UPDATE, DELETE, TRUNCATE",
}


class Command(migrate.Command):
    """Django's migrate with the owner's address, between the grants that make the app role what it is."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. Raises CommandError when the owner's role cannot do what is needed."""
        only_shows = options["plan"] or options["check_unapplied"]
        with _as_owner(connection):
            if not only_shows:
                _prepare_app_role()
            super().handle(*args, **options)
            if not only_shows:
                _grant_and_revoke()


@contextmanager
def _as_owner(wrapper: BaseDatabaseWrapper) -> Iterator[None]:
    """Let the default connection be the owner's for a while."""
    before = wrapper.settings_dict
    wrapper.close()
    owner = {**before, **databases.as_owner(settings.ENVIRONMENT)}
    wrapper.settings_dict = owner
    try:
        yield
    finally:
        wrapper.close()
        wrapper.settings_dict = before


def _prepare_app_role() -> None:
    """Make sure the app role is there and weak, and that tables made from now on are open to it."""
    role = databases.app_role(settings.ENVIRONMENT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is not None and found[0]:
            raise CommandError(
                f"The role {role} is a superuser or bypasses row-level security, so it would see every tenant."
                " Set DATABASE_URL to a plain role and DATABASE_OWNER_URL to the role that owns the database."
            )
        _try(cursor, role, _missing(cursor, role, is_there=found is not None))
        for statement in _default_privileges(connection.ops.quote_name(role)):
            cursor.execute(statement)


def _missing(cursor: Any, role: str, *, is_there: bool) -> list[tuple[str, list[Any]]]:
    """The statements, with their values, that make the app role what it must be."""
    name = connection.ops.quote_name(role)
    create = f"CREATE ROLE {name} NOSUPERUSER NOBYPASSRLS"
    if not databases.shares_one_role(settings.ENVIRONMENT):
        password = settings.DATABASES["default"].get("PASSWORD") or None
        return [] if is_there else [(f"{create} LOGIN PASSWORD %s", [password])]
    statements: list[tuple[str, list[Any]]] = [] if is_there else [(f"{create} NOLOGIN", [])]
    if not is_there or not _may_take_on(cursor, role):
        statements.append((f"GRANT {name} TO CURRENT_USER WITH SET TRUE", []))
    return statements


def _may_take_on(cursor: Any, role: str) -> bool:
    cursor.execute("SELECT pg_has_role(%s, 'SET')", [role])
    return bool(cursor.fetchone()[0])


def _try(cursor: Any, role: str, statements: list[tuple[str, list[Any]]]) -> None:
    try:
        for statement, values in statements:
            cursor.execute(statement, values)
    except DatabaseError as error:
        raise CommandError(
            f"The role {role}, as which Autonomy reads and writes, cannot be made or taken on: {error}"
            f" Have it made (CREATE ROLE {role} LOGIN PASSWORD '...'), set DATABASE_URL to it"
            " and DATABASE_OWNER_URL to the role that owns the database."
        ) from error


def _default_privileges(role: str) -> list[str]:
    give = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT"
    return [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"{give} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        f"{give} USAGE, SELECT ON SEQUENCES TO {role}",
        f"{give} EXECUTE ON FUNCTIONS TO {role}",
    ]


def _grant_and_revoke() -> None:
    """Open what is there to the app role, then take back what only the owner may change. Harmless when repeated."""
    role = connection.ops.quote_name(databases.app_role(settings.ENVIRONMENT))
    there = set(connection.introspection.table_names())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}")
        for table in sorted(there & WRITABLE_BY_OWNER_ONLY.keys()):
            cursor.execute(f"REVOKE {WRITABLE_BY_OWNER_ONLY[table]} ON {table} FROM {role}")
