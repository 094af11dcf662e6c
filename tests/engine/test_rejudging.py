"""After a change of rules what waits shows what holds now, within one sweep, and no decision is lost over it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from crm.tenancy import tenant_scope
from engine import rejudging
from engine.approvals import reject
from engine.claims import claim
from engine.edits import edit
from engine.errors import Conflict, NotAllowed
from engine.models import Action
from engine.rejudging import rejudge
from engine.sweep import sweep
from engine.withdrawals import withdraw
from guardrails.models import Policy
from guardrails.policies import set_times
from tests import rivals
from tests.cast import Company, company
from tests.engine.ruled import customer, kinds, lift, propose_as, rule, statuses


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(rejudging, "BATCH", 3)
    return


def current(acme: Company) -> bool:
    """Whether everything that waits carries the policy's version."""
    with tenant_scope(acme.tenant):
        version = Policy.objects.get().version
        return not Action.objects.filter(status="pending").exclude(policy_version=version).exists()


def test_after_a_rule_is_set_and_lifted_everything_that_waits_carries_the_new_version(acme: Company) -> None:
    actions = [acme.propose_proposal() for _ in range(3)]
    standing = rule(acme, "needs_person")
    assert rejudge() == 3
    assert current(acme)
    assert all(acme.read(action).rules == ["approval_required", "tenant_rule"] for action in actions)
    lift(acme, standing)
    assert rejudge() == 3
    assert all(acme.read(action).rules == ["approval_required"] for action in actions)
    assert rejudge() == 0


def test_another_deadline_is_another_version_as_well(acme: Company) -> None:
    action = acme.propose_proposal()
    set_times(tenant=acme.tenant, actor=acme.actor(), hold_seconds=10, deadline_hours=5, deadlines={})
    rejudge()
    assert current(acme)
    assert acme.read(action).expires_at == action.expires_at


def test_the_sweep_does_it(acme: Company) -> None:
    action = acme.propose_proposal()
    rule(acme, "needs_person")
    sweep()
    assert acme.read(action).policy_version == 2


@pytest.mark.usefixtures("small_batches")
def test_however_many_wait_one_sweep_is_enough(acme: Company) -> None:
    for _ in range(10):
        acme.propose_proposal()
    rule(acme, "needs_person")
    assert rejudge() == 10
    assert current(acme)


def test_each_is_recorded_once_with_the_rules_that_hold_now(acme: Company) -> None:
    action = acme.propose_proposal()
    rule(acme, "needs_person")
    for _ in range(3):
        rejudge()
    assert kinds(acme, action) == ["action.proposed", "action.restamped"]


def test_never_blocks_what_waits_and_only_that_which_it_takes_in(acme: Company) -> None:
    other = acme.propose_proposal(account=str(customer(acme, "Initech").pk))
    mine = acme.propose_proposal()
    rule(acme, "never", account=acme.account)
    rejudge()
    assert (acme.read(mine).status, acme.read(mine).reason) == ("blocked", "tenant_stop")
    assert acme.read(other).status == "pending"


def test_what_a_lifted_rule_made_wait_waits_on_for_a_person(acme: Company) -> None:
    standing = rule(acme, "needs_person")
    action = acme.propose()
    lift(acme, standing)
    rejudge()
    now = acme.read(action)
    assert (now.status, now.rules) == ("pending", ["autonomous"])
    assert acme.approve(now).status == "approved"


def test_who_had_looked_at_the_old_version_is_told_to_look_again(acme: Company) -> None:
    action = acme.propose_proposal()
    rule(acme, "needs_person")
    rejudge()
    with pytest.raises(Conflict) as conflict:
        acme.approve(action)
    assert conflict.value.differences == [{"field": "policy_version", "shown": 1, "now": 2}]


def test_an_approval_of_before_the_rule_comes_back_at_the_claim(acme: Company) -> None:
    action = acme.approve(acme.propose_proposal())
    rule(acme, "needs_person")
    rejudge()
    assert acme.read(action).status == "approved"
    assert claim(acme.tenant.pk, "email") == []
    back = acme.read(action)
    assert (back.status, back.decided_by, back.policy_version) == ("pending", None, 2)


def test_an_autonomous_one_goes_on_where_the_rule_leaves_it_alone(acme: Company) -> None:
    action = acme.propose()
    rule(acme, "never", stage="negotiation")
    (claimed,) = claim(acme.tenant.pk, "email")
    assert claimed.action.pk == action.pk
    assert acme.read(action).policy_version == 2


def test_never_stops_what_was_approved_by_anybody(acme: Company) -> None:
    by_itself, by_a_person = acme.propose(), acme.approve(acme.propose_proposal())
    rule(acme, "never")
    assert claim(acme.tenant.pk, "email") == []
    assert {acme.read(one).status for one in (by_itself, by_a_person)} == {"blocked"}


def test_another_companys_queue_is_left_alone(acme: Company, rival: Company) -> None:
    theirs = rival.propose_proposal()
    rule(acme, "never")
    acme.propose_proposal()
    rejudge()
    assert (rival.read(theirs).status, rival.read(theirs).version) == ("pending", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
@pytest.mark.usefixtures("small_batches")
def test_people_who_decide_while_it_is_judged_anew_lose_no_decision(transactional_db: None, round_: int) -> None:
    acme = company("acme")
    rule(acme, "touch_limit", limit=2)
    actions = [acme.propose_proposal() for _ in range(12)]
    rule(acme, "needs_person")
    no = lambda one: reject(action=one, actor=acme.actor(acme.second_manager), reason="No.")  # noqa: E731
    answers = rivals.at_once(
        *[lambda one=one: acme.approve(acme.read(one)) for one in actions[:4]],
        *[lambda one=one: no(one) for one in actions[4:7]],
        lambda: edit(action=actions[7], payload=acme.email(body="Better."), actor=acme.actor()),
        lambda: withdraw(action=actions[8], actor=acme.agent, clone_id=acme.clone.pk),
        rejudge,
        rejudge,
        lambda: rule(acme, "four_eyes", stage="negotiation"),
        lambda: claim(acme.tenant.pk, "email"),
        refusals=(Conflict, NotAllowed),
    )
    decided = [answer for answer in answers if isinstance(answer, Action)]
    for one in decided:
        assert acme.read(one).status in (one.status, "executing", "pending" if one.status == "approved" else one.status)
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert all("look at it again" in str(one) or "Since this was shown" in str(one) for one in refused)
    assert statuses(acme).count("rejected") == 3
    assert Counter(statuses(acme))["withdrawn"] == 1
    rejudge()
    assert current(acme)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_many_decided_in_one_go_and_workers_and_sweeps_never_wait_for_each_other_in_a_circle(
    transactional_db: None, round_: int
) -> None:
    acme = company("acme")
    rule(acme, "touch_limit", limit=50)
    rule(acme, "send_limit", limit=50)
    actions = [acme.propose_proposal() for _ in range(8)]
    autonomous = [acme.propose() for _ in range(6)]
    rule(acme, "needs_person", stage="negotiation")

    def all_at_once(verb: Any) -> list[Any]:
        """As the console's confirm page does: one request, one transaction, each judged on its own."""
        made = []
        with tenant_scope(acme.tenant):
            for one in sorted(actions, key=lambda action: action.pk):
                try:
                    made.append(verb(acme.read(one)))
                except (Conflict, NotAllowed) as refusal:
                    made.append(refusal)
        return made

    second = acme.actor(acme.second_manager)
    rivals.at_once(
        lambda: all_at_once(acme.approve),
        lambda: all_at_once(lambda one: acme.approve(one, actor=second)),
        lambda: all_at_once(lambda one: reject(action=one, actor=second, reason="No.")),
        *[lambda one=one: acme.approve(acme.read(one)) for one in actions[4:]],
        *[lambda: claim(acme.tenant.pk, "email")] * 3,
        *[rejudge] * 2,
        lambda: propose_as(acme, acme.clone),
        refusals=(Conflict, NotAllowed),
    )
    assert len(statuses(acme)) == len(actions) + len(autonomous) + 1
