"""approve and reject: the rights of the person named, and nothing more."""

from uuid import uuid4

import pytest

from crm.stages import Stage
from tests.cast import Company


def approval(company: Company, action, **changed: str) -> list[str]:
    given = {"as": company.manager.username, "content-hash": action.content_hash, **changed}
    return [str(action.pk), *(word for name, value in given.items() for word in (f"--{name}", value))]


def rejection(company: Company, action, **changed: str) -> list[str]:
    given = {"as": company.manager.username, "reason": "The price is last year's.", **changed}
    return [str(action.pk), *(word for name, value in given.items() for word in (f"--{name}", value))]


def test_a_manager_approves_without_a_hold(run, acme: Company) -> None:
    action = acme.propose_proposal()
    answer = run("approve", *approval(acme, action))
    assert (answer["id"], answer["status"]) == (str(action.pk), "approved")
    assert (answer["decided_by"], answer["not_before"]) == (acme.manager.username, None)


def test_a_manager_rejects_with_a_reason(run, acme: Company) -> None:
    answer = run("reject", *rejection(acme, acme.propose_proposal()))
    assert (answer["status"], answer["decided_by"]) == ("rejected", acme.manager.username)
    assert answer["decision_comment"] == "The price is last year's."


@pytest.mark.parametrize("person", ["rep", "auditor", "operator"])
@pytest.mark.parametrize(("command", "words"), [("approve", approval), ("reject", rejection)])
def test_other_roles_are_refused(refused, acme: Company, person: str, command: str, words) -> None:
    action = acme.propose_proposal()
    username = getattr(acme, person).username
    code, sentence = refused(command, *words(acme, action, **{"as": username}))
    assert code == 1
    assert sentence == f"Deciding needs the role manager in this tenant; {username} is {person}."
    assert acme.read(action).status == "pending"


@pytest.mark.parametrize(("command", "words"), [("approve", approval), ("reject", rejection)])
def test_another_tenants_action_is_not_found(refused, acme: Company, rival: Company, command: str, words) -> None:
    action = acme.propose_proposal()
    code, sentence = refused(command, *words(acme, action, **{"as": rival.manager.username}))
    assert code == 2
    assert sentence.startswith(f"ID: there is no action {action.pk} in a tenant of manager-rival")


def test_an_unknown_action_and_an_unknown_person_are_refused(refused, acme: Company) -> None:
    action = acme.propose_proposal()
    words = approval(acme, action)
    assert refused("approve", str(uuid4()), *words[1:])[1].startswith("ID: there is no action")
    assert refused("approve", *approval(acme, action, **{"as": "nobody"}))[1].startswith(
        "--as: there is no person 'nobody'"
    )
    assert "ID" in refused("approve", "7", *words[1:])[1]


def test_a_stale_hash_is_refused(refused, acme: Company) -> None:
    action = acme.propose_proposal()
    code, sentence = refused("approve", *approval(acme, action, **{"content-hash": "0" * 64}))
    assert code == 1
    assert sentence.endswith(f"Its content hash is now {action.content_hash}.")


def test_a_stage_that_moved_is_told_and_the_action_stays(refused, run, acme: Company) -> None:
    action = acme.propose_proposal()
    acme.move_deal(Stage.NEGOTIATION)
    code, sentence = refused("approve", *approval(acme, action))
    now = acme.read(action)
    assert code == 1
    assert "Its stage was discovery and is negotiation." in sentence
    assert now.content_hash in sentence
    assert now.status == "pending"
    assert run("approve", *approval(acme, now))["status"] == "approved"


def test_a_decided_action_is_refused_with_who(refused, run, acme: Company) -> None:
    action = acme.propose_proposal()
    run("reject", *rejection(acme, action))
    code, sentence = refused("approve", *approval(acme, action))
    assert code == 1
    assert sentence.startswith("This action is rejected by manager-acme already.")


def test_a_rejection_needs_a_reason(refused, acme: Company) -> None:
    code, sentence = refused("reject", *rejection(acme, acme.propose_proposal(), reason=" "))
    assert code == 2
    assert sentence.startswith("--reason: ")


def test_people_are_told_how_it_stands(told, acme: Company) -> None:
    action = acme.propose_proposal()
    assert told("approve", *approval(acme, action)).startswith(
        "send_proposal for Globex: approved (approval_required)\n"
    )
