"""Deciding at the console: the hash that was shown, conflicts in words, undo while the hold lasts, never a 500."""

from typing import Any

import pytest
from django.db import connection

from crm.models import Suppression
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.models import Action
from guardrails.policies import set_times
from record.models import Entry
from tests.cast import Company
from tests.console.visits import Visit, messages, review_of, said

VERBS = ("approve", "reject", "edit", "undo", "settle", "again", "snooze", "reassign", "ask")


def put(action: Action, **columns: Any) -> None:
    """Write columns of an action past the engine, as time and workers would."""
    with tenant_scope(action.tenant_id), connection.cursor() as cursor:
        for column, value in columns.items():
            cursor.execute(f"UPDATE engine_action SET {column} = %s WHERE id = %s", [value, action.pk])


def let_the_hold_pass(action: Action) -> None:
    with tenant_scope(action.tenant_id), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET not_before = clock_timestamp() WHERE id = %s", [action.pk])


def kinds(company: Company, action: Action) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(subject_id=str(action.pk)).order_by("id").values_list("kind", flat=True))


def test_an_approval_is_held_and_can_be_undone_from_the_queue(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    queue = manager.decide(action, "approve", follow=True, comment="Go ahead.")
    decided = acme.read(action)
    assert (decided.status, decided.decided_by, decided.decision_comment) == ("approved", acme.manager, "Go ahead.")
    assert decided.not_before is not None
    assert queue.redirect_chain == [("/admin/", 302)]
    assert "Approved: Send a proposal for Globex. Nothing happens for another" in said(queue)
    back = manager.decide(action, "undo", follow=True)
    assert acme.read(action).status == "pending"
    assert "Taken back; it waits for a decision again." in said(back)
    assert kinds(acme, action)[-2:] == ["action.approved", "action.undone"]


def test_the_page_of_a_held_decision_offers_to_undo_it_with_a_countdown(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    manager.decide(action, "reject", reason="Too early.")
    html = manager.get(review_of(action)).content.decode()
    assert f'action="/admin/engine/action/{action.pk}/undo/"' in html
    assert 'data-hold="10"' in html or 'data-hold="9"' in html


def test_when_the_hold_has_passed_undo_says_so(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    manager.decide(action, "approve")
    let_the_hold_pass(action)
    response = manager.decide(action, "undo")
    assert messages(response)[0].startswith("The time to undo this decision has passed. Decided by manager-acme at")
    assert acme.read(action).status == "approved"
    assert "undo/" not in manager.get("/admin/").content.decode()


def test_without_a_hold_there_is_nothing_to_undo(acme: Company, manager: Visit) -> None:
    set_times(tenant=acme.tenant, actor=acme.actor(), hold_seconds=0, deadline_hours=72, deadlines={})
    action = acme.propose_proposal()
    response = manager.decide(action, "approve")
    assert messages(response) == ["Approved: Send a proposal for Globex."]
    assert acme.read(action).not_before is None


def test_a_rejection_needs_a_reason(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    for reason in ("", "   "):
        response = manager.decide(action, "reject", reason=reason)
        assert response.status_code == 400
        assert "Say why, so that the agent can do better." in said(response)
    assert acme.read(action).status == "pending"
    manager.decide(action, "reject", reason="The deal is cold.")
    rejected = acme.read(action)
    assert (rejected.status, rejected.decision_comment) == ("rejected", "The deal is cold.")


def test_an_approval_needs_the_hash_that_was_shown(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    assert manager.decide(action, "approve", content_hash="").status_code == 400
    other = manager.decide(action, "approve", content_hash="0" * 64)
    assert messages(other) == ["The action is not what was shown to you; look at it again."]
    assert other.headers["Location"] == review_of(action)
    assert acme.read(action).status == "pending"


def test_a_second_click_is_told_what_the_first_one_did(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    manager.decide(action, "approve")
    again = manager.decide(action, "approve")
    assert again.status_code == 302
    assert "This action is approved by manager-acme already. Decided by manager-acme at" in messages(again)[0]
    assert kinds(acme, action).count("action.approved") == 1


def test_the_second_of_two_managers_learns_who_was_first_and_when(acme: Company) -> None:
    action = acme.propose_proposal()
    first, second = Visit(acme.manager), Visit(acme.second_manager)
    first.decide(action, "reject", reason="No.")
    told = second.decide(action, "approve", follow=True)
    decided = acme.read(action)
    assert decided.status == "rejected"
    assert (
        f"This action is rejected by manager-acme already. Decided by manager-acme at {decided.decided_at:%H:%M:%S}"
        in said(told)
    )


def test_a_stage_that_moved_sends_back_to_the_page_with_what_changed(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.move_deal(Stage.NEGOTIATION)
    told = manager.decide(action, "approve")
    assert messages(told)[0].endswith("Stage: was discovery, is negotiation.")
    stamped = acme.read(action)
    assert (stamped.status, stamped.stage) == ("pending", "negotiation")
    assert stamped.content_hash != action.content_hash
    manager.decide(stamped, "approve")
    assert acme.read(action).status == "approved"


def test_what_the_guardrails_now_block_is_blocked_and_told(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Suppression.objects.create(tenant=acme.tenant, contact=acme.contact, reason="asked", set_by="x")
    told = manager.decide(action, "approve", follow=True)
    assert "The guardrails now block this action: suppressed_contact." in said(told)
    assert acme.read(action).status == "blocked"


def test_what_expired_can_no_longer_be_decided(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    put(action, expires_at="2020-01-01T00:00:00Z")
    for verb, fields in (("approve", {}), ("reject", {"reason": "No."})):
        assert "deadline of this action has passed" in messages(manager.decide(action, verb, **fields))[0]
    assert acme.read(action).status == "pending"


def test_an_unknown_action_is_settled_by_who_knows(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    put(action, status="unknown")
    incomplete = manager.decide(action, "settle")
    assert incomplete.status_code == 400
    assert "Say whether it happened." in said(incomplete)
    manager.decide(action, "settle", happened="yes", note="Hank answered.")
    settled = acme.read(action)
    assert (settled.status, settled.result["detail"]) == ("executed", "Hank answered.")
    assert (
        "Only an unknown action can be settled"
        in messages(manager.decide(action, "settle", happened="no", note="x"))[-1]
    )


def test_a_settled_no_is_a_failure_that_can_be_tried_again(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    put(action, status="unknown")
    manager.decide(action, "settle", happened="no", note="The server has no trace of it.")
    assert acme.read(action).status == "failed"
    again = manager.decide(action, "again")
    assert messages(again)[-1:] == ["Approved for another try: Send a proposal for Globex."]
    assert acme.read(action).status == "approved"


@pytest.mark.parametrize("verb", VERBS)
def test_a_get_decides_nothing_and_leads_to_the_page(acme: Company, manager: Visit, verb: str) -> None:
    action = acme.propose_proposal()
    response = manager.get(f"/admin/engine/action/{action.pk}/{verb}/", content_hash=action.content_hash, reason="x")
    assert (response.status_code, response.headers["Location"]) == (302, review_of(action))
    assert acme.read(action).status == "pending"


@pytest.mark.parametrize("verb", VERBS)
def test_without_the_form_of_our_own_page_nothing_is_decided(acme: Company, verb: str) -> None:
    action = acme.propose_proposal()
    visit = Visit(acme.manager)
    visit.client.handler.enforce_csrf_checks = True
    response = visit.decide(action, verb, reason="x", until="1h", text="x")
    assert response.status_code == 403
    assert "Please send it again" in said(response)
    assert acme.read(action).status == "pending"


@pytest.mark.parametrize("verb", VERBS)
def test_who_is_not_logged_in_is_asked_to(acme: Company, verb: str) -> None:
    action = acme.propose_proposal()
    visit = Visit(acme.manager)
    visit.client.logout()
    assert visit.decide(action, verb, reason="x").headers["Location"].startswith("/admin/login/")
    assert acme.read(action).status == "pending"


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_there_to_decide_under_another_id(acme: Company, manager: Visit, verb: str) -> None:
    path = f"/admin/engine/action/00000000-0000-0000-0000-000000000000/{verb}/"
    assert manager.get(path).status_code == 404
    assert manager.post(path, content_hash="x", reason="x", happened="yes", note="x").status_code == 404


def test_a_decision_over_the_api_is_told_at_the_console(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    reject(action=action, actor=acme.actor(acme.second_manager), reason="No.")
    assert "rejected by second_manager-acme" in messages(manager.decide(action, "approve"))[0]


@pytest.mark.parametrize("odd", ["\x00", "x" * 10_000, "{}", "é\u202e"])
def test_odd_texts_are_never_a_500(acme: Company, odd: str) -> None:
    visit = Visit(acme.manager, patient=True)
    for verb, fields in (
        ("approve", {"content_hash": odd}),
        ("approve", {"comment": odd}),
        ("reject", {"reason": odd}),
        ("edit", {"to": odd, "subject": odd, "body": odd, "content_hash": odd}),
    ):
        assert visit.decide(acme.propose_proposal(), verb, **fields).status_code in (302, 400)
