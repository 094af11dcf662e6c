"""A customer base that gives every one of the five tasks something to do, and its rows by what they say."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from crm.models import Account, Contact, Interaction, Opportunity
from crm.tenancy import tenant_scope
from engine.models import Action, Digest, Notice
from goals.models import Goal
from goals.tracker import GoalTracker
from insights.models import Insight, Summary, Watch
from record.actors import SYSTEM
from tests.cast import Company, company

SAYS = (
    "Please send us a quote for 100 seats.",
    "Dana, our champion, is leaving the company on Friday.",
    "We are very unhappy with your service.",
    "The parcel with the lamp stood beside the fireplace.",
)


def book(slug: str, accounts: int) -> Company:
    """A company with a goal that is behind and customers who wrote something each; two of one size hold the same."""
    made = company(slug)
    now = timezone.now()
    with tenant_scope(made.tenant):
        rows = Account.objects.bulk_create(
            Account(tenant=made.tenant, external_id=f"B-{n:05}", name=f"Customer {n}") for n in range(accounts)
        )
        people = Contact.objects.bulk_create(
            Contact(
                tenant=made.tenant,
                account=row,
                external_id=f"P-{row.external_id}",
                name=f"Buyer of {row.name}",
                email=f"buyer@{row.external_id.lower()}.example",
            )
            for row in rows
        )
        Opportunity.objects.bulk_create(
            Opportunity(
                tenant=made.tenant,
                account=row,
                clone=made.clone,
                external_id=f"D-{row.external_id}",
                name=f"Deal of {row.name}",
                stage="discovery",
                amount=1_000 + n,
                currency="USD",
            )
            for n, row in enumerate(rows)
        )
        Interaction.objects.bulk_create(
            Interaction(
                tenant=made.tenant,
                account=row,
                contact=person,
                external_id=f"I-{row.external_id}-{day}",
                channel="email",
                direction="in",
                occurred_at=now - timedelta(days=day, hours=1),
                text=SAYS[(n + day) % len(SAYS)],
            )
            for n, (row, person) in enumerate(zip(rows, people, strict=True))
            for day in (1, 9, 40)
        )
    GoalTracker().create_goal(
        tenant=made.tenant,
        goal_type="revenue",
        target_value=1_000_000,
        period_start=now.date() - timedelta(days=60),
        period_end=now.date() + timedelta(days=10),
        actor=SYSTEM,
    )
    return made


def rows_of(made: Company) -> dict[str, list[Any]]:
    """What the tasks have written, without ids and moments; the company's own name is taken out."""
    with tenant_scope(made.tenant):
        found = {name: sorted(rows, key=repr) for name, rows in _rows()}
    told = repr(found).replace(made.tenant.name, "ACME").replace(made.tenant.slug, "acme")
    return {"told": told, **{name: [len(rows)] for name, rows in found.items()}}


def _rows() -> Iterator[tuple[str, list[Any]]]:
    insights = Insight.objects.select_related("account")
    yield (
        "insights",
        [
            (
                _name(one),
                one.signal,
                one.topic,
                one.severity,
                round(one.confidence, 6),
                one.status,
                one.reason,
                _quotes(one),
            )
            for one in insights
        ],
    )
    yield "watches", list(Watch.objects.values_list("account__external_id", "seen_changes", "summarized_changes"))
    yield (
        "summaries",
        [
            (_name(one), one.kind, one.starts_on, one.ends_on, one.interactions, [line["text"] for line in one.lines])
            for one in Summary.objects.select_related("account")
        ],
    )
    yield (
        "actions",
        [
            (_name(one), one.action_type, one.cause.split(":")[0], one.payload.get("subject"))
            for one in Action.objects.select_related("account")
        ],
    )
    yield "goals", list(Goal.objects.values_list("goal_type", "status", "current_value"))
    yield "notices", list(Notice.objects.values_list("kind", "channel", "recipient", "subject"))
    yield "digests", list(Digest.objects.values_list("person__username", "day"))


def _quotes(one: Insight) -> list[str]:
    return [said["quote"] for said in one.evidence]


def _name(one: Any) -> str | None:
    return one.account.external_id if one.account else None
