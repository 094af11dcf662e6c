"""What a digest says, as plain values: the mail, the console's page and the API are all drawn from them.

`{day, day_in_words, name, company, scope, currency, needs_you, changed, goals, done, refused}`; see docs/digest.md. Whoever
manages is told of the whole company, a representative of what their clones do and of the accounts these work with.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum

from crm.console.formats import money
from crm.models import Opportunity, StageChange, Tenant
from engine.alerts import Reader
from engine.console.words import line_of, title_of, why_of
from engine.lifecycle import Status
from engine.models import Action
from goals.models import Goal, GoalStatus
from goals.tracker import GoalTracker
from insights.models import Insight, InsightStatus
from insights.signals import Severity

LISTED = 8  # rows of each part; how many there are besides is said
LOOKS_BACK = timedelta(days=1)
_MOST_PRESSING = [level.value for level in reversed(Severity)]
_REFUSED = (Status.BLOCKED, Status.REJECTED, Status.EXPIRED)
_ENDED = (Status.EXECUTED, Status.FAILED, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Edition:
    """One person's digest of one day: what they may see, and the moment it is made at."""

    tenant: Tenant
    reader: Reader
    day: date
    now: datetime

    @property
    def since(self) -> datetime:
        return self.now - LOOKS_BACK


def compose(edition: Edition) -> dict[str, Any]:
    """The content of a digest, in the tenant's scope; the same number of statements however much there is to say."""
    person, tenant = edition.reader.person, edition.tenant
    return {
        "day": edition.day.isoformat(),
        "day_in_words": edition.day.strftime("%A, %-d %B %Y"),
        "name": person.first_name or person.get_username(),
        "company": tenant.name,
        "scope": "your clones" if edition.reader.accounts is not None else "the whole company",
        "currency": tenant.currency,
        "needs_you": _needs_you(edition),
        "changed": _changed(edition),
        "goals": _goals(edition),
        "done": _done(edition),
        "refused": _refused(edition),
    }


def has_something_to_say(content: dict[str, Any]) -> bool:
    """Whether anybody would want to read it: a goal that is on its way is no news by itself."""
    told = content["needs_you"]["count"] or content["done"]["count"] or content["refused"]["count"]
    changed = content["changed"]["insights"] or content["changed"]["deals"]
    return bool(told or changed or any(not goal["on_track"] for goal in content["goals"]))


def _actions(edition: Edition) -> QuerySet[Action]:
    actions = Action.objects.filter(tenant=edition.tenant)
    if edition.reader.accounts is not None:
        actions = actions.filter(clone__owner=edition.reader.person)
    return actions.select_related("account", "opportunity", "clone")


def _needs_you(edition: Edition) -> dict[str, Any]:
    waiting = _actions(edition).filter(status=Status.PENDING)
    deals = Opportunity.objects.filter(
        pk__in=waiting.values("opportunity_id").order_by(), currency=edition.tenant.currency
    )
    count = waiting.count()
    return {
        "count": count,
        "value": money(deals.aggregate(value=Sum("amount"))["value"], edition.tenant.currency),
        "rows": [_action_row(action, edition) for action in waiting.order_by("expires_at", "id")[:LISTED]],
        "more": max(count - LISTED, 0),
    }


def _action_row(action: Action, edition: Edition) -> dict[str, Any]:
    zone = ZoneInfo(edition.tenant.time_zone)
    deal = action.opportunity
    return {
        "id": str(action.pk),
        "title": title_of(action.action_type),
        "line": line_of(action.action_type, action.payload, zone),
        "account": action.account.name,
        "clone": action.clone.name,
        "value": money(deal.amount, deal.currency) if deal else "",
        "why": why_of(action.reason),
        "until": action.expires_at.astimezone(zone).strftime("%a %-d %b, %H:%M"),
        "hours_left": max(round((action.expires_at - edition.now).total_seconds() / 3600), 0),
    }


def _changed(edition: Edition) -> dict[str, Any]:
    insights = _insights(edition)
    fresh = sorted(insights, key=lambda one: (_MOST_PRESSING.index(one.severity), -one.confidence))
    return {
        "insights": [_insight_row(one, edition) for one in fresh[:LISTED]],
        "more": max(len(fresh) - LISTED, 0),
        "deals": [_stage_row(change) for change in _stage_changes(edition)],
    }


def _insights(edition: Edition) -> list[Insight]:
    fresh = Insight.objects.filter(
        status__in=[InsightStatus.PENDING, InsightStatus.ACTED],
        created_at__gt=edition.since,
        created_at__lte=edition.now,
    )
    if edition.reader.accounts is not None:
        fresh = fresh.filter(account_id__in=edition.reader.accounts)
    return list(fresh.select_related("account").order_by("-id")[:500])


def _insight_row(insight: Insight, edition: Edition) -> dict[str, Any]:
    said: dict[str, Any] = next((piece for piece in insight.evidence if piece.get("quote")), {})
    at = datetime.fromisoformat(said["at"]).astimezone(ZoneInfo(edition.tenant.time_zone)) if said.get("at") else None
    return {
        "id": str(insight.pk),
        "signal": insight.signal,
        "severity": insight.severity,
        "subject": str(insight.account or insight.topic),
        "reason": insight.reason,
        "quote": " ".join(said.get("quote", "").split())[:200],
        "who": said.get("who", ""),
        "when": at.strftime("%-d %b") if at else "",
    }


def _stage_changes(edition: Edition) -> list[StageChange]:
    changes = StageChange.objects.filter(created_at__gt=edition.since, created_at__lte=edition.now).exclude(
        from_stage=""
    )
    if edition.reader.accounts is not None:
        changes = changes.filter(opportunity__account_id__in=edition.reader.accounts)
    return list(changes.select_related("opportunity", "opportunity__account").order_by("-created_at", "-id")[:LISTED])


def _stage_row(change: StageChange) -> dict[str, Any]:
    deal = change.opportunity
    return {
        "deal": deal.name,
        "account": deal.account.name if deal.account else "",
        "from": change.from_stage,
        "to": change.to_stage,
        "value": money(deal.amount, deal.currency),
    }


def _goals(edition: Edition) -> list[dict[str, Any]]:
    goals = Goal.objects.filter(status=GoalStatus.ACTIVE, period_start__lte=edition.day).select_related("clone")
    if edition.reader.accounts is not None:
        goals = goals.filter(Q(clone=None) | Q(clone__owner=edition.reader.person))
    tracker = GoalTracker()
    return [_goal_row(goal, tracker, edition) for goal in goals.order_by("period_end", "id")[:LISTED]]


def _goal_row(goal: Goal, tracker: GoalTracker, edition: Edition) -> dict[str, Any]:
    pace = tracker.check_goal_status(goal=goal, now=edition.now)
    return {
        "id": str(goal.pk),
        "type": goal.goal_type,
        "clone": goal.clone.name if goal.clone else "",
        "current": _number(goal.current_value),
        "target": _number(goal.target_value),
        "progress_pct": round(float(pace["progress_pct"] or 0), 1),
        "on_track": bool(pace["on_track"]),
        "days_remaining": pace["days_remaining"],
    }


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def _done(edition: Edition) -> dict[str, Any]:
    ended = _actions(edition).filter(
        status__in=_ENDED, tries__ended_at__gt=edition.since, tries__ended_at__lte=edition.now
    )
    counted = ended.order_by().values("action_type", "status").annotate(count=Count("pk", distinct=True))
    rows = [{"title": title_of(r["action_type"]), "status": r["status"], "count": r["count"]} for r in counted]
    rows.sort(key=lambda row: (row["status"] != Status.UNKNOWN, row["status"] != Status.FAILED, -row["count"]))
    return {"count": sum(row["count"] for row in rows), "rows": rows}


def _refused(edition: Edition) -> dict[str, Any]:
    """What was blocked, rejected or ran out of time. A refusal has no column of its own for when; the record has."""
    refused = _actions(edition).filter(status__in=_REFUSED).filter(_refused_since(edition))
    counted = dict(refused.order_by().values_list("status").annotate(Count("pk")))
    rows = [
        {
            "title": title_of(action.action_type),
            "account": action.account.name,
            "status": action.status,
            "why": action.decision_comment or why_of(action.reason),
        }
        for action in refused.order_by("-id")[:LISTED]
    ]
    return {"count": sum(counted.values()), "by_status": counted, "rows": rows}


def _refused_since(edition: Edition) -> Q:
    between = {"__gt": edition.since, "__lte": edition.now}
    columns = {Status.BLOCKED: "judged_at", Status.REJECTED: "decided_at", Status.EXPIRED: "expires_at"}
    found = Q()
    for status, column in columns.items():
        found |= Q(status=status, **{f"{column}{end}": moment for end, moment in between.items()})
    return found
