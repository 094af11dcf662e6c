"""The record cannot be changed, by nobody the application knows."""

import pytest
from django.db import DatabaseError, connection, transaction

from crm.tenancy import tenant_scope
from record.models import Entry
from tests.cast import Company, company

STATEMENTS = ("UPDATE record_entry SET kind = 'x'", "DELETE FROM record_entry", "TRUNCATE record_entry")


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_app_role_may_not_change_the_record(acme: Company, statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="permission denied")
    with tenant_scope(acme.tenant), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_nor_may_the_owner(owner_connection, statement: str) -> None:
    acme = company("acme")
    with owner_connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false)", [str(acme.tenant.pk)])
        with pytest.raises(Exception, match="append-only"):
            cursor.execute(statement)


def test_every_entry_carries_the_hash_of_every_other_column(acme: Company) -> None:
    columns = {field.attname for field in Entry._meta.concrete_fields}
    with tenant_scope(acme.tenant):
        entries = list(Entry.objects.all())
    assert entries
    for entry in entries:
        assert set(entry.covered()) == columns - {"hash"}
        assert entry.hash == entry.computed_hash()


@pytest.mark.parametrize("column", sorted({f.attname for f in Entry._meta.concrete_fields} - {"hash"}))
def test_a_change_of_any_single_column_shows(acme: Company, column: str) -> None:
    with tenant_scope(acme.tenant):
        entry = Entry.objects.first()
    assert entry is not None
    before = getattr(entry, column)
    setattr(entry, column, {"changed": True} if column == "facts" else _another(before))
    assert entry.hash != entry.computed_hash()


def _another(value: object) -> object:
    if isinstance(value, str):
        return value + "x"
    from datetime import datetime, timedelta
    from uuid import uuid4

    return value + timedelta(microseconds=1) if isinstance(value, datetime) else uuid4()


def test_without_its_record_a_change_does_not_happen(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    action = acme.propose_proposal()

    def refuse(*_: object, **__: object) -> None:
        raise DatabaseError("the record is full")

    monkeypatch.setattr(Entry.objects, "bulk_create", refuse)
    with pytest.raises(DatabaseError, match="full"):
        acme.approve(action)
    assert acme.read(action).status == "pending"
