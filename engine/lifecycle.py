"""The life of an action: its states, the moves between them, and what one that stands still waits for."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    EXECUTING = "executing"
    EXECUTED = "executed"
    FAILED = "failed"
    UNKNOWN = "unknown"


# What a proposal can begin as.
BEGINNINGS = frozenset({Status.APPROVED, Status.PENDING, Status.BLOCKED})

_ENDED_BEFORE_IT_BEGAN = frozenset({Status.BLOCKED, Status.EXPIRED, Status.WITHDRAWN, Status.SUPERSEDED})

# From where to where (docs/actions.md). `rejected -> pending` is the undo, within its hold only;
# `executing -> approved` a retry that is due; `approved -> pending` a stricter re-check, a consent that no
# longer fits, or an approval taken back; `failed -> approved`, `unknown -> approved` a person's new decision.
MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED}) | _ENDED_BEFORE_IT_BEGAN,
        Status.APPROVED: frozenset({Status.EXECUTING, Status.PENDING}) | _ENDED_BEFORE_IT_BEGAN,
        Status.EXECUTING: frozenset({Status.EXECUTED, Status.FAILED, Status.UNKNOWN, Status.APPROVED}),
        Status.REJECTED: frozenset({Status.PENDING}),
        Status.FAILED: frozenset({Status.APPROVED}),
        Status.UNKNOWN: frozenset({Status.APPROVED, Status.EXECUTED, Status.FAILED}),
        Status.BLOCKED: frozenset(),
        Status.EXPIRED: frozenset(),
        Status.WITHDRAWN: frozenset(),
        Status.SUPERSEDED: frozenset(),
        Status.EXECUTED: frozenset(),
    }
)

# Nothing leads on from here. A rejection joins them when its hold is over: ask is_final().
FINAL = frozenset(
    {Status.BLOCKED, Status.REJECTED, Status.EXPIRED, Status.WITHDRAWN, Status.SUPERSEDED, Status.EXECUTED}
)

# Every word `waiting_for` can say; None says that nothing is awaited.
WAITING_FOR = ("person", "hold", "pause", "quiet_hours", "retry", "connector", "agent")


def sources(to: Status) -> frozenset[Status]:
    """Return the states from which an action may move to `to`: what stands in the UPDATE's condition."""
    return frozenset(origin for origin, targets in MOVES.items() if to in targets)


def is_final(status: Status, *, held: bool = False) -> bool:
    """Say whether an action in `status` stays there for good; `held`: it can still be undone."""
    return status in FINAL and not (status == Status.REJECTED and held)


def waiting_for(
    status: Status,
    *,
    paused: bool,
    held: bool,
    retry_due_later: bool,
    runner: str,
    connector_ready: bool,
    quiet_hours: bool = False,
) -> str | None:
    """Return what an action waits for, the obstacle that must give way first; None where nothing is awaited.

    `runner` is "connector" or "agent"; the others are facts of now. Pending and unknown actions wait for a
    person, approved ones for the rest; a rejection under its hold waits for the hold's end, when it is final.
    """
    if status in (Status.PENDING, Status.UNKNOWN):
        return "person"
    if status == Status.REJECTED:
        return "hold" if held else None
    if status != Status.APPROVED:
        return None
    in_the_way = (
        ("pause", paused),
        ("hold", held),
        ("quiet_hours", quiet_hours),
        ("retry", retry_due_later),
        ("agent", runner == "agent"),
        ("connector", not connector_ready),
    )
    return next((obstacle for obstacle, stands in in_the_way if stands), None)
