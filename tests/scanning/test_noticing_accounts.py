"""What a scan makes of an account: one insight a signal, refreshed, closed, and kept away where somebody dismissed it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from crm.models import Interaction
from crm.tenancy import tenant_scope
from engine.jobs import Part
from engine.scanning import scan
from insights.feedback import give
from insights.models import Insight, Threshold
from insights.signals import SIGNALS
from tests.cast import Company, company
from tests.scanning.scans import LEAVING, NOW, PLAIN, QUOTE, UNHAPPY, finds, insights, says, scanned, signals

WINDOW = SIGNALS["pricing_requested"].window


def dismiss(acme: Company, insight: Insight) -> None:
    with tenant_scope(acme.tenant):
        give(insight=insight, person_id=acme.manager.pk, verdict="false_alarm", actor=acme.actor())
        Insight.objects.filter(pk=insight.pk).update(ended_at=NOW)


def test_an_insight_says_what_was_said_by_whom_and_where(acme: Company) -> None:
    mail = says(acme.account, f"Hello. {QUOTE}", contact=acme.contact)
    assert scanned(acme.tenant).more["opened"] == 1
    (insight,) = insights(acme.tenant)
    assert (insight.account, insight.contact_id) == (acme.account, acme.contact.pk)
    assert (insight.pattern_type, insight.signal, insight.status) == ("buying_signal", "pricing_requested", "pending")
    assert (insight.severity, insight.seen_at) == ("high", NOW)
    (piece,) = insight.evidence
    assert piece == {
        "interaction": str(mail.pk),
        "quote": QUOTE,
        "at": mail.occurred_at.isoformat(),
        "channel": "email",
        "who": "Hank Scorpio",
    }


def test_a_second_mail_refreshes_the_insight_and_makes_no_other(acme: Company) -> None:
    says(acme.account, QUOTE, days_ago=3)
    scanned(acme.tenant)
    (first,) = insights(acme.tenant)
    says(acme.account, "Could you send us your price list, please?", days_ago=0.1)
    later = NOW + timedelta(hours=6)
    told = scanned(acme.tenant, now=later)
    (now,) = insights(acme.tenant)
    assert (now.pk, now.seen_at, len(now.evidence)) == (first.pk, later, 2)
    assert (told.more["opened"], told.more["refreshed"]) == (0, 1)
    assert "2 pieces" in now.reason


def test_one_account_may_show_several_signals(acme: Company) -> None:
    says(acme.account, LEAVING)
    says(acme.account, UNHAPPY)
    scanned(acme.tenant)
    assert {"champion_departure", "negative_sentiment"} <= set(signals(acme.tenant))


def test_the_database_refuses_a_second_open_insight(acme: Company) -> None:
    says(acme.account, QUOTE)
    scanned(acme.tenant)
    (one,) = insights(acme.tenant)
    one.pk = None
    with pytest.raises(IntegrityError, match="one_open_insight"), tenant_scope(acme.tenant), transaction.atomic():
        Insight(**{**kept(one), "tenant": acme.tenant}).save(force_insert=True)


def kept(insight: Insight) -> dict[str, object]:
    names = ("account_id", "pattern_type", "signal", "severity", "confidence", "reason", "seen_at", "status")
    return {name: getattr(insight, name) for name in names}


def test_an_insight_is_closed_when_what_it_rests_on_is_taken_back(acme: Company) -> None:
    mail = says(acme.account, QUOTE)
    scanned(acme.tenant)
    with tenant_scope(acme.tenant):
        Interaction.objects.filter(pk=mail.pk).update(text=PLAIN)
    assert scanned(acme.tenant).more["closed"] == 1
    (insight,) = insights(acme.tenant)
    assert (insight.status, insight.ended_why, insight.ended_at) == ("closed", "no longer so", NOW)


def test_an_insight_is_closed_when_its_window_is_over(acme: Company) -> None:
    says(acme.account, QUOTE)
    scanned(acme.tenant)
    scanned(acme.tenant, now=NOW + WINDOW)
    assert [row.status for row in insights(acme.tenant)] == ["closed"]


def test_a_closed_insight_is_opened_again_within_its_window_and_a_new_one_made_after_it(acme: Company) -> None:
    mail = says(acme.account, QUOTE)
    scanned(acme.tenant)
    with tenant_scope(acme.tenant):
        Interaction.objects.filter(pk=mail.pk).delete()
    scanned(acme.tenant)
    says(acme.account, QUOTE, days_ago=0)
    assert scanned(acme.tenant, now=NOW + timedelta(days=1)).more["reopened"] == 1
    (again,) = insights(acme.tenant)
    assert (again.status, again.ended_at, again.ended_why) == ("pending", None, "")

    scanned(acme.tenant, now=NOW + WINDOW)
    says(acme.account, QUOTE, days_ago=-2 * WINDOW.days)
    scanned(acme.tenant, now=NOW + 2 * WINDOW)
    assert [row.status for row in insights(acme.tenant)] == ["closed", "pending"]


def test_what_was_acted_on_is_refreshed_and_stays_so(acme: Company) -> None:
    says(acme.account, QUOTE)
    scanned(acme.tenant)
    with tenant_scope(acme.tenant):
        Insight.objects.update(status="acted")
    says(acme.account, QUOTE)
    scanned(acme.tenant)
    assert [(row.status, len(row.evidence)) for row in insights(acme.tenant)] == [("acted", 2)]


def test_a_dismissed_signal_stays_away_for_its_window_and_may_come_back_after_it(acme: Company) -> None:
    says(acme.account, QUOTE)
    scanned(acme.tenant)
    dismiss(acme, insights(acme.tenant)[0])
    says(acme.account, QUOTE)
    assert scanned(acme.tenant).more["opened"] == 0
    assert [row.status for row in insights(acme.tenant)] == ["dismissed"]

    says(acme.account, QUOTE, days_ago=-WINDOW.days)
    scanned(acme.tenant, now=NOW + WINDOW + timedelta(hours=1))
    assert [row.status for row in insights(acme.tenant)] == ["dismissed", "pending"]


def test_what_is_dismissed_between_a_pages_look_and_its_writing_stays_dismissed(acme: Company) -> None:
    says(acme.account, QUOTE)
    scanned(acme.tenant)
    says(acme.account, QUOTE)
    page = scan(Part(acme.tenant, acme.tenant.pk, None, None, None, 0, NOW))
    dismiss(acme, insights(acme.tenant)[0])
    assert page is not None
    with tenant_scope(acme.tenant):
        page.write()
    assert [row.status for row in insights(acme.tenant)] == ["dismissed"]


def test_a_threshold_is_the_tenants_and_the_pattern_types_own(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    rival = company("rival")
    finds(monkeypatch, ("budget_mentioned", 0.9), ("negative_sentiment", 0.9))
    with tenant_scope(acme.tenant):
        Threshold.objects.create(tenant=acme.tenant, pattern_type="buying_signal", value=0.95)
    for one in (acme, rival):
        says(one.account, PLAIN)
        scanned(one.tenant)
    assert signals(acme.tenant) == ["negative_sentiment"]
    assert signals(rival.tenant) == ["budget_mentioned", "negative_sentiment"]


def test_a_hint_is_enough_only_with_a_second_one(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, ("competitive_evaluation", 0.75))
    says(acme.account, PLAIN)
    scanned(acme.tenant)
    assert signals(acme.tenant) == []
    says(acme.account, PLAIN)
    scanned(acme.tenant)
    (insight,) = insights(acme.tenant)
    assert insight.confidence == pytest.approx(1 - 0.25 * 0.25)


@pytest.mark.parametrize(
    "changes",
    [
        {"direction": "out"},
        {"occurred_at": NOW - timedelta(days=31)},
        {"occurred_at": NOW + timedelta(days=1)},
        {"text": f"Thanks.\n\nOn Mon, 5 Jan 2026 at 09:11, Ada <ada@acme.example> wrote:\n> {QUOTE}"},
        {"text": "", "subject": PLAIN},
    ],
    ids=["ours", "long ago", "still to come", "quoted", "about nothing"],
)
def test_what_is_not_the_customers_word_of_late_is_no_insight(acme: Company, changes: dict[str, object]) -> None:
    says(acme.account, **{"text": QUOTE, **changes})  # type: ignore[arg-type]
    scanned(acme.tenant)
    assert signals(acme.tenant) == []


def test_a_mail_without_a_body_says_what_its_subject_says(acme: Company) -> None:
    says(acme.account, " \n", subject=QUOTE)
    scanned(acme.tenant)
    assert signals(acme.tenant) == ["pricing_requested"]


def test_a_meeting_that_was_missed_says_so_by_its_status(acme: Company) -> None:
    says(acme.account, "Weekly call", channel="meeting", direction="none", status="missed")
    scanned(acme.tenant)
    assert signals(acme.tenant) == ["meeting_missed"]


def test_an_account_gone_quiet_is_noticed_by_its_rhythm(acme: Company) -> None:
    for day in range(20, 60, 4):
        says(acme.account, PLAIN, days_ago=day)
    scanned(acme.tenant)
    assert "silence" in signals(acme.tenant)
    says(acme.account, PLAIN, days_ago=0)
    scanned(acme.tenant)
    assert signals(acme.tenant, signal="silence", status="closed") == ["silence"]


def test_another_tenants_accounts_are_not_looked_at(acme: Company) -> None:
    rival = company("rival")
    says(rival.account, QUOTE)
    assert scanned(acme.tenant).done == 1
    assert insights(rival.tenant) == []
