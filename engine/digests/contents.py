"""What a digest says, as plain values: the mail, the console's page and the API are all drawn from them.

`{day, day_in_words, name, company, scope, currency, needs_you, changed, goals, done, refused}`; see docs/digest.md. Whoever
manages is told of the whole company, a representative of what their clones do and of the accounts these work with.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum

from crm.console.formats import money
from crm.models import Clone, Opportunity, StageChange, Tenant
from engine.alerts import Reader
from engine.console.words import line_of, title_of, why_of
from engine.lifecycle import Status
from engine.models import Action
from goals.bar import text_bar
from goals.models import Goal, GoalStatus, Milestone
from goals.pace import pace_of
from goals.standing import about, in_unit
from goals.tracker import GoalTracker
from insights.models import Insight, InsightStatus
from insights.signals import Severity

LISTED = 8  # rows of each part; how many there are besides is said
MOST_GOALS = 12  # those furthest behind, and those that passed a milestone
LOOKS_BACK = timedelta(days=1)
_MOST_PRESSING = [level.value for level in reversed(Severity)]
_REFUSED = (Status.BLOCKED, Status.REJECTED, Status.EXPIRED)
_UNDER_WAY = (GoalStatus.ACTIVE, GoalStatus.COMPLETED)
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
    goals = any(not goal["on_track"] or goal["passed"] for goal in content["goals"])
    return bool(told or changed or goals)


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
    """Those under way, what is furthest behind first."""
    goals = Goal.objects.filter(status__in=_UNDER_WAY, period_start__lte=edition.day, period_end__gte=edition.day)
    if edition.reader.accounts is not None:
        goals = goals.filter(_theirs(edition))
    columns = ("pk", "current_value", "target_value", "period_start", "period_end")
    rows = goals.order_by("period_end", "id").values_list(*columns)
    paces = [(_pace(edition.day, row), row[0]) for row in rows]
    worst = [pk for _, pk in sorted(paces, key=lambda one: one[0])[:LISTED]]
    passed = dict(
        Milestone.objects.filter(goal__in=goals, reached_at__gt=edition.since, reached_at__lte=edition.now)
        .order_by("percent")
        .values_list("goal_id", "percent")
    )
    listed = [*worst, *(pk for pk in passed if pk not in worst)][:MOST_GOALS]
    told = Goal.objects.select_related("clone", "tenant").in_bulk(listed)
    return [_goal_row(told[pk], passed.get(pk), edition) for pk in listed if pk in told]


def _pace(day: date, row: tuple[Any, Decimal | None, Decimal, date, date]) -> float:
    """How far a goal is, as a share of its pace."""
    _, current, target, start, end = row
    return pace_of(current=current, target=target, start=start, end=end, today=day).reached_of_pace


def _theirs(edition: Edition) -> Q:
    """The company's goals, those of their clones, and those of their clones' teams."""
    own = Clone.objects.filter(owner=edition.reader.person)
    return Q(clone=None, team="") | Q(clone__in=own) | Q(team__in=own.exclude(team="").values("team"))


def _goal_row(goal: Goal, passed: int | None, edition: Edition) -> dict[str, Any]:
    """`passed` is the highest milestone since the last digest, in percent."""
    status = GoalTracker().check_goal_status(goal=goal, now=edition.now)
    currency = edition.tenant.currency
    return {
        "id": str(goal.pk),
        "type": goal.goal_type,
        "whose": goal.whose,
        "current": in_unit(goal, goal.current_value, currency) if goal.current_value is not None else "",
        "target": in_unit(goal, goal.target_value, currency),
        "progress_pct": round(float(status["progress_pct"]), 1),
        "bar": text_bar(status["progress_pct"], 100 * status["elapsed_days"] / status["total_days"], width=20),
        "band": status["band"],
        "on_track": bool(status["on_track"]),
        "forecast": about(goal, status["forecast"], currency),
        "likely": status["likelihood"],
        "left": in_unit(goal, status["left"], currency),
        "needed_per_week": about(goal, status["needed_per_week"], currency) if status["left"] else "",
        "passed": passed,
        "days_remaining": status["days_remaining"],
    }


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
