"""People in the console: who belongs to the company, as what, and who failed to log in."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone

from crm.console.formats import at, person_name
from crm.console.forms import PersonForm, RoleForm
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, visitor_of
from crm.console.verbs import Done, Secret, Verb
from crm.log_ins import refuse_log_in_of_others
from crm.models import Membership, Role
from crm.people import add_person, change_role, remove_person


def _add(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    refuse_log_in_of_others(given["username"], operator=who.person)
    made = add_person(tenant=who.tenant, actor=who.actor, **given)
    joined = f"{made.person} is now {Role(given['role']).label.lower()} of {who.tenant}."
    if made.password is None:
        return Done(joined)
    return Done(
        joined,
        Secret("Their password", made.password, "Hand it over in person; they can change it at the foot of the menu."),
    )


def _change_role(request: HttpRequest, row: Membership, given: dict[str, Any]) -> Done:
    _refuse_oneself(request, row)
    change_role(row, role=given["role"], actor=visitor_of(request).actor)
    return Done(f"{row.person} is now {Role(given['role']).label.lower()}.")


def _remove(request: HttpRequest, row: Membership, given: dict[str, Any]) -> Done:
    _refuse_oneself(request, row)
    remove_person(row, actor=visitor_of(request).actor)
    return Done(f"{row.person} no longer belongs to this company. What they decided stays in the record.")


def _refuse_oneself(request: HttpRequest, row: Membership) -> None:
    """So that nobody makes themselves a manager, and the last operator does not lock the door behind them."""
    if row.person_id == visitor_of(request).person.pk:
        raise ValueError("Nobody changes their own membership; ask another operator.")


class MembershipAdmin(TenantAdmin):
    """Members of the company."""

    heading = "People"
    list_display = ("person", "name", "email", "role", "since", "last_seen")
    list_select_related = ("person",)
    list_display_links = ("person",)
    ordering = ("person__username",)
    search_fields = ("person__username", "person__first_name", "person__last_name", "person__email")
    fields = ("person_name", "name", "email", "role", "since", "last_seen")
    readonly_fields = ("person_name", "name", "email", "since", "last_seen")
    verbs = (
        Verb(
            "role", "Change role", Power.MANAGE_PEOPLE, _change_role, RoleForm, initial=lambda row: {"role": row.role}
        ),
        Verb("remove", "Remove from the company", Power.MANAGE_PEOPLE, _remove, danger=True),
    )
    adding: ClassVar = Verb("add", "Add a person", Power.MANAGE_PEOPLE, _add, PersonForm)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("person")

    def person_name(self, row: Membership) -> str:
        return row.person.get_username()

    person_name.short_description = "user name"  # type: ignore[attr-defined]

    def name(self, row: Membership) -> str:
        return person_name(row.person.first_name, row.person.last_name)

    def email(self, row: Membership) -> str:
        return row.person.email

    def since(self, row: Membership) -> str:
        return at(timezone.localtime(row.created_at))

    since.short_description = "member since"  # type: ignore[attr-defined]

    def last_seen(self, row: Membership) -> str | None:
        return at(timezone.localtime(row.person.last_login)) if row.person.last_login else None

    last_seen.short_description = "last log-in"  # type: ignore[attr-defined]
