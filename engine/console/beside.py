"""What stands beside an action on its page, read by one statement: what was asked, the people it reaches, what was noticed
and why, how the same was decided before, since when the deal is where it is, who could take it over, what is on record."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import JSONObject, Lower

from crm.addresses import address_key
from crm.models import Contact, StageChange
from engine.asides import candidates
from engine.models import Action, Question
from engine.payloads import recipients
from insights.models import OPEN, Insight, InsightStatus
from insights.signals import Severity
from record.models import Entry

MOST_PEOPLE = 8
MOST_SIGNALS = 3
MOST_DECISIONS = 5  # for this account, and as many for others
MOST_CANDIDATES = 200
MOST_ENTRIES = 50
LOOKED_BACK = 2_000  # the latest decisions among which those of a kind are looked for

_PARTS = ("asked", "people", "signals", "here", "elsewhere", "candidates", "entries")
_INSIGHT = "insight:"
_RANK = {level.value: place for place, level in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what the agent said to it; `answered_at` is None while it is open."""

    text: str
    by: str
    at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of the account; `is_meant`: it goes to them, or is about them."""

    id: str
    name: str
    title: str
    email: str
    is_meant: bool


@dataclass(frozen=True, slots=True)
class Signal:
    """An insight about the account; `is_cause`: the action was proposed for it. `evidence` is [{quote, who, at, ...}]."""

    id: str
    signal: str
    severity: str
    confidence: float
    reason: str
    status: str
    evidence: list[dict[str, Any]]
    is_cause: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """How the same kind of action was decided before. `here`: for the same account."""

    id: str
    status: str
    by: str
    at: datetime
    comment: str
    account: str
    edited: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the record about the action."""

    id: str
    kind: str
    at: datetime
    actor: str
    actor_kind: str


@dataclass(frozen=True, slots=True)
class Beside:
    """All of it. `stage_since` is None where no change of the deal's stage is on record."""

    asked: list[Asked]
    people: list[Person]
    signals: list[Signal]
    earlier: list[Earlier]
    stage_since: datetime | None
    candidates: list[tuple[int, str]]
    entries: list[Told]

    @property
    def cause(self) -> Signal | None:
        """The insight that the action was proposed for."""
        return next((one for one in self.signals if one.is_cause), None)

    @property
    def others(self) -> list[Signal]:
        """What else is noticed about the account."""
        return [one for one in self.signals if not one.is_cause]

    @property
    def titles(self) -> Mapping[str, str]:
        """By address, who that is: the contact's name and title."""
        return {address_key(one.email): ", ".join(filter(None, (one.name, one.title))) for one in self.people}


def beside(action: Action) -> Beside:
    """What stands beside `action`, in the tenant's scope; it comes with its clone."""
    rows: Any = Action.objects.filter(pk=action.pk).annotate(
        asked=ArraySubquery(_questions()),
        people=ArraySubquery(_people(action)),
        signals=ArraySubquery(_signals(action)),
        here=ArraySubquery(_decided(action).filter(account=OuterRef("account"))[:MOST_DECISIONS]),
        elsewhere=ArraySubquery(_decided_elsewhere(action)),
        stage_since=Subquery(_stage_changes()),
        candidates=ArraySubquery(_candidates(action)),
        entries=ArraySubquery(_entries(action)),
    )
    row = rows.values(*_PARTS, "stage_since").get()
    return Beside(
        asked=[Asked(**_timed(one)) for one in row["asked"]],
        people=[Person(**one) for one in row["people"]],
        signals=[Signal(**one) for one in row["signals"]],
        earlier=[Earlier(**_timed(one), here=here == "here") for here in ("here", "elsewhere") for one in row[here]],
        stage_since=row["stage_since"],
        candidates=[(one["id"], one["name"]) for one in row["candidates"]],
        entries=[Told(**_timed(one)) for one in row["entries"]],
    )


def _questions() -> QuerySet[Any]:
    asked = Question.objects.filter(action=OuterRef("pk")).order_by("id")
    return _json(asked, text="text", by="asked_by__username", at="asked_at", answer="answer", answered_at="answered_at")


def _people(action: Action) -> QuerySet[Any]:
    """Those whom it reaches or is about first, then others of the account."""
    reached = [address_key(one) for one in recipients(action.action_type, action.payload)]
    meant = Q(address__in=reached) | Q(pk=action.contact_id)
    known = Contact.objects.filter(account=OuterRef("account")).annotate(address=Lower("email"))
    known = known.annotate(is_meant=Case(When(meant, then=True), default=False, output_field=BooleanField()))
    people = known.order_by("-is_meant", "name", "pk")[:MOST_PEOPLE]
    return _json(people, id="pk", name="name", title="title", email="email", is_meant="is_meant")


def _signals(action: Action) -> QuerySet[Any]:
    """The one it was proposed for, whatever became of it, then the open ones, the most severe first."""
    named = action.cause.removeprefix(_INSIGHT) if action.cause.startswith(_INSIGHT) else ""
    of_account = Insight.objects.filter(account=OuterRef("account"))
    cause = of_account.filter(signal=named).order_by(_open_first(), "-pk").values("pk")[:1]
    ranked = of_account.filter(Q(status__in=OPEN) | Q(pk__in=cause)).annotate(
        is_cause=Case(When(pk__in=cause, then=True), default=False, output_field=BooleanField()),
        rank=Case(*(When(severity=level, then=Value(rank)) for level, rank in _RANK.items())),
    )
    shown = ranked.order_by("-is_cause", "-rank", "-pk")[: MOST_SIGNALS + 1]
    names = ("signal", "severity", "confidence", "reason", "status", "evidence", "is_cause")
    return _json(shown, id="pk", **{name: name for name in names})


def _open_first() -> Case:
    return Case(
        When(status__in=OPEN, then=Value(0)), When(status=InsightStatus.CLOSED, then=Value(1)), default=Value(2)
    )


def _decided(action: Action) -> QuerySet[Any]:
    """What people decided of the same kind, the latest first."""
    decided = Action.objects.filter(
        tenant_id=action.tenant_id, action_type=action.action_type, decided_at__isnull=False, decided_by__isnull=False
    ).exclude(pk=action.pk)
    return _json(
        decided.order_by("-decided_at"),
        id="pk",
        status="status",
        by="decided_by__username",
        at="decided_at",
        comment="decision_comment",
        account="account__name",
        edited=Case(When(supersedes__isnull=False, then=True), default=False, output_field=BooleanField()),
    )


def _decided_elsewhere(action: Action) -> QuerySet[Any]:
    """Of the latest decisions only: a kind that is rare here must not have the whole table read."""
    latest = Action.objects.filter(tenant_id=action.tenant_id, decided_at__isnull=False).order_by("-decided_at")
    among = _decided(action).filter(pk__in=latest.values("pk")[:LOOKED_BACK])
    return among.exclude(account_id=action.account_id)[:MOST_DECISIONS]


def _stage_changes() -> QuerySet[Any, Any]:
    since = StageChange.objects.filter(opportunity=OuterRef("opportunity"), to_stage=OuterRef("opportunity__stage"))
    return since.order_by("-created_at").values("created_at")[:1]


def _candidates(action: Action) -> QuerySet[Any]:
    return _json(candidates(action)[:MOST_CANDIDATES], id="person_id", name="person__username")


def _entries(action: Action) -> QuerySet[Any]:
    """What the record says of it, newest first."""
    told = Entry.objects.filter(tenant_id=action.tenant_id, subject_id=str(action.pk)).order_by("-id")[:MOST_ENTRIES]
    return _json(told, id="pk", kind="kind", at="created_at", actor="actor_label", actor_kind="actor_kind")


def _json(rows: QuerySet[Any], **columns: Any) -> QuerySet[Any, Any]:
    return rows.values(json=JSONObject(**{name: F(of) if isinstance(of, str) else of for name, of in columns.items()}))


def _timed(row: dict[str, Any], times: Collection[str] = ("at", "answered_at")) -> dict[str, Any]:
    """A JSON object with its times as times."""
    return {name: datetime.fromisoformat(value) if name in times and value else value for name, value in row.items()}
