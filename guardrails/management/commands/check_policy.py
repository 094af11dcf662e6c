"""check_policy: what the guardrails would say to an action."""

from argparse import ArgumentParser
from typing import Any

from crm.commands import add_tenant_argument, tenant_named
from crm.stages import STAGES
from crm.tenancy import tenant_scope
from guardrails.checker import GuardrailChecker
from guardrails.pauses import holding
from guardrails.policy import Facts, GuardrailResult, normalise_action_type, status_for
from record.commands import Answer, JsonCommand

_SAYS = {
    "approved": "an agent may do it on its own",
    "pending": "a person has to approve it",
    "blocked": "it is blocked, and nobody can approve it",
}


class Command(JsonCommand):
    help = (
        "Say what the guardrails decide about an action type: allowed, needs a person, or blocked, and why."
        " Nothing is stored. A real proposal is also judged by its recipients and by the deal on record."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("action_type", metavar="ACTION_TYPE", help="its name, such as send_proposal")
        parser.add_argument("--stage", help=f"the deal's stage: {', '.join(STAGES)} (default: no deal)")
        add_tenant_argument(parser, "count the pauses that stand in this tenant", required=False)

    def answer(self, options: dict[str, Any]) -> Answer:
        name, slug = options["action_type"], options["tenant"]
        facts = Facts(paused=bool(slug) and _is_paused(slug, normalise_action_type(name)))
        verdict = GuardrailChecker().check(name, options["stage"], facts=facts)
        return Answer(verdict.as_dict(), _in_words(normalise_action_type(name), verdict))


def _is_paused(slug: str, action_type: str) -> bool:
    """Whether a pause holds back this action type whichever clone proposes it."""
    with tenant_scope(tenant_named(slug)):
        return holding(clone=None, action_type=action_type).exists()


def _in_words(name: str, verdict: GuardrailResult) -> str:
    says = _SAYS[status_for(verdict)]
    ways = [f"  - {way['do']} ({way['who']}) {way['how']}" for way in verdict.remedy or []]
    return "\n".join([f"{name} ({verdict.tier}): {says}.", *(f"  {why}" for why in verdict.explanations), *ways])
