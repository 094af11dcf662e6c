"""The order of the queue: the statement against a plain reading of its formula and of engine.serving."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import Clone, Opportunity
from crm.tenancy import tenant_scope
from engine.models import Action
from engine.ranking import Mark, Ranking, Wanted, mark_from, rank
from engine.serving import Serving
from goals.tracker import GoalTracker
from tests.cast import Company, company

pytestmark = pytest.mark.django_db
MANY = 60
KINDS = (
    "send_proposal",
    "schedule_meeting",
    "qualify_conversation",
    "create_briefing",
    "send_chat_message",
    "order_cake",
)


@pytest.fixture
def acme() -> Company:
    return company("acme")


def put(action: Action, **columns: Any) -> None:
    with tenant_scope(action.tenant_id), connection.cursor() as cursor:
        for column, value in columns.items():
            cursor.execute(f"UPDATE engine_action SET {column} = %s WHERE id = %s", [value, action.pk])


def ranked(acme: Company, now: datetime | None = None, **asked: Any) -> Ranking:
    moment = now or timezone.now()
    with tenant_scope(acme.tenant):
        serving = Serving(tenant=acme.tenant, now=moment)
        given = {"wanted": Wanted(), "size": MANY, **asked}
        return rank(tenant=acme.tenant, person_id=acme.manager.pk, serving=serving, now=moment, **given)


def plain_score(action: Action, serving: Serving, as_of: datetime, currency: str) -> tuple[float, str | None]:
    """The formula as docs/console.md tells it."""
    deal = action.opportunity
    worth = 1000 + float(deal.amount or 0) if deal and deal.currency == currency else 1000.0
    hours_left = max((action.expires_at - as_of).total_seconds() / 3600, 0)
    served = serving.of(action)
    lag = min(max(1 - served.way.pace.reached_of_pace, 0), 1) if served else 0
    waited = max((as_of - (action.waiting_since or action.proposed_at)).total_seconds() / 3600, 0)
    score = worth * (1 + 24 / (hours_left + 4)) * (1 + lag) * (1 + min(waited / 72, 1) / 2)
    return score, str(served.way.goal.pk) if served else None


def crowd(acme: Company, chance: Random) -> list[Action]:
    """Actions of every kind, for deals of every size and currency, of clones of several teams, old and new."""
    tenant, tracker = acme.tenant, GoalTracker()
    with tenant_scope(tenant):
        clones = [
            Clone.objects.create(tenant=tenant, name=f"C{n}", team=team) for n, team in enumerate(("", "East", "West"))
        ]
        deals = [
            Opportunity.objects.create(
                tenant=tenant, account=acme.account, external_id=f"R{n}", name="d", stage="negotiation",
                amount=amount, currency=currency,
            )
            for n, (amount, currency) in enumerate(
                [("500.25", "USD"), ("90000", "USD"), (None, "USD"), ("70000", "EUR"), ("0", "USD")]
            )
        ]  # fmt: skip
        Opportunity.objects.filter(pk=acme.deal.pk).update(stage="closed_won", closed_on=timezone.now().date())
    goals = [
        tracker.create_goal(
            tenant=tenant, goal_type=kind, target_value="0.9" if kind == "quality" else target,
            period_start=date.today() - timedelta(days=50), period_end=date.today() + timedelta(days=50), clone=clone,
            team=team,
        )
        for kind, target, clone, team in [
            ("revenue", 30_000, None, ""), ("pipeline", 10, None, ""), ("activity", 7, None, "East"),
            ("revenue", 99_999, None, "West"), ("pipeline", 500_000, clones[0], ""), ("quality", 1, None, ""),
            ("activity", 3, clones[2], ""),
        ]
    ]  # fmt: skip
    made = []
    with tenant_scope(tenant):
        for n in range(MANY):
            now, cause = (
                timezone.now(),
                chance.choice(["", "silence", f"goal:{chance.choice(goals).pk}", f"goal:{uuid4()}"]),
            )
            made.append(
                Action(
                    tenant=tenant, clone=chance.choice(clones), account=acme.account, action_type=chance.choice(KINDS),
                    opportunity=chance.choice([None, *deals]), payload={}, tier="approval_required", status="pending",
                    policy_version=1, content_hash=str(n), allowed=False, requires_human=True, rules=["approval_required"],
                    proposer_kind="key", proposer_id="1", proposer_label="a", cause=cause,
                    proposed_at=now - timedelta(hours=chance.uniform(0, 200)),
                    waiting_since=chance.choice([None, now - timedelta(hours=chance.uniform(0, 90))]),
                    expires_at=now + timedelta(hours=chance.uniform(0.01, 100)),
                )
            )  # fmt: skip
        Action.objects.bulk_create(made)
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_score_and_goal_are_what_a_plain_reading_says(acme: Company, seed: int) -> None:
    crowd(acme, Random(seed))
    now = timezone.now()
    found = ranked(acme, now).page
    with tenant_scope(acme.tenant):
        serving = Serving(tenant=acme.tenant, now=now)
        rows = {row.pk: row for row in Action.objects.select_related("clone", "opportunity")}
    assert len(found) == MANY
    assert len({one.serves for one in found}) >= 5
    for one in found:
        score, serves = plain_score(rows[one.id], serving, now, "USD")
        assert one.serves == serves
        assert one.score == pytest.approx(score, rel=1e-9)
        assert one.worth * one.urgency * one.goal * one.age == pytest.approx(score, rel=1e-9)
    assert [(-one.score, str(one.id)) for one in found] == sorted((-one.score, str(one.id)) for one in found)


def test_pages_put_together_are_the_whole_in_its_order(acme: Company) -> None:
    crowd(acme, Random(4))
    whole = [one.id for one in ranked(acme).page]
    first = ranked(acme, size=7)
    read, after = [one.id for one in first.page[:7]], first.mark_after(6)
    later = first.as_of + timedelta(minutes=30)  # reading takes its time, and scores would have moved
    while True:
        page = ranked(acme, later, size=7, after=mark_from(str(after), now=later))
        assert page.as_of == first.as_of
        read += [one.id for one in page.page[:7]]
        if len(page.page) <= 7:
            break
        after = page.mark_after(6)
    assert read == whole


def test_what_is_worth_more_or_presses_more_comes_first(acme: Company) -> None:
    small, large, pressing = (acme.propose_proposal(opportunity=one) for one in (None, "O-1", None))
    put(pressing, expires_at=timezone.now() + timedelta(minutes=5))
    assert [one.id for one in ranked(acme).page] == [large.pk, pressing.pk, small.pk]


def test_what_is_put_off_stays_away_until_it_is_due(acme: Company) -> None:
    action, other = acme.propose_proposal(), acme.propose_proposal()
    put(action, snoozed_until=timezone.now() + timedelta(hours=1))
    now = ranked(acme)
    assert ([one.id for one in now.page], now.waiting, now.snoozed) == ([other.pk], 1, 1)
    assert [one.id for one in ranked(acme, wanted=Wanted(snoozed=True)).page] == [action.pk]
    later = ranked(acme, timezone.now() + timedelta(hours=2))
    assert {one.id for one in later.page} == {action.pk, other.pk}
    assert later.snoozed == 0


def test_what_has_expired_is_no_longer_offered(acme: Company) -> None:
    put(acme.propose_proposal(), expires_at=timezone.now() - timedelta(seconds=1))
    assert ranked(acme).waiting == 0


def test_the_filters_let_through_what_they_say(acme: Company) -> None:
    deal, none = acme.propose_proposal(opportunity="O-1"), acme.propose("order_cake", {})
    put(none, proposed_at=timezone.now() - timedelta(hours=30), waiting_since=None, assignee_id=acme.manager.pk)
    for wanted, ids in [
        (Wanted(action="send_proposal"), {deal.pk}),
        (Wanted(action="nothing"), set()),
        (Wanted(clone=acme.clone.pk), {deal.pk, none.pk}),
        (Wanted(clone=uuid4()), set()),
        (Wanted(stage="discovery"), {deal.pk, none.pk}),
        (Wanted(reason="unknown_action_type"), {none.pk}),
        (Wanted(value_from=Decimal("12000")), {deal.pk}),
        (Wanted(value_from=Decimal("12000.01")), set()),
        (Wanted(value_to=Decimal("12000")), {deal.pk}),
        (Wanted(hours=24), {none.pk}),
        (Wanted(assignee=acme.manager.pk), {none.pk}),
        (Wanted(assignee=acme.rep.pk), set()),
        (Wanted(since=timezone.now() - timedelta(hours=1)), {deal.pk}),
    ]:
        found = ranked(acme, wanted=wanted)
        assert ({one.id for one in found.page}, found.matching) == (ids, len(ids)), wanted
        assert found.waiting == 2


def test_options_are_counted_as_if_their_own_filter_were_not_set(acme: Company) -> None:
    for kind in ("send_proposal", "send_proposal", "order_cake"):
        acme.propose(kind, acme.email() if kind == "send_proposal" else {})
    found = ranked(acme, wanted=Wanted(action="order_cake"))
    assert {one.value: one.count for one in found.options["action"]} == {"send_proposal": 2, "order_cake": 1}
    assert {one.value: one.count for one in found.options["reason"]} == {"unknown_action_type": 1}
    assert [(one.label, one.count) for one in found.options["clone"]] == [("Ada of acme", 1)]


def test_a_deal_is_large_among_ten_or_more(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        for n in range(1, 11):
            Opportunity.objects.create(
                tenant=acme.tenant, account=acme.account, external_id=f"L{n}", name="d", stage="discovery",
                amount=n * 100, currency="USD",
            )  # fmt: skip
    for n in range(1, 10):
        acme.propose_proposal(opportunity=f"L{n}")
    assert ranked(acme).large is None
    acme.propose_proposal(opportunity="L10")
    assert ranked(acme).large == Decimal("900.00")


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOME_ID = UUID("00000000-0000-7000-8000-000000000001")


def test_a_mark_is_read_as_it_was_written() -> None:
    mark = Mark(NOW, 13_250.123456789, SOME_ID)
    assert mark_from(str(mark), now=NOW) == mark


@pytest.mark.parametrize(
    "odd",
    [
        None, "", "x", "~~", "1~2~3", "1~2", str(SOME_ID), f"x~1~{SOME_ID}", f"{10**30}~1~{SOME_ID}", f"0~1~{SOME_ID}",
        *(f"{round(NOW.timestamp() * 1_000_000)}~{score}~{SOME_ID}" for score in ("nan", "inf", "one", "")),
        f"{round(NOW.timestamp() * 1_000_000)}~1~nobody",
        str(Mark(NOW + timedelta(hours=1), 1.0, SOME_ID)),
        str(Mark(NOW - timedelta(days=2), 1.0, SOME_ID)),
    ],
)  # fmt: skip
def test_an_odd_mark_is_none(odd: str | None) -> None:
    assert mark_from(odd, now=NOW) is None
