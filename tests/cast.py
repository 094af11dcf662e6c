"""The small cast most tests play with: two companies, their people, a clone, a customer with a deal, and a key."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from crm.keys import issue_agent_key, issue_person_token
from crm.models import Account, AgentKey, Clone, Contact, Opportunity, Tenant
from crm.people import add_person
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.approvals import approve
from engine.models import Action
from engine.proposals import Proposal, propose
from guardrails.tenants import create_tenant
from record.actors import SYSTEM, Actor, ActorKind


@dataclass
class Company:
    """A tenant with its people, one clone with a key, and one customer: an account, a contact and a deal."""

    tenant: Tenant
    manager: User
    second_manager: User
    rep: User
    auditor: User
    operator: User
    clone: Clone
    key: AgentKey
    bearer: str
    account: Account
    contact: Contact
    deal: Opportunity

    def actor(self, person: User | None = None) -> Actor:
        """A person of the company (its manager, unless told) as an actor."""
        somebody = person or self.manager
        return Actor(ActorKind.PERSON, str(somebody.pk), somebody.username)

    @property
    def agent(self) -> Actor:
        return Actor(ActorKind.KEY, str(self.key.pk), "agent key")

    def token_of(self, person: User) -> str:
        """A bearer text for one of the company's people."""
        return issue_person_token(tenant=self.tenant, person=person, actor=SYSTEM)[1]

    def email(self, **changes: Any) -> dict[str, Any]:
        """The payload of a mail to the contact."""
        return {"to": [self.contact.email], "subject": "Next steps", "body": "Shall we talk on Monday?", **changes}

    def propose(self, action_type: str = "send_follow_up_email", payload: Any = None, **changes: Any) -> Action:
        """Propose as the clone's agent; the target is the account, unless told otherwise."""
        proposal = Proposal(
            tenant=self.tenant,
            clone_id=self.clone.pk,
            action_type=action_type,
            account=changes.pop("account", str(self.account.pk)),
            payload=self.email() if payload is None else payload,
            **changes,
        )
        return propose(proposal, actor=self.agent)

    def propose_proposal(self, **changes: Any) -> Action:
        """An action that waits for a person."""
        return self.propose("send_proposal", **changes)

    def approve(self, action: Action, **changes: Any) -> Action:
        """Approve as the manager what the action is now."""
        given = {"actor": self.actor(), "content_hash": action.content_hash, **changes}
        return approve(action=action, **given)

    def read(self, action: Action) -> Action:
        """The action as it is now."""
        with tenant_scope(self.tenant):
            return Action.objects.select_related("account", "clone", "decided_by").get(pk=action.pk)

    def move_deal(self, stage: Stage) -> None:
        """Put the deal in a stage, as the CRM would."""
        with tenant_scope(self.tenant):
            Opportunity.objects.filter(pk=self.deal.pk).update(stage=stage.value)


def company(slug: str, *, stage: Stage = Stage.DISCOVERY) -> Company:
    """Make a company; names and addresses carry its slug, so that two of them never look alike."""
    tenant = create_tenant(slug=slug, name=slug.title(), actor=SYSTEM)

    def person(role: str, name: str) -> User:
        made = add_person(
            tenant=tenant,
            username=f"{name}-{slug}",
            role=role,
            actor=SYSTEM,
            email=f"{name}@{slug}.example",
            password="a long enough passphrase",
        )
        return made.person

    people = {
        name: person(name if name != "second_manager" else "manager", name)
        for name in ("manager", "second_manager", "rep", "auditor", "operator")
    }
    with tenant_scope(tenant):
        clone = Clone.objects.create(tenant=tenant, name=f"Ada of {slug}", address=f"ada@{slug}.example")
        account = Account.objects.create(
            tenant=tenant, external_id="A-1", name="Globex", domains=["globex.example"], industry="retail"
        )
        contact = Contact.objects.create(
            tenant=tenant, account=account, external_id="C-1", name="Hank Scorpio", email="hank@globex.example"
        )
        deal = Opportunity.objects.create(
            tenant=tenant,
            account=account,
            clone=clone,
            external_id="O-1",
            name="Globex: 100 seats",
            stage=stage.value,
            amount="12000.00",
            currency="USD",
        )
    key, bearer = issue_agent_key(tenant=tenant, clone=clone, scopes=["propose", "read", "result"], actor=SYSTEM)
    return Company(
        tenant=tenant, clone=clone, key=key, bearer=bearer, account=account, contact=contact, deal=deal, **people
    )
