"""What can happen to a proposal in the demo's story: each step by the verb that people and workers use."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from engine.approvals import approve, reject
from engine.claims import claim
from engine.connectors.contract import Connector, Delivery, NotDelivered, Receipt, Uncertain
from engine.connectors.registry import CONNECTORS
from engine.demo.dating import Version
from engine.demo.players import Players
from engine.demo.rows import Approved, CarriedOut, Edited, Proposed, Rejected, Step, Withdrawn
from engine.edits import edit
from engine.execution import run
from engine.models import Action
from engine.withdrawals import withdraw

NOTHING_WAS_SENT = "Carried out for the demonstration; nothing left this machine."

Trouble = NotDelivered | Uncertain | None


def take(step: Step, versions: list[Version], row: Proposed, players: Players) -> None:
    """Take one step with the newest of the versions; an edit adds one."""
    _STEPS[type(step)](step, versions, row, players)


def _approve(step: Approved, versions: list[Version], row: Proposed, players: Players) -> None:
    version = versions[-1]
    version.action = approve(
        action=version.action,
        actor=players.people[step.by],
        content_hash=version.action.content_hash,
        comment=step.comment,
        hold=step.held,
    )
    version.decided = row.hours_ago - step.hours_later


def _reject(step: Rejected, versions: list[Version], row: Proposed, players: Players) -> None:
    version = versions[-1]
    version.action = reject(action=version.action, actor=players.people[step.by], reason=step.reason)
    version.decided = row.hours_ago - step.hours_later


def _edit(step: Edited, versions: list[Version], row: Proposed, players: Players) -> None:
    before = versions[-1].action
    after = edit(action=before, payload={**before.payload, **step.changes}, actor=players.people[step.by])
    versions.append(Version(after, proposed=row.hours_ago - step.hours_later))


def _withdraw(step: Withdrawn, versions: list[Version], row: Proposed, players: Players) -> None:
    action = versions[-1].action
    versions[-1].action = withdraw(action=action, actor=players.agents[row.clone], clone_id=action.clone_id)


def _carry_out(step: CarriedOut, versions: list[Version], row: Proposed, players: Players) -> None:
    version = versions[-1]
    for trouble in _tries(step):
        _try(version.action, trouble)
    version.done = row.hours_ago - step.hours_later


def _tries(step: CarriedOut) -> tuple[Trouble, ...]:
    """One try for each trouble, and one more that succeeds unless the last trouble ended it."""
    last = step.troubles[-1] if step.troubles else None
    ended = isinstance(last, Uncertain) or (isinstance(last, NotDelivered) and last.final)
    return step.troubles if ended else (*step.troubles, None)


def _try(action: Action, trouble: Trouble) -> None:
    Action.objects.filter(pk=action.pk).update(retry_at=None)  # in the story the wait is over
    (claimed,) = claim(action.tenant_id, action.queue, ids=[action.pk])
    run(claimed, connector=_connector(action.queue, trouble))


def _connector(queue: str, trouble: Trouble) -> Connector:
    """The real one where it only writes to our own records; anywhere else one that sends nothing and says so."""
    real = CONNECTORS[queue]
    if trouble is None and real.in_transaction:
        return real
    return real._replace(deliver=partial(_pretend, trouble), in_transaction=False)


def _pretend(trouble: Trouble, delivery: Delivery) -> Receipt:
    if trouble is not None:
        raise trouble
    return Receipt(NOTHING_WAS_SENT)


_STEPS: Mapping[type, Callable[[Any, list[Version], Proposed, Players], None]] = {
    Approved: _approve,
    Rejected: _reject,
    Edited: _edit,
    Withdrawn: _withdraw,
    CarriedOut: _carry_out,
}
