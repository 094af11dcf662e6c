"""Two people decide: nothing runs on one person's say, whoever, whenever and by whichever way they say it."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User

from crm.models import Clone, Opportunity
from crm.people import add_person, change_role
from crm.tenancy import tenant_scope
from engine.approvals import decide_again, reject, undo
from engine.claims import claim
from engine.edits import edit, edit_and_approve
from engine.errors import Conflict, NotAllowed
from engine.models import Action
from engine.rejudging import rejudge
from record.actors import SYSTEM
from record.models import Entry
from tests import rivals
from tests.cast import Company, company
from tests.engine.ruled import deal, kinds, lift, rule
from tests.engine.test_executing import set_columns


def second(acme: Company) -> Any:
    return acme.actor(acme.second_manager)


def third_manager(acme: Company) -> User:
    return add_person(tenant=acme.tenant, username="third", role="manager", actor=SYSTEM, email="t@acme.example").person


def own_clone(acme: Company, person: User | None) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(owner=person)


def worth(acme: Company, amount: str) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(amount=amount)


def both(acme: Company, action: Action) -> Action:
    acme.approve(acme.read(action))
    return acme.approve(acme.read(action), actor=second(acme))


def claimed(acme: Company) -> list[Any]:
    return [one.action.pk for one in claim(acme.tenant.pk, "email")]


def test_the_first_yes_is_a_vote_and_the_second_decides(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    voted = acme.approve(action)
    assert (voted.status, voted.first_vote_by_id, voted.decided_by) == ("pending", acme.manager.pk, None)
    assert claimed(acme) == []
    approved = acme.approve(voted, actor=second(acme), comment="Yes.")
    assert (approved.status, approved.decided_by, approved.decision_comment) == (
        "approved",
        acme.second_manager,
        "Yes.",
    )
    assert kinds(acme, action) == ["action.proposed", "action.voted", "action.approved"]
    assert claimed(acme) == [action.pk]


def test_a_vote_is_recorded_with_who_gave_it_and_for_what(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    with tenant_scope(acme.tenant):
        entry = Entry.objects.get(kind="action.voted")
    assert (entry.actor_label, entry.facts["content_hash"]) == (acme.manager.username, action.content_hash)
    assert (entry.facts["from"], entry.facts["to"]) == ("pending", "pending")


def test_nobody_gives_both_votes(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    for hold in (False, True):
        with pytest.raises(NotAllowed, match="another person"):
            acme.approve(action, hold=hold)
    assert acme.read(action).status == "pending"
    assert kinds(acme, action).count("action.voted") == 1


def test_the_owner_of_the_clone_gives_neither_vote_but_may_say_no(acme: Company) -> None:
    rule(acme, "four_eyes")
    own_clone(acme, acme.manager)
    action = acme.propose_proposal()
    with pytest.raises(NotAllowed, match="owner of the clone"):
        acme.approve(action)
    acme.approve(action, actor=second(acme))
    with pytest.raises(NotAllowed, match="owner of the clone"):
        acme.approve(action)
    assert reject(action=action, actor=acme.actor(), reason="No.").status == "rejected"


def test_an_edit_is_its_editors_vote(acme: Company) -> None:
    rule(acme, "four_eyes")
    edited = edit(action=acme.propose_proposal(), payload=acme.email(body="Better."), actor=acme.actor())
    assert (edited.status, edited.first_vote_by_id) == ("pending", acme.manager.pk)
    with pytest.raises(NotAllowed):
        acme.approve(edited)
    assert acme.approve(edited, actor=second(acme)).status == "approved"
    assert claimed(acme) == [edited.pk]


def test_an_edit_in_place_of_a_yes_is_a_vote_as_well(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    given = {"payload": acme.email(body="Better."), "content_hash": action.content_hash}
    edited = edit_and_approve(action=action, actor=acme.actor(), **given)
    assert (edited.status, edited.first_vote_by_id) == ("pending", acme.manager.pk)
    assert claimed(acme) == []


def test_an_edit_after_the_first_vote_starts_anew_with_the_editor(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    edited = edit(action=action, payload=acme.email(body="Better."), actor=second(acme))
    assert edited.first_vote_by_id == acme.second_manager.pk
    assert acme.approve(edited).status == "approved"


def test_an_edit_by_the_owner_of_the_clone_is_no_vote(acme: Company) -> None:
    rule(acme, "four_eyes")
    own_clone(acme, acme.manager)
    edited = edit(action=acme.propose_proposal(), payload=acme.email(body="Better."), actor=acme.actor())
    assert edited.first_vote_by_id is None
    acme.approve(edited, actor=second(acme))
    assert acme.approve(acme.read(edited), actor=acme.actor(third_manager(acme))).status == "approved"


def test_a_rule_set_after_the_approval_hands_it_back(acme: Company) -> None:
    action = acme.approve(acme.propose_proposal())
    rule(acme, "four_eyes")
    assert claimed(acme) == []
    back = acme.read(action)
    assert (back.status, back.decided_by, "four_eyes" in back.rules) == ("pending", None, True)
    assert both(acme, back).status == "approved"
    assert claimed(acme) == [action.pk]


def test_an_autonomous_action_of_before_the_rule_waits_for_two(acme: Company) -> None:
    action = acme.propose()
    rule(acme, "four_eyes")
    assert claimed(acme) == []
    assert both(acme, acme.read(action)).status == "approved"


def test_a_new_version_of_the_policy_takes_the_first_vote_back(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    rule(acme, "needs_person", stage="negotiation")
    rejudge()
    stamped = acme.read(action)
    assert (stamped.first_vote_by_id, stamped.content_hash != action.content_hash) == (None, True)
    with pytest.raises(Conflict):
        acme.approve(action, actor=second(acme))
    assert acme.approve(stamped, actor=second(acme)).status == "pending"


def test_a_stage_that_moved_between_the_votes_takes_the_first_one_back(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal(opportunity="O-1")
    acme.approve(action)
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(stage="negotiation")
    with pytest.raises(Conflict):
        acme.approve(action, actor=second(acme))
    assert acme.read(action).first_vote_by_id is None


def test_a_deal_that_grew_after_the_approval_hands_it_back(acme: Company) -> None:
    rule(acme, "four_eyes", value_from=50_000)
    action = acme.approve(acme.propose_proposal(opportunity="O-1"))
    assert action.status == "approved"
    worth(acme, "50000.00")
    assert claimed(acme) == []
    assert "four_eyes" in acme.read(action).rules
    both(acme, action)
    assert claimed(acme) == [action.pk]


def test_a_deal_that_grew_before_the_approval_is_shown_again_first(acme: Company) -> None:
    rule(acme, "four_eyes", value_from=50_000)
    action = acme.propose_proposal(opportunity="O-1")
    worth(acme, "50000.00")
    with pytest.raises(Conflict, match="two people"):
        acme.approve(action)
    assert acme.approve(acme.read(action)).status == "pending"


def test_leaving_the_deal_out_does_not_get_round_it(acme: Company) -> None:
    rule(acme, "four_eyes", value_from=50_000)
    deal(acme, "O-2", amount="60000.00")
    assert "four_eyes" in acme.propose_proposal().rules
    assert "four_eyes" not in acme.propose_proposal(opportunity="O-1").rules
    assert "four_eyes" in acme.propose_proposal(opportunity="O-2").rules


@pytest.mark.parametrize("unknown", [{"amount": None}, {"currency": "EUR"}])
def test_a_deal_whose_value_cannot_be_told_takes_two(acme: Company, unknown: dict[str, Any]) -> None:
    rule(acme, "four_eyes", value_from=50_000)
    deal(acme, "O-2", **unknown)
    assert "four_eyes" in acme.propose_proposal(opportunity="O-2").rules
    assert "four_eyes" in acme.propose_proposal().rules
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(external_id="O-2").update(stage="closed_lost")
    assert "four_eyes" not in acme.propose_proposal().rules


def test_one_no_ends_it_also_after_a_yes(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    assert reject(action=action, actor=second(acme), reason="No.").status == "rejected"
    with pytest.raises(Conflict):
        acme.approve(action, actor=second(acme))


def test_an_approval_that_is_undone_leaves_the_first_vote_to_its_giver(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    acme.approve(action, actor=second(acme), hold=True)
    undone = undo(action=action, actor=second(acme))
    assert (undone.status, undone.first_vote_by_id) == ("pending", acme.manager.pk)
    with pytest.raises(NotAllowed):
        acme.approve(undone)
    assert acme.approve(undone, actor=second(acme)).status == "approved"


def test_who_gave_the_first_vote_and_undoes_the_approval_takes_it_back(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    acme.approve(action, actor=second(acme), hold=True)
    undone = undo(action=action, actor=acme.actor())
    assert undone.first_vote_by_id is None
    assert acme.approve(undone, actor=second(acme)).status == "pending"


@pytest.mark.parametrize("voter", ["manager", "second_manager"])
def test_a_voter_who_may_no_longer_decide_hands_it_back(acme: Company, voter: str) -> None:
    rule(acme, "four_eyes")
    action = both(acme, acme.propose_proposal())
    with tenant_scope(acme.tenant):
        membership = getattr(acme, voter).memberships.get()
    change_role(membership, role="auditor", actor=SYSTEM)
    assert claimed(acme) == []
    assert acme.read(action).status == "pending"


def test_a_failed_one_takes_two_again(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = both(acme, acme.propose_proposal())
    set_columns(action, "status = 'failed'")
    again = partial(decide_again, action=action, content_hash=action.content_hash)
    assert again(actor=second(acme)).status == "failed"
    with pytest.raises(NotAllowed):
        again(actor=second(acme))
    assert again(actor=acme.actor()).status == "approved"
    assert claimed(acme) == [action.pk]


def test_the_vote_of_an_earlier_try_does_not_count_for_a_later_one(acme: Company) -> None:
    rule(acme, "four_eyes", value_from=50_000)
    worth(acme, "50000.00")
    action = both(acme, acme.propose_proposal(opportunity="O-1"))
    set_columns(action, "status = 'failed'")
    worth(acme, "100.00")
    tried = decide_again(action=action, content_hash=action.content_hash, actor=second(acme))
    assert tried.status == "approved"
    worth(acme, "50000.00")
    assert claimed(acme) == []
    assert acme.read(action).status == "pending"


def test_a_lifted_rule_leaves_one_vote_enough_after_another_look(acme: Company) -> None:
    standing = rule(acme, "four_eyes")
    action = acme.propose_proposal()
    acme.approve(action)
    lift(acme, standing)
    rejudge()
    assert acme.approve(acme.read(action)).status == "approved"


def test_an_unknown_action_type_takes_two_as_well(acme: Company) -> None:
    rule(acme, "four_eyes", action_type="send_flowers")
    action = acme.propose("send_flowers", {"to": "Hank"})
    assert acme.approve(action).status == "pending"


def test_a_representative_is_never_one_of_the_two_for_their_own_clone(acme: Company) -> None:
    rule(acme, "reps_decide")
    rule(acme, "four_eyes")
    own_clone(acme, acme.rep)
    action = acme.propose_proposal()
    with pytest.raises(NotAllowed, match="owner of the clone"):
        acme.approve(action, actor=acme.actor(acme.rep))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_two_people_at_the_same_instant_make_one_vote_and_one_approval(transactional_db: None, round_: int) -> None:
    acme = company("acme")
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    yes, other_yes = (lambda: acme.approve(action)), (lambda: acme.approve(action, actor=second(acme)))
    answers = rivals.at_once(*[yes, other_yes] * 4, refusals=(Conflict, NotAllowed))
    now = acme.read(action)
    assert now.status == "approved"
    assert {now.first_vote_by_id, now.decided_by_id} == {acme.manager.pk, acme.second_manager.pk}
    assert Counter(kinds(acme, action)) == {"action.proposed": 1, "action.voted": 1, "action.approved": 1}
    assert sum(isinstance(answer, Action) for answer in answers) == 2


@pytest.mark.django_db(transaction=True)
def test_one_person_at_eight_windows_at_once_gives_one_vote(transactional_db: None) -> None:
    acme = company("acme")
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    rivals.at_once(*[lambda: acme.approve(action)] * 8, refusals=(Conflict, NotAllowed))
    now = acme.read(action)
    assert (now.status, now.first_vote_by_id) == ("pending", acme.manager.pk)
    assert kinds(acme, action).count("action.voted") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_a_rule_that_is_set_while_somebody_approves_lets_nothing_go_on_one_say(
    transactional_db: None, round_: int
) -> None:
    acme = company("acme")
    action = acme.propose_proposal()
    rivals.at_once(
        lambda: acme.approve(action),
        lambda: rule(acme, "four_eyes"),
        lambda: rejudge(),
        refusals=(Conflict, NotAllowed),
    )
    assert claimed(acme) == []
    rejudge()
    assert acme.read(action).status == "pending"
