"""Trying the rules on an action that nobody proposes: what the records, the rules and the pauses would say to it.

Limits depend on what was sent already and are left to the engine's dry run (POST actions/check/).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.db.models.functions import Lower

from crm.models import Account, Clone, Contact, Opportunity, Suppression, Tenant
from crm.stages import OPEN_STAGES, governing_stage
from guardrails.checker import GuardrailChecker
from guardrails.pauses import holding
from guardrails.policy import Facts, GuardrailResult
from guardrails.scopes import Case, StandingRule, asked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An action to try: its stored name, and what is known of it. With an account, what is not said of the deal is read
    from its deals on record."""

    action_type: str
    stage: str | None = None
    clone: Clone | None = None
    account: Account | None = None
    value: Decimal | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the guardrails say, and the case that the rules were asked about."""

    verdict: GuardrailResult
    case: Case


def tried(trial: Trial, rules: Sequence[StandingRule]) -> Answer:
    """The verdict on it under `rules`, in the tenant in scope. Nothing is stored."""
    deals = _deals(trial.account)
    stage = trial.stage or (governing_stage((deal.stage, deal.closed_on) for deal in deals) if deals else None)
    case = _case(trial, stage, [deal for deal in deals if deal.stage in OPEN_STAGES])
    facts = Facts(
        suppressed=_is_suppressed(trial.recipients),
        unknown_recipients=_strangers(trial),
        recipient_count=len(trial.recipients),
        paused=holding(clone=trial.clone, action_type=trial.action_type).exists(),
        **asked_by(rules, case),
    )
    return Answer(GuardrailChecker().check(trial.action_type, stage, facts=facts), case)


def _deals(account: Account | None) -> list[Opportunity]:
    return list(Opportunity.objects.filter(account=account)) if account else []


def _case(trial: Trial, stage: str | None, open_deals: Sequence[Opportunity]) -> Case:
    of_record = () if trial.stage else tuple(deal.stage for deal in open_deals)
    values = [trial.value] if trial.value is not None else _values(open_deals)
    known = [value for value in values if value is not None]
    is_known = len(known) == len(values)
    return Case(
        action_type=trial.action_type,
        stages=frozenset(str(one) for one in (stage, *of_record) if one),
        clone_id=str(trial.clone.pk) if trial.clone else None,
        account_id=str(trial.account.pk) if trial.account else None,
        recipients=trial.recipients,
        value=max(known, default=Decimal(0)) if is_known else None,
        least=min(known, default=None) if is_known else None,
    )


def _values(open_deals: Sequence[Opportunity]) -> list[Decimal | None]:
    """What the deals are worth; None where it cannot be told."""
    if not open_deals:
        return []
    currency = Tenant.objects.values_list("currency", flat=True).get(pk=open_deals[0].tenant_id)
    return [deal.amount if deal.currency == currency else None for deal in open_deals]


def _strangers(trial: Trial) -> tuple[str, ...]:
    if trial.account is None or not trial.recipients:
        return ()
    known = set(Contact.objects.filter(account=trial.account).values_list(Lower("email"), flat=True))
    domains = set(trial.account.domains)
    return tuple(one for one in trial.recipients if one not in known and one.partition("@")[2] not in domains)


def _is_suppressed(recipients: Sequence[str]) -> bool:
    if not recipients:
        return False
    contacts = Contact.objects.alias(address=Lower("email")).filter(address__in=recipients)
    standing = Suppression.objects.filter(lifted_at=None)
    return standing.filter(Q(address__in=recipients) | Q(contact__in=contacts)).exists()
