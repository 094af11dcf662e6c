"""pending."""

from tests.cast import Company


def test_it_answers_with_what_waits_for_a_person(run, acme: Company, rival: Company) -> None:
    waiting = [acme.propose_proposal(), acme.propose("discuss_pricing")]
    acme.propose("send_follow_up_email")
    acme.propose("commit_pricing", payload={})
    rival.propose_proposal()
    results = run("pending", "--tenant", "acme")["results"]
    assert [result["id"] for result in results] == [str(action.pk) for action in waiting]
    assert {result["status"] for result in results} == {"pending"}


def test_an_empty_queue_is_an_empty_list(run, acme: Company) -> None:
    assert run("pending", "--tenant", "acme") == {"results": []}


def test_people_see_what_they_need_to_approve(told, acme: Company) -> None:
    action = acme.propose_proposal()
    text = told("pending", "--tenant", "acme")
    assert str(action.pk) in text
    assert action.content_hash in text
    assert "send_proposal for Globex" in text


def test_people_are_told_that_nothing_waits(told, acme: Company) -> None:
    assert told("pending", "--tenant", "acme") == "Nothing waits for a person in acme.\n"


def test_an_unknown_tenant_is_refused(refused, acme: Company) -> None:
    code, sentence = refused("pending", "--tenant", "x")
    assert code == 2
    assert sentence.startswith("--tenant: there is no tenant 'x'")
