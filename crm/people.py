"""People: who belongs to a tenant, and as what."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from crm.models import Membership, Role, Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor


@dataclass(frozen=True, slots=True)
class NewMember:
    """`password` is None for a person who existed before and only gained a membership."""

    person: User
    password: str | None


@transaction.atomic
def add_person(
    *, tenant: Tenant, username: str, role: str, actor: Actor, email: str = "", password: str | None = None
) -> NewMember:
    """Make `username` a member of `tenant` in `role`, making the person where they are new.

    A person who exists keeps their password and e-mail address. Raises ValueError for an unknown role or a second role in
    the tenant, and django's ValidationError for a user name, address or password that does not fit.
    """
    if role not in Role.values:
        raise ValueError(f"role: {role!r}; choose from {', '.join(Role.values)}.")
    person = User.objects.filter(username=username).first()
    made_password = None
    if person is None:
        person, made_password = _new_person(username=username, email=email, password=password)
    with tenant_scope(tenant):
        _join(tenant, person, role, actor)
    return NewMember(person, made_password)


def change_role(membership: Membership, *, role: str, actor: Actor) -> None:
    """Give a member another role; the old one ends with it. Raises ValueError for an unknown role."""
    if role not in Role.values:
        raise ValueError(f"role: {role!r}; choose from {', '.join(Role.values)}.")
    with tenant_scope(membership.tenant_id):
        before = Membership.objects.select_for_update().get(pk=membership.pk).role
        Membership.objects.filter(pk=membership.pk).update(role=role)
        _record(membership, "member.role_changed", actor, was=before, role=role)


def remove_person(membership: Membership, *, actor: Actor) -> None:
    """End a membership. What the person decided stays in the record."""
    with tenant_scope(membership.tenant_id):
        _record(membership, "member.removed", actor, role=membership.role)
        membership.delete()


def _new_person(*, username: str, email: str, password: str | None) -> tuple[User, str]:
    made_password = password or secrets.token_urlsafe(12)
    person = User(username=username, email=email, is_staff=True)
    if password:
        validate_password(password, person)
    person.set_password(made_password)
    person.full_clean()
    person.save()
    return person, made_password


def _join(tenant: Tenant, person: User, role: str, actor: Actor) -> None:
    existing = Membership.objects.filter(tenant=tenant, person=person).first()
    if existing and existing.role != role:
        raise ValueError(
            f"role: {person} is {existing.role} of {tenant.slug} already; a person has one role in a tenant."
        )
    if existing is None:
        membership = Membership.objects.create(tenant=tenant, person=person, role=role)
        _record(membership, "member.added", actor, role=role)


def _record(membership: Membership, kind: str, actor: Actor, **facts: str) -> None:
    journal.write(
        tenant_id=membership.tenant_id,
        kind=kind,
        subject=("person", membership.person_id),
        actor=actor,
        facts=facts,
    )
