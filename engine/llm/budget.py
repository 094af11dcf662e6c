"""How many tokens a run and a tenant may use: taken from the budget before a call, corrected after it."""

from uuid import UUID

from django.db import connection

from crm.models import Tenant
from crm.tenancy import tenant_scope

RUN_TOKENS = 20_000
DAY_TOKENS = 200_000  # of a tenant, in the runs that began on its own calendar day


def reserve(*, tenant: Tenant, run_id: UUID, tokens: int) -> bool:
    """Take `tokens` from both budgets, or nothing and return False where either does not hold them."""
    with tenant_scope(tenant), connection.cursor() as cursor:
        # Runs of one tenant ask one after the other: each sees what the others have taken.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('language model'), hashtext(%s))", [str(tenant.pk)])
        cursor.execute(
            _TAKE,
            {
                "run": run_id,
                "tokens": tokens,
                "of_run": RUN_TOKENS,
                "of_day": DAY_TOKENS,
                "zone": tenant.time_zone,
            },
        )
        return cursor.rowcount == 1


def correct(*, tenant: Tenant, run_id: UUID, reserved: int, used: int) -> None:
    """Put what was really used in place of what was reserved."""
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE engine_run SET tokens = greatest(0, tokens::bigint + %s) WHERE id = %s", [used - reserved, run_id]
        )


_TAKE = """
UPDATE engine_run SET tokens = tokens + %(tokens)s
WHERE id = %(run)s AND tokens + %(tokens)s <= %(of_run)s
AND %(tokens)s + (
    SELECT coalesce(sum(today.tokens), 0) FROM engine_run today
    WHERE today.tenant_id = engine_run.tenant_id
    AND today.created_at >= date_trunc('day', clock_timestamp(), %(zone)s)
) <= %(of_day)s
"""
