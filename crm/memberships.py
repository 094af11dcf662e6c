"""Where a person belongs: asked before a tenant is chosen, so outside every tenant's scope."""

from django.db import connection

from crm.models import Tenant


def tenants_of(person_id: int) -> list[Tenant]:
    """The tenants the person is a member of, by slug."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM crm_memberships_of(%s)", [person_id])
        ids = [row[0] for row in cursor.fetchall()]
    return list(Tenant.objects.filter(pk__in=ids).order_by("slug"))
