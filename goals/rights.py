"""Who sets goals: managers all of them, representatives those of clones they own."""

from crm.models import Clone, Role

SETTERS = frozenset({Role.MANAGER.value, Role.REP.value})


def may_set(role: str, *, person_id: int, clone: Clone | None) -> bool:
    """Whether a person in this role may set, change or cancel a goal of `clone` (None: the company's)."""
    if role == Role.REP:
        return clone is not None and clone.owner_id == person_id
    return role in SETTERS
