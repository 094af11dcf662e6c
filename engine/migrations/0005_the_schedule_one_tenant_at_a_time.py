"""Row-level security for the schedule and the notices, and which tenants have some of either to work on."""

from django.db import migrations

from record.isolation import protect

TENANTS_WITH_WORK = """
CREATE FUNCTION engine_running_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT tenant_id FROM engine_run WHERE ended_at IS NULL
$$;

CREATE FUNCTION engine_unserved_tenants(
    a_task text, turn timestamptz, begun_after timestamptz, there_since timestamptz
) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id FROM crm_tenant t WHERE t.created_at <= there_since AND NOT EXISTS (
        SELECT FROM engine_run r WHERE r.tenant_id = t.id AND r.task = a_task
        AND (r.passed_slot >= turn OR (NOT r.by_hand AND (r.slot >= turn OR r.as_of > begun_after))))
    ORDER BY t.id
$$;

CREATE FUNCTION engine_notice_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT tenant_id FROM engine_notice
    WHERE (status = 'waiting' AND due_at <= clock_timestamp()) OR (status = 'sending' AND lease_until <= clock_timestamp())
$$;

CREATE FUNCTION engine_unread_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT tenant_id FROM crm_accountactivity WHERE is_unread
$$;
"""
FORGET = """
DROP FUNCTION engine_unread_tenants();
DROP FUNCTION engine_notice_tenants();
DROP FUNCTION engine_unserved_tenants(text, timestamptz, timestamptz, timestamptz);
DROP FUNCTION engine_running_tenants();
"""


class Migration(migrations.Migration):
    dependencies = [("engine", "0004_the_schedule"), ("crm", "0004_changes_are_counted")]

    operations = [
        protect("engine_run", owner_reads=True),
        protect("engine_slice"),
        protect("engine_runerror"),
        protect("engine_notice", owner_reads=True),
        protect("engine_digest"),
        migrations.RunSQL(TENANTS_WITH_WORK, FORGET),
    ]
