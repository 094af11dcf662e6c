"""What a reference in a body or a filter names: an id, or the id the customer's own system uses."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Model, Q


def find_ids(model: type[Model], references: Iterable[str]) -> dict[str, UUID]:
    """Return the id of every reference that names a row of the tenant in scope, by one statement.

    An id is tried before an external id: somebody's external ids may look like ours.
    """
    asked = set(references)
    as_ids = {text: parsed for text in asked if (parsed := _uuid(text)) is not None}
    if not asked:
        return {}
    rows = model._default_manager.filter(Q(external_id__in=asked) | Q(pk__in=as_ids.values()))
    found = list(rows.values_list("pk", "external_id"))
    by_id = {row_id for row_id, _ in found}
    by_external_id = {external_id: row_id for row_id, external_id in found}
    both = {text: as_ids[text] if as_ids.get(text) in by_id else by_external_id.get(text) for text in asked}
    return {text: row_id for text, row_id in both.items() if row_id is not None}


def find_id(model: type[Model], reference: str) -> UUID | None:
    """Return the id that one reference names in the tenant in scope, or None."""
    return find_ids(model, [reference]).get(reference)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
