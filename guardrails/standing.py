"""The rules that stand, as rows of the database say them."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from guardrails.models import TenantRule
from guardrails.scopes import StandingRule


def standing_rules() -> list[StandingRule]:
    """The rules that stand in the tenant in scope. One statement."""
    return [standing_rule(row) for row in TenantRule.objects.filter(lifted_at=None).values()]


def standing_rule(row: Mapping[str, Any]) -> StandingRule:
    """One rule out of a row's columns, as Python has them or as JSON."""
    return StandingRule(
        id=str(row["id"]),
        kind=row["kind"],
        action_type=row["action_type"],
        stage=row["stage"],
        clone_id=_text(row["clone_id"]),
        account_id=_text(row["account_id"]),
        recipient=row["recipient"],
        value_from=_decimal(row["value_from"]),
        value_below=_decimal(row["value_below"]),
        limit=row["limit"],
        quiet_from=_time(row["quiet_from"]),
        quiet_until=_time(row["quiet_until"]),
        quiet_weekends=row["quiet_weekends"],
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _time(value: Any) -> time | None:
    return time.fromisoformat(value) if isinstance(value, str) else value
