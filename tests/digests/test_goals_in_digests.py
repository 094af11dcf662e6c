"""What a digest says of goals: where they stand and will land, what is needed, and what was passed since yesterday."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Clone
from crm.tenancy import tenant_scope
from engine.alerts import readers
from engine.digests.contents import LISTED, Edition, compose, has_something_to_say
from engine.digests.rendering import message_of
from goals.models import Goal, Milestone
from goals.tracker import GoalTracker
from tests.cast import Company, company

TODAY = timezone.now().date()


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


def goal(acme: Company, target_value: Any = 48_000, **changes: Any) -> Goal:
    """A pipeline goal in the middle of its time; the company has 12,000 open."""
    given = {"period_start": TODAY - timedelta(days=9), "period_end": TODAY + timedelta(days=10), **changes}
    return GoalTracker().create_goal(acme.tenant, "pipeline", target_value, **given)


def content_for(acme: Company, username: str = "manager-acme", *, day: date = TODAY) -> dict[str, Any]:
    with tenant_scope(acme.tenant):
        reader = next(reader for reader in readers(acme.tenant) if reader.person.username == username)
        return compose(Edition(acme.tenant, reader, day, timezone.now()))


def test_a_goal_is_told_with_its_forecast_and_what_is_needed(acme: Company) -> None:
    goal(acme, 20_000)
    (told,) = content_for(acme)["goals"]
    assert (told["whose"], told["band"], told["progress_pct"]) == ("the whole company", "on_track", 60.0)
    assert (told["current"], told["target"], told["left"]) == ("$12,000", "$20,000", "$8,000")
    assert (told["forecast"], told["needed_per_week"]) == ("$12,000", "$5,091")
    assert told["bar"] == "##########|#........"
    mail = message_of(content_for(acme))
    for text in (mail.text, mail.html):
        assert "$8,000 left: $5,091 a week" in text
        assert "orecast $12,000" in text


def test_what_was_passed_since_yesterday_is_told_once_by_its_highest(acme: Company) -> None:
    one = goal(acme, 13_000)
    assert content_for(acme)["goals"][0]["passed"] == 90
    assert has_something_to_say(content_for(acme))
    assert "(passed 90 %)" in message_of(content_for(acme)).text
    with tenant_scope(acme.tenant):
        Milestone.objects.filter(goal=one).update(reached_at=timezone.now() - timedelta(days=2))
    assert content_for(acme)["goals"][0]["passed"] is None
    assert not has_something_to_say(content_for(acme))


def test_what_is_furthest_behind_comes_first_and_the_rest_is_cut(acme: Company) -> None:
    for _ in range(LISTED):
        goal(acme, 20_000, period_end=TODAY + timedelta(days=9))
    behind = goal(acme, 200_000, period_end=TODAY + timedelta(days=30))
    with tenant_scope(acme.tenant):
        Milestone.objects.update(reached_at=timezone.now() - timedelta(days=2))
    told = content_for(acme)["goals"]
    assert (len(told), told[0]["id"]) == (LISTED, str(behind.pk))


def test_a_representative_reads_of_the_company_and_of_their_own_clones_and_teams(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(owner=acme.rep, team="East")
        stranger = Clone.objects.create(tenant=acme.tenant, name="Bob", team="West")
    goal(acme)
    goal(acme, clone=acme.clone)
    goal(acme, team="East")
    goal(acme, clone=stranger)
    goal(acme, team="West")
    theirs = {row["whose"] for row in content_for(acme, acme.rep.username)["goals"]}
    assert theirs == {"the whole company", acme.clone.name, "team East"}
    assert len(content_for(acme)["goals"]) == 5


@pytest.mark.parametrize(("shift", "told"), [(-11, 0), (-10, 1), (9, 1), (10, 0)])
def test_only_goals_under_way_are_told_of(acme: Company, shift: int, told: int) -> None:
    moved = timedelta(days=shift)
    goal(acme, period_start=TODAY - timedelta(days=9) + moved, period_end=TODAY + timedelta(days=10) + moved)
    assert len(content_for(acme)["goals"]) == told


def test_many_goals_take_as_many_statements_as_one(acme: Company) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            goal(acme)
        with CaptureQueriesContext(connection) as sent:
            content_for(acme)
        counts.append(len(sent))
    assert counts[0] == counts[1]
