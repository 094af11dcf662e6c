"""What the tests of a tenant's rules have in common: more clones and customers, rules set and lifted, rows dated back."""

from typing import Any

from crm.models import Account, Clone, Contact, Opportunity
from crm.tenancy import tenant_scope
from engine.models import Action
from engine.proposals import Proposal, propose
from guardrails.models import TenantRule
from guardrails.setting import lift_rule, set_rule
from record.models import Entry
from tests.cast import Company
from tests.engine.test_executing import set_columns


def rule(company: Company, kind: str, **given: Any) -> TenantRule:
    """Set a rule as the manager."""
    return set_rule(tenant=company.tenant, actor=company.actor(), kind=kind, reason="Because.", **given)


def lift(company: Company, one: TenantRule) -> None:
    """Lift it as the manager."""
    lift_rule(one, actor=company.actor(), reason="No more.")


def clone(company: Company, name: str, **more: Any) -> Clone:
    """Another clone of the company."""
    with tenant_scope(company.tenant):
        return Clone.objects.create(
            tenant=company.tenant, name=name, address=f"{name.lower()}@{company.tenant.slug}.example", **more
        )


def contact(company: Company, name: str, **more: Any) -> Contact:
    """Another contact of the customer."""
    with tenant_scope(company.tenant):
        return Contact.objects.create(
            **{
                "tenant": company.tenant,
                "account": company.account,
                "external_id": f"C-{name}",
                "name": name,
                "email": f"{name.lower()}@globex.example",
                **more,
            }
        )


def customer(company: Company, name: str) -> Account:
    """Another customer, with one contact."""
    with tenant_scope(company.tenant):
        account = Account.objects.create(
            tenant=company.tenant, external_id=name, name=name, domains=[f"{name.lower()}.example"]
        )
        Contact.objects.create(
            tenant=company.tenant,
            account=account,
            external_id=f"C-{name}",
            name=f"Kim of {name}",
            email=f"kim@{name.lower()}.example",
        )
    return account


def deal(company: Company, name: str, **more: Any) -> Opportunity:
    """Another deal of the customer."""
    with tenant_scope(company.tenant):
        return Opportunity.objects.create(
            **{
                "tenant": company.tenant,
                "account": company.account,
                "external_id": name,
                "name": name,
                "stage": "discovery",
                "amount": "1000.00",
                "currency": "USD",
                **more,
            }
        )


def propose_as(company: Company, one: Clone, action_type: str = "send_follow_up_email", **changes: Any) -> Action:
    """Propose as another clone, by the company's key."""
    proposal = Proposal(
        tenant=company.tenant,
        clone_id=one.pk,
        action_type=action_type,
        account=changes.pop("account", str(company.account.pk)),
        payload=changes.pop("payload", company.email()),
        **changes,
    )
    return propose(proposal, actor=company.agent)


def chat(text: str = "Hello!") -> dict[str, Any]:
    return {"channel": "#globex", "text": text}


def meeting(company: Company, **changes: Any) -> dict[str, Any]:
    return {
        "attendees": [company.contact.email],
        "starts_at": "2030-03-01T09:30:00+01:00",
        "duration_minutes": 30,
        "title": "Next steps",
        **changes,
    }


def executed(action: Action, ago: str) -> None:
    """As if it had been carried out so long ago, an interval of PostgreSQL."""
    set_columns(action, f"status = 'executed', executed_at = clock_timestamp() - interval '{ago}'")


def kinds(company: Company, action: Action) -> list[str]:
    """What the record says of an action, in its order."""
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(subject_id=str(action.pk)).order_by("id").values_list("kind", flat=True))


def statuses(company: Company) -> list[str]:
    """How all the company's actions stand, in their order."""
    with tenant_scope(company.tenant):
        return list(Action.objects.order_by("id").values_list("status", flat=True))
