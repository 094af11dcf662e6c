"""The posts a person holds: in which tenants, and as what. Asked before a tenant is chosen, so outside every scope."""

from dataclasses import dataclass

from django.db import connection

from crm.models import Role, Tenant


@dataclass(frozen=True, slots=True)
class Post:
    """A tenant somebody belongs to, and their role there."""

    tenant: Tenant
    role: str

    @property
    def role_in_words(self) -> str:
        return Role(self.role).label


def posts_of(person_id: int) -> tuple[Post, ...]:
    """Every post of a person, by the tenant's name; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [person_id])
        rows = cursor.fetchall()
    return tuple(
        Post(Tenant(id=key, slug=slug, name=name, time_zone=zone, currency=currency), role)
        for key, slug, name, zone, currency, role in rows
    )


_SQL = """
    SELECT t.id, t.slug, t.name, t.time_zone, t.currency, m.role
    FROM crm_memberships_of(%s) m JOIN crm_tenant t ON t.id = m.tenant_id
    ORDER BY t.name, t.id"""
