"""What people say of insights, and what it changes: a false alarm dismisses the insight and raises the threshold."""

from django.db.models import Count, Q
from django.db.models.functions import Now

from crm.models import Account, Role
from crm.tenancy import unit_of_work
from insights.models import OPEN, Feedback, Insight, InsightStatus, Threshold, Verdict
from insights.thresholds import tuned
from record import journal
from record.actors import Actor

LONGEST_COMMENT = 2_000
BY_FEEDBACK = "false alarm"  # why an insight was dismissed
GIVERS = frozenset({Role.MANAGER.value, Role.REP.value})


class Given:
    """What feedback did: the insight as it is now, and the threshold of its pattern type before and after."""

    def __init__(self, insight: Insight, before: float, after: float) -> None:
        self.insight = insight
        self.threshold_before = before
        self.threshold_after = after

    def in_words(self) -> str:
        """The effect in one sentence."""
        kind = self.insight.pattern_type.replace("_", " ")
        if self.threshold_after == self.threshold_before:
            return f"Noted. {kind.capitalize()}s go on being shown from a confidence of {self.threshold_after:.0%} on."
        more = "fewer" if self.threshold_after > self.threshold_before else "more"
        return (
            f"Noted. {kind.capitalize()}s are now shown from a confidence of {self.threshold_after:.0%} on"
            f" (before: {self.threshold_before:.0%}), hence {more} of them."
        )


def may_give(role: str, *, person_id: int, insight: Insight) -> bool:
    """Managers about everything, reps about accounts that a clone of theirs has a deal or an interaction with."""
    if role != Role.REP:
        return role in GIVERS
    if insight.account_id is None:
        return False
    own = Q(opportunities__clone__owner_id=person_id) | Q(interactions__clone__owner_id=person_id)
    return Account.objects.filter(own, pk=insight.account_id).exists()


def give(*, insight: Insight, person_id: int, verdict: str, actor: Actor, comment: str = "") -> Given:
    """Keep what a person says of an insight; said again, the last word counts.

    Raises ValueError for a verdict that is neither useful nor false_alarm, or a comment that is too long.
    """
    if verdict not in Verdict.values:
        raise ValueError(f"feedback: one of {', '.join(Verdict.values)}.")
    if len(comment) > LONGEST_COMMENT:
        raise ValueError(f"comment: at most {LONGEST_COMMENT} characters.")
    with unit_of_work(insight.tenant_id):
        threshold = _locked(insight)
        before = threshold.value
        Feedback.objects.update_or_create(
            tenant_id=insight.tenant_id,
            insight=insight,
            person_id=person_id,
            defaults={"verdict": verdict, "comment": comment, "given_at": Now()},
        )
        _recount(threshold)
        if verdict == Verdict.FALSE_ALARM:
            _dismiss(insight)
        else:
            _bring_back(insight)
        _record(insight, verdict, before, threshold.value, actor)
        insight.refresh_from_db()
        return Given(insight, before, threshold.value)


def _locked(insight: Insight) -> Threshold:
    """The threshold's row, made if it is not there, locked: two givers of feedback take turns."""
    Threshold.objects.bulk_create(
        [
            Threshold(
                tenant_id=insight.tenant_id, pattern_type=insight.pattern_type, value=tuned(useful=0, false_alarms=0)
            )
        ],
        ignore_conflicts=True,
    )
    return Threshold.objects.select_for_update().get(pattern_type=insight.pattern_type)


def _recount(threshold: Threshold) -> None:
    counted = Feedback.objects.filter(insight__pattern_type=threshold.pattern_type).aggregate(
        useful=Count("pk", filter=Q(verdict=Verdict.USEFUL)),
        false_alarms=Count("pk", filter=Q(verdict=Verdict.FALSE_ALARM)),
    )
    threshold.useful, threshold.false_alarms = counted["useful"], counted["false_alarms"]
    threshold.value = tuned(**counted)
    threshold.save(update_fields=["useful", "false_alarms", "value"])


def _dismiss(insight: Insight) -> None:
    """Also one that was closed: it must not open again within its window."""
    there = Insight.objects.filter(pk=insight.pk).exclude(status=InsightStatus.DISMISSED)
    there.update(status=InsightStatus.DISMISSED, ended_at=Now(), ended_why=BY_FEEDBACK)


def _bring_back(insight: Insight) -> None:
    """When nobody calls it a false alarm any more it is new again, unless the same was noticed anew meanwhile."""
    judged_false = Feedback.objects.filter(insight=insight, verdict=Verdict.FALSE_ALARM)
    anew = Insight.objects.filter(
        account=insight.account_id, signal=insight.signal, topic=insight.topic, status__in=OPEN
    )
    if not judged_false.exists() and not anew.exists():
        dismissed = Insight.objects.filter(pk=insight.pk, status=InsightStatus.DISMISSED, ended_why=BY_FEEDBACK)
        dismissed.update(status=InsightStatus.PENDING, ended_at=None, ended_why="")


def _record(insight: Insight, verdict: str, before: float, after: float, actor: Actor) -> None:
    journal.write(
        tenant_id=insight.tenant_id,
        kind="insight.judged",
        subject=("insight", insight.pk),
        actor=actor,
        facts={
            "feedback": verdict,
            "signal": insight.signal,
            "pattern_type": insight.pattern_type,
            "threshold_before": before,
            "threshold_after": after,
        },
    )
