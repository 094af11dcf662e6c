"""How one person is told of what waits: set by themselves alone, and tried with a message to themselves."""

import re
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.audience import TEAM_CHANNEL, channels
from engine.models import NoticeKind, Reach, Way
from engine.notices import Message, notify
from record import journal
from record.actors import Actor

FIELDS = ("urgent_way", "other_way", "batch_minutes", "urgent_value", "urgent_hours", "chat_channel")
LONGEST_BATCH = 24 * 60
LONGEST_NEAR = 30 * 24
_CHANNEL = re.compile(r"[#@]?\w[\w.-]{0,78}")


def set_reach(*, tenant: Tenant, person: User, actor: Actor, **how: Any) -> Reach:
    """Set how `person` is told; `how` names every one of FIELDS. Raises ValueError beginning with a field's name."""
    _refuse(person, how)
    with tenant_scope(tenant):
        Reach.objects.get_or_create(tenant=tenant, person=person)
        reach = Reach.objects.select_for_update().get(person=person)
        changed = {name: how[name] for name in FIELDS if getattr(reach, name) != how[name]}
        if changed:
            # What presses now may not have pressed before: it is looked for from the beginning.
            Reach.objects.filter(pk=reach.pk).update(**changed, urgent_told_at=None)
            facts = {name: _plain(changed[name]) for name in changed}
            journal.write(tenant_id=tenant.pk, kind="reach.set", subject=("reach", reach.pk), actor=actor, facts=facts)
        return Reach.objects.get(pk=reach.pk)


def send_test(*, tenant: Tenant, reach: Reach, actor: Actor) -> list[str]:
    """Make a message at once to wherever the person is told; returns where. Raises ValueError where that is nowhere, or
    one was made this minute."""
    person = reach.person
    found = [*channels(person, reach, reach.urgent_way), *channels(person, reach, reach.other_way)]
    if not found:
        raise ValueError("Nobody is told anything in these ways: choose another, or have your e-mail address set.")
    now = timezone.now()
    with tenant_scope(tenant):
        made = [_test(tenant, person, where, f"test:{person.pk}:{now:%Y%m%dT%H%M}") for where in dict.fromkeys(found)]
        if not any(made):
            raise ValueError("A test message was made this minute; wait for it, or for the next minute.")
        journal.write(tenant_id=tenant.pk, kind="reach.tested", subject=("person", person.pk), actor=actor, facts={})
    return [recipient for _, recipient in dict.fromkeys(found)]


def _test(tenant: Tenant, person: User, where: tuple[str, str], key: str) -> bool:
    channel, recipient = where
    name = person.first_name or person.get_username()
    text = (
        f"{name}, this is the test message you asked for in {tenant.name}. Actions that wait are told the same way.\n"
    )
    made = notify(
        tenant=tenant,
        kind=NoticeKind.APPROVAL,
        key=f"{key}:{channel}",
        channel=channel,
        recipient=recipient,
        message=Message("A test message", text),
        due_at=timezone.now(),
        person=person,
    )
    return made is not None


def _refuse(person: User, how: dict[str, Any]) -> None:
    for name in ("urgent_way", "other_way"):
        if how[name] not in Way.values:
            raise ValueError(f"{name}: {how[name]!r}; choose from {', '.join(Way.values)}.")
        if how[name] == Way.EMAIL and not person.email:
            raise ValueError(f"{name}: You have no e-mail address here; an operator can see to it.")
    _refuse_number("batch_minutes", how["batch_minutes"], 1, LONGEST_BATCH)
    _refuse_number("urgent_hours", how["urgent_hours"], 0, LONGEST_NEAR)
    value = how["urgent_value"]
    if value is not None and not (value.is_finite() and 0 <= value < 10**12):
        raise ValueError("urgent_value: An amount of money, 0 or more.")
    _refuse_channel(how)


def _refuse_number(name: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise ValueError(f"{name}: From {least} to {most}.")


def _refuse_channel(how: dict[str, Any]) -> None:
    channel = how["chat_channel"]
    if channel and not _CHANNEL.fullmatch(channel):
        raise ValueError(f"chat_channel: A name such as {TEAM_CHANNEL} or @ann: letters, digits, dots and dashes.")
    if not channel and {how["urgent_way"], how["other_way"]} & {Way.CHAT, Way.BOTH}:
        raise ValueError("chat_channel: Say which channel; you chose to be told by chat.")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
