from django.db import migrations

from record.isolation import CREATE_APP_TENANT, append_only, protect


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]

    operations = [CREATE_APP_TENANT, protect("record_entry"), append_only("record_entry")]
