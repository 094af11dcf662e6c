"""The rows that engine.stamping reads its signs from: who decided what when, and what was decided in bulk."""

from typing import Any

from django.db import connection

from engine.console.figures import Stretch
from engine.stamping import BulkRun, Decision, Hand, hands

MOST = 5_000  # decisions that are looked at, the newest ones
BULK = "actions.decided_in_bulk"


def signs(stretch: Stretch) -> list[Hand]:
    """How each person decided in the stretch; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, stretch.asked(most=MOST, bulk=BULK))
        rows = cursor.fetchall()
    return hands(
        [_decision(row) for row in rows if row[0] == "decision"], [_run(row) for row in rows if row[0] == "bulk"]
    )


def _decision(row: tuple[Any, ...]) -> Decision:
    _, person, at, status, edited, words = row
    return Decision(person, at, status != "rejected", edited, words)


def _run(row: tuple[Any, ...]) -> BulkRun:
    return BulkRun(row[1], row[2], row[5])


# Decisions by actions_by_decision; runs, which are entries about the company, by entries_of_a_subject.
# Words are those of every text in the payload, whatever its field.
_SQL = """
WITH decided AS MATERIALIZED (
    SELECT decided_by_id, decided_at, status, supersedes_id IS NOT NULL AS is_edit, payload FROM engine_action
    WHERE tenant_id = %(tenant)s AND decided_at >= %(since)s AND decided_at <= %(now)s
    ORDER BY decided_at DESC LIMIT %(most)s
)
SELECT 'decision', person.username, decided.decided_at, decided.status, decided.is_edit, (
    SELECT coalesce(sum(cardinality(regexp_split_to_array(btrim(leaf #>> '{}'), '\\s+'))), 0)::int
    FROM jsonb_path_query(decided.payload, 'strict $.**') AS leaf
    WHERE jsonb_typeof(leaf) = 'string' AND btrim(leaf #>> '{}') <> ''
)
FROM decided JOIN auth_user AS person ON person.id = decided.decided_by_id
UNION ALL
SELECT 'bulk', coalesce(person.username, entry.actor_label), entry.created_at, '', false, (entry.facts ->> 'count')::int
FROM record_entry AS entry LEFT JOIN auth_user AS person ON person.id::text = entry.actor_id
WHERE entry.tenant_id = %(tenant)s AND entry.subject_id = %(tenant)s::text AND entry.id >= %(first)s
    AND entry.kind = %(bulk)s AND entry.actor_kind = 'person'
"""
