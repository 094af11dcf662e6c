"""What a rule that a tenant has set takes in, and what such rules ask for together. Pure: no Django, no clock, no database.

They only tighten: each can stop an action, put a person or a second one before it, hold it or limit how many there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any

NEEDS_PERSON = "needs_person"
NEVER = "never"
FOUR_EYES = "four_eyes"
TOUCH_LIMIT = "touch_limit"
SEND_LIMIT = "send_limit"
PENDING_LIMIT = "pending_limit"
QUIET_HOURS = "quiet_hours"
REPS_DECIDE = "reps_decide"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRule:
    """A rule that stands: its kind, its scope (None or "": everything), and the numbers of its kind."""

    id: str
    kind: str
    action_type: str = ""
    stage: str = ""
    clone_id: str | None = None
    account_id: str | None = None
    recipient: str = ""  # an address, or @ and a domain, in lower case
    value_from: Decimal | None = None
    value_below: Decimal | None = None
    limit: int | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_weekends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a rule may ask about an action. `stages` are our records' and the caller's; `value` is that of the deal it is
    about, 0 without a deal, None where a deal's cannot be told (no amount, another currency). Where it may be about any of
    several deals, `stages` are those of all of them, `value` is the largest and `least` the smallest."""

    action_type: str
    stages: frozenset[str] = frozenset()
    clone_id: str | None = None
    account_id: str | None = None
    recipients: tuple[str, ...] = ()
    value: Decimal | None = field(default=Decimal(0))
    least: Decimal | None = None  # None: `value`


def takes_in(rule: StandingRule, case: Case) -> bool:
    """Whether the rule concerns this action. What cannot be told, and what is so of one deal and not of another, counts as
    taken in by a rule that tightens, and as left out by the one that lets somebody else decide."""
    return (
        rule.action_type in ("", case.action_type)
        and _stage_fits(rule, case.stages)
        and rule.clone_id in (None, case.clone_id)
        and rule.account_id in (None, case.account_id)
        and (not rule.recipient or bool(reached_by(rule, case)))
        and _value_fits(rule, case)
    )


def of_kind(rules: Iterable[StandingRule], kind: str, case: Case) -> list[StandingRule]:
    """The rules of one kind that take `case` in."""
    return [rule for rule in rules if rule.kind == kind and takes_in(rule, case)]


def asked_by(rules: Sequence[StandingRule], case: Case) -> dict[str, Any]:
    """What the rules ask for before `case` may run, as facts of guardrails.policy."""
    return {
        "stopped_by_rule": bool(of_kind(rules, NEVER, case)),
        "person_by_rule": bool(of_kind(rules, NEEDS_PERSON, case)),
        "four_eyes": bool(of_kind(rules, FOUR_EYES, case)),
    }


def limit_of(rules: Sequence[StandingRule], kind: str, case: Case) -> int | None:
    """The least limit of a kind that `case` is under; None where there is none."""
    return min((rule.limit for rule in of_kind(rules, kind, case) if rule.limit is not None), default=None)


def reached_by(rule: StandingRule, case: Case) -> list[str]:
    """Those whom the case reaches and the rule is about."""
    return [one for one in case.recipients if not rule.recipient or _is_reached(rule.recipient, one)]


def _is_reached(wanted: str, address: str) -> bool:
    return address.endswith(wanted) if wanted.startswith("@") else address == wanted


def _stage_fits(rule: StandingRule, stages: frozenset[str]) -> bool:
    """A stage that is only claimed tightens; it does not let a representative decide."""
    if not rule.stage:
        return True
    return stages == {rule.stage} if rule.kind == REPS_DECIDE else rule.stage in stages


def _value_fits(rule: StandingRule, case: Case) -> bool:
    if rule.value_from is None and rule.value_below is None:
        return True
    if case.value is None:
        return rule.kind != REPS_DECIDE
    largest, smallest = case.value, case.value if case.least is None else case.least
    if rule.kind == REPS_DECIDE:
        largest, smallest = smallest, largest
    return (rule.value_from is None or largest >= rule.value_from) and (
        rule.value_below is None or smallest < rule.value_below
    )
