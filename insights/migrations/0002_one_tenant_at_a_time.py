"""Row-level security."""

from django.db import migrations

from record.isolation import protect

TABLES = ("insight", "feedback", "threshold", "watch", "summary")


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial")]

    operations = [protect(f"insights_{table}") for table in TABLES]
