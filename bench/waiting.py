"""How fast the approval queue answers with many actions behind it: the same 5,000 pending ones among 10,000 and 1,000,000.

    python3 manage.py bench queue --json

Two tenants of the bench's own hold the same waiting actions for the same deals; one of them has a million in all, the other
ten thousand. Pages are asked of the whole stack but the socket, turn and turn about, so that whatever else the machine does
meets both; `ratio` is of the medians. The statements are read with EXPLAIN on the large one: `scans` names every plan that
goes through the whole of engine_action, and should be empty.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

SMALL, LARGE = "bench-queue-small", "bench-queue-large"
TOTALS = {SMALL: 10_000, LARGE: 1_000_000}
PENDING = 5_000
ROUNDS = 31
BATCH = 20_000
MADE = "bench.made"
MANAGER = "bench-queue-manager"
QUERIES = {
    "queue": "",
    "clone": "clone={clone}",
    "action": "action=send_proposal",
    "stage": "stage=negotiation",
    "reason": "reason=approval_required",
    "value": "value_from=20000&value_to=60000",
    "age": "age=24",
    "assignee": "assignee=mine",
    "snoozed": "snoozed=yes",
}


class NotOurs(Exception):
    """A tenant of this name was not made by this bench."""


def measure(*, rounds: int = ROUNDS, totals: dict[str, int] | None = None, pending: int = PENDING) -> dict[str, Any]:
    """Fill the two tenants, if they are not there, and time the queue and each filter in both.

    Returns {actions, pending, milliseconds: {page: {small, large, ratio}}, worst, statements, scans}. Raises NotOurs.
    """
    wanted = totals or TOTALS
    tenants = {slug: _tenant(slug, number, min(pending, number)) for slug, number in wanted.items()}
    _gather_statistics()
    visits = {slug: _visit(tenant) for slug, tenant in tenants.items()}
    with _quietly():
        told = {page: _page(visits, query, rounds) for page, query in [*QUERIES.items(), ("live", None)]}
        read = _explained(tenants[LARGE], visits[LARGE])
    worst = max(one["ratio"] for one in told.values())
    return {"actions": wanted, "pending": pending, "rounds": rounds, "milliseconds": told, "worst": worst, **read}


def forget() -> None:
    """Take the two tenants' actions away."""
    from crm.models import Tenant

    for slug in TOTALS:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is not None:
            _empty(tenant.pk)


# --- times -------------------------------------------------------------------------------------------------------------


def _page(visits: dict[str, Any], query: str | None, rounds: int) -> dict[str, float]:
    """The medians of asking for a page in both tenants, turn and turn about; the first turn is not counted."""
    times: dict[str, list[float]] = {slug: [] for slug in visits}
    for turn in range(rounds + 1):
        for slug in sorted(visits, reverse=bool(turn % 2)):
            began = perf_counter()
            answer = visits[slug].get(query)
            took = (perf_counter() - began) * 1_000
            assert answer.status_code == 200, (query, answer.status_code)
            if turn:
                times[slug].append(took)
    small, large = (median(times[slug]) for slug in (SMALL, LARGE))
    return {"small": round(small, 1), "large": round(large, 1), "ratio": round(large / small, 2)}


@contextmanager
def _quietly() -> Iterator[None]:
    """Without a line of log for each of the hundreds of requests."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


class _Visit:
    """The tenant's manager at the console."""

    def __init__(self, tenant: Any, person: Any, clone: UUID, shown: list[UUID]) -> None:
        from django.test import Client

        self.client, self._clone = Client(SERVER_NAME="localhost", secure=True), clone
        self._shown = {"X-Shown": ",".join(one.hex for one in shown)}
        self.client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        session = self.client.session
        session["tenant"] = str(tenant.pk)
        session.save()

    def get(self, query: str | None) -> Any:
        """The queue with these filters, or (None) what changed in it."""
        if query is None:
            return self.client.get("/admin/engine/action/queue/live/", headers=self._shown)
        return self.client.get(f"/admin/?{query.format(clone=self._clone)}")


def _visit(tenant: Any) -> _Visit:
    from django.contrib.auth.models import User

    from crm.models import Clone
    from crm.tenancy import tenant_scope
    from engine.models import Action

    with tenant_scope(tenant):
        clone = Clone.objects.order_by("name").values_list("pk", flat=True)[0]
        waiting = Action.objects.filter(tenant=tenant, status="pending").order_by("id")
        shown = list(waiting.values_list("pk", flat=True)[:50])
    return _Visit(tenant, User.objects.get(username=MANAGER), clone, shown)


# --- plans -------------------------------------------------------------------------------------------------------------


def _explained(tenant: Any, visit: _Visit) -> dict[str, Any]:
    """How many statements each page takes, and the plans among them that read the whole table."""
    counts, scans = {}, []
    for page, query in [*QUERIES.items(), ("live", None)]:
        with _captured() as statements:
            visit.get(query)
        counts[page] = len(statements)
        scans += [f"{page}: {sql[:60]}" for sql in statements if _scans(tenant, sql)]
    return {"statements": counts, "scans": scans}


@contextmanager
def _captured() -> Iterator[list[str]]:
    from django.db import connection

    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        statements.append(context["cursor"].cursor.query.decode())
        return answer

    with connection.execute_wrapper(note):
        yield statements


def _scans(tenant: Any, sql: str) -> bool:
    from django.db import connection

    from crm.tenancy import tenant_scope

    if "engine_action" not in sql:
        return False
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        plan = cursor.fetchone()[0]
    plans = json.loads(plan) if isinstance(plan, str) else plan
    return any(_is_a_whole_scan(node) for node in _nodes(plans[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from _nodes(below)


def _is_a_whole_scan(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") == "engine_action" and node["Node Type"].endswith("Seq Scan")


# --- rows --------------------------------------------------------------------------------------------------------------


def _tenant(slug: str, actions: int, pending: int) -> Any:
    """The tenant with so many actions, made anew where it holds another number."""
    from crm.models import Tenant
    from crm.tenancy import tenant_scope
    from engine.models import Action
    from guardrails.tenants import create_tenant
    from record import journal
    from record.actors import SYSTEM
    from record.models import Entry

    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        tenant = create_tenant(slug=slug, name=slug.replace("-", " ").title(), actor=SYSTEM)
        with tenant_scope(tenant):
            journal.write(tenant_id=tenant.pk, kind=MADE, subject=("tenant", tenant.pk), actor=SYSTEM)
    with tenant_scope(tenant):
        if not Entry.objects.filter(subject_id=str(tenant.pk), kind=MADE).exists():
            raise NotOurs(f"There is a tenant {slug}, and it was not made by this bench.")
        held = Action.objects.count()
        _let_wait_anew(tenant.pk)
    if held != actions:
        _empty(tenant.pk)
        _fill(tenant, actions, pending)
    _man(tenant)
    return tenant


def _man(tenant: Any) -> None:
    from crm.models import Membership, Role
    from crm.people import add_person
    from crm.tenancy import tenant_scope
    from record.actors import SYSTEM

    with tenant_scope(tenant):
        if not Membership.objects.filter(person__username=MANAGER).exists():
            add_person(tenant=tenant, username=MANAGER, role=Role.MANAGER, actor=SYSTEM)


def _empty(tenant_id: UUID) -> None:
    from django.db import connection

    from crm.tenancy import tenant_scope

    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for table in ("engine_action", "crm_opportunity", "crm_account", "crm_clone", "goals_goal"):
            cursor.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [tenant_id])


def _let_wait_anew(tenant_id: UUID) -> None:
    """What waits since an earlier day of benching has a deadline ahead again."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE engine_action SET expires_at = clock_timestamp() + interval '5 days'"
            " WHERE tenant_id = %s AND status = 'pending' AND expires_at < clock_timestamp() + interval '1 day'",
            [tenant_id],
        )


def _fill(tenant: Any, actions: int, pending: int) -> None:
    """20 clones, 1,000 accounts with a deal each, four goals, and the actions, what waits scattered among the rest."""
    from django.db import connection

    from crm.tenancy import tenant_scope
    from goals.tracker import GoalTracker

    about = {"tenant": tenant.pk, "every": actions // pending}
    with tenant_scope(tenant), connection.cursor() as cursor:
        for sql in (_CLONES, _ACCOUNTS, _DEALS):
            cursor.execute(sql, about)
    for first in range(0, actions, BATCH):
        with tenant_scope(tenant), connection.cursor() as cursor:
            cursor.execute(_ACTIONS, {**about, "first": first, "last": min(first + BATCH, actions) - 1})
    tracker = GoalTracker()
    for kind, target in (("revenue", 9_000_000), ("pipeline", 90_000_000), ("activity", 500), ("quality", "0.9")):
        tracker.create_goal(tenant, kind, target, *_this_year())


def _this_year() -> tuple[Any, Any]:
    from datetime import date

    today = date.today()
    return today.replace(month=1, day=1), today.replace(month=12, day=31)


def _gather_statistics() -> None:
    """What autovacuum would do within minutes. As the owner."""
    import psycopg2
    from django.conf import settings

    if not settings.ENVIRONMENT.database_owner_url:
        return
    with closing(psycopg2.connect(settings.ENVIRONMENT.database_owner_url)) as connection:
        connection.autocommit = True
        for table in ("engine_action", "crm_opportunity", "crm_account", "crm_clone"):
            connection.cursor().execute(f"VACUUM (ANALYZE) {table}")


_CLONES = """
INSERT INTO crm_clone (id, tenant_id, name, team, address, reply_to, signature)
SELECT uuidv7(), %(tenant)s, 'Agent ' || n, CASE n %% 3 WHEN 0 THEN '' WHEN 1 THEN 'East' ELSE 'West' END, '', '', ''
FROM generate_series(1, 20) n"""
_ACCOUNTS = """
INSERT INTO crm_account (id, tenant_id, external_id, name, domains, industry, owner, attributes, context, plan)
SELECT uuidv7(), %(tenant)s, 'A' || n, 'Customer ' || n, ARRAY['customer' || n || '.example'], '', '', '{}', '{}', ''
FROM generate_series(1, 1000) n"""
_DEALS = """
INSERT INTO crm_opportunity (
    id, tenant_id, account_id, external_id, name, stage, amount, currency, qualification, attributes)
SELECT uuidv7(), %(tenant)s, a.id, 'D' || a.external_id, 'Seats',
    (ARRAY['discovery', 'evaluation', 'negotiation', 'qualification'])[1 + abs(hashtext(a.external_id)) %% 4],
    500 + abs(hashtext(a.external_id)) %% 90000, 'USD', '{}', '{}'
FROM crm_account a WHERE a.tenant_id = %(tenant)s"""
# Every so-manyth action waits, so that what waits lies scattered over the whole table: the worst case for reading it.
_ACTIONS = """
WITH clone AS (SELECT array_agg(id ORDER BY name) AS ids FROM crm_clone WHERE tenant_id = %(tenant)s),
deal AS (SELECT array_agg(id ORDER BY external_id) AS ids, array_agg(account_id ORDER BY external_id) AS accounts,
    array_agg(stage ORDER BY external_id) AS stages FROM crm_opportunity WHERE tenant_id = %(tenant)s)
INSERT INTO engine_action (
    id, tenant_id, clone_id, account_id, opportunity_id, action_type, payload, rationale, runner, queue, tier, status,
    version, stage, policy_version, content_hash, allowed, requires_human, rules, proposer_kind, proposer_id, proposer_label,
    proposed_at, waiting_since, expires_at, snoozed_until, decision_comment, fence, attempts, cause)
SELECT uuidv7(), %(tenant)s, clone.ids[1 + p %% 20], deal.accounts[d], CASE WHEN p %% 10 > 0 THEN deal.ids[d] END,
    (ARRAY['send_proposal', 'discuss_pricing', 'send_follow_up_email', 'negotiate_terms', 'contact_c_suite'])[1 + p %% 5],
    jsonb_build_object('to', jsonb_build_array('p@customer' || d || '.example'), 'subject', 'Number ' || n,
        'body', repeat('We spoke about the plan for the next quarter. ', 12)),
    'They asked for it.', 'connector', 'email', 'approval_required',
    CASE WHEN waits THEN 'pending' ELSE (ARRAY['executed', 'rejected', 'expired'])[1 + n %% 3] END, 1, deal.stages[d], 1,
    md5(n::text) || md5((n + 1)::text), false, true,
    ARRAY[(ARRAY['approval_required', 'stage_gate', 'unknown_recipient'])[1 + p %% 3]],
    'key', '1', 'agent key', clock_timestamp() - make_interval(mins => p %% 4000), NULL,
    clock_timestamp() + make_interval(hours => 30 + p %% 90),
    CASE WHEN waits AND p %% 50 = 0 THEN clock_timestamp() + interval '9 days' END, '', 0, 0, ''
FROM (SELECT n, n / %(every)s AS p, n %% %(every)s = 0 AS waits, 1 + (n / %(every)s) %% 1000 AS d
    FROM generate_series(%(first)s::int, %(last)s::int) n) numbered, clone, deal"""
