"""propose: an action, as an agent would propose it."""

from argparse import ArgumentParser
from typing import Any

from crm.commands import add_tenant_argument, clone_named, tenant_named
from crm.tenancy import tenant_scope
from engine.commands import answer_about, read_payload, refusals_in_words
from engine.proposals import Proposal, propose
from record.actors import SYSTEM
from record.commands import Answer, JsonCommand


class Command(JsonCommand):
    help = (
        "Propose an action for a clone, through the same guardrails as over the API. It is approved and carried out,"
        " waits for a person, or is blocked; the answer says which and why."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("action_type", metavar="ACTION_TYPE", help="what to do, such as send_follow_up_email")
        add_tenant_argument(parser, "whose action it is")
        parser.add_argument(
            "--clone", required=True, metavar="NAME", help="the clone that acts: its name, external id or id"
        )
        parser.add_argument("--account", required=True, metavar="ID", help="the customer: an id or external id")
        parser.add_argument("--opportunity", metavar="ID", help="the deal it is about: an id or external id")
        parser.add_argument("--contact", metavar="ID", help="the contact it is about: an id or external id")
        parser.add_argument(
            "--payload",
            required=True,
            metavar="JSON",
            help="what the action carries: a JSON object, or @FILE that holds it",
        )
        parser.add_argument("--rationale", default="", help="why, for the person who may have to decide")

    def answer(self, options: dict[str, Any]) -> Answer:
        tenant = tenant_named(options["tenant"])
        payload = read_payload(options["payload"])
        with tenant_scope(tenant), refusals_in_words():
            given = {name: options[name] for name in ("action_type", "account", "opportunity", "contact", "rationale")}
            proposal = Proposal(tenant=tenant, clone_id=clone_named(options["clone"]), payload=payload, **given)
            action = propose(proposal, actor=SYSTEM)
        return answer_about(action)
