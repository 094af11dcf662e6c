"""create_person."""

import pytest
from django.contrib.auth.models import User

from crm.access import role_in
from crm.tenancy import tenant_scope
from tests.cast import Company


def test_a_new_person_gets_a_password_that_works(run, acme: Company) -> None:
    answer = run("create_person", "hank", "--tenant", "acme", "--role", "manager", "--email", "hank@acme.example")
    assert answer["username"] == "hank"
    person = User.objects.get(username="hank")
    assert person.check_password(answer["password"])
    assert (person.email, person.is_staff, person.is_superuser) == ("hank@acme.example", True, False)


def test_a_given_password_is_used_and_answered(run, acme: Company) -> None:
    words = ["--tenant", "acme", "--role", "rep", "--password", "correct horse battery"]
    assert run("create_person", "hank", *words) == {"username": "hank", "password": "correct horse battery"}


def test_a_person_who_exists_only_gains_a_membership(run, acme: Company, rival: Company) -> None:
    before = acme.manager.password
    answer = run("create_person", acme.manager.username, "--tenant", "rival", "--role", "auditor")
    assert answer == {"username": acme.manager.username, "password": None}
    assert User.objects.get(pk=acme.manager.pk).password == before
    with tenant_scope(rival.tenant):
        assert role_in(rival.tenant.pk, acme.manager.pk) == "auditor"


def test_the_same_membership_twice_is_no_error(run, acme: Company) -> None:
    words = ["create_person", acme.rep.username, "--tenant", "acme", "--role", "rep"]
    assert run(*words) == run(*words) == {"username": acme.rep.username, "password": None}


def test_a_second_role_in_a_tenant_is_refused(refused, acme: Company) -> None:
    code, sentence = refused("create_person", acme.rep.username, "--tenant", "acme", "--role", "manager")
    assert code == 1
    assert sentence == "--role: rep-acme is rep of acme already; a person has one role in a tenant."


def test_an_unknown_tenant_is_refused_with_the_ones_there_are(refused, acme: Company, rival: Company) -> None:
    code, sentence = refused("create_person", "hank", "--tenant", "acmee", "--role", "rep")
    assert code == 2
    assert sentence == "--tenant: there is no tenant 'acmee'; choose from acme, rival, or make it with create_tenant."


@pytest.mark.django_db
def test_without_any_tenant_it_says_how_to_make_one(refused) -> None:
    assert refused("create_person", "hank", "--tenant", "acme", "--role", "rep")[1].endswith(
        "make it with create_tenant."
    )


def test_an_unknown_role_is_refused_with_the_four_there_are(refused, acme: Company) -> None:
    _, sentence = refused("create_person", "hank", "--tenant", "acme", "--role", "boss")
    assert "--role" in sentence
    assert all(role in sentence for role in ("manager", "rep", "auditor", "operator"))


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (["a b", "--role", "rep"], "USERNAME:"),
        (["hank", "--role", "rep", "--email", "not an address"], "--email:"),
        (["hank", "--role", "rep", "--password", "short"], "--password:"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_argument(refused, acme: Company, words: list[str], argument: str) -> None:
    people = User.objects.count()
    code, sentence = refused("create_person", *words, "--tenant", "acme")
    assert code == 2
    assert sentence.startswith(argument)
    assert User.objects.count() == people


def test_people_see_the_password_once(told, acme: Company) -> None:
    words = ["create_person", "hank", "--tenant", "acme", "--role", "rep"]
    assert "not shown again: " in told(*words)
    assert told(*words) == "hank is rep of acme. The password stays what it was.\n"
