"""Making the demo in a database that holds something already."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from crm.access import role_in
from crm.tenancy import tenant_scope
from engine.demo.players import LOG_IN
from engine.demo.world import COMPANIES, counts
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.cast import Company, company

pytestmark = pytest.mark.django_db
SLUGS = [each.slug for each in COMPANIES]


def test_a_tenant_that_is_not_the_demos_is_left_alone() -> None:
    create_tenant(slug="kessler", actor=SYSTEM)
    with pytest.raises(CommandError, match="There is a tenant kessler already, and it is not the demo's") as refusal:
        call_command("seed_demo", "--json")
    assert refusal.value.returncode == 1
    assert counts()["accounts"] == 0


def test_the_person_of_up_keeps_the_password_and_becomes_manager_of_both() -> None:
    person = User.objects.create_user(LOG_IN, password="a long enough passphrase")
    notes = StringIO()
    call_command("seed_demo", "--json", stdout=StringIO(), stderr=notes)
    person.refresh_from_db()
    assert person.check_password("a long enough passphrase")
    assert notes.getvalue() == ""
    for slug in SLUGS:
        with tenant_scope(slug) as tenant_id:
            assert role_in(tenant_id, person.pk) == "manager"


def test_a_colleague_who_exists_keeps_the_password() -> None:
    User.objects.create_user("dana.whitfield", password="a long enough passphrase")
    call_command("seed_demo", stdout=StringIO(), stderr=StringIO())
    assert User.objects.get(username="dana.whitfield").check_password("a long enough passphrase")


def test_other_tenants_stay_as_they_are() -> None:
    acme: Company = company("acme")
    action = acme.propose_proposal()
    call_command("seed_demo", stdout=StringIO(), stderr=StringIO())
    assert acme.read(action).version == 1
