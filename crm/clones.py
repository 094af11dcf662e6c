"""Clones made by hand. Those of an export come with its import."""

from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor


def find_or_make_clone(*, tenant: Tenant, name: str, actor: Actor) -> Clone:
    """The tenant's clone with this name, made where it is new. Raises django's ValidationError for a name that is none."""
    with tenant_scope(tenant):
        found = Clone.objects.filter(name=name).first()
        if found is not None:
            return found
        clone = Clone(tenant=tenant, name=name)
        clone.full_clean()
        clone.save(force_insert=True)
        journal.write(tenant_id=tenant.pk, kind="clone.created", subject=("clone", clone.pk), actor=actor)
    return clone
