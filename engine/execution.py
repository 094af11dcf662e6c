"""Carrying out what was claimed, and writing down what became of it; every write carries the claim's fence."""

import logging
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from crm.models import Channel, Direction, InteractionStatus
from crm.tenancy import tenant_scope
from engine.claims import Claim, claim
from engine.clock import ClockTimestamp, from_now
from engine.connectors.contract import Connector, Delivery, NotDelivered, Receipt, Uncertain
from engine.connectors.crm import interaction_of
from engine.connectors.registry import CONNECTORS
from engine.lifecycle import Status
from engine.models import Action, Attempt
from engine.moves import move
from engine.payloads import Promise
from record.actors import WORKER, Actor

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 6
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
DRAIN_SECONDS = 10  # one message's share of a worker; what is left is the next message's, or the sweep's


def drain(queue: str) -> int:
    """Carry out what is due in `queue`, a batch per tenant in turn, and return how many actions were carried out.

    Ends when nothing is due or its time is up. Raises KeyError for a queue no connector works.
    """
    connector, until, done = CONNECTORS[queue], monotonic() + DRAIN_SECONDS, 0
    while connector.ready() and monotonic() < until:
        claimed = [one for tenant_id in due_tenants(queue) for one in _run_claimed(tenant_id, queue, until)]
        if not claimed:
            break
        done += len(claimed)
    return done


def execute(action: Action, *, actor: Actor = WORKER) -> bool:
    """Claim one approved action and carry it out now; False where it is not due or may not run."""
    for claimed in claim(action.tenant_id, action.queue, ids=[action.pk], actor=actor) if action.queue else []:
        run(claimed)
        return True
    return False


def due_tenants(queue: str) -> list[UUID]:
    """The tenants that have something due in `queue`, in an order drawn anew, so that none is always last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_due_tenants(%s)", [queue])
        tenants = [row[0] for row in cursor.fetchall()]
    random.shuffle(tenants)
    return tenants


def _run_claimed(tenant_id: UUID, queue: str, until: float) -> Iterator[Claim]:
    if monotonic() < until:
        for claimed in claim(tenant_id, queue):
            run(claimed)
            yield claimed


def run(claimed: Claim, *, connector: Connector | None = None) -> None:
    """Carry out one claimed action, by `connector` or that of its queue, and record the outcome."""
    connector = connector or CONNECTORS[claimed.action.queue]
    delivery = Delivery(claimed.action, claimed.key)
    try:
        if connector.in_transaction:
            _carry_out_here(claimed, connector, delivery)
        else:
            _executed(claimed, connector.deliver(delivery))
    except NotDelivered as failure:
        _not_delivered(claimed, str(failure), final=failure.final)
    except Uncertain as doubt:
        _uncertain(claimed, connector, str(doubt))
    except Exception as surprise:
        # The edge of one action: what a connector did not foresee proves nothing, and must not stop the others.
        log.exception("connector %s failed on action %s", claimed.action.queue, claimed.action.pk)
        _surprised(claimed, connector, surprise)


def give_up_on(action: Action) -> None:
    """Settle an action whose lease ran out: whoever held it is gone, and only the connector's promise is left."""
    connector = CONNECTORS[action.queue]
    claimed = Claim(action, action.fence, "")
    _uncertain(claimed, connector, "The worker that carried it out was lost.")


def _carry_out_here(claimed: Claim, connector: Connector, delivery: Delivery) -> None:
    """Effect and result in one transaction: a stale fence undoes both."""
    with tenant_scope(claimed.action.tenant_id):
        receipt = connector.deliver(delivery)
        if not _finish(claimed, Status.EXECUTED, _result(receipt), outcome="executed", detail=receipt.detail):
            raise _Overtaken


class _Overtaken(Exception):
    """Somebody else has claimed the action since; what was written here is undone."""


def _executed(claimed: Claim, receipt: Receipt) -> None:
    with tenant_scope(claimed.action.tenant_id):
        _finish(claimed, Status.EXECUTED, _result(receipt), outcome="executed", detail=receipt.detail)
        _log_outreach(claimed.action)


def _not_delivered(claimed: Claim, detail: str, *, final: bool) -> None:
    with tenant_scope(claimed.action.tenant_id):
        if final or claimed.action.attempts + 1 >= MOST_ATTEMPTS:
            _finish(claimed, Status.FAILED, _outcome("failed", detail), outcome="failed", detail=detail)
        else:
            _finish(claimed, Status.APPROVED, None, outcome="retry", detail=detail, retry_at=_next_try(claimed.action))


def _uncertain(claimed: Claim, connector: Connector, detail: str) -> None:
    """A repeat is harmless where the connector says so; anywhere else a person is asked, and it is never repeated."""
    if connector.promise is Promise.KEYED:
        _not_delivered(claimed, detail, final=False)
        return
    with tenant_scope(claimed.action.tenant_id):
        _finish(claimed, Status.UNKNOWN, _outcome("unknown", detail), outcome="unknown", detail=detail)


def _surprised(claimed: Claim, connector: Connector, surprise: Exception) -> None:
    if isinstance(surprise, _Overtaken):
        return
    _uncertain(claimed, connector, f"{type(surprise).__name__}: {surprise}")


def _finish(
    claimed: Claim,
    to: Status,
    result: dict[str, Any] | None,
    *,
    outcome: str,
    detail: str,
    retry_at: Any = None,
) -> bool:
    changes = {"result": result, "lease_until": None, "retry_at": retry_at}
    facts = {"fence": claimed.fence, "outcome": outcome}
    Attempt.objects.filter(action_id=claimed.action.pk, fence=claimed.fence).update(
        ended_at=ClockTimestamp(), outcome=outcome, detail=detail[:10_000]
    )
    fenced = Q(fence=claimed.fence, status=Status.EXECUTING)
    moved = move([claimed.action.pk], to, actor=WORKER, only=fenced, changes=changes, facts=facts)
    if not moved:
        log.warning("action %s: the outcome %s of try %s came too late", claimed.action.pk, outcome, claimed.fence)
    return bool(moved)


def _next_try(action: Action) -> Any:
    """Twice as long at every try, with a tenth of jitter so that many failures do not come back at once."""
    delay = min(FIRST_RETRY * 2**action.attempts, LONGEST_RETRY)
    return from_now(delay * random.uniform(1.0, 1.1))


def _result(receipt: Receipt) -> dict[str, Any]:
    return {**_outcome("executed", receipt.detail), **receipt.facts}


def _outcome(outcome: str, detail: str) -> dict[str, Any]:
    return {"outcome": outcome, "detail": detail}


_OUTREACH = {"email": Channel.EMAIL, "chat": Channel.CHAT, "calendar": Channel.MEETING}


def _log_outreach(action: Action) -> None:
    """What went to the customer stands on the account's timeline."""
    if action.queue not in _OUTREACH:
        return
    payload, meeting = action.payload, action.queue == "calendar"
    interaction_of(
        action,
        channel=_OUTREACH[action.queue],
        direction=Direction.OUT,
        status=InteractionStatus.SCHEDULED if meeting else InteractionStatus.COMPLETED,
        occurred_at=datetime.fromisoformat(payload["starts_at"]) if meeting else timezone.now(),
        subject=payload.get("subject") or payload.get("title") or "",
        text=payload.get("body") or payload.get("text") or payload.get("description") or "",
        participants=[*payload.get("to", ()), *payload.get("cc", ()), *payload.get("attendees", ())],
    )
