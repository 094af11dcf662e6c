"""check_policy: what the guardrails would say to an action."""

from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from crm.addresses import address_key
from crm.commands import add_tenant_argument, clone_named, tenant_named
from crm.fields import FieldError, Money
from crm.models import Account, Clone
from crm.references import find_id
from crm.stages import STAGES
from crm.tenancy import tenant_scope
from guardrails.checker import GuardrailChecker
from guardrails.policy import GuardrailResult, normalise_action_type, status_for
from guardrails.standing import standing_rules
from guardrails.trying import Trial, tried
from record.commands import Answer, JsonCommand, WrongArgument

_SAYS = {
    "approved": "an agent may do it on its own",
    "pending": "a person has to approve it",
    "blocked": "it is blocked, and nobody can approve it",
}


class Command(JsonCommand):
    help = (
        "Say what the guardrails decide about an action type: allowed, needs a person, or blocked, and why."
        " Nothing is stored. With --tenant its rules, pauses and suppressions count; a real proposal is also judged by its"
        " text and by what was sent already."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("action_type", metavar="ACTION_TYPE", help="its name, such as send_proposal")
        stages = ", ".join(STAGES)
        parser.add_argument(
            "--stage", help=f"the deal's stage: {stages} (default: that of --account's deals, or no deal)"
        )
        add_tenant_argument(parser, "count the rules, pauses and suppressions of this tenant", required=False)
        of_a_rule = parser.add_argument_group("what the tenant's rules may ask")
        of_a_rule.add_argument("--clone", help="the clone that would propose it, by name, external id or id")
        of_a_rule.add_argument("--account", help="the account it is about, by external id or id")
        of_a_rule.add_argument("--value", metavar="AMOUNT", help="the deal's (default: --account's open deals)")
        of_a_rule.add_argument("--recipient", action="append", default=[], metavar="ADDRESS", help="may be repeated")

    def answer(self, options: dict[str, Any]) -> Answer:
        name = normalise_action_type(options["action_type"])
        verdict = _in_tenant(name, options) if options["tenant"] else _anywhere(options)
        return Answer(verdict.as_dict(), _in_words(name, verdict))


def _in_tenant(name: str, options: dict[str, Any]) -> GuardrailResult:
    """What the tenant's rules, pauses and suppressions make of it, whoever proposes it unless a clone is named."""
    with tenant_scope(tenant_named(options["tenant"])):
        clone = clone_named(options["clone"]) if options["clone"] else None
        trial = Trial(
            action_type=name,
            stage=options["stage"],
            clone=Clone.objects.get(pk=clone) if clone else None,
            account=_account(options["account"]),
            recipients=tuple(dict.fromkeys(address_key(one) for one in options["recipient"])),
            value=_value(options["value"]),
        )
        return tried(trial, standing_rules()).verdict


def _anywhere(options: dict[str, Any]) -> GuardrailResult:
    for name in ("clone", "account", "value", "recipient"):
        if options[name]:
            raise WrongArgument(f"--{name}", "it counts only for a tenant's rules; name the tenant with --tenant.")
    return GuardrailChecker().check(options["action_type"], options["stage"])


def _account(reference: str | None) -> Account | None:
    if reference is None:
        return None
    found = find_id(Account, reference)
    if found is None:
        raise WrongArgument("--account", f"no account of this tenant has the id or external id {reference!r}.")
    return Account.objects.get(pk=found)


def _value(amount: str | None) -> Decimal | None:
    if amount is None:
        return None
    try:
        return Money().read(amount)
    except FieldError as refusal:
        raise WrongArgument("--value", f"an amount such as 12500 or 12500.00 ({refusal})") from refusal


def _in_words(name: str, verdict: GuardrailResult) -> str:
    says = _SAYS[status_for(verdict)]
    ways = [f"  - {way['do']} ({way['who']}) {way['how']}" for way in verdict.remedy or []]
    return "\n".join([f"{name} ({verdict.tier}): {says}.", *(f"  {why}" for why in verdict.explanations), *ways])
