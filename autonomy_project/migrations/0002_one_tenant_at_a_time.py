"""Row-level security, like on everything of a tenant."""

from django.db import migrations

from record.isolation import protect


class Migration(migrations.Migration):
    dependencies = [("autonomy_project", "0001_initial"), ("record", "0002_what_cannot_be_changed")]

    operations = [protect("autonomy_project_idempotentanswer")]
