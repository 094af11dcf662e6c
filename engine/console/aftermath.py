"""What came after an action was carried out. That it came after does not say that it came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm.console.formats import money, words
from crm.models import Direction, Interaction, InteractionStatus, StageChange
from engine.console.evidence import said_in
from engine.console.moments import Moment
from engine.efforts import COUNTS_FOR
from engine.models import Action, Effort, Outcome

MOST_ANSWERS = 10
MOST_CHANGES = 20
JUST_BEFORE = timedelta(seconds=60)  # what the action itself wrote down may carry a moment before its attempt's end


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the customer said in the two weeks after, where the deal went, and what was reckoned of it for a goal."""

    answers: Sequence[Interaction] = field(default_factory=tuple)
    changes: Sequence[StageChange] = field(default_factory=tuple)
    effort: Effort | None = None
    logged: Interaction | None = None
    moments: Sequence[Moment] = field(default_factory=tuple)


def aftermath_of(action: Action, done_at: datetime | None) -> Aftermath:
    """What came after `done_at`, by four statements; nothing for an action that was not carried out."""
    if done_at is None:
        return Aftermath()
    logged = Interaction.objects.filter(external_id=f"action:{action.pk}").select_related("contact").first()
    answers = _answers(action, done_at)
    changes = _changes(action, done_at)
    effort = Effort.objects.filter(action=action).select_related("goal", "goal__clone").first()
    moments = [
        *([_put_down(logged, done_at)] if logged else []),
        *(said_in(one, "effect", place="6") for one in answers),
        *(_moved(one) for one in changes),
        *([_judged(effort, action)] if effort and effort.judged_at and effort.outcome else []),
    ]
    return Aftermath(answers, changes, effort, logged, moments)


def _answers(action: Action, done_at: datetime) -> list[Interaction]:
    said = Interaction.objects.filter(
        account=action.account_id,
        direction=Direction.IN,
        status=InteractionStatus.COMPLETED,
        occurred_at__gt=done_at,
        occurred_at__lte=done_at + COUNTS_FOR,
    )
    return list(said.select_related("contact").order_by("occurred_at", "pk")[:MOST_ANSWERS])


def _changes(action: Action, done_at: datetime) -> list[StageChange]:
    """Of the deal it was about: the changes since, and the one it made itself."""
    if action.opportunity_id is None:
        return []
    since = StageChange.objects.filter(opportunity=action.opportunity_id, created_at__gt=done_at - JUST_BEFORE)
    return list(since.order_by("created_at", "pk")[:MOST_CHANGES])


def _put_down(logged: Interaction, done_at: datetime) -> Moment:
    return Moment(
        done_at,
        "effect",
        "It was put down on the account's timeline",
        quotes=said_in(logged, "effect", place="5").quotes,
        place="5",
    )


def _moved(change: StageChange) -> Moment:
    was = words(change.from_stage).lower() if change.from_stage else "new"
    title = f"The deal went from {was} to {words(change.to_stage).lower()}"
    return Moment(change.created_at, "effect", title, [f"As {change.source} says."], place="7")


def _judged(effort: Effort, action: Action) -> Moment:
    assert effort.judged_at is not None, "only what was judged is told"
    won = f" It was worth {money(effort.won_value, action.tenant.currency)}." if effort.won_value else ""
    said = f"In the two weeks after it {Outcome(effort.outcome).label}.{won}"
    return Moment(effort.judged_at, "effect", "What came of it for the goal", [said], place="8")
