"""check_policy: what the guardrails would say to an action."""

from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from crm.addresses import address_key
from crm.commands import add_tenant_argument, clone_named, tenant_named
from crm.fields import FieldError, Money
from crm.models import Account
from crm.references import find_id
from crm.stages import STAGES
from crm.tenancy import tenant_scope
from guardrails.checker import GuardrailChecker
from guardrails.pauses import holding
from guardrails.policy import Facts, GuardrailResult, normalise_action_type, status_for
from guardrails.scopes import Case, asked_by
from guardrails.standing import standing_rules
from record.commands import Answer, JsonCommand, WrongArgument

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
        add_tenant_argument(parser, "count the rules and pauses that stand in this tenant", required=False)
        of_a_rule = parser.add_argument_group("what the tenant's rules may ask")
        of_a_rule.add_argument("--clone", help="the clone that would propose it, by name, external id or id")
        of_a_rule.add_argument("--account", help="the account it is about, by external id or id")
        of_a_rule.add_argument("--value", metavar="AMOUNT", help="the deal's value in the tenant's currency")
        of_a_rule.add_argument("--recipient", action="append", default=[], metavar="ADDRESS", help="may be repeated")

    def answer(self, options: dict[str, Any]) -> Answer:
        name = normalise_action_type(options["action_type"])
        facts = _facts(name, options) if options["tenant"] else _without_tenant(options)
        verdict = GuardrailChecker().check(options["action_type"], options["stage"], facts=facts)
        return Answer(verdict.as_dict(), _in_words(name, verdict))


def _facts(name: str, options: dict[str, Any]) -> Facts:
    """What the tenant's rules and pauses say of such an action, whoever proposes it unless a clone is named."""
    with tenant_scope(tenant_named(options["tenant"])):
        clone = clone_named(options["clone"]) if options["clone"] else None
        case = Case(
            action_type=name,
            stages=frozenset(filter(None, [options["stage"]])),
            clone_id=str(clone) if clone else None,
            account_id=_account(options["account"]),
            recipients=tuple(address_key(one) for one in options["recipient"]),
            value=_value(options["value"]),
        )
        paused = holding(clone=clone, action_type=name).exists()
        return Facts(paused=paused, **asked_by(standing_rules(), case))


def _without_tenant(options: dict[str, Any]) -> Facts:
    for name in ("clone", "account", "value", "recipient"):
        if options[name]:
            raise WrongArgument(f"--{name}", "it counts only for a tenant's rules; name the tenant with --tenant.")
    return Facts()


def _account(reference: str | None) -> str | None:
    if reference is None:
        return None
    found = find_id(Account, reference)
    if found is None:
        raise WrongArgument("--account", f"no account of this tenant has the id or external id {reference!r}.")
    return str(found)


def _value(amount: str | None) -> Decimal:
    if amount is None:
        return Decimal(0)
    try:
        return Money().read(amount)
    except FieldError as refusal:
        raise WrongArgument("--value", f"an amount such as 12500 or 12500.00 ({refusal})") from refusal


def _in_words(name: str, verdict: GuardrailResult) -> str:
    says = _SAYS[status_for(verdict)]
    ways = [f"  - {way['do']} ({way['who']}) {way['how']}" for way in verdict.remedy or []]
    return "\n".join([f"{name} ({verdict.tier}): {says}.", *(f"  {why}" for why in verdict.explanations), *ways])
