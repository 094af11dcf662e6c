"""Row-level security."""

from django.db import migrations

from record.isolation import protect


class Migration(migrations.Migration):
    dependencies = [("goals", "0003_readings_and_teams")]

    operations = [protect("goals_reading"), protect("goals_milestone")]
