"""What an action was proposed for: the insight with the words it rests on, the goal that was behind, the silence; and what
had last been said before it, where no cause is on record."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from crm.console.formats import words
from crm.keyset import is_uuid
from crm.models import Direction, Interaction
from engine.causes import SILENCE
from engine.console.moments import Moment, Quote
from engine.models import Action, Effort
from goals.models import Goal
from goals.standing import in_unit
from insights.models import Insight

MOST_QUOTES = 10
LAST_SAID = 3
LONGEST_QUOTE = 600


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why it was proposed, in a sentence; the moments that led to it; the insight, where one did."""

    sentence: str
    moments: Sequence[Moment] = field(default_factory=tuple)
    insight: Insight | None = None
    goal: Goal | None = None


def evidence_of(first: Action) -> Evidence:
    """The evidence for an action as it was first proposed, by at most three statements."""
    kind, _, name = first.cause.partition(":")
    if kind == "insight":
        return _of_insight(first, name)
    if kind == "goal":
        return _of_goal(first, name)
    said = [_said(one) for one in _before(first)]
    if kind == SILENCE:
        return Evidence("Nothing had been heard from the customer for two weeks or more.", said)
    return Evidence("Its agent gave no cause that we keep; what had last been said before it stands below.", said)


def _of_insight(action: Action, signal: str) -> Evidence:
    insight = (
        Insight.objects.filter(account=action.account_id, signal=signal)
        .filter(Q(created_at__lte=action.proposed_at) | Q(created_at__lte=action.created_at))
        .order_by("-pk")
        .first()
    )
    if insight is None:
        gone = f"An insight, “{words(signal).lower()}”, which is no longer on record."
        return Evidence(gone, [_said(one) for one in _before(action)])
    pieces = [piece for piece in insight.evidence if isinstance(piece, dict)][:MOST_QUOTES]
    heard = _heard(pieces)
    noticed = Moment(
        max([insight.created_at, *(moment.at for moment in heard)]) if heard else insight.created_at,
        "evidence",
        f"We noticed: {words(insight.signal).lower()}",
        [insight.reason, f"Severity {insight.severity}, confidence {insight.confidence:.2f}."],
        place="1 noticed",
    )
    return Evidence(f"We had noticed: {words(insight.signal).lower()}.", [*heard, noticed], insight)


def _heard(pieces: Sequence[dict[str, Any]]) -> list[Moment]:
    """The interactions that an insight quotes, each once, with the words it quotes."""
    named = [UUID(piece["interaction"]) for piece in pieces if is_uuid(str(piece.get("interaction")))]
    found = Interaction.objects.select_related("contact").in_bulk(named)
    moments = [_quoted(piece, found) for piece in pieces]
    return [moment for moment in moments if moment is not None]


def _quoted(piece: dict[str, Any], found: dict[UUID, Interaction]) -> Moment | None:
    named = str(piece.get("interaction"))
    interaction = found.get(UUID(named)) if is_uuid(named) else None
    if interaction is not None:
        return _said(interaction, str(piece.get("quote") or "") or None)
    at = _moment(piece.get("at"))
    if at is None:
        return None
    quote = Quote(str(piece.get("quote") or ""), str(piece.get("who") or ""), at)
    return Moment(at, "evidence", "Said in an interaction that is no longer on record", (), [quote], place="0")


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _of_goal(action: Action, name: str) -> Evidence:
    goal = Goal.objects.select_related("clone", "tenant").filter(pk=name).first() if is_uuid(name) else None
    effort = Effort.objects.filter(action__in=[action.pk]).first()
    if goal is None:
        return Evidence("A goal was behind, which is no longer on record.", [_said(one) for one in _before(action)])
    told = f"{goal.get_goal_type_display()}, {goal.whose}"
    left = [f"{in_unit(goal, effort.left, goal.tenant.currency)} were left to the target."] if effort else []
    why = (
        [f"What was looked for: {', '.join(words(one).lower() for one in effort.reasons)}."]
        if effort and effort.reasons
        else []
    )
    behind = Moment(action.proposed_at, "evidence", f"A goal was behind: {told}", [*left, *why], place="1 goal")
    return Evidence(f"A goal was behind: {told}.", [behind], goal=goal)


def _before(action: Action) -> list[Interaction]:
    """What was last said or done with the account before the proposal, newest first."""
    earlier = Interaction.objects.filter(account=action.account_id, occurred_at__lte=action.proposed_at)
    return list(earlier.select_related("contact").order_by("-occurred_at", "-pk")[:LAST_SAID])


def _said(interaction: Interaction, words_quoted: str | None = None) -> Moment:
    return said_in(interaction, "evidence", words_quoted, place="0")


def said_in(interaction: Interaction, kind: str, words_quoted: str | None = None, *, place: str) -> Moment:
    """An interaction as a moment, with the words that are quoted of it, or the beginning of its text."""
    who = str(interaction.contact.name) if interaction.contact else ""
    text = words_quoted or interaction.text[:LONGEST_QUOTE] or interaction.subject
    quote = Quote(text, who, interaction.occurred_at, interaction.pk, interaction.get_channel_display())
    return Moment(interaction.occurred_at, kind, _heading(interaction, who), (), [quote], place=place)


def _heading(interaction: Interaction, who: str) -> str:
    channel = interaction.get_channel_display().lower()
    if interaction.direction == Direction.IN:
        return f"{who or 'The customer'}: {channel}"
    return f"To the customer: {channel}" if interaction.direction == Direction.OUT else f"On record: {channel}"
