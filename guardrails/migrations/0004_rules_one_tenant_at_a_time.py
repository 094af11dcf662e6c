"""Row-level security."""

from django.db import migrations

from record.isolation import protect


class Migration(migrations.Migration):
    dependencies = [("guardrails", "0003_rules_of_a_tenant")]

    operations = [protect("guardrails_tenantrule"), protect("guardrails_policyversion")]
