"""The four steps of an empty company, and which of them the database shows to be done."""

from dataclasses import dataclass

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
    """The steps with their ticks, by four queries that stop at the first row."""
    slug = tenant.slug
    return [
        Step(
            "Create a person, a clone and its key",
            "A clone is an agent's identity; its key is what the agent sends with every request.",
            f'python3 manage.py create_agent_key --tenant {slug} --clone "Ada"',
            "admin:crm_agentkey_changelist",
            AgentKey.objects.filter(scopes__contains=[Scope.PROPOSE.value], revoked_at=None).exists(),
        ),
        Step(
            "Import customer records",
            "From a folder of your CRM's export, or over the API with an ingest key.",
            f"python3 manage.py import_crm FOLDER --profile maven --tenant {slug}",
            "admin:crm_account_changelist",
            Account.objects.exists(),
        ),
        Step(
            "Propose a first action",
            "As an agent would, over the API, or from a terminal.",
            f'python3 manage.py propose create_briefing --tenant {slug} --clone "Ada" --account ID'
            ' --payload \'{"title": "Hello", "body": "A first briefing."}\'',
            "admin:engine_action_changelist",
            Action.objects.exists(),
        ),
        Step(
            "Decide one",
            "What needs a person waits on this page: open it, read it, approve or reject it.",
            f"python3 manage.py pending --tenant {slug}",
            "admin:index",
            Action.objects.filter(decided_by__isnull=False).exists(),
        ),
    ]
