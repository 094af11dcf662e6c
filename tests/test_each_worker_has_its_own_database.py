"""What keeps two test processes from meeting in one database."""

import os

from django.db import connection


def test_the_connection_leads_to_the_database_of_this_process(db: None) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (f"autonomy_test_{worker}" if worker else "autonomy_test",)
