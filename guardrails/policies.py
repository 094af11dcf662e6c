"""A tenant's times: how long a decision can be undone, how long an action may wait. Other deadlines make a new version of
the policy; the hold is no rule, so with it the version stays what it is."""

from typing import Any

from crm.models import Tenant
from crm.tenancy import tenant_scope
from guardrails.models import Policy
from guardrails.policy import HARD_STOPS, TIERS
from guardrails.setting import new_version
from record import journal
from record.actors import Actor

LONGEST_HOLD = 3_600  # seconds
LONGEST_DEADLINE = 24 * 365  # hours


def set_times(
    *,
    tenant: Tenant,
    actor: Actor,
    hold_seconds: int,
    deadline_hours: int,
    deadlines: dict[str, int],
    reason: str = "Other deadlines.",
) -> Policy:
    """Set the hold of console decisions, the deadline of proposals, and the deadlines of single action types.

    Actions that wait keep the deadline they were proposed with. Raises ValueError naming the value that does not fit.
    """
    wanted = {
        "hold_seconds": hold_seconds,
        "deadline_hours": deadline_hours,
        "deadlines": dict(sorted(deadlines.items())),
    }
    _refuse_what_does_not_fit(hold_seconds, deadline_hours, deadlines)
    with tenant_scope(tenant):
        policy = Policy.objects.select_for_update().get(tenant=tenant)
        was = {name: getattr(policy, name) for name in wanted}
        changes = {name: {"was": was[name], "now": now} for name, now in wanted.items() if was[name] != now}
        if changes:
            _write(policy, changes, actor, reason)
    return policy


def _write(policy: Policy, changes: dict[str, dict[str, Any]], actor: Actor, reason: str) -> None:
    for name, change in changes.items():
        setattr(policy, name, change["now"])
    policy.save(update_fields=list(changes))
    journal.write(
        tenant_id=policy.tenant_id, kind="policy.times_set", subject=("policy", policy.pk), actor=actor, facts=changes
    )
    of_deadlines = [{"change": name, **change} for name, change in changes.items() if name != "hold_seconds"]
    if of_deadlines:
        new_version(policy, actor=actor, reason=reason, changes=of_deadlines)


def _refuse_what_does_not_fit(hold_seconds: int, deadline_hours: int, deadlines: dict[str, int]) -> None:
    _require_whole("hold_seconds", hold_seconds, 0, LONGEST_HOLD)
    _require_whole("deadline_hours", deadline_hours, 1, LONGEST_DEADLINE)
    for action_type, hours in deadlines.items():
        if action_type not in TIERS or action_type in HARD_STOPS:
            raise ValueError(f"deadlines: {action_type!r} is not an action type that can wait.")
        _require_whole(action_type, hours, 1, LONGEST_DEADLINE)


def _require_whole(name: str, value: Any, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name}: a whole number from {least} to {most}, not {value!r}.")
