"""What goals are measured by."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from crm.models import Clone, Tenant
from crm.references import find_id
from crm.tenancy import tenant_scope
from goals.metrics import Scope, measure
from goals.periods import period_of


class GoalTracker:
    """Measures what a tenant, or one of its clones, has achieved."""

    def compute_metrics(
        self,
        *,
        tenant: Tenant,
        clone: Clone | UUID | str | None = None,
        period_start: date | None = None,
        period_end: date | None = None,
    ) -> dict[str, Any]:
        """Return {pipeline_value, revenue_closed, activity_count, quality_score, excluded, as_of}.

        Both values are Decimals in the tenant's currency; `excluded` counts the deals in another one that were left out
        of them. `pipeline_value` is what is open now, whatever the period; `quality_score` is a float from 0 to 1, or
        None where no open deal is in qualification or later; `as_of` is the moment of asking. `clone` is a Clone, its
        id or its external id: only the rows that name it count. Both days belong to the period, in the tenant's time
        zone; without them it is the current month there (see goals.periods). Takes three statements in an open scope.

        Raises ValueError, beginning with the argument's name, for an unknown clone and for an end before its start.
        """
        now = timezone.now()
        today = now.astimezone(ZoneInfo(tenant.time_zone)).date()
        period = period_of(start=period_start, end=period_end, today=today)
        with tenant_scope(tenant):
            return measure(Scope(tenant, _clone_id(clone), period, now))


def _clone_id(clone: Clone | UUID | str | None) -> UUID | None:
    if clone is None:
        return None
    if isinstance(clone, Clone):
        return clone.pk
    found = find_id(Clone, str(clone))
    if found is None:
        raise ValueError("clone: no clone of this tenant has this id or external_id.")
    return found
