"""Clones made and edited by hand. Those of an export come with its import.

Whoever changes one leaves an entry in the record that names the fields.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from crm.addresses import AddressError, clean_address
from crm.models import Clone, Membership, Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor

EDITABLE = ("name", "team", "address", "reply_to", "signature", "owner")
_ONE_LINE = ("name", "team")


def find_or_make_clone(*, tenant: Tenant, name: str, actor: Actor) -> Clone:
    """The tenant's clone with this name, made where it is new. Raises ValidationError for a name that is none."""
    with tenant_scope(tenant):
        return Clone.objects.filter(name=name).first() or add_clone(tenant=tenant, actor=actor, name=name)


def add_clone(*, tenant: Tenant, actor: Actor, **values: Any) -> Clone:
    """Make a clone of `values`, some of EDITABLE. Raises ValidationError naming the field that does not fit."""
    with tenant_scope(tenant):
        clone = Clone(tenant=tenant)
        _fill(clone, values)
        clone.save(force_insert=True)
        _record(clone, "clone.created", actor, sorted(values))
    return clone


def edit_clone(clone: Clone, *, actor: Actor, **values: Any) -> list[str]:
    """Give a clone new `values`, some of EDITABLE, and return the names of those that changed.

    Mails that wait go out with what stands then. Raises ValidationError naming the field that does not fit.
    """
    with tenant_scope(clone.tenant_id):
        now = Clone.objects.select_for_update().get(pk=clone.pk)
        before = {name: getattr(now, name) for name in values}
        _fill(now, values)
        changed = sorted(name for name, was in before.items() if getattr(now, name) != was)
        if changed:
            now.save(update_fields=changed)
            _record(now, "clone.edited", actor, changed)
    return changed


def _fill(clone: Clone, values: dict[str, Any]) -> None:
    unknown = sorted(set(values) - set(EDITABLE))
    if unknown:
        raise ValidationError(f"A clone has no {', '.join(unknown)} to edit.")
    for name, value in values.items():
        setattr(clone, name, value.strip() if isinstance(value, str) else value)
    _refuse_broken_lines(clone)
    clone.address, clone.reply_to = (_address(clone, name) for name in ("address", "reply_to"))
    _refuse_strangers(clone.tenant_id, clone.owner)
    clone.full_clean()


def _refuse_broken_lines(clone: Clone) -> None:
    """A name becomes part of a mail's head, where a line break would begin another line."""
    for name in _ONE_LINE:
        if any(character < " " or character == "\x7f" for character in getattr(clone, name)):
            raise ValidationError({name: "Line breaks and control characters are not allowed."})


def _address(clone: Clone, name: str) -> str:
    given = getattr(clone, name)
    try:
        return clean_address(given) if given else ""
    except AddressError as refusal:
        raise ValidationError({name: str(refusal)}) from refusal


def _refuse_strangers(tenant_id: UUID, owner: User | None) -> None:
    if owner is not None and not Membership.objects.filter(tenant_id=tenant_id, person=owner).exists():
        raise ValidationError({"owner": f"{owner} does not belong to this company."})


def _record(clone: Clone, kind: str, actor: Actor, fields: list[str]) -> None:
    journal.write(
        tenant_id=clone.tenant_id,
        kind=kind,
        subject=("clone", clone.pk),
        actor=actor,
        facts={"fields": fields, "owner": clone.owner_id},
    )
