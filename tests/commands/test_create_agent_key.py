"""create_agent_key."""

import pytest

from crm.keys import find_caller
from crm.models import AgentKey, Clone
from crm.tenancy import tenant_scope
from record.models import Entry
from tests.cast import Company


def clones(company: Company) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Clone.objects.values_list("name", flat=True))


def test_a_key_for_a_new_clone_makes_the_clone(run, acme: Company) -> None:
    key = run("create_agent_key", "--tenant", "acme", "--clone", "Grace")["key"]
    caller = find_caller(key)
    assert key.startswith("aut_")
    assert caller.scopes == {"propose", "read", "result"}
    assert "Grace" in clones(acme)
    with tenant_scope(acme.tenant):
        assert Entry.objects.get(kind="clone.created").subject_id == str(caller.clone_id)


def test_a_second_key_for_a_clone_uses_the_same_clone(run, acme: Company) -> None:
    keys = [run("create_agent_key", "--tenant", "acme", "--clone", acme.clone.name)["key"] for _ in range(2)]
    assert {find_caller(key).clone_id for key in keys} == {acme.clone.pk}
    assert clones(acme) == [acme.clone.name]


def test_the_scopes_can_be_chosen(run, acme: Company) -> None:
    key = run("create_agent_key", "--tenant", "acme", "--clone", "Grace", "--scopes", "read, propose")["key"]
    assert find_caller(key).scopes == {"propose", "read"}


def test_an_ingest_key_takes_no_clone(run, acme: Company) -> None:
    caller = find_caller(run("create_agent_key", "--tenant", "acme", "--scopes", "ingest")["key"])
    assert (caller.scopes, caller.clone_id) == ({"ingest"}, None)


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        ([], "--clone:"),
        (["--clone", " "], "--clone:"),
        (["--clone", "Grace", "--scopes", "ingest"], "--scopes: ingest stands alone"),
        (["--scopes", "ingest,read"], "--scopes: ingest stands alone"),
        (["--clone", "Grace", "--scopes", "fly"], "--scopes: fly; choose from"),
        (["--clone", "Grace", "--scopes", ""], "--scopes: none given"),
        (["--clone", "G" * 201], "--clone:"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    refused, acme: Company, words: list[str], argument: str
) -> None:
    code, sentence = refused("create_agent_key", "--tenant", "acme", *words)
    assert code == 2
    assert sentence.startswith(argument)
    assert clones(acme) == [acme.clone.name]
    with tenant_scope(acme.tenant):
        assert AgentKey.objects.count() == 1


def test_an_unknown_tenant_is_refused(refused, acme: Company) -> None:
    code, sentence = refused("create_agent_key", "--tenant", "x", "--clone", "Grace")
    assert code == 2
    assert sentence.startswith("--tenant: there is no tenant 'x'")


def test_people_see_the_key_on_a_line_of_its_own(told, acme: Company) -> None:
    assert told("create_agent_key", "--tenant", "acme", "--clone", "Grace").splitlines()[-1].startswith("aut_")
