"""How a database address becomes a Django connection, and whose rights that connection has."""

from typing import Any, cast
from urllib.parse import unquote, urlsplit

import dj_database_url

from autonomy_project.environment import Environment
from autonomy_project.launch.places import APP_ROLE

# A query, a lock or an idle transaction that lasts longer is a fault; it must not hold up everybody else.
_APP_LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
}
_OWNER_LIMITS = {"lock_timeout": "10s"}  # a migration may take its time, but not stand in front of the web

# One statement: a role that owns the tables or may pass over row-level security takes on the app role instead.
_LAY_DOWN_POWERS = """
    SELECT set_config('role', %(app)s, false)
    FROM pg_roles AS me
    WHERE me.rolname = session_user
      AND (me.rolsuper OR me.rolbypassrls OR EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass('public.record_entry') AND relowner = me.oid))
      AND EXISTS (SELECT FROM pg_roles WHERE rolname = %(app)s)
"""


def as_app(environment: Environment) -> dict[str, Any]:
    """The DATABASES entry of the web, the workers and the commands."""
    return _described(environment.database_url, _APP_LIMITS)


def as_owner(environment: Environment) -> dict[str, Any]:
    """The DATABASES entry of the owner role, for migrations only."""
    return {**_described(environment.database_owner_url, _OWNER_LIMITS), "IS_OWNER": True}


def shares_one_role(environment: Environment) -> bool:
    """Whether one role is all we were given (DATABASE_OWNER_URL unset, or the same)."""
    return _user(environment.database_url) == _user(environment.database_owner_url) != APP_ROLE


def app_role(environment: Environment) -> str:
    """The role whose rights web, workers and commands have: DATABASE_URL's, unless that is the owner as well."""
    return APP_ROLE if shares_one_role(environment) else _user(environment.database_url)


def lay_down_powers(*, connection: Any, **_: Any) -> None:
    """A receiver of `connection_created`, for when one role is all we have: it must not see every tenant's rows."""
    if not connection.settings_dict.get("IS_OWNER"):
        with connection.cursor() as cursor:
            cursor.execute(_LAY_DOWN_POWERS, {"app": APP_ROLE})


def _described(url: str, session: dict[str, str]) -> dict[str, Any]:
    entry = cast(dict[str, Any], dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    given = entry.setdefault("OPTIONS", {})
    ours = " ".join(f"-c {name}={value}" for name, value in session.items())
    given["options"] = f"{given.get('options', '')} {ours}".strip()
    return entry


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "")
