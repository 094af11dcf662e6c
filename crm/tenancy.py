"""The one door to a tenant's rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from crm.models import Tenant


def current_tenant_id() -> UUID | None:
    """The tenant this thread's connection is scoped to, or None."""
    return getattr(connection, "scoped_tenant_id", None)


@contextmanager
def tenant_scope(tenant: Tenant | UUID | str) -> Iterator[UUID]:
    """Open a transaction in which `tenant` (a Tenant, its id, or its slug) is what row-level security lets through.

    Nested in the same tenant it costs nothing and joins the transaction that is open. Yields the tenant's id.

    Raises RuntimeError inside another tenant's scope, Tenant.DoesNotExist for an unknown slug.
    """
    tenant_id = _id_of(tenant)
    if current_tenant_id() == tenant_id:
        yield tenant_id
        return
    if current_tenant_id() is not None:
        raise RuntimeError("a tenant's scope cannot be entered inside another tenant's")
    joins_a_transaction = connection.in_atomic_block
    with _all_or_nothing():
        _set_tenant(str(tenant_id))
        connection.scoped_tenant_id = tenant_id  # type: ignore[attr-defined]
        try:
            yield tenant_id
        finally:
            connection.scoped_tenant_id = None  # type: ignore[attr-defined]
            if joins_a_transaction and not connection.needs_rollback:
                _set_tenant("")  # the setting would outlive the savepoint


@contextmanager
def unit_of_work(tenant: Tenant | UUID | str) -> Iterator[UUID]:
    """A tenant's scope whose changes are kept or undone together, also where a caller goes on after the refusal.

    An exception with a true `keeps_changes` is a refusal that wrote something down: it is raised after the changes are kept.
    """
    with tenant_scope(tenant) as tenant_id, _all_or_nothing():
        yield tenant_id


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    refusal = None
    with transaction.atomic():
        try:
            yield
        except Exception as error:
            if not getattr(error, "keeps_changes", False):
                raise
            refusal = error
    if refusal is not None:
        raise refusal


def _set_tenant(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [value])


def _id_of(tenant: Any) -> UUID:
    if isinstance(tenant, Tenant):
        return tenant.pk
    if isinstance(tenant, UUID):
        return tenant
    return Tenant.objects.values_list("pk", flat=True).get(slug=tenant)
