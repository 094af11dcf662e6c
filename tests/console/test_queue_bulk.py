"""Deciding many together: shown first, each judged by itself, what does not fit left out and named, all of it undone."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from crm.models import Suppression
from crm.tenancy import tenant_scope
from engine.console import bulk
from engine.models import Action
from record.models import Entry
from tests.cast import Company
from tests.console.test_deciding import let_the_hold_pass, put
from tests.console.visits import Visit, everything, messages, said
from tests.engine.ruled import customer, rule

BULK = "/admin/engine/action/bulk/"
UNDO = "/admin/engine/action/bulk/undo/"


def chosen(visit: Visit, actions: list[Any], verb: str = "approve") -> Any:
    return visit.post(BULK, verb=verb, action=[str(getattr(one, "pk", one)) for one in actions])


def confirm(visit: Visit, actions: list[Action], verb: str = "approve", **fields: Any) -> Any:
    items = [f"{one.pk}~{one.content_hash}" for one in actions]
    return visit.post(BULK, verb=verb, confirmed="yes", item=items, **fields)


def entries(company: Company, kind: str) -> list[dict[str, Any]]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(kind=kind).order_by("id").values_list("facts", flat=True))


def statuses(company: Company, actions: list[Action]) -> list[str]:
    return [company.read(one).status for one in actions]


def test_the_page_that_asks_counts_and_changes_nothing(acme: Company, manager: Visit) -> None:
    made = [acme.propose_proposal(opportunity="O-1") for _ in range(2)]
    made.append(acme.propose("order_cake", {"layers": 3}))
    before = everything([acme.tenant])
    page = chosen(manager, made)
    text = said(page)
    assert page.status_code == 200
    for expected in (
        "Approve 3 actions?", "Send a proposal 2", "Order cake (not in the catalogue) 1",
        "Deals they are about 1, worth $12,000", "Need two people 0", "Shall we talk on Monday?",
    ):  # fmt: skip
        assert expected in text
    for one in made:
        assert f'name="item" value="{one.pk}~{one.content_hash}"' in page.content.decode()
    assert everything([acme.tenant]) == before


def test_confirmed_each_is_decided_with_a_hold_and_an_entry(acme: Company, manager: Visit) -> None:
    made = [acme.propose_proposal() for _ in range(3)]
    page = confirm(manager, made)
    assert "Approved: 3 actions" in said(page)
    assert statuses(acme, made) == ["approved"] * 3
    assert all(acme.read(one).not_before for one in made)
    assert entries(acme, "actions.decided_in_bulk") == [{"count": 3, "skipped": 0, "kind": "approve"}]
    assert len(entries(acme, "action.approved")) == 3


def test_all_of_it_can_be_undone_within_the_hold(acme: Company, manager: Visit) -> None:
    made = [acme.propose_proposal() for _ in range(3)]
    confirm(manager, made)
    assert "Approved: 3 actions. All of it can be taken back" in said(manager.get("/admin/"))
    let_the_hold_pass(made[0])
    page = said(manager.post(UNDO))
    assert "Taken back: 2 actions, 1 left out" in page
    assert "The time to undo this decision has passed." in page
    assert sorted(statuses(acme, made)) == ["approved", "pending", "pending"]
    assert entries(acme, "actions.undone_in_bulk") == [{"count": 2, "skipped": 1, "kind": "undo"}]
    assert messages(manager.post(UNDO)) == ["There is nothing left to undo."]


def test_a_rejection_of_many_needs_a_reason_and_gives_it_to_each(acme: Company, manager: Visit) -> None:
    made = [acme.propose_proposal() for _ in range(2)]
    refused = confirm(manager, made, "reject", reason="")
    assert refused.status_code == 400
    assert "Say why, so that the agent can do better." in said(refused)
    assert statuses(acme, made) == ["pending", "pending"]
    assert entries(acme, "actions.decided_in_bulk") == []
    confirm(manager, made, "reject", reason="The quarter is over.")
    assert [acme.read(one).decision_comment for one in made] == ["The quarter is over."] * 2


def test_what_does_not_fit_is_left_out_and_named_and_the_rest_is_done(
    acme: Company, rival: Company, manager: Visit
) -> None:
    fine, decided, expired, stale, moved = (acme.propose_proposal() for _ in range(5))
    with_deal, foreign = acme.propose_proposal(opportunity="O-1"), rival.propose_proposal()
    acme.approve(decided, actor=acme.actor(acme.second_manager))
    put(expired, expires_at="2020-01-01T00:00:00Z")
    put(stale, content_hash="0" * 64)
    blocked = acme.propose("commit_pricing", {"price": 1})
    put(moved, proposer_kind="person", proposer_id=str(acme.manager.pk))
    put(with_deal, stage="prospecting")
    text = said(confirm(manager, [fine, decided, expired, stale, moved, with_deal, foreign, blocked]))
    assert "Approved: 1 action, 7 left out" in text
    for why in (
        "This action is approved by second_manager-acme already. Decided by second_manager-acme at",
        "The deadline of this action has passed",
        "It is no longer what was shown to you.",
        "Whoever proposed an action does not decide it",
        "Stage: was prospecting, is discovery.",
        f"Action {foreign.pk} This company has no such action.",
        "This action is blocked already.",
    ):
        assert why in text, why
    assert acme.read(fine).status == "approved"
    assert rival.read(foreign).status == "pending"
    assert acme.read(blocked).status == "blocked"
    assert acme.read(with_deal).stage == "discovery"
    assert entries(acme, "actions.decided_in_bulk") == [{"count": 1, "skipped": 7, "kind": "approve"}]


def test_what_the_guardrails_now_block_is_left_out_and_stays_blocked(acme: Company, manager: Visit) -> None:
    made = [acme.propose_proposal(contact="C-1"), acme.propose("order_cake", {})]
    with tenant_scope(acme.tenant):
        Suppression.objects.create(tenant=acme.tenant, contact=acme.contact, reason="asked", set_by="x")
    assert "The guardrails now block this action: suppressed_contact." in said(confirm(manager, made))
    assert statuses(acme, made) == ["blocked", "approved"]


def test_the_page_that_asks_names_what_no_longer_waits(acme: Company, rival: Company, manager: Visit) -> None:
    waits, decided, foreign = acme.propose_proposal(), acme.propose_proposal(), rival.propose_proposal()
    acme.approve(decided)
    page = chosen(manager, [waits, decided, foreign])
    assert "Approve 1 action?" in said(page)
    assert "This action is approved already. Decided by manager-acme at" in said(page)
    assert "This company has no such action." in said(page)
    assert str(rival.account.pk) not in page.content.decode()


@pytest.mark.parametrize("who", ["rep", "auditor", "operator"])
def test_who_may_not_decide_decides_none_of_many(acme: Company, who: str) -> None:
    made = [acme.propose_proposal() for _ in range(2)]
    page = said(confirm(Visit(getattr(acme, who)), made))
    assert "Approved: 0 actions, 2 left out" in page
    assert "Deciding needs the role manager" in page
    assert statuses(acme, made) == ["pending", "pending"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"verb": "approve"}, "Nothing was chosen; tick some actions in the queue first."),
        ({"verb": "approve", "confirmed": "yes"}, "Nothing was chosen; tick some actions in the queue first."),
        ({"verb": "approve", "action": ["x", "é", ""]}, "Nothing was chosen; tick some actions in the queue first."),
        ({"verb": "undo", "action": [str(uuid4())]}, "Choose what to do with them: approve, reject or put off."),
        ({"verb": "edit", "action": [str(uuid4())]}, "Choose what to do with them: approve, reject or put off."),
        ({"action": [str(uuid4())]}, "Choose what to do with them: approve, reject or put off."),
        ({"verb": "approve", "action": [str(uuid4()) for _ in range(201)]}, "At most 200 at a time; 201 were chosen."),
    ],
)
def test_what_names_nothing_leads_back_with_a_word(acme: Company, sent: dict[str, Any], told: str) -> None:
    answer = Visit(acme.manager, patient=True).post(BULK, **sent)
    assert (answer.status_code, messages(answer)) == (302, [told])


def test_the_same_one_twice_is_one(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    assert "Approved: 1 action" in said(confirm(manager, [action, action]))


def test_a_get_decides_nothing(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    query = {"verb": "approve", "confirmed": "yes", "item": f"{action.pk}~{action.content_hash}"}
    assert manager.get(BULK, **query).status_code == 302
    assert manager.get(UNDO).status_code == 302
    assert acme.read(action).status == "pending"


def test_without_the_form_of_our_own_page_nothing_is_decided(acme: Company) -> None:
    action, visit = acme.propose_proposal(), Visit(acme.manager)
    visit.client.handler.enforce_csrf_checks = True
    assert confirm(visit, [action]).status_code == 403
    assert acme.read(action).status == "pending"


def test_an_error_in_the_middle_leaves_nothing_half_done(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [acme.propose_proposal() for _ in range(3)]
    take, taken = bulk.DECISIONS["approve"].take, []

    def breaks(action: Action, actor: Any, form: Any) -> Action:
        taken.append(action)
        if len(taken) == 2:
            raise RuntimeError("a bug")
        return take(action, actor, form)

    broken = {**bulk.DECISIONS, "approve": bulk.DECISIONS["approve"].__class__(
        bulk.DECISIONS["approve"].form, breaks, "Approved"
    )}  # fmt: skip
    monkeypatch.setattr(bulk, "DECISIONS", broken)
    assert confirm(Visit(acme.manager, patient=True), made).status_code == 500
    assert connection.in_atomic_block
    assert entries(acme, "actions.decided_in_bulk") == []


def test_two_hundred_are_done_at_once(acme: Company, manager: Visit) -> None:
    first = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        rows = list(Action.objects.filter(pk=first.pk))
        for _ in range(199):
            row = Action.objects.get(pk=first.pk)
            row.pk, row._state.adding = uuid4(), True
            rows.append(row)
        Action.objects.bulk_create(rows[1:])
    assert "Approved: 200 actions" in said(confirm(manager, rows))


def test_a_put_off_of_many_is_offered_where_one_can_be_put_off(acme: Company, manager: Visit) -> None:
    made = [acme.propose_proposal() for _ in range(2)]
    html = manager.get("/admin/").content.decode()
    if "snooze" not in bulk.DECISIONS:
        assert 'name="verb" value="snooze"' not in html
        return
    assert 'name="verb" value="snooze"' in html
    assert "Put off: 2 actions" in said(confirm(manager, made, "snooze", until="4h"))
    assert "All that waits is put off" in said(manager.get("/admin/"))
    assert entries(acme, "actions.put_off_in_bulk") == [{"count": 2, "skipped": 0, "kind": "snooze"}]


def test_the_first_of_two_votes_is_not_called_an_approval(acme: Company, manager: Visit) -> None:
    rule(acme, "four_eyes", value_from=1_000)
    made = [
        acme.propose_proposal(opportunity="O-1"),
        acme.propose("order_cake", {"layers": 3}, account=str(customer(acme, "Initech").pk)),
    ]
    page = said(confirm(manager, made))
    assert "Approved: 1 action; 1 more need a second person" in page
    assert statuses(acme, made) == ["pending", "approved"]
