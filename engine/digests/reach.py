"""Whose digests a person may read."""

from typing import Any

from django.db.models import QuerySet

from crm.models import Role

_SEE_ALL = frozenset(Role.values) - {Role.REP.value}


def visible_digests(digests: QuerySet[Any], *, role: str | None, person_id: int | None) -> QuerySet[Any]:
    """Representatives see their own, everybody else all."""
    return digests if role in _SEE_ALL else digests.filter(person_id=person_id)
