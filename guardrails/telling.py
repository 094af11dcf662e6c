"""The rules of a tenant in words."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from crm.console.formats import money, words
from guardrails.models import RuleKind, TenantRule

EVERYTHING = "everything"


def told(rule: TenantRule, currency: str) -> str:
    """What a rule asks for, and of what, in one sentence; it comes with its clone, account and person."""
    return f"{_ASKS[rule.kind](rule)}: {scope_of(rule, currency)}."


def scope_of(rule: TenantRule, currency: str) -> str:
    """What a rule takes in."""
    return " ".join(_parts(rule, currency)) or EVERYTHING


def changes_told(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """What made a version of the policy, a line for each change."""
    return [_change(change) for change in changes]


def _change(change: Mapping[str, Any]) -> str:
    if "rule" not in change:
        return f"{words(change['change'])}: was {change['was']}, is {change['now']}"
    rule = change["rule"]
    kind = RuleKind(rule["kind"]).label
    more = ", ".join(f"{words(name).lower()} {value}" for name, value in rule.items() if name not in ("id", "kind"))
    return f"{words(change['change'])}: {kind}" + (f" ({more})" if more else "")


def _parts(rule: TenantRule, currency: str) -> Iterable[str]:
    if rule.action_type:
        yield words(rule.action_type).lower()
    if rule.stage:
        yield f"in {words(rule.stage).lower()}"
    if rule.clone:
        yield f"by {rule.clone}"
    if rule.account:
        yield f"for {rule.account}"
    if rule.recipient:
        yield f"to {rule.recipient}"
    if rule.value_from is not None:
        yield f"from {money(rule.value_from, currency)}"
    if rule.value_below is not None:
        yield f"below {money(rule.value_below, currency)}"


def _times(number: int | None, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _quiet(rule: TenantRule) -> str:
    hours = f"No messages from {rule.quiet_from:%H:%M} to {rule.quiet_until:%H:%M} by the contact's clock"
    return f"{hours}, nor on Saturdays and Sundays" if rule.quiet_weekends else hours


_ASKS: Mapping[str, Callable[[TenantRule], str]] = MappingProxyType(
    {
        RuleKind.NEEDS_PERSON.value: lambda rule: "A person decides",
        RuleKind.NEVER.value: lambda rule: "Never",
        RuleKind.FOUR_EYES.value: lambda rule: "Two people decide",
        RuleKind.TOUCH_LIMIT.value: lambda rule: f"At most {_times(rule.limit, 'message')} to a contact in 7 days",
        RuleKind.SEND_LIMIT.value: lambda rule: f"At most {_times(rule.limit, 'message')} to an account in 24 hours",
        RuleKind.PENDING_LIMIT.value: lambda rule: f"At most {_times(rule.limit, 'proposal')} of a clone wait",
        RuleKind.QUIET_HOURS.value: _quiet,
        RuleKind.REPS_DECIDE.value: lambda rule: "Representatives decide for their own clones",
        RuleKind.REMINDER.value: lambda rule: f"Remind after {_times(rule.hours, 'hour')}",
        RuleKind.ESCALATION.value: lambda rule: f"Hand over to {rule.person} after {_times(rule.hours, 'hour')}",
    }
)
