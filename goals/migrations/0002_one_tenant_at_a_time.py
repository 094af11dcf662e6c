"""Row-level security."""

from django.db import migrations

from record.isolation import protect


class Migration(migrations.Migration):
    dependencies = [("goals", "0001_initial")]

    operations = [protect("goals_goal")]
