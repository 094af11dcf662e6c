from django.db import migrations

from record.isolation import protect


class Migration(migrations.Migration):
    dependencies = [("guardrails", "0001_initial"), ("crm", "0002_one_tenant_at_a_time")]

    operations = [protect("guardrails_policy"), protect("guardrails_pause")]
