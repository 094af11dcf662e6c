"""The morning's digest: to whom, when, of what, and never twice."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Clone, Opportunity, Tenant
from crm.stage_changes import change_stage
from crm.tenancy import tenant_scope
from engine.alerts import alert, readers
from engine.digests.contents import Edition, compose, has_something_to_say
from engine.digests.planning import next_edition, plan_digests
from engine.digests.rendering import message_of, subject_of
from engine.digests.sending import latest
from engine.jobs import Part, Tally
from engine.models import Digest, Notice, NoticeStatus
from engine.notices import send_due
from insights.models import Insight
from tests.cast import Company, company
from tests.digests.test_notices import make_due, sink  # noqa: F401 - a fixture
from tests.sinks import MailSink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Company:
    return company("acme")


def insight(acme: Company, **changes: Any) -> Insight:
    given = {
        "pattern_type": "risk_indicator",
        "signal": "champion_departure",
        "severity": "critical",
        "confidence": 0.9,
        "reason": "A person we rely on there is leaving or has left.",
        "evidence": [
            {
                "interaction": str(acme.contact.pk),
                "quote": "My last day is Friday.",
                "at": "2026-11-20T10:00:00+00:00",
                "channel": "email",
                "who": "Hank Scorpio",
            }
        ],
        "seen_at": timezone.now(),
    }
    with tenant_scope(acme.tenant):
        return Insight.objects.create(tenant=acme.tenant, account=acme.account, **{**given, **changes})


def plan(acme: Company, now: datetime | None = None) -> Tally:
    """Have the task run for the company, as a worker would."""
    part = Part(acme.tenant, acme.tenant.pk, None, None, None, 0, now or timezone.now())
    page = plan_digests(part)
    if page is None:
        return Tally()
    with tenant_scope(acme.tenant):
        return page.write()


def digests(acme: Company) -> list[Digest]:
    with tenant_scope(acme.tenant):
        return list(Digest.objects.select_related("person", "notice").order_by("person__username"))


def content_for(acme: Company, username: str = "manager-acme") -> dict[str, Any]:
    with tenant_scope(acme.tenant):
        reader = next(reader for reader in readers(acme.tenant) if reader.person.username == username)
        return compose(Edition(acme.tenant, reader, date(2026, 11, 24), timezone.now()))


@pytest.mark.parametrize(
    ("zone", "now", "day", "sent_at"),
    [
        ("UTC", "2026-11-24T06:59:59", "2026-11-24", "2026-11-24T07:00:00"),
        ("UTC", "2026-11-24T07:00:00", "2026-11-25", "2026-11-25T07:00:00"),
        ("Europe/Berlin", "2026-11-24T05:59:00", "2026-11-24", "2026-11-24T06:00:00"),
        ("Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29", "2026-03-29T05:00:00"),  # summer time began at 2
        ("America/Los_Angeles", "2026-11-24T14:00:00", "2026-11-24", "2026-11-24T15:00:00"),
        ("Pacific/Auckland", "2026-11-24T17:59:00", "2026-11-25", "2026-11-24T18:00:00"),
        ("Asia/Kathmandu", "2026-11-24T01:14:59", "2026-11-24", "2026-11-24T01:15:00"),
    ],
)
def test_it_is_sent_at_seven_of_the_companys_own_clock(zone: str, now: str, day: str, sent_at: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found_day, found_at = next_edition(Tenant(time_zone=zone), moment)
    assert found_day.isoformat() == day
    assert found_at.astimezone(UTC).isoformat() == f"{sent_at}+00:00"


def test_managers_are_told_of_everything_that_happened(acme: Company) -> None:
    insight(acme)
    acme.propose_proposal(opportunity=str(acme.deal.pk))
    acme.propose("commit_pricing", {"price": "1"})
    with tenant_scope(acme.tenant):
        change_stage(acme.deal.pk, "evaluation", source="test")
    content = content_for(acme)
    assert content["needs_you"]["count"] == 1
    assert content["needs_you"]["value"] == "$12,000"
    assert content["changed"]["insights"][0]["quote"] == "My last day is Friday."
    assert content["changed"]["deals"][0]["to"] == "evaluation"
    assert content["refused"]["by_status"] == {"blocked": 1}
    assert has_something_to_say(content)


def test_nothing_to_say_means_no_mail(acme: Company, sink: MailSink) -> None:  # noqa: F811
    assert plan(acme).count == 0
    assert digests(acme) == []


def test_managers_get_one_each_and_whoever_owns_no_clone_gets_none(acme: Company) -> None:
    insight(acme)
    assert plan(acme).count == 2
    assert [digest.person.username for digest in digests(acme)] == ["manager-acme", "second_manager-acme"]


def test_a_representative_is_told_of_their_own_clones_only(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        other = Clone.objects.create(tenant=acme.tenant, name="Bob", owner=acme.rep)
    acme.propose_proposal()
    assert "rep-acme" not in [digest.person.username for digest in digests(acme)]
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(clone=other)
    content = content_for(acme, "rep-acme")
    assert content["needs_you"]["count"] == 0  # Ada's proposal is not theirs
    assert content["scope"] == "your clones"
    insight(acme)
    assert len(content_for(acme, "rep-acme")["changed"]["insights"]) == 1


def test_planned_twice_it_is_sent_once(acme: Company, sink: MailSink) -> None:  # noqa: F811
    insight(acme)
    assert [plan(acme).count, plan(acme).count] == [2, 2]
    assert len(digests(acme)) == 2
    for digest in digests(acme):
        assert digest.notice is not None
        make_due(digest.notice)
    assert send_due(latest=latest) == 2
    assert send_due(latest=latest) == 0
    assert sorted(mail["To"] for mail in sink.taken) == ["manager@acme.example", "second_manager@acme.example"]


def test_what_happened_in_the_night_is_in_the_mail(acme: Company, sink: MailSink) -> None:  # noqa: F811
    insight(acme)
    plan(acme)
    acme.propose_proposal()
    for digest in digests(acme):
        assert digest.notice is not None
        make_due(digest.notice)
    send_due(latest=latest)
    assert "1 action waits for you" in sink.taken[0]["Subject"]


def test_what_was_settled_by_the_morning_is_not_sent(acme: Company, sink: MailSink) -> None:  # noqa: F811
    noticed = insight(acme)
    plan(acme)
    with tenant_scope(acme.tenant):
        Insight.objects.filter(pk=noticed.pk).update(status="dismissed")
    for digest in digests(acme):
        assert digest.notice is not None
        make_due(digest.notice)
    assert send_due(latest=latest) == 0
    with tenant_scope(acme.tenant):
        assert set(Notice.objects.values_list("status", flat=True)) == {NoticeStatus.DROPPED}


def test_a_person_without_an_address_reads_it_in_the_console(acme: Company) -> None:
    acme.manager.email = ""
    acme.manager.save()
    insight(acme)
    assert plan(acme).count == 2
    assert digests(acme)[0].notice is None


def test_the_plain_text_reads_well(acme: Company) -> None:
    insight(acme)
    acme.propose_proposal(opportunity=str(acme.deal.pk))
    text = message_of(content_for(acme)).text
    assert text.startswith("Good morning, manager-acme.\nAcme, Tuesday, 24 November 2026 (the whole company)\n")
    assert "NEEDS YOU: 1 waiting, $12,000 at stake" in text
    assert 'Hank Scorpio, 20 Nov: "My last day is Friday."' in text
    assert "\n\n\n" not in text
    assert "&#" not in text
    assert "http://127.0.0.1:8000/admin/insights/insight/" in text


def test_hostile_words_are_escaped_in_the_html(acme: Company) -> None:
    insight(acme, evidence=[{"quote": "<script>alert(1)</script>", "at": "2026-11-20T10:00:00+00:00"}])
    html = message_of(content_for(acme)).html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_it_takes_the_same_number_of_statements_for_much_and_for_little(
    acme: Company, django_assert_max_num_queries: Any
) -> None:
    insight(acme)
    with django_assert_max_num_queries(20) as little:
        content_for(acme)
    signals = ("silence", "budget_freeze", "negative_sentiment", "meeting_missed")
    for signal in signals:
        insight(acme, signal=signal)
    for _ in range(5):
        acme.propose_proposal()
    with django_assert_max_num_queries(20) as much:
        content_for(acme)
    assert len(much) == len(little)


def test_the_subject_says_what_matters_most(acme: Company) -> None:
    assert subject_of(content_for(acme)) == "Where your goals stand"
    insight(acme)
    assert subject_of(content_for(acme)) == "Globex: champion departure"


def test_urgent_insights_are_told_at_once_and_once(acme: Company, sink: MailSink, settings: Any, tmp_path: Any) -> None:  # noqa: F811
    settings.CHAT_FOLDER = tmp_path
    insight(acme)
    insight(acme, signal="silence", severity="medium")
    run_id = acme.account.pk
    with tenant_scope(acme.tenant):
        assert alert(tenant=acme.tenant, run_id=run_id, now=timezone.now() - timedelta(seconds=1)) == 1
        assert alert(tenant=acme.tenant, run_id=run_id, now=timezone.now()) == 0
    assert send_due() == 3  # two managers and the team's channel
    assert "[critical] Globex: champion departure" in sink.taken[0]["Subject"]
    (posted,) = tmp_path.glob("*.jsonl")
    assert "My last day is Friday." in posted.read_text()


def test_an_urgent_insight_that_was_acted_on_meanwhile_is_told_as_well(acme: Company) -> None:
    insight(acme, status="acted")
    with tenant_scope(acme.tenant):
        assert alert(tenant=acme.tenant, run_id=acme.account.pk, now=timezone.now()) == 1
