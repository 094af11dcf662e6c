"""One tenant at a time: what happens to a query outside a scope, in another's, and to the setting afterwards."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from crm.models import Account, Tenant
from crm.tenancy import current_tenant_id, tenant_scope, unit_of_work
from engine.errors import Conflict
from tests.cast import Company, company


def tenant_tables() -> list[type]:
    """Every model with a tenant column, from the models themselves: a new table without a fence fails here."""
    fields = ("tenant_id",)
    return [model for model in apps.get_models() if any(hasattr(model, field) for field in fields)]


@pytest.mark.parametrize("model", tenant_tables(), ids=lambda model: model._meta.label)
def test_every_table_of_a_tenant_is_fenced_whoever_asks(owner_connection, model: type) -> None:
    with owner_connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [model._meta.db_table]
        )
        assert cursor.fetchone() == (True, True)


def test_a_query_outside_a_scope_fails(acme: Company) -> None:
    with pytest.raises(DatabaseError, match="tenant_scope"), transaction.atomic():
        Account.objects.count()


def test_a_write_outside_a_scope_fails(acme: Company) -> None:
    with pytest.raises(DatabaseError, match="tenant_scope"), transaction.atomic():
        Account.objects.create(tenant=acme.tenant, external_id="X", name="X")


def test_a_forgotten_filter_still_shows_one_tenant(acme: Company, rival: Company) -> None:
    with tenant_scope(acme.tenant):
        assert {account.tenant_id for account in Account.objects.all()} == {acme.tenant.pk}


def test_nothing_can_be_written_into_another_tenant(acme: Company, rival: Company) -> None:
    with tenant_scope(acme.tenant), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Account.objects.create(tenant=rival.tenant, external_id="X", name="X")


def test_another_tenants_scope_cannot_be_entered_inside(acme: Company, rival: Company) -> None:
    with tenant_scope(acme.tenant), pytest.raises(RuntimeError), tenant_scope(rival.tenant):
        pass


@pytest.mark.parametrize("by", ["object", "id", "slug"])
def test_a_tenant_is_named_in_three_ways(acme: Company, by: str) -> None:
    named = {"object": acme.tenant, "id": acme.tenant.pk, "slug": acme.tenant.slug}[by]
    with tenant_scope(named) as tenant_id:
        assert tenant_id == current_tenant_id() == acme.tenant.pk
    assert current_tenant_id() is None


def test_an_unknown_slug_is_no_tenant(db: None) -> None:
    with pytest.raises(Tenant.DoesNotExist), tenant_scope("nobody"):
        pass


@pytest.mark.django_db(transaction=True)
def test_the_scope_ends_with_its_transaction_on_a_connection_that_lives_on() -> None:
    acme = company("acme")
    with tenant_scope(acme.tenant):
        assert Account.objects.count() == 1
    with pytest.raises(DatabaseError, match="tenant_scope"):
        Account.objects.count()


def test_a_refusal_that_wrote_something_down_keeps_it(acme: Company) -> None:
    def rename_and_refuse(name: str, *, keeps_changes: bool) -> None:
        with unit_of_work(acme.tenant):
            Account.objects.filter(pk=acme.account.pk).update(name=name)
            raise Conflict("look again", keeps_changes=keeps_changes)

    for name, keeps_changes in (("Kept", True), ("Undone", False)):
        with pytest.raises(Conflict):
            rename_and_refuse(name, keeps_changes=keeps_changes)
    with tenant_scope(acme.tenant):
        assert Account.objects.get().name == "Kept"


def test_the_app_role_owns_nothing_and_cannot_step_round_the_fence(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
