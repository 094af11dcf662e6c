"""After a change of rules what waits is judged anew, so that the queue shows what holds now: part of the sweep.

An action that nobody looked at is re-stamped or blocked here; who had looked at it is told so when they decide.
"""

from time import monotonic
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery

from crm.tenancy import tenant_scope
from engine.caps import take_turns, with_limits
from engine.consent_check import block, judge_again, new_stamp
from engine.facts import read, subject_of
from engine.lifecycle import Status
from engine.models import Action
from engine.moves import note, restamp
from guardrails.models import Policy
from guardrails.policy import status_for
from record.actors import WORKER

BATCH = 200  # in one transaction
MOST_SECONDS = 10.0  # of one sweep for one tenant; the next one takes the rest


def rejudge() -> int:
    """Judge anew what waits under older rules, of every tenant; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_waiting_tenants()")
        tenants = [row[0] for row in cursor.fetchall()]
    return sum(_rejudge(tenant_id) for tenant_id in tenants)


def _rejudge(tenant_id: UUID) -> int:
    until, judged = monotonic() + MOST_SECONDS, 0
    while monotonic() < until and (some := _rejudge_some(tenant_id)):
        judged += some
    return judged


def _rejudge_some(tenant_id: UUID) -> int:
    version = Subquery(Policy.objects.filter(tenant_id=OuterRef("tenant_id")).values("version"))
    older = Action.objects.filter(~Q(policy_version=version))
    waiting, quiet = (
        older.filter(status=Status.PENDING),
        older.filter(status=Status.APPROVED, quiet_until__isnull=False),
    )
    with tenant_scope(tenant_id):
        if not waiting.exists() and not quiet.exists():
            return 0
        take_turns()
        judged, reviewed = list(_locked(waiting)), list(_locked(quiet))
        _judge(judged)
        for action in reviewed:
            note(action, actor=WORKER, kind="action.quiet_hours_reviewed", changes={"quiet_until": None}, facts={})
    return len(judged) + len(reviewed)


def _locked(rows: QuerySet[Action]) -> QuerySet[Action]:
    related = ("tenant", "clone", "account", "opportunity", "contact")
    return rows.select_for_update(skip_locked=True, of=("self",)).select_related(*related).order_by("id")[:BATCH]


def _judge(waiting: list[Action]) -> None:
    situations = with_limits(read([subject_of(action) for action in waiting]), [action.pk for action in waiting])
    for action, situation in zip(waiting, situations, strict=True):
        verdict = judge_again(action, situation)
        if status_for(verdict) == Status.BLOCKED:
            block(action, situation, verdict, actor=WORKER)
        else:
            facts = {"rules": list(verdict.rules), "policy_version": situation.policy_version}
            restamp(action, actor=WORKER, changes=new_stamp(action, situation, verdict), facts=facts)
