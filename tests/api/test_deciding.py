"""Approving, rejecting and withdrawing over HTTP: who may, what must be sent, and what a conflict says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.keys import issue_agent_key
from crm.models import Clone
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.models import Action
from record.actors import SYSTEM
from record.models import Entry
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company


@pytest.fixture
def waiting(acme: Company) -> Action:
    """An action that waits for a person."""
    return acme.propose_proposal()


def of_another_clone(company: Company) -> Caller:
    """The agent of a second clone of the same tenant."""
    with tenant_scope(company.tenant):
        clone = Clone.objects.create(tenant=company.tenant, name="Grace")
    return caller(issue_agent_key(tenant=company.tenant, clone=clone, scopes=["propose", "read"], actor=SYSTEM)[1])


def test_a_manager_approves_what_was_shown(acme: Company, manager: Caller, waiting: Action) -> None:
    shown = manager.get(f"actions/{waiting.pk}/").json()
    response = manager.post(
        f"actions/{waiting.pk}/approve/", {"content_hash": shown["content_hash"], "comment": "Go ahead."}
    )
    assert response.status_code == 200
    body = response.json()
    assert (body["status"], body["decided_by"], body["version"]) == ("approved", acme.manager.username, 2)
    assert body["decision_comment"] == "Go ahead."
    assert body["not_before"] is None  # a decision over the API has no hold


def test_a_manager_rejects_with_a_reason(acme: Company, manager: Caller, waiting: Action) -> None:
    body = manager.post(f"actions/{waiting.pk}/reject/", {"reason": "Too early."}).json()
    assert (body["status"], body["decided_by"], body["decision_comment"]) == (
        "rejected",
        acme.manager.username,
        "Too early.",
    )
    assert body["waiting_for"] is None


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_an_agents_key_never_decides_not_even_with_a_valid_hash(
    acme: Company, agent: Caller, waiting: Action, verb: str
) -> None:
    body = {"content_hash": waiting.content_hash} if verb == "approve" else {"reason": "No."}
    for key in (agent, of_another_clone(acme)):
        problem(key.post(f"actions/{waiting.pk}/{verb}/", body), 403)
    assert acme.read(waiting).status == "pending"
    with tenant_scope(acme.tenant):
        tries = Entry.objects.filter(kind="action.decision_denied", subject_id=str(waiting.pk)).order_by("id")
        assert [entry.facts for entry in tries] == [{"tried": verb}, {"tried": verb}]
        assert tries[0].actor_id == str(acme.key.pk)


@pytest.mark.parametrize("role", ["rep", "auditor", "operator"])
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_only_a_manager_decides(acme: Company, waiting: Action, role: str, verb: str) -> None:
    person = caller(acme.token_of(getattr(acme, role)))
    body = {"content_hash": waiting.content_hash} if verb == "approve" else {"reason": "No."}
    assert "manager" in problem(person.post(f"actions/{waiting.pk}/{verb}/", body), 403)["detail"]
    assert acme.read(waiting).status == "pending"


def test_approving_needs_the_hash(manager: Caller, waiting: Action) -> None:
    for body in (None, {}, {"comment": "Yes."}):
        assert pointers(problem(manager.post(f"actions/{waiting.pk}/approve/", body), 400)) == ["/content_hash"]
    for unfit in ("", None, 5, []):
        assert pointers(problem(manager.post(f"actions/{waiting.pk}/approve/", {"content_hash": unfit}), 400))


@pytest.mark.parametrize("other", ["0" * 64, "abc", "NaN"])
def test_another_hash_is_a_409_that_shows_the_right_one(
    acme: Company, manager: Caller, waiting: Action, other: str
) -> None:
    conflict = problem(manager.post(f"actions/{waiting.pk}/approve/", {"content_hash": other}), 409)
    assert conflict["content_hash"] == waiting.content_hash
    assert (conflict["action_status"], conflict["decided_by"], conflict["decided_at"]) == ("pending", None, None)
    assert conflict["differences"] == []
    assert acme.read(waiting).status == "pending"


def test_a_deal_that_moved_is_a_409_that_keeps_the_new_stamp(acme: Company, manager: Caller, waiting: Action) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    path = f"actions/{waiting.pk}/approve/"
    conflict = problem(manager.post(path, {"content_hash": waiting.content_hash}), 409)
    assert conflict["differences"] == [{"field": "stage", "shown": "discovery", "now": "negotiation"}]
    now = acme.read(waiting)
    assert (now.status, now.content_hash, now.stage) == ("pending", conflict["content_hash"], "negotiation")
    assert now.content_hash != waiting.content_hash
    assert manager.post(path, {"content_hash": conflict["content_hash"]}).status_code == 200


def test_deciding_twice_is_a_409_that_says_who_and_when(acme: Company, manager: Caller, waiting: Action) -> None:
    path = f"actions/{waiting.pk}/"
    decided = manager.post(path + "approve/", {"content_hash": waiting.content_hash}).json()
    other = caller(acme.token_of(acme.second_manager))
    for verb, body in (("approve", {"content_hash": waiting.content_hash}), ("reject", {"reason": "No."})):
        conflict = problem(other.post(f"{path}{verb}/", body), 409)
        assert (conflict["action_status"], conflict["decided_by"]) == ("approved", acme.manager.username)
        assert conflict["decided_at"] == decided["decided_at"]


def test_what_has_expired_is_not_decided(acme: Company, manager: Caller, waiting: Action) -> None:
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=waiting.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    problem(manager.post(f"actions/{waiting.pk}/approve/", {"content_hash": waiting.content_hash}), 409)


@pytest.mark.parametrize("reason", ["", "  ", None, 5])
def test_rejecting_needs_a_reason(manager: Caller, waiting: Action, reason: object) -> None:
    body = {} if reason is None else {"reason": reason}
    assert pointers(problem(manager.post(f"actions/{waiting.pk}/reject/", body), 400)) == ["/reason"]


def test_a_blocked_action_can_be_approved_by_nobody(acme: Company, manager: Caller) -> None:
    action = acme.propose("commit_pricing", {"price": 1})
    problem(manager.post(f"actions/{action.pk}/approve/", {"content_hash": action.content_hash}), 409)
    assert acme.read(action).status == "blocked"


def test_the_proposing_clone_withdraws(acme: Company, agent: Caller, waiting: Action) -> None:
    response = agent.post(f"actions/{waiting.pk}/withdraw/")
    assert (response.status_code, response.json()["status"]) == (200, "withdrawn")
    problem(agent.post(f"actions/{waiting.pk}/withdraw/", {}), 409)


def test_another_clone_does_not_even_see_it(acme: Company, waiting: Action) -> None:
    other = of_another_clone(acme)
    problem(other.post(f"actions/{waiting.pk}/withdraw/"), 404)
    problem(other.get(f"actions/{waiting.pk}/"), 404)
    assert other.get("actions/").json()["results"] == []


def test_a_person_rejects_and_does_not_withdraw(manager: Caller, waiting: Action) -> None:
    problem(manager.post(f"actions/{waiting.pk}/withdraw/"), 403)


def test_withdrawing_takes_nothing_but_an_empty_object(agent: Caller, waiting: Action) -> None:
    assert pointers(problem(agent.post(f"actions/{waiting.pk}/withdraw/", {"status": "executed"}), 400)) == ["/status"]
    problem(agent.post(f"actions/{waiting.pk}/withdraw/", b"{"), 400)
    assert agent.post(f"actions/{waiting.pk}/withdraw/", {}).status_code == 200


@pytest.mark.parametrize("verb", ["approve", "reject", "withdraw"])
def test_of_two_reasons_to_refuse_the_first_in_order_is_given(
    acme: Company, rival: Company, agent: Caller, manager: Caller, waiting: Action, verb: str
) -> None:
    path = f"actions/{waiting.pk}/{verb}/"
    wrong = agent if verb != "withdraw" else manager
    problem(caller(None).post(path, b"{"), 401)
    problem(caller(rival.token_of(rival.manager)).post(path, b"{"), 404)
    problem(caller(rival.bearer).post(path, b"{"), 404)
    problem(wrong.post(path, b"{"), 403)
    right = manager if verb != "withdraw" else agent
    problem(right.post(path, b"{"), 400)


def test_the_queue_is_for_people_and_what_runs_out_first_comes_first(
    acme: Company, agent: Caller, manager: Caller
) -> None:
    actions = [acme.propose_proposal() for _ in range(3)]
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=actions[1].pk).update(expires_at=timezone.now() + timedelta(hours=1))
    acme.propose()  # approved: waits for nobody
    shown = [entry["id"] for entry in manager.get("approvals/").json()["results"]]
    assert shown == [str(actions[place].pk) for place in (1, 0, 2)]
    problem(agent.get("approvals/"), 403)


@pytest.mark.parametrize("role", ["rep", "auditor", "operator"])
def test_everybody_of_the_tenant_may_look_at_the_queue(acme: Company, waiting: Action, role: str) -> None:
    found = caller(acme.token_of(getattr(acme, role))).get("approvals/")
    assert [entry["id"] for entry in found.json()["results"]] == [str(waiting.pk)]
