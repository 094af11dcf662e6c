"""Reading an action for what it is now."""

from engine.models import Action

_SHOWN = ("account", "clone", "opportunity", "contact", "decided_by", "tenant")


def locked(action: Action) -> Action:
    """The action as it is now, its row locked until the transaction ends."""
    return Action.objects.select_related(*_SHOWN).select_for_update(of=("self",)).get(pk=action.pk)


def fresh(action: Action) -> Action:
    """The action as it is now."""
    return Action.objects.select_related(*_SHOWN).get(pk=action.pk)
