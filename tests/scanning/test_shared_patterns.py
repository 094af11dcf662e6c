"""The end of a scan: what several accounts have in common, and telling what is urgent."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.tenancy import tenant_scope
from engine.models import Notice
from insights.models import Insight, Threshold
from tests.cast import Company
from tests.scanning.scans import LEAVING, NOW, PLAIN, another_account, concluded, insights, says, scanned, signals

WORRIED = "We are concerned about the price."


def worry(acme: Company, *names: str, text: str = WORRIED) -> None:
    for name in names:
        says(another_account(acme.tenant, name), text)


def test_what_three_accounts_object_to_is_one_insight_with_their_words_and_names(acme: Company) -> None:
    worry(acme, "Initech", "Hooli", "Umbrella")
    scanned(acme.tenant)
    assert concluded(acme.tenant).more["shared"] == 1
    (insight,) = insights(acme.tenant, account=None)
    assert (insight.signal, insight.topic, insight.status) == ("shared_objection", "price", "pending")
    assert (insight.pattern_type, insight.severity) == ("cross_account_pattern", "medium")
    assert {piece["account"] for piece in insight.evidence} == {"Initech", "Hooli", "Umbrella"}
    assert {piece["quote"] for piece in insight.evidence} == {WORRIED}
    assert all(piece["interaction"] and piece["at"] for piece in insight.evidence)


def test_what_two_accounts_say_is_not_shared(acme: Company) -> None:
    worry(acme, "Initech", "Hooli")
    scanned(acme.tenant)
    assert concluded(acme.tenant).more["shared"] == 0


def test_a_shared_insight_is_refreshed_closed_and_opened_again(acme: Company) -> None:
    worry(acme, "Initech", "Hooli", "Umbrella")
    scanned(acme.tenant)
    concluded(acme.tenant)
    worry(acme, "Wayne")
    scanned(acme.tenant)
    assert concluded(acme.tenant).more["refreshed"] == 1
    (insight,) = insights(acme.tenant, account=None)
    assert "4 accounts" in insight.reason

    assert concluded(acme.tenant, now=NOW + timedelta(days=31)).more["closed"] == 1
    assert [row.status for row in insights(acme.tenant, account=None)] == ["closed"]
    assert concluded(acme.tenant).more["reopened"] == 1
    assert [row.pk for row in insights(acme.tenant, account=None, status="pending")] == [insight.pk]


def test_a_rival_is_the_same_in_any_case_of_its_letters(acme: Company) -> None:
    worry(acme, "A", "B", "C", text="We have decided to go with Initech instead of you.")
    scanned(acme.tenant)
    concluded(acme.tenant)
    with tenant_scope(acme.tenant):
        Insight.objects.filter(account=None).update(topic="INITECH")
    assert concluded(acme.tenant).more["refreshed"] == 1
    assert signals(acme.tenant, account=None) == ["shared_competitor"]


def test_a_dismissed_pattern_stays_away(acme: Company) -> None:
    worry(acme, "Initech", "Hooli", "Umbrella")
    scanned(acme.tenant)
    concluded(acme.tenant)
    with tenant_scope(acme.tenant):
        Insight.objects.filter(account=None).update(status="dismissed", ended_at=NOW)
    assert concluded(acme.tenant).more["shared"] == 0
    assert len(insights(acme.tenant, account=None)) == 1


def test_the_threshold_of_shared_patterns_counts(acme: Company) -> None:
    worry(acme, "Initech", "Hooli", "Umbrella")
    with tenant_scope(acme.tenant):
        Threshold.objects.create(tenant=acme.tenant, pattern_type="cross_account_pattern", value=0.95)
    scanned(acme.tenant)
    concluded(acme.tenant)
    assert insights(acme.tenant, account=None) == []


def test_a_single_accounts_insights_are_left_alone(acme: Company) -> None:
    says(acme.account, LEAVING)
    scanned(acme.tenant)
    concluded(acme.tenant)
    assert {row.status for row in insights(acme.tenant)} == {"pending"}


def test_urgent_insights_are_told_once(acme: Company) -> None:
    says(acme.account, LEAVING)
    scanned(acme.tenant)
    assert concluded(acme.tenant).more["alerted"] >= 1
    with tenant_scope(acme.tenant):
        told = Notice.objects.count()
    assert told
    assert concluded(acme.tenant, now=NOW + timedelta(hours=6)).more["alerted"] == 0
    with tenant_scope(acme.tenant):
        assert Notice.objects.count() == told


def test_where_nothing_was_said_there_is_nothing_to_conclude(acme: Company) -> None:
    says(acme.account, PLAIN)
    scanned(acme.tenant)
    assert concluded(acme.tenant).more == {}


def test_the_end_takes_the_same_statements_however_many_share(acme: Company) -> None:
    worry(acme, *(f"A{number}" for number in range(3)))
    few = statements(acme)
    worry(acme, *(f"B{number}" for number in range(40)), text=f"{WORRIED} Do you support SSO?")
    many = statements(acme)  # one is refreshed, another opened: two more
    assert few <= many <= few + 2 <= 22


def statements(acme: Company) -> int:
    scanned(acme.tenant)
    with CaptureQueriesContext(connection) as caught:
        concluded(acme.tenant)
    return len(caught)
