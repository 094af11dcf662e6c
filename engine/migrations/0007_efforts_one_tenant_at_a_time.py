"""Row-level security."""

from django.db import migrations

from record.isolation import protect


class Migration(migrations.Migration):
    dependencies = [("engine", "0006_what_came_of_it")]

    operations = [protect("engine_effort")]
