"""create_token."""

import pytest
from django.contrib.auth.models import User

from crm.keys import find_caller
from crm.people import add_person
from record.actors import SYSTEM
from tests.cast import Company


def test_a_token_stands_for_its_person_in_the_tenant(run, acme: Company) -> None:
    token = run("create_token", acme.manager.username, "--tenant", "acme")["token"]
    caller = find_caller(token)
    assert token.startswith("autp_")
    assert (caller.person_id, caller.role, caller.tenant) == (acme.manager.pk, "manager", acme.tenant)


def test_the_tenant_of_somebody_with_one_need_not_be_named(run, acme: Company) -> None:
    assert find_caller(run("create_token", acme.rep.username)["token"]).tenant == acme.tenant


def test_somebody_with_several_tenants_has_to_say_which(refused, acme: Company, rival: Company) -> None:
    add_person(tenant=rival.tenant, username=acme.rep.username, role="rep", actor=SYSTEM)
    code, sentence = refused("create_token", acme.rep.username)
    assert code == 2
    assert sentence == "--tenant: say which of rep-acme's tenants: acme, rival."


def test_a_stranger_to_the_tenant_gets_no_token(refused, acme: Company, rival: Company) -> None:
    code, sentence = refused("create_token", acme.rep.username, "--tenant", "rival")
    assert code == 2
    assert sentence.startswith("--tenant: rep-acme is no member of rival")


def test_a_person_without_any_tenant_gets_no_token(refused, acme: Company) -> None:
    User.objects.create_user("loner")
    code, sentence = refused("create_token", "loner")
    assert code == 2
    assert sentence.startswith("USERNAME: loner is a member of no tenant")


def test_a_person_who_is_switched_off_gets_no_token(refused, acme: Company) -> None:
    User.objects.filter(pk=acme.rep.pk).update(is_active=False)
    assert refused("create_token", acme.rep.username)[0] == 1


@pytest.mark.parametrize(
    ("words", "argument"),
    [(["nobody"], "USERNAME: there is no person 'nobody'"), (["rep-acme", "--tenant", "x"], "--tenant:")],
)
def test_unknown_names_are_refused(refused, acme: Company, words: list[str], argument: str) -> None:
    code, sentence = refused("create_token", *words)
    assert code == 2
    assert sentence.startswith(argument)
