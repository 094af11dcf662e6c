"""reset_two_factor."""

from django_otp.plugins.otp_totp.models import TOTPDevice

from crm.people import add_person
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company


def test_the_device_is_forgotten_and_every_company_of_the_person_records_it(run, acme: Company, rival: Company) -> None:
    add_person(tenant=rival.tenant, username=acme.rep.username, role="rep", actor=SYSTEM)
    TOTPDevice.objects.create(user=acme.rep, name="app")
    assert run("reset_two_factor", acme.rep.username) == {"username": "rep-acme"}
    assert not TOTPDevice.objects.exists()
    for company in (acme, rival):
        with tenant_scope(company.tenant):
            assert Entry.objects.filter(kind="person.two_factor_reset", subject_id=str(acme.rep.pk)).count() == 1


def test_where_there_is_nothing_to_reset_it_says_so(refused, acme: Company) -> None:
    code, sentence = refused("reset_two_factor", acme.rep.username)
    assert code == 1
    assert sentence == "USERNAME: rep-acme logs in without a second factor; there is nothing to reset."


def test_an_unknown_name_is_refused(refused, acme: Company) -> None:
    assert refused("reset_two_factor", "nobody")[0] == 2
