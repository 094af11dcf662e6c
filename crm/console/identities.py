"""Clones, their keys and people's tokens in the console."""

from typing import Any, ClassVar

from django.http import HttpRequest

from crm.clones import EDITABLE, add_clone, edit_clone
from crm.console.forms import AgentKeyForm, CloneForm, ExpiryForm
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, Visitor, visitor_of
from crm.console.verbs import Done, Secret, Verb
from crm.keys import issue_agent_key, issue_person_token, revoke
from crm.models import AgentKey, Clone, Credential, PersonToken


def _add_clone(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    return Done(f"{add_clone(tenant=who.tenant, actor=who.actor, **given)} is there. Give it a key to act with.")


def _edit_clone(request: HttpRequest, row: Clone, given: dict[str, Any]) -> Done:
    changed = edit_clone(row, actor=visitor_of(request).actor, **given)
    return Done(f"Changed: {', '.join(changed).replace('_', '-')}." if changed else "Nothing was changed.")


def _issue_key(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    key, text = issue_agent_key(
        tenant=who.tenant,
        clone=given["clone"],
        scopes=given["scopes"],
        actor=who.actor,
        label=given["label"],
        expires_at=given["expires_on"],
    )
    advice = "The agent sends it as “Authorization: Bearer …”. Who has it can propose, never decide."
    return Done(f"Key {key.prefix} for {key.clone or 'customer records'}", Secret("The key", text, advice))


def _issue_token(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    token, text = issue_person_token(
        tenant=who.tenant,
        person=who.person,
        actor=who.actor,
        label=given["label"],
        expires_at=given["expires_on"],
    )
    advice = f"Who has it can do in {who.tenant} what you can. Send it as “Authorization: Bearer …”."
    return Done(f"Token {token.prefix}", Secret("Your token", text, advice))


def _revoke(request: HttpRequest, row: Credential, given: dict[str, Any]) -> Done:
    revoke(row, actor=visitor_of(request).actor)
    return Done(f"{row} is revoked; it opens nothing from now on.")


def _is_own_or_operated(who: Visitor, row: PersonToken) -> bool:
    return row.person_id == who.person.pk or who.may(Power.ISSUE_KEYS)


def _is_live(row: Credential) -> bool:
    return row.revoked_at is None


def _values(clone: Clone) -> dict[str, Any]:
    return {name: getattr(clone, name) for name in EDITABLE}


class CloneAdmin(TenantAdmin):
    """The agents' identities."""

    when_empty = "A clone is an agent's identity: the name and addresses its mails carry. Add one, then issue its key."
    list_display = ("name", "team", "owner", "address", "reply_to")
    list_select_related = ("owner",)
    search_fields = ("name", "team", "address")
    fields = ("name", "team", "owner_name", "address", "reply_to", "signature", "external_id", "created_at")
    readonly_fields = ("owner_name", "created_at")
    verbs = (
        Verb(
            "edit",
            "Edit",
            Power.EDIT_CLONES,
            _edit_clone,
            CloneForm,
            initial=_values,
            note="Mails that wait for a decision go out with what stands here when they are sent.",
        ),
    )
    adding: ClassVar = Verb("add", "Add a clone", Power.EDIT_CLONES, _add_clone, CloneForm)

    def owner_name(self, row: Clone) -> str:
        return str(row.owner or "")

    owner_name.short_description = "owner"  # type: ignore[attr-defined]


class _CredentialAdmin(TenantAdmin):
    def status(self, row: Credential) -> str:
        return "revoked" if row.revoked_at else "in force"

    def key(self, row: Credential) -> str:
        return str(row)


class AgentKeyAdmin(_CredentialAdmin):
    """Agents' keys: issued and revoked, never read back."""

    heading = "Agent keys"
    when_empty = (
        "A key is what an agent sends with every request; it proposes and never decides. Issue one to let an agent in."
    )
    reading = Power.SEE_KEYS
    list_display = ("key", "clone", "scopes_in_words", "label", "status", "last_used_at", "expires_at", "issued_by")
    list_select_related = ("clone",)
    ordering = ("-created_at",)
    fields = (
        "key",
        "clone_name",
        "scopes_in_words",
        "label",
        "status",
        "issued_by",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = fields
    verbs = (Verb("revoke", "Revoke", Power.ISSUE_KEYS, _revoke, danger=True, applies=_is_live),)
    adding: ClassVar = Verb("add", "Issue an agent's key", Power.ISSUE_KEYS, _issue_key, AgentKeyForm)

    def scopes_in_words(self, row: AgentKey) -> str:
        return ", ".join(row.scopes)

    scopes_in_words.short_description = "scopes"  # type: ignore[attr-defined]

    def clone_name(self, row: AgentKey) -> str:
        return str(row.clone or "none: it feeds customer records in")

    clone_name.short_description = "clone"  # type: ignore[attr-defined]


class PersonTokenAdmin(_CredentialAdmin):
    """People's tokens: one's own, and everybody's for who may see them."""

    heading = "API tokens"
    when_empty = (
        "A token lets your own scripts do over the API what you may do here. Issue one if you write such scripts."
    )
    list_display = ("key", "owner", "label", "status", "last_used_at", "expires_at", "issued_by")
    list_select_related = ("person",)
    ordering = ("-created_at",)
    fields = (
        "key",
        "owner",
        "label",
        "status",
        "issued_by",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = fields
    verbs = (
        Verb(
            "revoke",
            "Revoke",
            Power.ISSUE_OWN_TOKEN,
            _revoke,
            danger=True,
            allows=_is_own_or_operated,
            applies=_is_live,
        ),
    )
    adding: ClassVar = Verb("add", "Issue a token for yourself", Power.ISSUE_OWN_TOKEN, _issue_token, ExpiryForm)

    def get_queryset(self, request: HttpRequest) -> Any:
        who = visitor_of(request)
        rows = super().get_queryset(request)
        return rows if who.may(Power.SEE_OTHERS_TOKENS) else rows.filter(person=who.person)

    def owner(self, row: PersonToken) -> str:
        return row.person.get_username()

    owner.short_description = "person"  # type: ignore[attr-defined]
