"""Setting and lifting the rules of a tenant: each makes a new version of its policy, with author, reason and difference.

Rules tighten what holds everywhere; lifting one brings back what the guardrails say by themselves, never less.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.db.models.functions import Now

from crm.access import role_in
from crm.addresses import AddressError, clean_address
from crm.fields import Domain, FieldError, Money
from crm.models import Account, Clone, Role, Tenant
from crm.stages import STAGES
from crm.tenancy import tenant_scope
from guardrails.models import Policy, PolicyVersion, RuleKind, TenantRule
from guardrails.policy import HARD_STOPS, MESSAGE_TYPES, normalise_action_type
from record import journal
from record.actors import Actor

LONGEST_REASON = 500
MOST_RULES = 200  # that stand at once: every proposal is held against all of them
LARGEST_LIMIT = 100_000
LONGEST_WAIT = 24 * 365  # hours

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")  # as a proposal's action type must be
REFERENCES = ("clone", "account", "person")
SCOPE = ("action_type", "stage", "clone", "account", "recipient", "value_from", "value_below")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kind of rule may name as its scope, and the numbers it needs."""

    scope: tuple[str, ...]
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


_BUT_RECIPIENT = tuple(name for name in SCOPE if name != "recipient")
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        RuleKind.NEEDS_PERSON.value: Shape(SCOPE),
        RuleKind.NEVER.value: Shape(SCOPE),
        RuleKind.FOUR_EYES.value: Shape(SCOPE),
        RuleKind.TOUCH_LIMIT.value: Shape(SCOPE, needs=("limit",)),
        RuleKind.SEND_LIMIT.value: Shape(SCOPE, needs=("limit",)),
        RuleKind.PENDING_LIMIT.value: Shape(("clone",), needs=("limit",)),
        RuleKind.QUIET_HOURS.value: Shape(SCOPE, needs=("quiet_from", "quiet_until"), may=("quiet_weekends",)),
        RuleKind.REPS_DECIDE.value: Shape(_BUT_RECIPIENT),
        RuleKind.REMINDER.value: Shape(_BUT_RECIPIENT, needs=("hours",)),
        RuleKind.ESCALATION.value: Shape(_BUT_RECIPIENT, needs=("hours", "person")),
    }
)


def set_rule(*, tenant: Tenant, actor: Actor, kind: str, reason: str, **given: Any) -> TenantRule:
    """Set a rule: its scope (`action_type, stage, clone, account, recipient, value_from, value_below`, None or "" for all)
    and what its kind needs (`limit, hours, quiet_from, quiet_until, quiet_weekends, person`).

    Raises ValueError naming the field that does not fit.
    """
    said = _reason(reason)
    with tenant_scope(tenant):
        rule = TenantRule(tenant=tenant, kind=kind, set_by=actor.label, reason=said, **_fitting(tenant, kind, given))
        policy = Policy.objects.select_for_update().get(tenant=tenant)
        standing = TenantRule.objects.filter(lifted_at=None)
        if standing.count() >= MOST_RULES:
            raise ValueError(f"kind: {MOST_RULES} rules stand already; lift one that is no longer needed first.")
        rule.save(force_insert=True)
        new_version(policy, actor=actor, reason=said, changes=[{"change": "set", "rule": as_facts(rule)}])
    return rule


def lift_rule(rule: TenantRule, *, actor: Actor, reason: str) -> bool:
    """End a rule. Returns False where it was lifted before. Raises ValueError without a reason."""
    said = _reason(reason)
    with tenant_scope(rule.tenant_id):
        policy = Policy.objects.select_for_update().get(tenant_id=rule.tenant_id)
        lifted = TenantRule.objects.filter(pk=rule.pk, lifted_at=None).update(lifted_at=Now(), lifted_by=actor.label)
        if lifted:
            new_version(policy, actor=actor, reason=said, changes=[{"change": "lifted", "rule": as_facts(rule)}])
    return bool(lifted)


def new_version(policy: Policy, *, actor: Actor, reason: str, changes: list[dict[str, Any]]) -> PolicyVersion:
    """Move the policy, whose row the caller holds, to its next version, with the record's entry."""
    policy.version += 1
    policy.save(update_fields=["version"])
    made = PolicyVersion.objects.create(
        tenant_id=policy.tenant_id, version=policy.version, made_by=actor.label, reason=reason, changes=changes
    )
    journal.write(
        tenant_id=policy.tenant_id,
        kind="policy.changed",
        subject=("policy", policy.pk),
        actor=actor,
        facts={"version": policy.version, "changes": changes},
    )
    return made


def as_facts(rule: TenantRule) -> dict[str, Any]:
    """A rule as plain JSON values: its kind and what is set of the rest. A recipient's address is left out of it."""
    told = {name: getattr(rule, f"{name}_id" if name in REFERENCES else name) for name in (*SCOPE, *_NUMBERS)}
    plain = {name: str(value) for name, value in told.items() if _is_set(value)}
    if "recipient" in plain and not plain["recipient"].startswith("@"):
        plain["recipient"] = "an address"
    return {"id": str(rule.pk), "kind": rule.kind, **plain}


_NUMBERS = ("limit", "hours", "quiet_from", "quiet_until", "quiet_weekends", "person")


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON or "\0" in said:
        raise ValueError(f"reason: say why, in at most {LONGEST_REASON} characters.")
    return said


def _fitting(tenant: Tenant, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """What was given, each in its clean form. Raises ValueError naming the first field that does not fit."""
    if kind not in SHAPES:
        raise ValueError(f"kind: one of {', '.join(SHAPES)}, not {kind!r}.")
    shape = SHAPES[kind]
    set_ones = {name: value for name, value in given.items() if _is_set(value)}
    allowed = {*shape.scope, *shape.needs, *shape.may}
    for name in set_ones:
        if name not in allowed:
            raise ValueError(f"{name}: a rule of this kind does not go by it.")
    for name in shape.needs:
        if name not in set_ones:
            raise ValueError(f"{name}: a rule of this kind needs it.")
    clean = {name: _CLEAN[name](value, kind) for name, value in set_ones.items()}
    _check_together(tenant, clean)
    return clean


def _is_set(value: Any) -> bool:
    """Whether a field was given at all; a 0 was, and is then judged."""
    return value is not None and value is not False and value != ""


def _check_together(tenant: Tenant, clean: dict[str, Any]) -> None:
    least, below = clean.get("value_from"), clean.get("value_below")
    if least is not None and below is not None and least >= below:
        raise ValueError("value_below: it must be more than the value from which the rule holds.")
    if "quiet_from" in clean and clean["quiet_from"] == clean["quiet_until"]:
        raise ValueError("quiet_until: it must differ from the beginning.")
    for name in ("clone", "account"):
        if name in clean and clean[name].tenant_id != tenant.pk:
            raise ValueError(f"{name}: it is none of this company's.")
    if "person" in clean and role_in(tenant.pk, clean["person"].pk) != Role.MANAGER:
        raise ValueError("person: somebody who may decide: a manager of this company.")


def _action_type(value: str, kind: str) -> str:
    name = normalise_action_type(_text("action_type", value))
    if name in HARD_STOPS:
        raise ValueError(f"action_type: {name} never happens anyway.")
    if kind in (RuleKind.TOUCH_LIMIT, RuleKind.SEND_LIMIT, RuleKind.QUIET_HOURS) and name not in MESSAGE_TYPES:
        raise ValueError(f"action_type: {name} writes to nobody, so this does not concern it.")
    if not _NAME.fullmatch(name):
        raise ValueError("action_type: a name of letters, digits and underscores, such as send_proposal.")
    return name


def _stage(value: str, kind: str) -> str:
    if value not in STAGES:
        raise ValueError(f"stage: one of {', '.join(STAGES)}, not {value!r}.")
    return value


def _recipient(value: str, kind: str) -> str:
    text = _text("recipient", value).strip()
    try:
        return f"@{Domain().read(text[1:])}" if text.startswith("@") else clean_address(text).lower()
    except (AddressError, FieldError) as refusal:
        raise ValueError(f"recipient: an address, or @ and a domain such as @example.com ({refusal}).") from refusal


def _value(name: str) -> Callable[[Any, str], Decimal]:
    def clean(value: Any, kind: str) -> Decimal:
        try:
            amount = Money().read(value)
        except FieldError as refusal:
            raise ValueError(f"{name}: {refusal}") from refusal
        if name == "value_below" and not amount:
            raise ValueError("value_below: more than 0; no deal is worth less than nothing.")
        return amount

    return clean


def _whole_up_to(name: str, most: int) -> Callable[[Any, str], int]:
    return lambda value, kind: _whole(name, value, most)


def _clock(name: str) -> Callable[[Any, str], time]:
    """A time of day, without a zone: it is read by the clock of whoever is reached."""

    def clean(value: Any, kind: str) -> time:
        if not isinstance(value, time) or value.tzinfo is not None:
            raise ValueError(f"{name}: a time of day such as 22:00, not {value!r}.")
        return value

    return clean


def _yes(value: Any, kind: str) -> bool:
    if value is not True:
        raise ValueError(f"quiet_weekends: true or false, not {value!r}.")
    return True


def _one_of(name: str, model: type[Model]) -> Callable[[Any, str], Model]:
    def clean(value: Any, kind: str) -> Model:
        if not isinstance(value, model):
            raise ValueError(f"{name}: one of this company's, not {value!r}.")
        return value

    return clean


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name}: a text, not {value!r}.")
    return value


def _whole(name: str, value: Any, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError(f"{name}: a whole number from 1 to {most}, not {value!r}.")
    return value


_CLEAN: Mapping[str, Callable[[Any, str], Any]] = MappingProxyType(
    {
        "action_type": _action_type,
        "stage": _stage,
        "clone": _one_of("clone", Clone),
        "account": _one_of("account", Account),
        "recipient": _recipient,
        "value_from": _value("value_from"),
        "value_below": _value("value_below"),
        "limit": _whole_up_to("limit", LARGEST_LIMIT),
        "hours": _whole_up_to("hours", LONGEST_WAIT),
        "quiet_from": _clock("quiet_from"),
        "quiet_until": _clock("quiet_until"),
        "quiet_weekends": _yes,
        "person": _one_of("person", User),
    }
)
