"""Reading an action for what it is now."""

from engine.models import Action

_SHOWN = ("account", "clone", "opportunity", "contact", "decided_by", "assignee", "first_vote_by", "tenant")


def locked(action: Action) -> Action:
    """The action as it is now, its row locked until the transaction ends.

    Locked first and read afterwards: a statement that waited for the lock sees the new row beside what it had joined to
    the old one, and would name nobody as its decider.
    """
    Action.objects.select_for_update().values_list("pk").get(pk=action.pk)
    return fresh(action)


def fresh(action: Action) -> Action:
    """The action as it is now."""
    return Action.objects.select_related(*_SHOWN).get(pk=action.pk)
