"""A person's own names for sets of the queue's filters."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib.auth.models import User

from crm.models import Tenant
from crm.tenancy import unit_of_work
from engine.models import SavedView
from record import journal
from record.actors import Actor

MOST = 20
LONGEST_NAME = 60


def save_view(*, tenant: Tenant, person: User, name: str, filters: Mapping[str, str], actor: Actor) -> SavedView:
    """Keep `filters` under `name`; a view of that name gets the new ones. Raises ValueError, beginning with the argument's
    name, for a name that is empty or too long, for no filters, and for more than MOST views."""
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        raise ValueError(f"name: give it a name of at most {LONGEST_NAME} letters.")
    if not filters:
        raise ValueError("filters: set a filter first; without one it would be the whole queue.")
    with unit_of_work(tenant):
        own = SavedView.objects.filter(person=person)
        if own.exclude(name=called).count() >= MOST:
            raise ValueError(f"name: {MOST} views are as many as fit; delete one first.")
        view, _ = own.update_or_create(name=called, tenant=tenant, person=person, defaults={"filters": dict(filters)})
        _record(view, "view.saved", actor)
    return view


def delete_view(*, tenant: Tenant, person: User, view_id: UUID, actor: Actor) -> SavedView | None:
    """Forget one of the person's own views; None where they have none of this id."""
    with unit_of_work(tenant):
        view = SavedView.objects.filter(person=person, pk=view_id).first()
        if view is not None:
            _record(view, "view.deleted", actor)
            SavedView.objects.filter(pk=view.pk).delete()
    return view


def _record(view: SavedView, kind: str, actor: Actor) -> None:
    facts = {"name": view.name, "filters": view.filters}
    journal.write(tenant_id=view.tenant_id, kind=kind, subject=("view", view.pk), actor=actor, facts=facts)
