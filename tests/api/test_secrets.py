"""A key's secret is shown once, when it is issued: afterwards it is in no log, no answer and no table."""

from typing import Any

import pytest
from django.db import connection

from crm.tenancy import tenant_scope
from tests.api.callers import caller, follow_up
from tests.cast import Company


def everything_stored(company: Company) -> str:
    """All rows of all tables that the tenant may see, as text."""
    with tenant_scope(company.tenant), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        tables = [row[0] for row in cursor.fetchall()]
        rows: list[Any] = []
        for table in tables:
            cursor.execute(f"SELECT row_to_json(kept)::text FROM {table} kept")
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows)


def test_no_secret_is_found_anywhere_after_use_and_misuse(acme: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = acme.token_of(acme.manager)
    answers = []
    for bearer in (acme.bearer, token, acme.bearer + "x", acme.bearer.replace("aut_", "autp_")):
        who = caller(bearer, patient=True)
        answers += [
            who.get("actions/"),
            who.post("actions/", follow_up(), Idempotency_Key="one"),
            who.post("actions/", b"{"),
            who.get("nothing/"),
            who.get("approvals/"),
        ]
    told = "\n".join(answer.content.decode() + str(answer.headers) for answer in answers)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records if is_ours(record))
    stored = everything_stored(acme)
    for bearer in (acme.bearer, token):
        secret = bearer[-43:]
        assert secret not in told
        assert secret not in stored
        assert secret not in logged
    assert acme.bearer[4:12] in stored  # the prefix is what finds it


def is_ours(record: Any) -> bool:
    """Not the debug log of SQL, which is off wherever DEBUG is."""
    return not record.name.startswith("django.db")
