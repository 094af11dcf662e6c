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


@dataclass(frozen=True, slots=True)
class Desk:
    """What there is to know of somebody who sits down at the console: their posts by the tenant's name, the locale they
    chose ("" for none), and the id of the device their log-in asks for a code of (None for none)."""

    posts: tuple[Post, ...]
    locale: str = ""
    device_id: int | None = None

    @property
    def needs_a_device(self) -> bool:
        """One of their companies wants two factors of everybody, and they have one: a log-in opens all its companies."""
        return self.device_id is None and any(post.tenant.requires_two_factor for post in self.posts)


def posts_of(person_id: int) -> tuple[Post, ...]:
    """Every post of a person, by the tenant's name; one query."""
    return desk_of(person_id).posts


def desk_of(person_id: int) -> Desk:
    """The desk of a person; one query. Who has no post has no settings either."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [person_id])
        rows = cursor.fetchall()
    posts = tuple(
        Post(
            Tenant(id=key, slug=slug, name=name, time_zone=zone, currency=currency, requires_two_factor=required), role
        )
        for key, slug, name, zone, currency, required, role, *_ in rows
    )
    return Desk(posts, locale=rows[0][-2] or "", device_id=rows[0][-1]) if rows else Desk(posts)


_SQL = """
    SELECT t.id, t.slug, t.name, t.time_zone, t.currency, t.requires_two_factor, m.role, s.locale,
        (SELECT max(d.id) FROM otp_totp_totpdevice d WHERE d.user_id = m.person_id AND d.confirmed)
    FROM crm_memberships_of(%s) m JOIN crm_tenant t ON t.id = m.tenant_id
        LEFT JOIN crm_personsettings s ON s.person_id = m.person_id
    ORDER BY t.name, t.id"""
