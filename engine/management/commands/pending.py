"""pending: what waits for a person."""

from argparse import ArgumentParser
from typing import Any

from crm.commands import add_tenant_argument, tenant_named
from crm.tenancy import tenant_scope
from engine.commands import in_words
from engine.queue import pending
from engine.representation import as_list_json
from record.commands import Answer, JsonCommand


class Command(JsonCommand):
    help = "List what waits for a person; what runs out first comes first. Decide with approve and reject."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        add_tenant_argument(parser, "whose queue")

    def answer(self, options: dict[str, Any]) -> Answer:
        tenant = tenant_named(options["tenant"])
        with tenant_scope(tenant):
            actions = list(pending(tenant_id=tenant.pk))
            told = as_list_json(actions)
        listed = [in_words(action, waits_for=None) for action in actions]
        return Answer({"results": told}, "\n".join(listed) or f"Nothing waits for a person in {tenant.slug}.")
