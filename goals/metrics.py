"""What a tenant, one of its teams or one of its clones has to show, out of the customer record."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Avg, Case, Count, FloatField, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import Regex

from crm.models import Clone, Interaction, InteractionStatus, Opportunity, Tenant
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import OPEN_STAGES, Stage
from goals.periods import Period

# Open deals that somebody must have begun to qualify. A stalled one counts: nobody knows how far it had come.
QUALIFIED_STAGES = OPEN_STAGES - {Stage.PROSPECTING, Stage.DISCOVERY}

IS_OPEN = Q(stage__in=sorted(stage.value for stage in OPEN_STAGES))
IS_QUALIFIED = Q(stage__in=sorted(stage.value for stage in QUALIFIED_STAGES))
IS_WON = Q(stage=Stage.CLOSED_WON.value)

NO_MONEY = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows, when, and the moment at which one asks."""

    tenant: Tenant
    clone_id: UUID | None
    period: Period
    now: datetime
    team: str = ""


def measure(scope: Scope) -> dict[str, Any]:
    """The metrics of `scope`, by three statements. Must run inside the tenant's scope."""
    deals_open, deals_won = _open_deals(scope), _won_deals(scope)
    return {
        "pipeline_value": deals_open["value"],
        "revenue_closed": deals_won["value"],
        "activity_count": _activity(scope),
        "quality_score": deals_open["quality"],
        "excluded": deals_open["excluded"] + deals_won["excluded"],
        "as_of": scope.now,
    }


def _open_deals(scope: Scope) -> dict[str, Any]:
    deals = _of_scope(Opportunity.objects.filter(IS_OPEN), scope)
    quality = Avg(share_filled(), filter=IS_QUALIFIED)
    return deals.aggregate(**money(scope.tenant), quality=quality)


def _won_deals(scope: Scope) -> dict[str, Any]:
    won = Opportunity.objects.filter(IS_WON, closed_on__gte=scope.period.start, closed_on__lte=scope.period.end)
    return _of_scope(won, scope).aggregate(**money(scope.tenant))


def _activity(scope: Scope) -> int:
    first, after = scope.period.edges(ZoneInfo(scope.tenant.time_zone))
    dated = Interaction.objects.filter(happened(scope.now), occurred_at__gte=first, occurred_at__lt=after)
    return _of_scope(dated, scope).count()


def _of_scope(rows: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    if scope.team:
        return rows.filter(clone__in=Clone.objects.filter(team=scope.team))
    return rows if scope.clone_id is None else rows.filter(clone_id=scope.clone_id)


def happened(now: datetime) -> Q:
    """What counts as activity: what was held, and what was scheduled for a time that has passed."""
    return Q(status=InteractionStatus.COMPLETED) | Q(status=InteractionStatus.SCHEDULED, occurred_at__lte=now)


def money(tenant: Tenant) -> dict[str, Combinable]:
    """The sum of the tenant's currency, and how many deals in another one were left out of it."""
    ours = Q(currency=tenant.currency)
    return {"value": Coalesce(Sum("amount", filter=ours), NO_MONEY), "excluded": Count("pk", filter=~ours)}


def share_filled() -> Combinable:
    """How much of a deal's fullest framework is filled, 0 to 1: having begun a second one makes no deal worse."""
    return Greatest(*(_share(name, fields) for name, fields in FRAMEWORK_FIELDS.items()))


def _share(framework: str, fields: tuple[str, ...]) -> Combinable:
    answers = (KeyTextTransform(field, KeyTransform(framework, "qualification")) for field in fields)
    filled = (Case(When(Regex(answer, Value(r"\S")), then=1.0), default=0.0) for answer in answers)
    return reduce(add, filled) / Value(len(fields), output_field=FloatField())
