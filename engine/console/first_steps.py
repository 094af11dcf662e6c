"""The four steps of an empty company, and which of them the database shows to be done."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists

from crm.models import Account, AgentKey, Scope, Tenant
from engine.models import Action


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, how, and whether it is done. `page` is where the console does it, `command` how a terminal does."""

    title: str
    how: str
    command: str
    page: str
    done: bool


def first_steps(tenant: Tenant) -> list[Step]:
    """The steps with their ticks, by one statement that stops at the first row of each."""
    slug = tenant.slug
    has_key, has_account, has_proposed, has_decided = _ticks(tenant)
    return [
        Step(
            "Create a person, a clone and its key",
            "A clone is an agent's identity; its key is what the agent sends with every request.",
            f'python3 manage.py create_agent_key --tenant {slug} --clone "Ada"',
            "admin:crm_agentkey_changelist",
            has_key,
        ),
        Step(
            "Import customer records",
            "From a folder of your CRM's export, or over the API with an ingest key.",
            f"python3 manage.py import_crm FOLDER --profile maven --tenant {slug}",
            "admin:crm_account_changelist",
            has_account,
        ),
        Step(
            "Propose a first action",
            "As an agent would, over the API, or from a terminal.",
            f'python3 manage.py propose create_briefing --tenant {slug} --clone "Ada" --account ID'
            ' --payload \'{"title": "Hello", "body": "A first briefing."}\'',
            "admin:engine_action_changelist",
            has_proposed,
        ),
        Step(
            "Decide one",
            "What needs a person waits on this page: open it, read it, approve or reject it.",
            f"python3 manage.py pending --tenant {slug}",
            "admin:index",
            has_decided,
        ),
    ]


def _ticks(tenant: Tenant) -> Any:
    return Tenant.objects.filter(pk=tenant.pk).values_list(
        Exists(AgentKey.objects.filter(scopes__contains=[Scope.PROPOSE.value], revoked_at=None)),
        Exists(Account.objects.all()),
        Exists(Action.objects.all()),
        Exists(Action.objects.filter(tenant_id=tenant.pk).exclude(decided_at=None)),  # by actions_by_decision
    )[0]
