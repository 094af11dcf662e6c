"""An account's changes are counted by the database, whoever makes them and however many rows a statement touches."""

from django.db import migrations

from record.isolation import protect

TABLES = ("crm_interaction", "crm_contact", "crm_opportunity")

COUNT = """
CREATE FUNCTION crm_count_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crm_accountactivity (id, tenant_id, account_id, changes, is_unread)
    SELECT gen_random_uuid(), touched.tenant_id, touched.account_id, 1, true
    FROM (SELECT DISTINCT tenant_id, account_id FROM changed WHERE account_id IS NOT NULL) touched
    ORDER BY touched.account_id
    ON CONFLICT (account_id) DO UPDATE SET changes = crm_accountactivity.changes + 1, is_unread = true;
    RETURN NULL;
END $$;

CREATE FUNCTION crm_count_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crm_accountactivity (id, tenant_id, account_id, changes, is_unread)
    SELECT gen_random_uuid(), touched.tenant_id, touched.account_id, 1, true
    FROM (
        SELECT tenant_id, account_id FROM changed WHERE account_id IS NOT NULL
        UNION SELECT tenant_id, account_id FROM before WHERE account_id IS NOT NULL) touched
    ORDER BY touched.account_id
    ON CONFLICT (account_id) DO UPDATE SET changes = crm_accountactivity.changes + 1, is_unread = true;
    RETURN NULL;
END $$;

CREATE FUNCTION crm_count_removals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN  -- no row is made: the account itself may be on its way out
    UPDATE crm_accountactivity a SET changes = a.changes + 1
    FROM (SELECT DISTINCT account_id FROM before WHERE account_id IS NOT NULL) touched
    WHERE a.account_id = touched.account_id;
    RETURN NULL;
END $$;
"""

FORGET = """
DROP FUNCTION crm_count_removals();
DROP FUNCTION crm_count_moves();
DROP FUNCTION crm_count_changes();
"""


def _counted(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER added_rows_count AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION crm_count_changes();
        CREATE TRIGGER changed_rows_count AFTER UPDATE ON {table} REFERENCING NEW TABLE AS changed OLD TABLE AS before
            FOR EACH STATEMENT EXECUTE FUNCTION crm_count_moves();
        CREATE TRIGGER removed_rows_count AFTER DELETE ON {table} REFERENCING OLD TABLE AS before
            FOR EACH STATEMENT EXECUTE FUNCTION crm_count_removals();
        """,
        f"""
        DROP TRIGGER removed_rows_count ON {table};
        DROP TRIGGER changed_rows_count ON {table};
        DROP TRIGGER added_rows_count ON {table};
        """,
    )


class Migration(migrations.Migration):
    dependencies = [("crm", "0003_activity")]

    operations = [
        protect("crm_accountactivity", owner_reads=True),
        migrations.RunSQL(COUNT, FORGET),
        *(_counted(table) for table in TABLES),
    ]
