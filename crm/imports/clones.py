"""Clones out of an export: found by their external id, or by their name where they have none yet."""

from collections.abc import Mapping, Sequence

from django.db.models import Q

from crm.items import Draft, Kind
from crm.models import Clone


def stored_clones(kind: Kind, drafts: Sequence[Draft]) -> dict[str, Clone]:
    """The clones that are there already, by the external id of their draft, locked.

    A clone made by hand (create_agent_key) has no external id: the draft with its name takes it over, keys and all. A
    name that another clone has is an error of the draft: a clone's name is unique in its tenant.
    """
    names = {name for draft in drafts if (name := draft.values.get("name"))}
    ids = {draft.external_id for draft in drafts if draft.external_id is not None}
    asked = Clone.objects.filter(Q(external_id__in=ids) | Q(name__in=names)).order_by("pk")
    rows = list(asked.select_for_update(no_key=True))
    by_id = {row.external_id: row for row in rows if row.external_id is not None}
    by_name = {row.name: row for row in rows}
    matched = {draft.place: _match(draft, by_id, by_name) for draft in drafts}
    _refuse_taken_names(drafts, matched, by_name)
    return {draft.external_id: row for draft in drafts if draft.external_id and (row := matched[draft.place])}


def _match(draft: Draft, by_id: Mapping[str, Clone], by_name: Mapping[str, Clone]) -> Clone | None:
    if (known := by_id.get(draft.external_id or "")) is not None:
        return known
    namesake = by_name.get(draft.values.get("name", ""))
    return namesake if namesake is not None and namesake.external_id is None else None


def _refuse_taken_names(
    drafts: Sequence[Draft], matched: Mapping[int, Clone | None], by_name: Mapping[str, Clone]
) -> None:
    taken: dict[str, object] = {name: row.pk for name, row in by_name.items()}
    for draft in drafts:
        name, row = draft.values.get("name", ""), matched[draft.place]
        claims = row.pk if row else f"item {draft.place}"
        if name and not draft.errors and taken.setdefault(name, claims) != claims:
            draft.refuse("name", "taken", "Another clone has this name; names of clones are unique.")
