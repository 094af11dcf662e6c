"""After a change of rules what waits is judged anew, so that the queue shows what holds now: part of the sweep.

An action that nobody looked at is re-stamped or blocked here; who had looked at it is told so when they decide.
"""

from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, Subquery

from crm.tenancy import tenant_scope
from engine.caps import with_limits
from engine.consent_check import block, judge_again, new_stamp
from engine.facts import read, subject_of
from engine.lifecycle import Status
from engine.models import Action
from engine.moves import note, restamp
from guardrails.models import Policy
from guardrails.policy import status_for
from record.actors import WORKER

BATCH = 200  # of one tenant in one pass


def rejudge() -> int:
    """Judge anew what waits under older rules, of every tenant; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_waiting_tenants()")
        tenants = [row[0] for row in cursor.fetchall()]
    return sum(_rejudge(tenant_id) for tenant_id in tenants)


def _rejudge(tenant_id: UUID) -> int:
    version = Subquery(Policy.objects.filter(tenant_id=OuterRef("tenant_id")).values("version"))
    older = ~Q(policy_version=version)
    with tenant_scope(tenant_id):
        rows = Action.objects.filter(older, status=Status.PENDING)
        waiting = list(_locked(rows))
        if waiting:
            _judge(waiting)
        quiet = list(_locked(Action.objects.filter(older, status=Status.APPROVED, quiet_until__isnull=False)))
        for action in quiet:
            note(action, actor=WORKER, kind="action.quiet_hours_reviewed", changes={"quiet_until": None}, facts={})
    return len(waiting) + len(quiet)


def _locked(rows):
    related = ("tenant", "clone", "account", "opportunity", "contact")
    return rows.select_for_update(skip_locked=True, of=("self",)).select_related(*related).order_by("id")[:BATCH]


def _judge(waiting: list[Action]) -> None:
    situations = with_limits(
        read([subject_of(action) for action in waiting]), [action.pk for action in waiting], is_new=False
    )
    for action, situation in zip(waiting, situations, strict=True):
        verdict = judge_again(action, situation)
        if status_for(verdict) == Status.BLOCKED:
            block(action, situation, verdict, actor=WORKER)
        else:
            facts = {"rules": list(verdict.rules), "policy_version": situation.policy_version}
            restamp(action, actor=WORKER, changes=new_stamp(action, situation, verdict), facts=facts)
