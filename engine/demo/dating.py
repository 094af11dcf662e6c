"""Moving back the dates of an action, and of what it left behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, Value, When

from crm.models import Briefing, Direction, Interaction, InteractionStatus, StageChange
from engine.models import Action, Attempt


@dataclass
class Version:
    """An action of the story, and how many hours ago it was proposed, decided and carried out."""

    action: Action
    proposed: float
    decided: float | None = None
    done: float | None = None


def date_back(version: Version, *, began: float, now: datetime) -> None:
    """Let it have happened when the story says. `began`: hours ago, when the first version was proposed, which is what
    the deadline counts from."""
    proposed = now - timedelta(hours=version.proposed)
    decided = None if version.decided is None else now - timedelta(hours=version.decided)
    Action.objects.filter(pk=version.action.pk).update(
        created_at=proposed,
        proposed_at=proposed,
        judged_at=proposed,
        waiting_since=Case(When(waiting_since__isnull=False, then=Value(proposed)), default=None),
        first_vote_at=Case(When(first_vote_at__isnull=False, then=Value(proposed)), default=None),
        decided_at=decided,
        expires_at=F("expires_at") - timedelta(hours=began),
    )
    if version.done is not None:
        _date_back_effects(version.action, timedelta(hours=version.done))


def _date_back_effects(action: Action, age: timedelta) -> None:
    mark = f"action:{action.pk}"
    Action.objects.filter(pk=action.pk).update(executed_at=F("executed_at") - age)
    Attempt.objects.filter(action=action).update(started_at=F("started_at") - age, ended_at=F("ended_at") - age)
    StageChange.objects.filter(source=mark).update(created_at=F("created_at") - age)
    Briefing.objects.filter(external_id=mark).update(created_at=F("created_at") - age)
    sent = Interaction.objects.filter(external_id=mark, direction=Direction.OUT, status=InteractionStatus.COMPLETED)
    sent.update(occurred_at=F("occurred_at") - age)
