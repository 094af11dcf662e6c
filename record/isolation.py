"""Row-level security, written once: the migration operations that fence a table by tenant or by time.

A query outside a tenant's scope must fail, not find nothing: `app_tenant()` raises when `app.tenant` is unset, so a
forgotten `tenant_scope` is an error at the first row instead of an empty page with status 200.
"""

from django.db import migrations

CREATE_APP_TENANT = migrations.RunSQL(
    """
    CREATE FUNCTION app_tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    BEGIN
        IF coalesce(current_setting('app.tenant', true), '') = '' THEN
            RAISE EXCEPTION 'no tenant in scope: wrap the query in tenant_scope()'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN current_setting('app.tenant')::uuid;
    END $$;
    """,
    "DROP FUNCTION app_tenant();",
)


def protect(table: str, *, owner_reads: bool = False) -> migrations.RunSQL:
    """Let a row of `table` be seen and written only inside its own tenant's scope, whoever asks.

    `owner_reads` opens the table to the role that runs the migration, for the SECURITY DEFINER functions that must find
    a row before the tenant is known. The sub-select makes the planner call app_tenant() once, not once a row.

    Fence a table in a migration after the one that makes it: PostgreSQL validates a new foreign key by a query that the
    fence applies to as well. A foreign key added later needs NO FORCE ROW LEVEL SECURITY around it.
    """
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_only ON {table} USING (tenant_id = (SELECT app_tenant()))"
        " WITH CHECK (tenant_id = (SELECT app_tenant()))",
    ]
    undo = [f"DROP POLICY tenant_only ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    if owner_reads:
        statements.append(f"CREATE POLICY owner_reads ON {table} TO CURRENT_USER USING (true)")
        undo.insert(0, f"DROP POLICY owner_reads ON {table}")
    return migrations.RunSQL(";\n".join(statements), ";\n".join(undo))


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on `table`, in every session and replication mode."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER rows_stay BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_refuses();
        CREATE TRIGGER table_stays BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER rows_stay;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER table_stays;
        """,
        f"""
        DROP TRIGGER rows_stay ON {table};
        DROP TRIGGER table_stays ON {table};
        DROP FUNCTION {table}_refuses();
        """,
    )
