"""What the records of an account call for: rules over what is written down, no language model.

An account with an open deal, nothing planned and nothing heard for two weeks is silent: it gets a follow-up e-mail or,
where nobody on record can be written to, a briefing that says who is missing. What is proposed passes the same gate as
everybody's proposals, and the same account is not proposed for twice while one is open or within its cool-down.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from crm.models import Account, Clone, Contact, Interaction, InteractionStatus, Opportunity, Suppression, Tenant
from crm.stages import CLOSED_STAGES
from crm.tenancy import tenant_scope
from engine.lifecycle import Status
from engine.models import Action
from engine.proposals import Proposal, propose
from record.actors import SCHEDULE

SILENT_AFTER = timedelta(days=14)
COOL_DOWN = timedelta(days=7)
_OPEN = (Status.PENDING, Status.APPROVED, Status.EXECUTING)
_HELD = (InteractionStatus.COMPLETED, InteractionStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Silence:
    """A deal of which nothing was heard since `since` (None: never)."""

    deal: Opportunity
    since: datetime | None

    def in_words(self, now: datetime) -> str:
        """How long it has been silent, for people."""
        if self.since is None:
            return f"No interaction is on record for the open deal {self.deal.name}."
        return f"The open deal {self.deal.name} has been silent for {(now - self.since).days} days."


def plan(*, tenant: Tenant, account: Account, clone: Clone | None = None) -> list[Action]:
    """Propose what `account` calls for now, as `clone` or as the clone of its largest open deal; [] where nothing does."""
    now = timezone.now()
    with tenant_scope(tenant):
        silence = _silence(account, now)
        if silence is None or _proposed_lately(account, now):
            return []
        clone_id = clone.pk if clone else silence.deal.clone_id
        if clone_id is None:
            return []
        action_type, payload, contact = _next_step(account, silence, now)
        proposal = Proposal(
            tenant=tenant,
            clone_id=clone_id,
            action_type=action_type,
            account=str(account.pk),
            opportunity=str(silence.deal.pk),
            contact=str(contact.pk) if contact else None,
            payload=payload,
            rationale=silence.in_words(now),
        )
        return [propose(proposal, actor=SCHEDULE)]


def _silence(account: Account, now: datetime) -> Silence | None:
    deals = Opportunity.objects.filter(account=account).exclude(stage__in=sorted(CLOSED_STAGES))
    deal = deals.order_by(F("amount").desc(nulls_last=True), "id").first()
    last = Interaction.objects.filter(account=account, status__in=_HELD).order_by("-occurred_at").first()
    if deal is None or (last and last.occurred_at > now - SILENT_AFTER):
        return None  # nothing to win, or heard of lately, or a date lies ahead
    return Silence(deal, last.occurred_at if last else None)


def _proposed_lately(account: Account, now: datetime) -> bool:
    own = Action.objects.filter(account=account, proposer_kind=SCHEDULE.kind)
    return own.filter(Q(status__in=_OPEN) | Q(proposed_at__gt=now - COOL_DOWN)).exists()


def _next_step(account: Account, silence: Silence, now: datetime) -> tuple[str, dict[str, object], Contact | None]:
    contact = _reachable(account)
    if contact is None:
        return "create_briefing", _briefing(account, silence, now), None
    return "send_follow_up_email", _follow_up(contact, silence), contact


def _reachable(account: Account) -> Contact | None:
    """The contact with an address, not suppressed, who was last in touch."""
    barred = Suppression.objects.filter(lifted_at=None).filter(
        Q(contact=OuterRef("pk")) | Q(address=Lower(OuterRef("email")))
    )
    reachable = Contact.objects.filter(~Exists(barred), account=account).exclude(email="")
    return reachable.order_by(F("interactions__occurred_at").desc(nulls_last=True), "id").first()


def _follow_up(contact: Contact, silence: Silence) -> dict[str, object]:
    first_name = contact.name.split()[0] if contact.name.split() else "there"
    return {
        "to": [contact.email],
        "subject": f"Following up: {silence.deal.name}"[:998],
        "body": (
            f"Hello {first_name},\n\nWe have not spoken about {silence.deal.name} for a while. Is it still on your list, and"
            " is there anything you need from us to take the next step? I would be glad to set up a short call.\n"
        ),
    }


def _briefing(account: Account, silence: Silence, now: datetime) -> dict[str, object]:
    return {
        "title": f"Nobody to write to at {account.name}"[:300],
        "body": (
            f"{silence.in_words(now)} No contact of {account.name} has an e-mail address that may be written to."
            " Add a contact with an address, or call."
        ),
    }
