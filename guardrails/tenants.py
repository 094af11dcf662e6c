"""A tenant begins with its policy: without the policy row nothing may start."""

from django.db import transaction

from crm.models import Tenant
from crm.tenancy import tenant_scope
from guardrails.models import Policy
from record import journal
from record.actors import Actor


@transaction.atomic
def create_tenant(*, slug: str, actor: Actor, name: str = "", time_zone: str = "UTC", currency: str = "USD") -> Tenant:
    """Make a tenant and its policy. Raises django's ValidationError naming the field that does not fit."""
    tenant = Tenant(slug=slug, name=name or slug, time_zone=time_zone, currency=currency)
    tenant.full_clean()
    tenant.save(force_insert=True)
    with tenant_scope(tenant):
        Policy.objects.create(tenant=tenant)
        journal.write(
            tenant_id=tenant.pk, kind="tenant.created", subject=("tenant", tenant.pk), actor=actor, facts={"slug": slug}
        )
    return tenant
