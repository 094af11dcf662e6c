"""The rules of a tenant in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from crm.console.formats import money, words
from crm.console.visible import spelled_out
from crm.models import Account, Clone
from guardrails.models import RuleKind, TenantRule
from guardrails.setting import REFERENCES

EVERYTHING = "everything"
GONE = "somebody who is gone"
# What says enough where it takes everything in.
_COMPLETE = frozenset({"touch_limit", "send_limit", "pending_limit", "quiet_hours", "reminder", "escalation"})

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What is set of a rule, as it is said: names of the clone, account and person, times and numbers as they are."""

    kind: str
    action_type: str = ""
    stage: str = ""
    clone: str = ""
    account: str = ""
    recipient: str = ""
    value_from: Decimal | None = None
    value_below: Decimal | None = None
    limit: int | None = None
    hours: int | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_weekends: bool = False
    person: str = ""


def told(rule: TenantRule, currency: str) -> str:
    """What a rule asks for, and of what, in one sentence; it comes with its clone, account and person."""
    said = {name: getattr(rule, name) for name in Said.__dataclass_fields__}
    return _sentence(Said(**said | {name: spelled_out(str(said[name] or "")) for name in REFERENCES}), currency)


def changes_told(changes: Iterable[Mapping[str, Any]], names: Names, currency: str) -> list[str]:
    """What made a version of the policy, a sentence for each change. `names` are those of `names_in`."""
    return [_change(change, names, currency) for change in changes]


def names_in(changes: Iterable[Mapping[str, Any]]) -> Names:
    """The names of the clones, accounts and people that changes speak of, by id, in the tenant in scope."""
    asked: dict[str, set[str]] = {name: set() for name in REFERENCES}
    for change in changes:
        for name in REFERENCES:
            if one := change.get("rule", {}).get(name):
                asked[name].add(one)
    rows: tuple[Iterable[Model], ...] = (
        Clone.objects.filter(pk__in=asked["clone"]),
        Account.objects.filter(pk__in=asked["account"]),
        User.objects.filter(pk__in=asked["person"]),
    )
    return {str(row.pk): spelled_out(str(row)) for found in rows for row in found}


def _change(change: Mapping[str, Any], names: Names, currency: str) -> str:
    if "rule" not in change:
        return f"{words(change['change'])}: was {_plainly(change['was'])}, is {_plainly(change['now'])}"
    return f"{words(change['change'])}. {_sentence(_as_said(change['rule'], names), currency)}"


def _plainly(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{words(name).lower()} {hours}" for name, hours in value.items()) or "none of their own"
    return str(value)


def _as_said(facts: Mapping[str, str], names: Names) -> Said:
    """A rule out of what the record keeps of it, which is texts."""
    said = {name: _READ.get(name, str)(text) for name, text in facts.items() if name != "id"}
    return Said(**said | {name: names.get(facts[name], GONE) for name in REFERENCES if name in facts})


def _sentence(rule: Said, currency: str) -> str:
    asks, scope = _ASKS[rule.kind](rule), " ".join(_parts(rule, currency))
    if not scope and rule.kind in _COMPLETE:
        return f"{asks}."
    return f"{asks}: {scope or EVERYTHING}."


def _parts(rule: Said, currency: str) -> Iterable[str]:
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


def _quiet(rule: Said) -> str:
    hours = f"No messages from {rule.quiet_from:%H:%M} to {rule.quiet_until:%H:%M} by the contact's clock"
    return f"{hours}, nor on Saturdays and Sundays" if rule.quiet_weekends else hours


_ASKS: Mapping[str, Callable[[Said], str]] = MappingProxyType(
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

_READ: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "value_from": Decimal,
        "value_below": Decimal,
        "limit": int,
        "hours": int,
        "quiet_from": time.fromisoformat,
        "quiet_until": time.fromisoformat,
        "quiet_weekends": lambda text: text == "True",
    }
)
