"""Who is asking, and what they may do."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.exceptions import PermissionDenied

from crm.models import AgentKey, Membership, Role, Scope, Tenant
from record.actors import Actor, ActorKind


@dataclass(frozen=True, slots=True)
class Caller:
    """One authenticated request's credential: an agent's key (`scopes`, `clone_id`) or a person's token (`role`)."""

    tenant: Tenant
    actor: Actor
    credential_id: UUID
    scopes: frozenset[str] = frozenset()
    clone_id: UUID | None = None
    role: str | None = None
    person_id: int | None = None

    is_authenticated = True  # what REST framework's IsAuthenticated asks of request.user

    @property
    def is_person(self) -> bool:
        return self.actor.kind is ActorKind.PERSON


READERS = frozenset(Role.values)
INGESTERS = frozenset({Role.MANAGER.value, Role.OPERATOR.value})


def require_scope(caller: Caller, scope: str) -> None:
    """Refuse (403) a key without `scope`, and a person: only agents do this."""
    if scope not in caller.scopes:
        raise PermissionDenied(f"This needs an agent's key with the scope {scope}.")


def require_person(caller: Caller, roles: frozenset[str] = READERS) -> None:
    """Refuse (403) an agent's key, and a person whose role is not among `roles`."""
    if not caller.is_person:
        raise PermissionDenied("Only a person can do this, never an agent's key.")
    if caller.role not in roles:
        raise PermissionDenied(f"This needs the role {' or '.join(sorted(roles))}; yours is {caller.role}.")


def require_reader(caller: Caller) -> None:
    """Refuse (403) a key that may not read; every person of the tenant may."""
    if not caller.is_person:
        require_scope(caller, Scope.READ)


def require_ingest(caller: Caller) -> None:
    """Refuse (403) whoever may not write customer records: a key needs `ingest`, a person manager or operator."""
    if caller.is_person:
        require_person(caller, INGESTERS)
    else:
        require_scope(caller, Scope.INGEST)


def role_in(tenant_id: UUID, person_id: int) -> str | None:
    """The person's role, read afresh from the tenant in scope; None for strangers and people who were switched off."""
    return (
        Membership.objects.filter(tenant_id=tenant_id, person_id=person_id, person__is_active=True)
        .values_list("role", flat=True)
        .first()
    )


def actor_of(who: Any) -> Actor:
    """The actor behind a person, an agent's key, a Caller or an Actor. Raises TypeError for anything else."""
    if isinstance(who, Actor):
        return who
    if isinstance(who, Caller):
        return who.actor
    if isinstance(who, AgentKey):
        return Actor(ActorKind.KEY, str(who.pk), f"{who.label or 'agent key'} ({who})")
    if isinstance(who, AbstractBaseUser):
        return Actor(ActorKind.PERSON, str(who.pk), who.get_username())
    raise TypeError(f"an actor is a person, an agent's key or an Actor, not {type(who).__name__}")
