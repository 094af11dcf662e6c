"""Row-level security, and what a worker must know before it can enter a tenant's scope: which tenants have work."""

from django.db import migrations

from record.isolation import protect

TENANTS_WITH_WORK = """
CREATE FUNCTION engine_due_tenants(wanted text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT tenant_id FROM engine_action
    WHERE status = 'approved' AND queue = wanted
    AND (not_before IS NULL OR not_before <= clock_timestamp())
    AND (retry_at IS NULL OR retry_at <= clock_timestamp())
    AND (expires_at > clock_timestamp() OR attempts > 0)
$$;

CREATE FUNCTION engine_overdue_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT tenant_id FROM engine_action
    WHERE status IN ('pending', 'approved') AND expires_at <= clock_timestamp() AND (attempts = 0 OR status = 'pending')
$$;

CREATE FUNCTION engine_lost_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT tenant_id FROM engine_action WHERE status = 'executing' AND lease_until <= clock_timestamp()
$$;
"""
FORGET = """
DROP FUNCTION engine_lost_tenants();
DROP FUNCTION engine_overdue_tenants();
DROP FUNCTION engine_due_tenants(text);
"""


class Migration(migrations.Migration):
    dependencies = [("engine", "0001_initial"), ("guardrails", "0002_one_tenant_at_a_time")]

    operations = [
        protect("engine_action", owner_reads=True),
        protect("engine_attempt"),
        migrations.RunSQL(TENANTS_WITH_WORK, FORGET),
    ]
