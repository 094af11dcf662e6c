"""What a person consents to, as one hash: what was seen is what runs."""

from typing import Any
from uuid import UUID

from record.canonical import digest


def content_hash(
    *,
    tenant_slug: str,
    clone_id: UUID,
    action_type: str,
    payload: dict[str, Any],
    account_id: UUID | None,
    opportunity_id: UUID | None,
    contact_id: UUID | None,
    stage: str | None,
    policy_version: int,
) -> str:
    """SHA-256 hex over RFC 8785 of everything a decision rests on. Version 1 of the form."""
    return digest(
        {
            "v": 1,
            "tenant": tenant_slug,
            "clone": str(clone_id),
            "action_type": action_type,
            "payload": payload,
            "target": {
                "account": _text(account_id),
                "opportunity": _text(opportunity_id),
                "contact": _text(contact_id),
            },
            "stage": stage,
            "policy_version": policy_version,
        }
    )


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
