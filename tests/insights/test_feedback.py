"""What people say of insights moves the threshold of the pattern type, and a false alarm goes away."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.tenancy import tenant_scope
from insights.feedback import LONGEST_COMMENT, may_give
from insights.models import Feedback, Insight, Threshold
from insights.thresholds import thresholds, tuned
from record.models import Entry
from tests.cast import Company, company
from tests.engine.test_races import at_once
from tests.insights.judging import judge, noticed, threshold


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


def read(acme: Company, insight: Insight) -> Insight:
    with tenant_scope(acme.tenant):
        return Insight.objects.get(pk=insight.pk)


@pytest.mark.parametrize(
    ("useful", "false_alarms", "value"),
    [(0, 0, 0.7), (1, 0, 0.68), (0, 1, 0.75), (5, 2, 0.7), (100, 0, 0.3), (0, 100, 0.95), (10**6, 10**6, 0.95)],
)
def test_a_threshold_moves_with_what_people_say_and_stays_within_its_bounds(
    useful: int, false_alarms: int, value: float
) -> None:
    assert tuned(useful=useful, false_alarms=false_alarms) == value


def test_a_false_alarm_raises_the_threshold_of_its_pattern_type_and_dismisses_the_insight(acme: Company) -> None:
    insight = noticed(acme)
    given = judge(acme, insight, "false_alarm", comment="They meant the caterer.")
    assert (given.threshold_before, given.threshold_after) == (0.7, 0.75)
    assert "75%" in given.in_words()
    assert "fewer" in given.in_words()
    now = read(acme, insight)
    assert (now.status, now.ended_why) == ("dismissed", "false alarm")
    assert now.ended_at is not None
    assert (threshold(acme), threshold(acme, "risk_indicator")) == (0.75, 0.7)


def test_a_useful_one_lowers_it_and_stays(acme: Company) -> None:
    insight = noticed(acme)
    given = judge(acme, insight, "useful")
    assert (given.threshold_after, given.insight.status) == (0.68, "pending")
    assert "more" in given.in_words()


def test_at_the_bound_nothing_moves_and_the_words_say_so(acme: Company) -> None:
    for _ in range(5):
        judge(acme, noticed(acme), "false_alarm")
    assert threshold(acme) == 0.95
    assert "go on being shown from a confidence of 95%" in judge(acme, noticed(acme), "false_alarm").in_words()


def test_the_database_refuses_a_threshold_beyond_the_bounds(acme: Company) -> None:
    for value in (0.29, 0.96):
        row = Threshold(tenant=acme.tenant, pattern_type="buying_signal", value=value)
        with tenant_scope(acme.tenant), pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_a_persons_last_word_counts_and_undoes_the_one_before(acme: Company) -> None:
    insight = noticed(acme)
    judge(acme, insight, "false_alarm", comment="No.")
    judge(acme, insight, "false_alarm")
    assert threshold(acme) == 0.75
    given = judge(acme, insight, "useful", comment="Yes, after all.")
    assert (given.threshold_after, given.insight.status, given.insight.ended_at) == (0.68, "pending", None)
    with tenant_scope(acme.tenant):
        assert [(row.verdict, row.comment) for row in Feedback.objects.all()] == [("useful", "Yes, after all.")]


def test_as_long_as_somebody_calls_it_a_false_alarm_it_stays_away(acme: Company) -> None:
    insight = noticed(acme)
    judge(acme, insight, "false_alarm", acme.second_manager)
    judge(acme, insight, "useful")
    assert read(acme, insight).status == "dismissed"
    assert threshold(acme) == 0.73


def test_it_does_not_come_back_beside_the_same_noticed_anew(acme: Company) -> None:
    insight = noticed(acme)
    judge(acme, insight, "false_alarm")
    noticed(acme)
    judge(acme, insight, "useful")
    assert read(acme, insight).status == "dismissed"


def test_what_was_closed_is_dismissed_by_a_false_alarm_and_left_alone_by_praise(acme: Company) -> None:
    closed = {"status": "closed", "ended_at": timezone.now() - timedelta(days=1), "ended_why": "no longer so"}
    one, other = noticed(acme, **closed), noticed(acme, "timeline_urgency", **closed)
    judge(acme, one, "false_alarm")
    judge(acme, other, "useful")
    assert (read(acme, one).status, read(acme, other).status) == ("dismissed", "closed")


def test_a_pattern_across_accounts_can_be_judged(acme: Company) -> None:
    shared = noticed(
        acme, "shared_objection", account=None, topic="price", pattern_type="cross_account_pattern", severity="medium"
    )
    judge(acme, shared, "false_alarm")
    assert judge(acme, shared, "useful").insight.status == "pending"
    assert threshold(acme, "cross_account_pattern") == 0.68


def test_feedback_is_recorded_with_its_effect(acme: Company) -> None:
    insight = noticed(acme)
    judge(acme, insight, "false_alarm", comment="A secret about Hank.")
    with tenant_scope(acme.tenant):
        entry = Entry.objects.get(kind="insight.judged")
    assert (entry.subject_id, entry.actor_kind) == (str(insight.pk), "person")
    assert entry.facts == {
        "feedback": "false_alarm",
        "signal": "pricing_requested",
        "pattern_type": "buying_signal",
        "threshold_before": 0.7,
        "threshold_after": 0.75,
    }


@pytest.mark.parametrize(("verdict", "comment"), [("great", ""), ("", ""), ("useful", "x" * (LONGEST_COMMENT + 1))])
def test_a_word_that_is_neither_and_a_comment_that_is_too_long_change_nothing(
    acme: Company, verdict: str, comment: str
) -> None:
    insight = noticed(acme)
    with pytest.raises(ValueError, match=r"feedback|comment"):
        judge(acme, insight, verdict, comment=comment)
    with tenant_scope(acme.tenant):
        assert not Feedback.objects.exists()


def test_another_tenants_thresholds_are_their_own(acme: Company) -> None:
    rival = company("rival")
    judge(acme, noticed(acme), "false_alarm")
    judge(rival, noticed(rival), "useful")
    with tenant_scope(acme.tenant):
        assert thresholds()["buying_signal"] == 0.75
    with tenant_scope(rival.tenant):
        assert thresholds() == {
            "buying_signal": 0.68,
            "risk_indicator": 0.7,
            "engagement_change": 0.7,
            "cross_account_pattern": 0.7,
        }


def test_managers_may_speak_of_everything_and_reps_of_their_clones_accounts(acme: Company) -> None:
    insight = noticed(acme)
    shared = noticed(acme, "shared_request", account=None, topic="price", pattern_type="cross_account_pattern")

    def may(role: str, about: Insight = insight) -> bool:
        with tenant_scope(acme.tenant):
            return may_give(role, person_id=acme.rep.pk, insight=about)

    assert may("manager")
    assert may("manager", shared)
    assert not any(may(role) for role in ("rep", "auditor", "operator"))
    with tenant_scope(acme.tenant):
        acme.clone.owner = acme.rep
        acme.clone.save()
    assert may("rep")
    assert not may("rep", shared)


@pytest.mark.django_db(transaction=True)
def test_two_who_judge_at_once_both_count() -> None:
    acme = company("acme")
    insight = noticed(acme)
    others = [noticed(acme, signal) for signal in ("timeline_urgency", "review_started")]
    at_once(
        lambda: judge(acme, insight, "false_alarm"),
        lambda: judge(acme, insight, "false_alarm", acme.second_manager),
        lambda: judge(acme, others[0], "false_alarm"),
        lambda: judge(acme, others[1], "useful", acme.second_manager),
    )
    with tenant_scope(acme.tenant):
        row = Threshold.objects.get()
        assert (row.useful, row.false_alarms, row.value) == (1, 3, 0.83)
        steps = [
            (entry.facts["threshold_before"], entry.facts["threshold_after"])
            for entry in Entry.objects.filter(kind="insight.judged").order_by("id")
        ]
    assert [after for _, after in steps[:-1]] == [before for before, _ in steps[1:]]
