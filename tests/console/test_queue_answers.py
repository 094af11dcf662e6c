"""What the queue's script is told: decisions as JSON, drafts as parts of a page, and what changed meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Role
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.console.rows import Seen, flags_of, in_full
from engine.models import Question
from engine.withdrawals import withdraw
from tests.cast import Company
from tests.console.test_deciding import put
from tests.console.visits import Visit, said

LIVE = "/admin/engine/action/queue/live/"
FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}


def send(visit: Visit, action: Any, verb: str, **fields: Any) -> Any:
    given = {"content_hash": action.content_hash, **fields}
    return visit.client.post(f"/admin/engine/action/{action.pk}/{verb}/", given, **FETCH)  # type: ignore[arg-type]


def test_an_approval_tells_that_it_left_and_how_to_take_it_back(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    told = send(manager, action, "approve").json()
    assert (told["status"], told["leaves"], told["id"]) == ("approved", True, str(action.pk))
    assert told["message"] == "Approved: Send a proposal for Globex."
    assert f"/admin/engine/action/{action.pk}/undo/" in told["undo"]
    assert "csrfmiddlewaretoken" in told["undo"]
    back = send(manager, action, "undo").json()
    assert (back["status"], back["leaves"], back["undo"]) == ("pending", False, "")
    assert acme.read(action).status == "pending"


def test_what_does_not_fit_is_a_400_with_the_field(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    refused = send(manager, action, "reject", reason="")
    assert refused.status_code == 400
    assert "Say why, so that the agent can do better." in refused.json()["errors"]["reason"]
    assert send(manager, action, "approve", content_hash="").status_code == 400


@pytest.mark.parametrize("who", ["rep", "auditor", "operator"])
def test_who_may_not_decide_is_told_so_in_a_403(acme: Company, who: str) -> None:
    action = acme.propose_proposal()
    refused = send(Visit(getattr(acme, who)), action, "approve")
    assert refused.status_code == 403
    assert "Deciding needs the role manager" in refused.json()["message"]
    assert acme.read(action).status == "pending"


def test_the_second_of_two_is_told_who_and_when_in_a_409(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    send(manager, action, "approve")
    late = send(Visit(acme.second_manager), action, "reject", reason="No.")
    decided = acme.read(action)
    assert late.status_code == 409
    assert (late.json()["status"], late.json()["leaves"]) == ("approved", True)
    assert f"Decided by manager-acme at {timezone.localtime(decided.decided_at):%H:%M:%S}" in late.json()["message"]


def test_what_changed_is_a_409_that_keeps_the_new_hash(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.move_deal(Stage.NEGOTIATION)
    told = send(manager, action, "approve")
    assert told.status_code == 409
    assert not told.json()["leaves"]
    assert told.json()["content_hash"] == acme.read(action).content_hash != action.content_hash
    assert told.json()["differences"] == [{"field": "stage", "shown": "discovery", "now": "negotiation"}]


def test_a_page_still_gets_a_redirect(acme: Company, manager: Visit) -> None:
    assert manager.decide(acme.propose_proposal(), "approve").status_code == 302


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_a_draft_is_the_payload_and_never_what_the_agent_says(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(rationale="Trust me, this is harmless.", opportunity="O-1")
    page = manager.get(f"/admin/engine/action/{action.pk}/preview/")
    text = said(page)
    for expected in (
        "Send a proposal",
        "hank@globex.example",
        "Shall we talk on Monday?",
        "A person decides every action",
    ):
        assert expected in text
    assert "Trust me" not in text
    assert f'name="content_hash" value="{action.content_hash}"' in page.content.decode()
    assert "<html" not in page.content.decode()


def test_who_may_not_decide_reads_the_draft_without_the_button(acme: Company) -> None:
    action = acme.propose_proposal()
    page = Visit(acme.auditor).get(f"/admin/engine/action/{action.pk}/preview/")
    assert "Shall we talk on Monday?" in said(page)
    assert "content_hash" not in page.content.decode()
    assert "Deciding needs the role manager" in said(page)


def test_a_draft_says_that_it_no_longer_waits(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    acme.approve(action)
    page = manager.get(f"/admin/engine/action/{action.pk}/preview/")
    assert "It no longer waits: approved by manager-acme." in said(page)
    assert "content_hash" not in page.content.decode()


def test_a_draft_warns_where_the_stage_moved(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.move_deal(Stage.NEGOTIATION)
    assert "Approving will first show you what it is now." in manager.page(f"/admin/engine/action/{action.pk}/preview/")


def test_nobody_reads_another_companys_draft(acme: Company, rival: Company) -> None:
    action = acme.propose_proposal()
    assert Visit(rival.manager).get(f"/admin/engine/action/{action.pk}/preview/").status_code == 404


# --- what changed ----------------------------------------------------------------------------------------------------


def live(visit: Visit, **query: str) -> Any:
    shown = query.pop("ids", "")
    return visit.client.get(LIVE, query, headers={"X-Shown": shown}).json()


def shown_at(visit: Visit) -> str:
    return str(visit.get("/admin/").context["as_of"])


def test_what_came_since_is_counted_and_can_be_fetched_alone(acme: Company, manager: Visit) -> None:
    old = acme.propose_proposal()
    as_of = shown_at(manager)
    assert live(manager, as_of=as_of, ids=old.pk.hex)["new"] == 0
    new = acme.propose_proposal()
    told = live(manager, as_of=as_of, ids=old.pk.hex)
    assert (told["new"], told["waiting"]) == (1, 2)
    assert live(manager, as_of=as_of, ids=f"{old.pk.hex},{new.pk.hex}")["new"] == 0
    assert [row.action.pk for row in manager.get("/admin/", since=as_of).context["rows"]] == [new.pk]


def test_only_what_the_filters_let_through_is_new(acme: Company, manager: Visit) -> None:
    as_of = shown_at(manager)
    acme.propose_proposal()
    assert live(manager, as_of=as_of, action="order_cake")["new"] == 0
    assert live(manager, as_of=as_of, action="send_proposal")["new"] == 1


def test_a_snooze_that_is_over_is_news(acme: Company, manager: Visit) -> None:
    action, now = acme.propose_proposal(), timezone.now()
    put(action, proposed_at=now - timedelta(hours=1), waiting_since=None)
    as_of = str(round((now - timedelta(minutes=1)).timestamp() * 1_000_000))
    assert live(manager, as_of=as_of)["new"] == 0
    put(action, snoozed_until=now - timedelta(seconds=1))
    assert live(manager, as_of=as_of)["new"] == 1


def test_a_row_tells_what_became_of_it(acme: Company, manager: Visit) -> None:
    approved, rejected, withdrawn, done, put_off, waits = (acme.propose_proposal() for _ in range(6))
    acme.approve(approved)
    manager.decide(rejected, "reject", reason="No.")
    withdraw(action=withdrawn, actor=acme.agent, clone_id=acme.clone.pk)
    put(done, status="executed", executed_at="2026-01-01T10:30:00Z")
    put(put_off, snoozed_until="2999-01-01T09:00:00Z")
    ids = ",".join(one.pk.hex for one in (approved, rejected, withdrawn, done, put_off, waits))
    rows = live(manager, ids=ids)["rows"]
    at = f"{timezone.localtime(acme.read(approved).decided_at):%H:%M}"
    assert rows[str(approved.pk)]["told"] == f"Approved by manager-acme at {at}"
    assert rows[str(rejected.pk)]["told"].startswith("Rejected by manager-acme at ")
    assert rows[str(withdrawn.pk)]["told"] == "Withdrawn by its agent"
    assert rows[str(done.pk)]["told"] == "Carried out at 10:30"
    assert rows[str(put_off.pk)]["told"] == "Put off until 09:00"
    assert rows[str(waits.pk)] == {"version": 1, "waits": True, "status": "pending", "told": ""}


def test_nothing_is_told_of_another_companys_rows(acme: Company, rival: Company) -> None:
    action = acme.propose_proposal()
    told = live(Visit(rival.manager), ids=action.pk.hex, as_of="x")
    assert (told["rows"], told["new"], told["waiting"]) == ({}, 0, 0)


@pytest.mark.parametrize("odd", ["x,,y", "," * 500, "0" * 9_000, "%", "00000000-0000-0000-0000-000000000000"])
def test_odd_ids_are_left_out(acme: Company, odd: str) -> None:
    assert live(Visit(acme.manager, patient=True), ids=odd)["rows"] == {}


def test_looking_is_by_get_alone(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    for address in (LIVE, f"/admin/engine/action/{action.pk}/preview/"):
        assert manager.post(address).status_code == 405


# --- what is risky about a row -------------------------------------------------------------------------------------


def flags(acme: Company, action: Any) -> list[str]:
    with tenant_scope(acme.tenant):
        row = in_full([action.pk], acme.tenant)[action.pk]
        return [flag.text for flag in flags_of(Seen(row, acme.tenant, None, timezone.now()))]


def test_a_row_is_marked_with_what_is_risky_about_it(acme: Company) -> None:
    assert flags(acme, acme.propose_proposal()) == []
    stranger = acme.propose_proposal(payload=acme.email(to=["x@elsewhere.example"]))
    assert flags(acme, stranger) == ["Goes to a stranger"]
    many = acme.propose_proposal(payload=acme.email(to=[f"p{n}@globex.example" for n in range(6)]))
    assert flags(acme, many) == ["Goes to 6 people, perhaps beyond the account"]
    soon = acme.propose_proposal()
    put(soon, expires_at=timezone.now() + timedelta(minutes=90))
    assert flags(acme, soon) == ["Runs out soon"]
    two = acme.propose_proposal()
    put(two, rules=["approval_required", "commitment", "four_eyes"])
    assert flags(acme, two) == ["May promise something", "Needs two people"]
    put(two, first_vote_by_id=acme.second_manager.pk, first_vote_at=timezone.now())
    assert flags(acme, two)[1] == "One of two votes given, by second_manager-acme"


def test_a_question_and_its_answer_are_told(acme: Company) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        asked = Question.objects.create(tenant=acme.tenant, action=action, text="Why?", asked_by=acme.manager)
    assert flags(acme, action) == ["Asked; no answer yet"]
    with tenant_scope(acme.tenant):
        Question.objects.filter(pk=asked.pk).update(answer="Because.", answered_at=timezone.now())
    assert flags(acme, action) == ["The agent answered"]


def test_who_looks_only_is_offered_no_decision(acme: Company) -> None:
    acme.propose_proposal()
    for who in ("auditor", "operator", "rep"):
        html = Visit(getattr(acme, who)).get("/admin/").content.decode()
        assert 'data-verb="approve"' not in html
        assert 'name="action" value=' not in html
    with tenant_scope(acme.tenant):
        acme.clone.owner = acme.rep
        acme.clone.save()
    assert 'data-verb="approve"' in Visit(acme.rep).get("/admin/").content.decode()
    assert Role.REP in Role.values
