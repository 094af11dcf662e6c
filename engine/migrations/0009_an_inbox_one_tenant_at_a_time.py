"""Row-level security; which tenants have something to look at; and what the new columns say of the rows that are there."""

from django.db import migrations

from record.isolation import protect

DUE = """
CREATE OR REPLACE FUNCTION engine_due_tenants(wanted text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT tenant_id FROM engine_action
    WHERE status = 'approved' AND queue = wanted
    AND (not_before IS NULL OR not_before <= clock_timestamp())
    AND (retry_at IS NULL OR retry_at <= clock_timestamp())
    AND (quiet_until IS NULL OR quiet_until <= clock_timestamp())
    AND (expires_at > clock_timestamp() OR attempts > 0)
$$;
"""
DUE_BEFORE = DUE.replace("    AND (quiet_until IS NULL OR quiet_until <= clock_timestamp())\n", "")
WAITING = """
CREATE FUNCTION engine_waiting_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tenant_id FROM engine_action WHERE status = 'pending'
    UNION SELECT tenant_id FROM engine_action WHERE status = 'approved' AND quiet_until IS NOT NULL
$$;
"""
WHAT_IS_THERE = """
ALTER TABLE engine_action NO FORCE ROW LEVEL SECURITY;
ALTER TABLE engine_attempt NO FORCE ROW LEVEL SECURITY;
UPDATE engine_action SET waiting_since = proposed_at WHERE status = 'pending';
UPDATE engine_action a SET executed_at = t.ended_at FROM engine_attempt t
    WHERE t.action_id = a.id AND t.outcome = 'executed' AND a.status = 'executed';
UPDATE engine_action SET executed_at = coalesce(decided_at, proposed_at) WHERE status = 'executed' AND executed_at IS NULL;
ALTER TABLE engine_action FORCE ROW LEVEL SECURITY;
ALTER TABLE engine_attempt FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("engine", "0008_an_inbox")]

    operations = [
        protect("engine_question"),
        protect("engine_savedview"),
        protect("engine_reach"),
        migrations.RunSQL(DUE, DUE_BEFORE),
        migrations.RunSQL(WAITING, "DROP FUNCTION engine_waiting_tenants()"),
        migrations.RunSQL(WHAT_IS_THERE, migrations.RunSQL.noop),
    ]
