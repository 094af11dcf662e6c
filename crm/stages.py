"""The eight stages a deal can be in, and which of them speaks for an account that has several deals."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum


class Stage(StrEnum):
    PROSPECTING = "prospecting"
    DISCOVERY = "discovery"
    QUALIFICATION = "qualification"
    EVALUATION = "evaluation"
    NEGOTIATION = "negotiation"
    CLOSED_WON = "closed_won"
    CLOSED_LOST = "closed_lost"
    STALLED = "stalled"


STAGES = tuple(Stage)

# The open stages, the one that calls for most care first: the order in which one speaks for the account.
STRICTEST_FIRST = (
    Stage.NEGOTIATION,
    Stage.EVALUATION,
    Stage.STALLED,
    Stage.QUALIFICATION,
    Stage.DISCOVERY,
    Stage.PROSPECTING,
)

OPEN_STAGES = frozenset(STRICTEST_FIRST)
CLOSED_STAGES = frozenset(STAGES) - OPEN_STAGES

# Here what an agent may do on its own elsewhere needs a person.
GATED_STAGES = frozenset({Stage.EVALUATION, Stage.NEGOTIATION, Stage.CLOSED_WON, Stage.CLOSED_LOST})


def strictest(stages: Iterable[str]) -> Stage | None:
    """Return the strictest open stage among `stages`; None where none of them is open."""
    present = set(stages)
    return next((stage for stage in STRICTEST_FIRST if stage in present), None)


def governing_stage(deals: Iterable[tuple[str, date | None]]) -> Stage | None:
    """Return the stage that speaks for an account with these deals, each a pair (stage, closed_on).

    The strictest open stage; with none open, the stage of the deal closed last; None for an account without
    deals. A closed deal without a date counts as closed before all others; of two closed on one day
    closed_lost speaks before closed_won. The query in engine.facts is held against this plain reading.
    """
    pairs = list(deals)
    return strictest(stage for stage, _ in pairs) or _closed_last(pairs)


def _closed_last(pairs: list[tuple[str, date | None]]) -> Stage | None:
    closed = sorted((stage, closed_on or date.min) for stage, closed_on in pairs if stage in CLOSED_STAGES)
    return Stage(max(closed, key=lambda pair: pair[1])[0]) if closed else None
