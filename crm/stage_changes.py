"""Moving one deal to another stage, with the trace of who said so."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from crm.models import Opportunity, StageChange
from crm.stages import CLOSED_STAGES


def change_stage(opportunity_id: UUID, to_stage: str, *, source: str) -> str:
    """Move the deal to `to_stage` and return the stage it was in. Closing dates it today, in the tenant's zone; opening it
    again clears the date. The same stage changes nothing. Raises Opportunity.DoesNotExist."""
    deal = Opportunity.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=opportunity_id)
    was = deal.stage
    if was == to_stage:
        return was
    deal.stage = to_stage
    deal.closed_on = _closing_day(deal, was)
    deal.save(update_fields=["stage", "closed_on"])
    StageChange.objects.create(
        tenant_id=deal.tenant_id, opportunity=deal, from_stage=was, to_stage=to_stage, source=source
    )
    return was


def _closing_day(deal: Opportunity, was: str) -> date | None:
    if deal.stage not in CLOSED_STAGES:
        return None
    if was in CLOSED_STAGES and deal.closed_on:
        return deal.closed_on
    return timezone.now().astimezone(ZoneInfo(deal.tenant.time_zone)).date()
