"""Our own customer records: written in the transaction that records the result, so that either both are there or none."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import Model

from crm.models import Account, Briefing, Channel, Interaction, InteractionStatus, Opportunity
from crm.stage_changes import change_stage
from engine.connectors.contract import Delivery, NotDelivered, Receipt
from engine.models import Action


def deliver(delivery: Delivery) -> Receipt:
    """Write what the action says. Raises NotDelivered, finally, where the records no longer allow it."""
    return _WRITERS[delivery.action.action_type](delivery.action)


def interaction_of(action: Action, **fields: Any) -> None:
    """Log what an action did on the account's timeline; logged once, however often it is tried."""
    Interaction.objects.get_or_create(
        tenant_id=action.tenant_id,
        external_id=f"action:{action.pk}",
        defaults={
            "account_id": action.account_id,
            "contact_id": action.contact_id,
            "clone_id": action.clone_id,
            "opportunity_id": action.opportunity_id,
            **fields,
        },
    )


def _progress(action: Action) -> Receipt:
    to_stage = action.payload["to_stage"]
    deal = _deal_of(action)
    was = change_stage(deal.pk, to_stage, source=f"action:{action.pk}")
    return Receipt(f"Moved from {was} to {to_stage}.", {"from": was, "to": to_stage})


def _qualify(action: Action) -> Receipt:
    deal = _deal_of(action)
    framework, answers = action.payload["framework"], action.payload["fields"]
    deal.qualification[framework] = _merged(deal.qualification.get(framework, {}), answers)
    deal.save(update_fields=["qualification"])
    return Receipt(f"Noted {len(answers)} answers under {framework}.")


def _update_context(action: Action) -> Receipt:
    account = _locked(Account, action.account_id)
    account.context = _merged(account.context, action.payload["context"])
    account.save(update_fields=["context"])
    return Receipt(f"Noted {len(action.payload['context'])} facts about the account.")


def _modify_plan(action: Action) -> Receipt:
    Account.objects.filter(pk=action.account_id).update(plan=action.payload["plan"])
    return Receipt("Rewrote the account plan.")


def _create_briefing(action: Action) -> Receipt:
    title, body = action.payload["title"], action.payload["body"]
    Briefing.objects.get_or_create(
        tenant_id=action.tenant_id,
        external_id=f"action:{action.pk}",
        defaults={"account_id": action.account_id, "title": title, "body": body},
    )
    return Receipt("Filed the briefing.")


def _log_interaction(action: Action) -> Receipt:
    payload = action.payload
    interaction_of(
        action,
        channel=Channel(payload["channel"]),
        status=InteractionStatus.COMPLETED,
        occurred_at=datetime.fromisoformat(payload["occurred_at"]),
        text=payload["summary"],
    )
    return Receipt("Logged the interaction.")


_WRITERS: Mapping[str, Callable[[Action], Receipt]] = MappingProxyType(
    {
        "progress_early_stage": _progress,
        "progress_past_evaluation": _progress,
        "qualify_conversation": _qualify,
        "update_account_context": _update_context,
        "modify_account_plan": _modify_plan,
        "create_briefing": _create_briefing,
        "log_interaction": _log_interaction,
    }
)


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The old answers with the new ones over them; null clears one."""
    return {field: value for field, value in {**old, **new}.items() if value is not None}


def _deal_of(action: Action) -> Opportunity:
    """The action's deal, locked. Raises NotDelivered, finally, where it went to another account since the claim."""
    deal: Opportunity = _locked(Opportunity, action.opportunity_id)
    if deal.account_id != action.account_id:
        raise NotDelivered("The deal belongs to another account by now.", final=True)
    return deal


def _locked(model: type[Model], identifier: Any) -> Any:
    row = model._default_manager.select_for_update().filter(pk=identifier).first()
    if row is None:
        raise NotDelivered(f"The {model._meta.verbose_name} is gone.", final=True)
    return row
