"""Representatives: they decide where a rule leaves it to them, for their own clones, within its scope, and only so long."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm.models import Clone, Opportunity
from crm.people import add_person
from crm.tenancy import tenant_scope
from engine.approvals import decide_again, reject, undo
from engine.claims import claim
from engine.edits import edit
from engine.errors import Conflict, NotAllowed
from engine.models import Action
from guardrails.policy import HARD_STOPS
from record.actors import SYSTEM
from tests.api.callers import caller
from tests.cast import Company, company
from tests.console.visits import Visit
from tests.engine.ruled import deal, lift, propose_as, rule
from tests.engine.test_executing import set_columns


@pytest.fixture
def acme(db: None) -> Company:
    made = company("acme")
    with tenant_scope(made.tenant):
        Clone.objects.filter(pk=made.clone.pk).update(owner=made.rep)
    return made


def command(name: str, *words: str) -> dict[str, Any]:
    output = StringIO()
    call_command(name, *words, "--json", stdout=output)
    return dict(json.loads(output.getvalue()))


def as_rep(acme: Company, action: Action, **changes: Any) -> Action:
    return acme.approve(action, actor=acme.actor(acme.rep), **changes)


def test_without_a_rule_a_representative_decides_nothing(acme: Company) -> None:
    action = acme.propose_proposal()
    for verb in (
        lambda: as_rep(acme, action),
        lambda: reject(action=action, actor=acme.actor(acme.rep), reason="No."),
        lambda: edit(action=action, payload=acme.email(body="x"), actor=acme.actor(acme.rep)),
    ):
        with pytest.raises(NotAllowed, match="no rule leaves this to representatives"):
            verb()
    assert acme.read(action).status == "pending"


def test_the_default_is_the_same_refusal_over_http_in_the_console_and_by_command(acme: Company) -> None:
    action = acme.propose_proposal()
    api = caller(acme.token_of(acme.rep))
    assert api.post(f"actions/{action.pk}/approve/", {"content_hash": action.content_hash}).status_code == 403
    assert api.post(f"actions/{action.pk}/reject/", {"reason": "No."}).status_code == 403
    assert Visit(acme.rep).decide(action, "approve").status_code == 403
    assert Visit(acme.rep).decide(action, "reject", reason="No.").status_code == 403
    words = [str(action.pk), "--as", acme.rep.username, "--content-hash", action.content_hash]
    with pytest.raises(CommandError, match="no rule leaves this to representatives"):
        command("approve", *words)
    assert acme.read(action).status == "pending"


def test_with_a_rule_they_decide_for_their_own_clone_by_every_way(acme: Company) -> None:
    rule(acme, "reps_decide")
    assert as_rep(acme, acme.propose_proposal()).decided_by == acme.rep
    api, action = caller(acme.token_of(acme.rep)), acme.propose_proposal()
    answer = api.post(f"actions/{action.pk}/approve/", {"content_hash": action.content_hash})
    assert (answer.status_code, answer.json()["decided_by"]) == (200, acme.rep.username)
    action = acme.propose_proposal()
    Visit(acme.rep).decide(action, "approve")
    assert acme.read(action).status == "approved"
    assert undo(action=action, actor=acme.actor(acme.rep)).status == "pending"
    words = [str(action.pk), "--as", acme.rep.username, "--content-hash", action.content_hash]
    assert command("approve", *words)["status"] == "approved"


def test_what_they_approved_is_carried_out(acme: Company) -> None:
    rule(acme, "reps_decide")
    action = as_rep(acme, acme.propose_proposal())
    assert [one.action.pk for one in claim(acme.tenant.pk, "email")] == [action.pk]


def test_another_persons_clone_and_one_without_an_owner_are_not_theirs(acme: Company) -> None:
    rule(acme, "reps_decide")
    other = add_person(tenant=acme.tenant, username="other", role="rep", actor=SYSTEM, email="o@acme.example").person
    for number, owner in enumerate((other, acme.manager, None)):
        with tenant_scope(acme.tenant):
            one = Clone.objects.create(tenant=acme.tenant, name=f"Bob {number}", owner=owner)
        with pytest.raises(NotAllowed):
            as_rep(acme, propose_as(acme, one, "send_proposal"))
    with pytest.raises(NotAllowed):
        acme.approve(acme.propose_proposal(), actor=acme.actor(other))


@pytest.mark.parametrize("who", ["auditor", "operator"])
def test_other_roles_that_own_the_clone_decide_nothing(acme: Company, who: str) -> None:
    rule(acme, "reps_decide")
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(owner=getattr(acme, who))
    with pytest.raises(NotAllowed):
        acme.approve(acme.propose_proposal(), actor=acme.actor(getattr(acme, who)))


def test_only_the_kind_of_action_that_the_rule_names(acme: Company) -> None:
    rule(acme, "reps_decide", action_type="send_proposal")
    assert as_rep(acme, acme.propose_proposal()).status == "approved"
    with pytest.raises(NotAllowed):
        as_rep(acme, acme.propose("discuss_pricing"))


def test_only_below_the_value_that_the_rule_names(acme: Company) -> None:
    rule(acme, "reps_decide", value_below=12_000)
    big = acme.propose_proposal(opportunity="O-1")
    with pytest.raises(NotAllowed):
        as_rep(acme, big)
    deal(acme, "O-2", amount="11999.99")
    assert as_rep(acme, acme.propose_proposal(opportunity="O-2")).status == "approved"
    with pytest.raises(NotAllowed):
        as_rep(acme, acme.propose_proposal())  # no deal named: the account's largest counts


@pytest.mark.parametrize("unknown", [{"amount": None}, {"currency": "EUR"}])
def test_a_value_that_cannot_be_told_is_not_below_any(acme: Company, unknown: dict[str, Any]) -> None:
    rule(acme, "reps_decide", value_below=12_000)
    deal(acme, "O-2", **unknown)
    with pytest.raises(NotAllowed):
        as_rep(acme, acme.propose_proposal(opportunity="O-2"))


def test_a_stage_that_the_agent_claims_gives_them_no_right(acme: Company) -> None:
    rule(acme, "reps_decide", stage="prospecting")
    with pytest.raises(NotAllowed):
        as_rep(acme, acme.propose_proposal(opportunity="O-1", deal_stage="prospecting"))
    with tenant_scope(acme.tenant):
        Opportunity.objects.update(stage="prospecting")
    assert as_rep(acme, acme.propose_proposal(opportunity="O-1")).status == "approved"
    with pytest.raises(NotAllowed):
        as_rep(acme, acme.propose_proposal(opportunity="O-1", deal_stage="negotiation"))


def test_a_rule_that_is_lifted_before_the_claim_takes_the_approval_with_it(acme: Company) -> None:
    standing = rule(acme, "reps_decide")
    action = as_rep(acme, acme.propose_proposal())
    lift(acme, standing)
    assert claim(acme.tenant.pk, "email") == []
    assert (acme.read(action).status, acme.read(action).decided_by) == ("pending", None)


@pytest.mark.parametrize("change", ["owner", "value"])
def test_what_leaves_the_scope_before_the_claim_takes_the_approval_with_it(acme: Company, change: str) -> None:
    rule(acme, "reps_decide", value_below=50_000)
    action = as_rep(acme, acme.propose_proposal(opportunity="O-1"))
    with tenant_scope(acme.tenant):
        if change == "owner":
            Clone.objects.filter(pk=acme.clone.pk).update(owner=None)
        else:
            Opportunity.objects.filter(pk=acme.deal.pk).update(amount="50000.00")
    assert claim(acme.tenant.pk, "email") == []
    assert acme.read(action).status == "pending"


def test_a_representative_without_a_rule_cannot_take_back_or_retry(acme: Company) -> None:
    standing = rule(acme, "reps_decide")
    action = as_rep(acme, acme.propose_proposal(), hold=True)
    lift(acme, standing)
    with pytest.raises(NotAllowed):
        undo(action=action, actor=acme.actor(acme.rep))
    set_columns(action, "status = 'failed'")
    with pytest.raises(NotAllowed):
        decide_again(action=action, actor=acme.actor(acme.rep), content_hash=action.content_hash)


@pytest.mark.parametrize("name", sorted(HARD_STOPS))
def test_no_rule_lets_anybody_decide_a_hard_stop(acme: Company, name: str) -> None:
    rule(acme, "reps_decide")
    action = acme.propose(name, {})
    for who in (acme.rep, acme.manager):
        with pytest.raises(Conflict):
            acme.approve(action, actor=acme.actor(who))
    assert acme.read(action).status == "blocked"


def test_they_do_not_decide_what_they_proposed_themselves(acme: Company) -> None:
    rule(acme, "reps_decide")
    action = acme.propose_proposal()
    set_columns(action, f"proposer_kind = 'person', proposer_id = '{acme.rep.pk}'")
    with pytest.raises(NotAllowed, match="does not decide it"):
        as_rep(acme, action)


def test_the_queue_is_read_by_all_of_them_with_and_without_a_rule(acme: Company) -> None:
    action = acme.propose_proposal()
    assert str(action.pk) in str(caller(acme.token_of(acme.rep)).get("approvals/").json())
    assert Visit(acme.rep).get("/admin/").status_code == 200
    rule(acme, "reps_decide")
    assert str(action.pk) in str(caller(acme.token_of(acme.rep)).get("approvals/").json())
    assert caller(acme.bearer).get("approvals/").status_code == 403
