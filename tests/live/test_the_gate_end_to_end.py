"""The main job over HTTP on a real CRM export: propose, decide, carry out; the mail server counts."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from crm.access import actor_of
from crm.keys import issue_agent_key, issue_person_token
from crm.models import Account, Clone, Opportunity, Tenant
from crm.people import add_person
from crm.stages import OPEN_STAGES
from crm.tenancy import tenant_scope
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.live.conftest import Stack, until
from tests.sinks import MailSink
from tests.vectors import DATA

pytestmark = [
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not (DATA / "crm").is_dir(), reason="the real CRM export is not here"),
]


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    made = create_tenant(slug="maven", actor=SYSTEM)
    call_command("import_crm", str(DATA / "crm"), "--profile", "maven", "--tenant", "maven", "--json")
    return made


def quiet_account(tenant: Tenant) -> Account:
    """An account with open deals, none of them late."""
    with tenant_scope(tenant):
        deals = Opportunity.objects.filter(stage__in=sorted(OPEN_STAGES), account__isnull=False).order_by("external_id")
        return deals.select_related("account")[0].account


def test_the_gate_end_to_end(stack: Stack, sink: MailSink, tenant: Tenant) -> None:
    account = quiet_account(tenant)
    with tenant_scope(tenant):
        clone = Clone.objects.order_by("name")[0]
    agent_key = issue_agent_key(tenant=tenant, clone=clone, scopes=["propose", "read"], actor=SYSTEM)[1]
    ingest_key = issue_agent_key(tenant=tenant, clone=None, scopes=["ingest"], actor=SYSTEM)[1]
    people = {
        name: add_person(tenant=tenant, username=name, role="manager", actor=SYSTEM).person for name in ("mia", "noah")
    }
    tokens = {
        name: issue_person_token(tenant=tenant, person=person, actor=actor_of(person))[1]
        for name, person in people.items()
    }
    stack.start_worker()
    stack.start_web()
    with stack.client(ingest_key) as crm, stack.client(agent_key) as agent, stack.client(tokens["mia"]) as mia:
        _give_contacts(crm, account)

        sent = _propose(agent, account, subject="A follow-up")
        assert (sent["status"], sent["tier"]) == ("approved", "autonomous")
        took = until(lambda: [mail["Subject"] for mail in sink.taken] == ["A follow-up"], within=2.0)
        print(f"in the mail server {took:.3f} s after the answer")

        _put_in_negotiation(crm, account)
        waiting = _propose(agent, account, subject="While negotiating")
        assert (waiting["status"], waiting["stage"]) == ("pending", "negotiation")
        assert waiting["decision"]["reason"] == "stage_gate"

        for name in ("Commit-Pricing", "commit__pricing", "commitpricing"):
            blocked = _propose(agent, account, action_type=name, payload={"price": "1"})
            assert (blocked["status"], blocked["action_type"]) == ("blocked", "commit_pricing")

        _decisions(agent, mia, waiting)
        until(lambda: [mail["Subject"] for mail in sink.taken] == ["A follow-up", "While negotiating"], within=5.0)
        _one_decision(stack, agent, account, tokens, sink)

        done = agent.get(f"actions/{waiting['id']}/").json()
        assert (done["status"], done["decided_by"]) == ("executed", "mia")


def _give_contacts(crm: httpx.Client, account: Account) -> None:
    item = {
        "external_id": "C-1",
        "account": account.external_id,
        "name": "Joel Woods",
        "email": "joel@customer.example",
    }
    answer = crm.post("contacts/bulk/", json={"items": [item]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == 1


def _put_in_negotiation(crm: httpx.Client, account: Account) -> None:
    deal = {"external_id": "N-1", "account": account.external_id, "name": "The big one", "stage": "negotiation"}
    assert crm.post("opportunities/bulk/", json={"items": [deal]}).json()["created"] == 1


def _propose(agent: httpx.Client, account: Account, *, subject: str = "", **changes: Any) -> dict[str, Any]:
    payload = {"to": ["joel@customer.example"], "subject": subject, "body": "Shall we talk on Monday?"}
    body = {
        "action_type": "send_follow_up_email",
        "account": account.external_id,
        "payload": payload,
        "rationale": "Nothing was heard for two weeks.",
        **changes,
    }
    answer = agent.post("actions/", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def _decisions(agent: httpx.Client, mia: httpx.Client, waiting: dict[str, Any]) -> None:
    path, shown = f"actions/{waiting['id']}/approve/", {"content_hash": waiting["content_hash"]}
    assert agent.post(path, json=shown).status_code == 403
    assert mia.post(path, json={"content_hash": "0" * 64}).status_code == 409
    assert mia.post(path, json={}).status_code == 400
    assert mia.post(path, json=shown).status_code == 200
    again = mia.post(path, json=shown)
    assert (again.status_code, again.json()["decided_by"]) == (409, "mia")


def _one_decision(stack: Stack, agent: httpx.Client, account: Account, tokens: dict[str, str], sink: MailSink) -> None:
    """Twelve threads, half for and half against: one of them decides."""
    action = _propose(agent, account, subject="Contested")
    barrier = Barrier(12)

    def decide(number: int) -> int:
        with stack.client(tokens["mia" if number % 4 < 2 else "noah"]) as person:
            verb, body = (
                ("approve", {"content_hash": action["content_hash"]}) if number % 2 else ("reject", {"reason": "No."})
            )
            barrier.wait(timeout=20)
            return person.post(f"actions/{action['id']}/{verb}/", json=body).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = sorted(pool.map(decide, range(12)))
    assert answers == [200] + [409] * 11
    settled = lambda: agent.get(f"actions/{action['id']}/").json()["status"] in ("executed", "rejected")  # noqa: E731
    until(settled, within=5.0)
    contested = [mail for mail in sink.taken if mail["Subject"] == "Contested"]
    assert len(contested) == (agent.get(f"actions/{action['id']}/").json()["status"] == "executed")
