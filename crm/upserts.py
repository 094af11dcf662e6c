"""Writing customer records in bulk: what is new is created, what differs is updated, the rest is left alone.

However many items a call holds, it takes the same few SQL statements. Calls for one kind in one tenant take turns (an
advisory lock until the transaction ends), so that rivals with the same external ids each see what the other stored.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

from crm.items import ACCOUNTS, CONTACTS, INTERACTIONS, OPPORTUNITIES, Draft, Kind, read_items
from crm.linking import link
from crm.models import Interaction, Opportunity, StageChange, Tenant
from crm.references import find_ids
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor

CREATED, UPDATED, UNCHANGED, REJECTED = "created", "updated", "unchanged", "rejected"
OUTCOMES = (CREATED, UPDATED, UNCHANGED, REJECTED)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item. `id` is None where it was rejected, `external_id` where it could not be read."""

    external_id: str | None
    id: UUID | None
    outcome: str
    errors: Sequence[dict[str, str]] = ()

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        told = {"external_id": self.external_id, "id": str(self.id) if self.id else None, "outcome": self.outcome}
        return {**told, "errors": list(self.errors)} if self.errors else told


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the items, in their order."""

    results: Sequence[Result]

    def counts(self) -> dict[str, int]:
        """How many items were created, updated, unchanged and rejected."""
        counted = Counter(result.outcome for result in self.results)
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        return {**self.counts(), "results": [result.as_json() for result in self.results]}


def upsert_accounts(
    *, tenant: Tenant, items: Sequence[object], actor: Actor, source: str, all_or_nothing: bool = False
) -> Outcome:
    """Write accounts (see `upsert`)."""
    return upsert(ACCOUNTS, tenant=tenant, items=items, actor=actor, source=source, all_or_nothing=all_or_nothing)


def upsert_contacts(
    *, tenant: Tenant, items: Sequence[object], actor: Actor, source: str, all_or_nothing: bool = False
) -> Outcome:
    """Write contacts (see `upsert`)."""
    return upsert(CONTACTS, tenant=tenant, items=items, actor=actor, source=source, all_or_nothing=all_or_nothing)


def upsert_opportunities(
    *, tenant: Tenant, items: Sequence[object], actor: Actor, source: str, all_or_nothing: bool = False
) -> Outcome:
    """Write opportunities (see `upsert`); every stage that is new or changed leaves a StageChange."""
    return upsert(OPPORTUNITIES, tenant=tenant, items=items, actor=actor, source=source, all_or_nothing=all_or_nothing)


def upsert_interactions(
    *, tenant: Tenant, items: Sequence[object], actor: Actor, source: str, all_or_nothing: bool = False
) -> Outcome:
    """Write interactions (see `upsert`); one that names no account gets the one its people lead to (crm.linking)."""
    return upsert(INTERACTIONS, tenant=tenant, items=items, actor=actor, source=source, all_or_nothing=all_or_nothing)


Finder = Callable[[Kind, Sequence[Draft]], Mapping[str, Model]]


def stored_rows(kind: Kind, drafts: Sequence[Draft]) -> Mapping[str, Model]:
    """The rows that are there already, by external id, locked: nobody moves a stage between our look and our write."""
    asked = {draft.external_id for draft in drafts if draft.external_id is not None}
    rows: QuerySet[Any] = (
        kind.model._default_manager.filter(external_id__in=asked).order_by("pk").select_for_update(no_key=True)
    )
    return {row.external_id: row for row in rows}


def upsert(
    kind: Kind,
    *,
    tenant: Tenant,
    items: Sequence[object],
    actor: Actor,
    source: str,
    all_or_nothing: bool = False,
    find: Finder = stored_rows,
) -> Outcome:
    """Create or update a record of `kind` for each item, and say what became of each, in order.

    An item is matched by `external_id`. An absent field stays as it is, null clears it; an item with an `updated_at`
    older than the stored one changes nothing. What does not fit is rejected with its errors ({pointer, code, detail})
    and the rest is stored; with `all_or_nothing` one bad item rejects them all. `source` says where stages come from.
    One record entry is written in the same transaction, none when nothing changed. Raises nothing for what items hold.
    """
    drafts = read_items(kind, items, tenant)
    with tenant_scope(tenant):
        _take_turns(kind, tenant)
        _resolve_references(kind, drafts)
        stored = find(kind, drafts)
        writes = [_Write(kind, draft, stored.get(draft.external_id or "")) for draft in drafts]
        for write in writes:
            write.settle(tenant)
        if all_or_nothing and any(write.draft.errors for write in writes):
            return Outcome([write.not_stored() for write in writes])
        return _store(kind, writes, tenant=tenant, actor=actor, source=source)


class _Write:
    """One draft beside the row that is there already, if there is one."""

    def __init__(self, kind: Kind, draft: Draft, row: Model | None) -> None:
        self.kind = kind
        self.draft = draft
        self.row: Any = row
        self.outcome = REJECTED
        self.stage_before = ""

    def settle(self, tenant: Tenant) -> None:
        """Decide what becomes of the draft, and bring the row to what it shall be."""
        if self.row is None and self.draft.external_id is not None:
            self._require_needed_fields()
        if self.draft.errors:
            return
        self.outcome = self._outcome()
        if self.outcome in (CREATED, UPDATED):
            self._fill(tenant)

    def _require_needed_fields(self) -> None:
        for name in self.kind.needed:
            if self.kind.fields[name].stored_as not in self.draft.values and not self.draft.is_refused(name):
                self.draft.refuse(name, "required", "A new record needs this field.")

    def _outcome(self) -> str:
        if self.row is None:
            return CREATED
        return UNCHANGED if self._is_outdated() or not self._differs() else UPDATED

    def _is_outdated(self) -> bool:
        ours, stored = self.draft.values.get("source_updated_at"), getattr(self.row, "source_updated_at", None)
        return ours is not None and stored is not None and ours < stored

    def _differs(self) -> bool:
        wanted = {**self.draft.values, "external_id": self.draft.external_id}
        return any(getattr(self.row, column) != value for column, value in wanted.items())

    def _fill(self, tenant: Tenant) -> None:
        values = self.draft.values
        if self.row is None:
            cleared = {f.stored_as: f.cleared(tenant) for f in self.kind.fields.values() if f.cleared}
            self.row = self.kind.model(tenant_id=tenant.pk)
            values = {**cleared, **values}
        self.stage_before = getattr(self.row, "stage", "") if self.outcome == UPDATED else ""
        for column, value in {**values, "external_id": self.draft.external_id}.items():
            setattr(self.row, column, value)

    def result(self) -> Result:
        kept_id = None if self.outcome == REJECTED else self.row.pk
        return Result(self.draft.external_id, kept_id, self.outcome, tuple(self.draft.errors))

    def not_stored(self) -> Result:
        if not self.draft.errors:
            self.draft.refuse("", "not_stored", "Not stored, because another item of this call was rejected.")
        return Result(self.draft.external_id, None, REJECTED, tuple(self.draft.errors))


def _take_turns(kind: Kind, tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"crm.{kind.name}:{tenant.pk}"])


def _resolve_references(kind: Kind, drafts: Iterable[Draft]) -> None:
    """Put ids in the place of references, one statement per field; an unknown one is an error of its item."""
    for field in kind.fields.values():
        if field.refers_to is None:
            continue
        asking = [draft for draft in drafts if isinstance(draft.values.get(field.stored_as), str)]
        found = find_ids(field.refers_to, (draft.values[field.stored_as] for draft in asking))
        for draft in asking:
            reference = draft.values[field.stored_as]
            if reference in found:
                draft.values[field.stored_as] = found[reference]
            else:
                draft.refuse(field.name, "unknown_reference", f"There is no {field.name} with this id or external id.")


def _store(kind: Kind, writes: Sequence[_Write], *, tenant: Tenant, actor: Actor, source: str) -> Outcome:
    outcome = Outcome([write.result() for write in writes])
    changed = [write for write in writes if write.outcome in (CREATED, UPDATED)]
    if changed:
        _write_rows(kind, [write.row for write in changed])
        _write_stages(kind, changed, tenant, source)
        journal.write(
            tenant_id=tenant.pk,
            kind=f"{kind.name}.upserted",
            subject=("tenant", tenant.pk),
            actor=actor,
            facts={"source": source, **outcome.counts()},
        )
        _link(kind, [write.row for write in changed], tenant, actor)
    return outcome


def _link(kind: Kind, rows: list[Any], tenant: Tenant, actor: Actor) -> None:
    """What has no account may have one now: the interactions just written, or earlier ones whose people are known since."""
    if kind.model is Interaction:
        loose = [row.pk for row in rows if row.account_id is None]
        if loose:
            link(tenant=tenant, actor=actor, among=loose)
    elif any(getattr(row, "domains", None) or getattr(row, "email", None) for row in rows):
        link(tenant=tenant, actor=actor)


def _write_rows(kind: Kind, rows: list[Any]) -> None:
    """One INSERT; for a row that is there already it updates the columns items can set, and no others."""
    columns = {kind.model._meta.get_field(field.stored_as).name for field in kind.fields.values()}
    kind.model._default_manager.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=kind.identity,
        update_fields=sorted(columns if "external_id" in kind.identity else columns | {"external_id"}),
    )


def _write_stages(kind: Kind, writes: Iterable[_Write], tenant: Tenant, source: str) -> None:
    if kind.model is not Opportunity:
        return
    StageChange.objects.bulk_create(
        StageChange(
            tenant=tenant,
            opportunity_id=write.row.pk,
            from_stage=write.stage_before,
            to_stage=write.row.stage,
            source=source,
        )
        for write in writes
        if write.stage_before != write.row.stage
    )
