"""Two imports of one tenant at once: the second waits its turn, and gives up with a sentence rather than for ever."""

from pathlib import Path
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from crm.models import Account, Tenant
from crm.tenancy import tenant_scope
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.crm.maven_folder import write_export

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return create_tenant(slug="acme", actor=SYSTEM)


def test_an_import_that_cannot_have_its_turn_stores_nothing_and_ends_with_2(tenant: Tenant, tmp_path: Path) -> None:
    folder = write_export(tmp_path)
    holds, may_go = Event(), Event()

    def rival() -> None:
        try:
            with tenant_scope(tenant):
                Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
                holds.set()
                may_go.wait(20)
        finally:
            connection.close()

    thread = Thread(target=rival)
    thread.start()
    assert holds.wait(5)
    try:
        with pytest.raises(CommandError, match="Nothing was stored; try again") as refusal:
            call_command("import_crm", str(folder), profile="maven", tenant="acme")
    finally:
        may_go.set()
        thread.join()
    assert refusal.value.returncode == 2
    with tenant_scope(tenant):
        assert Account.objects.count() == 0
    call_command("import_crm", str(folder), profile="maven", tenant="acme", verbosity=0)
    with tenant_scope(tenant):
        assert Account.objects.count() == 2
