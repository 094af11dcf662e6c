"""Keys and tokens: issued once, kept as a hash, found by their prefix.

`aut_<8>_<secret>` is an agent's key, `autp_<8>_<secret>` a person's token. The secret has 256 random bits, so one SHA-256
is enough to keep it; a slow password hash would buy nothing and cost every request.
"""

import hashlib
import hmac
import re
import secrets
import string
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from crm.access import Caller
from crm.models import AgentKey, Clone, Credential, PersonToken, Scope, Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor, ActorKind

_BEARER = re.compile(r"(autp?)_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_PREFIX_LETTERS = string.ascii_lowercase + string.digits


class InvalidKey(Exception):
    """The key is malformed, unknown, expired or revoked."""


def issue_agent_key(
    *,
    tenant: Tenant,
    clone: Clone | None,
    scopes: list[str],
    actor: Actor,
    label: str = "",
    expires_at: datetime | None = None,
) -> tuple[AgentKey, str]:
    """Make a key and return it with its text, which is shown once. Raises ValueError for scopes that do not fit."""
    check_scopes(scopes, clone)
    prefix, secret = _new_secret()
    with tenant_scope(tenant):
        key = AgentKey.objects.create(
            tenant=tenant,
            clone=clone,
            scopes=sorted(set(scopes)),
            prefix=prefix,
            secret_hash=_hash(secret),
            label=label,
            issued_by=actor.label,
            expires_at=expires_at,
        )
        _record(key, "key.issued", actor, scopes=key.scopes, clone=str(clone.pk) if clone else None)
    return key, f"aut_{prefix}_{secret}"


def issue_person_token(
    *, tenant: Tenant, person: User, actor: Actor, label: str = "", expires_at: datetime | None = None
) -> tuple[PersonToken, str]:
    """Make a person's token for one tenant and return it with its text, which is shown once."""
    prefix, secret = _new_secret()
    with tenant_scope(tenant):
        token = PersonToken.objects.create(
            tenant=tenant,
            person=person,
            prefix=prefix,
            secret_hash=_hash(secret),
            label=label,
            issued_by=actor.label,
            expires_at=expires_at,
        )
        _record(token, "token.issued", actor, person=person.pk)
    return token, f"autp_{prefix}_{secret}"


def revoke(credential: Credential, *, actor: Actor) -> bool:
    """Make a key or token useless from now on. Returns False where it was revoked before."""
    with tenant_scope(credential.tenant_id):
        moved = (
            type(credential)
            ._default_manager.filter(pk=credential.pk, revoked_at=None)
            .update(revoked_at=timezone.now())
        )
        if moved:
            _record(credential, "key.revoked", actor)
    return bool(moved)


def check_scopes(scopes: list[str], clone: Clone | None) -> None:
    """Raise ValueError, saying what to do, for an unknown scope or a mix that no key may have."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise ValueError(f"scopes: {', '.join(unknown) or 'none given'}; choose from {', '.join(Scope.values)}.")
    if Scope.INGEST in scopes and (clone or len(set(scopes)) > 1):
        raise ValueError("scopes: ingest stands alone and takes no clone; make a key of its own for it.")
    if Scope.INGEST not in scopes and clone is None:
        raise ValueError("clone: a key that proposes, reads or reports belongs to a clone.")


def find_caller(bearer: str) -> Caller:
    """The caller a bearer text stands for, by one query. Raises InvalidKey; never says which part was wrong."""
    match = _BEARER.fullmatch(bearer)
    if match is None:
        raise InvalidKey
    kind, prefix, secret = match.groups()
    row = _row(_FIND_KEY if kind == "aut" else _FIND_TOKEN, prefix)
    if row is None or not hmac.compare_digest(row["secret_hash"], _hash(secret)):
        raise InvalidKey
    return _caller_of_key(row) if kind == "aut" else _caller_of_token(row)


_TENANT = "t.id AS tenant_id, t.slug, t.name, t.time_zone, t.currency"
_FIND_KEY = f"""
    SELECT k.id, k.secret_hash, k.scopes, k.clone_id, k.label, {_TENANT}
    FROM crm_find_agent_key(%s) k JOIN crm_tenant t ON t.id = k.tenant_id"""
_FIND_TOKEN = f"""
    SELECT k.id, k.secret_hash, u.id AS person_id, u.username, m.role, {_TENANT}
    FROM crm_find_person_token(%s) k
    JOIN crm_tenant t ON t.id = k.tenant_id
    JOIN auth_user u ON u.id = k.person_id AND u.is_active
    JOIN crm_memberships_of(k.person_id) m ON m.tenant_id = k.tenant_id"""


def _row(sql: str, prefix: str) -> dict | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [prefix])
        found = cursor.fetchone()
        return dict(zip([column.name for column in cursor.description], found, strict=True)) if found else None


def _tenant_of(row: dict) -> Tenant:
    return Tenant(
        id=row["tenant_id"], slug=row["slug"], name=row["name"], time_zone=row["time_zone"], currency=row["currency"]
    )


def _caller_of_key(row: dict) -> Caller:
    return Caller(
        tenant=_tenant_of(row),
        actor=Actor(ActorKind.KEY, str(row["id"]), row["label"] or "agent key"),
        credential_id=row["id"],
        scopes=frozenset(row["scopes"]),
        clone_id=row["clone_id"],
    )


def _caller_of_token(row: dict) -> Caller:
    return Caller(
        tenant=_tenant_of(row),
        actor=Actor(ActorKind.PERSON, str(row["person_id"]), row["username"]),
        credential_id=row["id"],
        role=row["role"],
        person_id=row["person_id"],
    )


def _new_secret() -> tuple[str, str]:
    return "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(8)), secrets.token_urlsafe(32)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(credential: Credential, kind: str, actor: Actor, **facts: object) -> None:
    journal.write(
        tenant_id=credential.tenant_id,
        kind=kind,
        subject=("key", credential.pk),
        actor=actor,
        facts={"prefix": credential.prefix, **facts},
    )
