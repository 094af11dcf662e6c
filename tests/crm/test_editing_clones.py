"""Clones made and edited by hand: what fits, what is refused, what the record keeps."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.clones import add_clone, edit_clone, find_or_make_clone
from crm.models import Clone
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company, company


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


def kinds(acme: Company) -> list[tuple[str, Any]]:
    with tenant_scope(acme.tenant):
        entries = Entry.objects.filter(kind__startswith="clone.").order_by("id")
        return [(entry.kind, entry.facts["fields"]) for entry in entries]


def test_a_clone_is_found_by_its_name_or_made(acme: Company) -> None:
    made = find_or_make_clone(tenant=acme.tenant, name="Bob", actor=SYSTEM)
    assert find_or_make_clone(tenant=acme.tenant, name="Bob", actor=SYSTEM) == made
    assert kinds(acme) == [("clone.created", ["name"])]


def test_only_what_changed_is_written_and_named(acme: Company) -> None:
    changed = edit_clone(acme.clone, actor=SYSTEM, name=acme.clone.name, signature=" Ada \n", owner=acme.rep)
    assert changed == ["owner", "signature"]
    with tenant_scope(acme.tenant):
        clone = Clone.objects.select_related("owner").get(pk=acme.clone.pk)
    assert (clone.signature, clone.owner) == ("Ada", acme.rep)
    assert edit_clone(acme.clone, actor=SYSTEM, signature="Ada") == []
    assert kinds(acme) == [("clone.edited", ["owner", "signature"])]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Eve\nBcc: x@y.example"}, "name"),
        ({"name": "Eve", "address": "Eve <eve@acme.example>"}, "address"),
        ({"name": "Eve", "reply_to": "nowhere"}, "reply_to"),
        ({"name": "Ada of acme"}, "__all__"),
    ],
)
def test_what_would_break_a_mail_is_refused_by_name(acme: Company, values: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        add_clone(tenant=acme.tenant, actor=SYSTEM, **values)
    assert list(refusal.value.message_dict) == [field]
    assert kinds(acme) == []


def test_a_stranger_cannot_own_a_clone(acme: Company) -> None:
    stranger = company("rival").rep
    with pytest.raises(ValidationError, match="does not belong to this company"):
        edit_clone(acme.clone, actor=SYSTEM, owner=stranger)


def test_what_is_not_a_clones_to_have_is_refused(acme: Company) -> None:
    with pytest.raises(ValidationError, match="A clone has no tenant to edit"):
        edit_clone(acme.clone, actor=SYSTEM, tenant=acme.tenant)
