"""People, clones, keys and tokens at the console: through the verbs, with an entry in the record, a secret once."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from crm.keys import InvalidKey, find_caller
from crm.models import AgentKey, Clone, Membership, PersonToken, Role
from crm.people import add_person
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company
from tests.console.visits import Visit, said


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def membership(company: Company, person: User) -> Membership:
    with tenant_scope(company.tenant):
        return Membership.objects.get(person=person)


def kinds(company: Company) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.order_by("id").values_list("kind", flat=True))


def secret(response: Any) -> str:
    found = re.search(r'<code id="secret">([^<]+)</code>', response.content.decode())
    assert found, said(response)
    return found.group(1)


def test_a_new_person_gets_a_password_that_is_shown_once_and_opens_the_console(acme: Company, operator: Visit) -> None:
    response = operator.post(page("crm_membership_add"), username="new.rep", email="new@acme.example", role="rep")
    password = secret(response)
    assert "no-store" in response.headers["Cache-Control"]
    arrived = Client().post("/admin/login/?next=/admin/", {"username": "new.rep", "password": password})
    assert arrived.headers["Location"] == "/admin/"
    assert password not in operator.get(page("crm_membership_changelist")).content.decode()
    assert kinds(acme)[-1] == "member.added"


def test_who_has_a_log_in_already_only_joins(acme: Company, rival: Company, operator: Visit) -> None:
    add_person(tenant=rival.tenant, username="operator-acme", role="operator", actor=SYSTEM)
    response = operator.post(page("crm_membership_add"), username="rep-rival", role="auditor", follow=True)
    assert "rep-rival is now auditor of Acme." in said(response)
    assert membership(acme, rival.rep).role == "auditor"


def test_nobody_of_another_company_is_made_a_member_by_a_stranger(
    acme: Company, rival: Company, operator: Visit
) -> None:
    response = operator.post(page("crm_membership_add"), username="rep-rival", role="auditor", follow=True)
    assert "this name is taken" in said(response)
    assert "rep@rival.example" not in response.content.decode()
    with tenant_scope(acme.tenant):
        assert not Membership.objects.filter(person=rival.rep).exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": "rep-acme", "role": "manager"}, "a person has one role in a tenant"),
        ({"username": "bad name!", "role": "rep"}, "Enter a valid username"),
        ({"username": "", "role": "rep"}, "This field is required"),
        ({"username": "x", "role": "emperor"}, "not one of the available choices"),
        ({"username": "x", "role": "rep", "email": "nonsense"}, "Enter a valid email address"),
    ],
)
def test_what_does_not_fit_is_said_in_the_form(
    acme: Company, operator: Visit, fields: dict[str, str], sentence: str
) -> None:
    before = kinds(acme)
    assert sentence in said(operator.post(page("crm_membership_add"), **fields))
    assert kinds(acme) == before


def test_a_role_is_changed_and_a_member_removed(acme: Company, operator: Visit) -> None:
    row = membership(acme, acme.rep)
    operator.post(page("crm_membership_do", row.pk, "role"), role="auditor")
    assert membership(acme, acme.rep).role == "auditor"
    gone = operator.post(page("crm_membership_do", row.pk, "remove"), follow=True)
    assert gone.redirect_chain[-1][0] == page("crm_membership_changelist")
    assert kinds(acme)[-2:] == ["member.role_changed", "member.removed"]
    assert Visit(acme.rep).get("/admin/").status_code == 403


def test_nobody_changes_their_own_membership(acme: Company, operator: Visit) -> None:
    row = membership(acme, acme.operator)
    for verb, fields in (("role", {"role": "manager"}), ("remove", {})):
        response = operator.post(page("crm_membership_do", row.pk, verb), **fields)
        assert "Nobody changes their own membership" in said(response)
    assert membership(acme, acme.operator).role == "operator"


def test_an_agents_key_is_shown_once_works_and_is_revoked(acme: Company, operator: Visit) -> None:
    with tenant_scope(acme.tenant):
        clone = str(acme.clone.pk)
    text = secret(operator.post(page("crm_agentkey_add"), clone=clone, scopes=["propose", "read"], label="crm bot"))
    assert find_caller(text).clone_id == acme.clone.pk
    with tenant_scope(acme.tenant):
        key = AgentKey.objects.get(label="crm bot")
    assert text not in operator.get(page("crm_agentkey_change", key.pk)).content.decode()
    operator.post(page("crm_agentkey_do", key.pk, "revoke"))
    with pytest.raises(InvalidKey):
        find_caller(text)
    again = operator.post(page("crm_agentkey_do", key.pk, "revoke"), follow=True)
    assert "this no longer applies" in said(again)
    assert kinds(acme).count("key.revoked") == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"scopes": ["ingest", "propose"]}, "ingest stands alone"),
        ({"scopes": ["propose"]}, "belongs to a clone"),
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["ingest"], "expires_on": "2001-01-01"}, "This day has passed"),
        ({"scopes": ["decide"]}, "not one of the available choices"),
    ],
)
def test_a_key_that_may_not_be_is_refused_in_the_form(
    acme: Company, operator: Visit, fields: dict[str, Any], sentence: str
) -> None:
    assert sentence in said(operator.post(page("crm_agentkey_add"), **fields))


def test_a_key_lasts_to_the_end_of_its_last_day_in_the_companys_time(acme: Company, operator: Visit) -> None:
    acme.tenant.time_zone = "Pacific/Auckland"
    acme.tenant.save()
    operator.post(page("crm_agentkey_add"), scopes=["ingest"], label="x", expires_on="2031-03-01")
    with tenant_scope(acme.tenant):
        expires_at = AgentKey.objects.get(label="x").expires_at
    assert expires_at is not None
    assert expires_at.isoformat() == "2031-03-01T10:59:59+00:00"


def test_everybody_issues_a_token_for_themselves_that_can_do_what_they_can(acme: Company) -> None:
    for role in ("manager", "rep", "auditor", "operator"):
        person = getattr(acme, role)
        caller = find_caller(secret(Visit(person).post(page("crm_persontoken_add"), label="mine")))
        assert (caller.person_id, caller.role, caller.tenant) == (person.pk, role, acme.tenant)


def test_one_sees_ones_own_tokens_and_revokes_them(acme: Company) -> None:
    visit, other = Visit(acme.rep), Visit(acme.manager)
    visit.post(page("crm_persontoken_add"), label="mine")
    with tenant_scope(acme.tenant):
        token = PersonToken.objects.get()
    assert other.get(page("crm_persontoken_change", token.pk)).status_code == 404
    assert "mine" not in other.page(page("crm_persontoken_changelist"))
    assert Visit(acme.auditor).post(page("crm_persontoken_do", token.pk, "revoke")).status_code == 403
    visit.post(page("crm_persontoken_do", token.pk, "revoke"))
    with tenant_scope(acme.tenant):
        assert PersonToken.objects.get().revoked_at is not None


def test_a_clone_is_added_and_edited_and_the_record_names_the_fields(acme: Company, operator: Visit) -> None:
    operator.post(page("crm_clone_add"), name="Bob", address="Bob@ACME.example", owner=str(acme.rep.pk))
    with tenant_scope(acme.tenant):
        clone = Clone.objects.get(name="Bob")
    assert (clone.address, clone.owner) == ("Bob@acme.example", acme.rep)
    told = operator.post(
        page("crm_clone_do", clone.pk, "edit"), name="Bob", address=clone.address, signature="Bob\nAcme", follow=True
    )
    assert "Changed: owner, signature." in said(told)
    with tenant_scope(acme.tenant):
        entry = Entry.objects.order_by("-id")[0]
    assert (entry.kind, entry.facts) == ("clone.edited", {"fields": ["owner", "signature"], "owner": None})
    same = operator.post(
        page("crm_clone_do", clone.pk, "edit"), name="Bob", address=clone.address, signature="Bob\nAcme", follow=True
    )
    assert "Nothing was changed." in said(same)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "Ada of acme"}, "already exists"),
        ({"name": "Eve\r\nBcc: all@x.example"}, "Line breaks and control characters"),
        ({"name": "Eve", "address": "not an address"}, "Enter a valid email address"),
        ({"name": "Eve", "signature": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_a_clone_that_would_break_its_mails_is_refused(
    acme: Company, operator: Visit, fields: dict[str, str], sentence: str
) -> None:
    assert sentence in said(operator.post(page("crm_clone_add"), **fields))


def test_a_lost_password_is_renewed_by_an_operator_and_ends_the_persons_sessions(
    acme: Company, operator: Visit
) -> None:
    visit = Visit(acme.rep)
    password = secret(operator.post(page("auth_user_do", acme.rep.pk, "password")))
    assert visit.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert Client().post("/admin/login/", {"username": "rep-acme", "password": password}).status_code == 302
    assert kinds(acme)[-1] == "person.password_renewed"


def test_no_operator_opens_another_company_by_renewing_a_password(
    acme: Company, rival: Company, operator: Visit
) -> None:
    add_person(tenant=rival.tenant, username="rep-acme", role=Role.MANAGER, actor=SYSTEM)
    before = User.objects.get(pk=acme.rep.pk).password
    refused = operator.post(page("auth_user_do", acme.rep.pk, "password"))
    assert "belongs to another company as well" in said(refused)
    own = operator.post(page("auth_user_do", acme.operator.pk, "password"))
    assert "Change your own password" in said(own)
    User.objects.filter(pk=acme.auditor.pk).update(is_superuser=True)
    assert "is a superuser" in said(operator.post(page("auth_user_do", acme.auditor.pk, "password")))
    assert User.objects.get(pk=acme.rep.pk).password == before


def test_a_verb_that_is_none_is_a_404(acme: Company, operator: Visit) -> None:
    assert operator.post(page("crm_clone_do", acme.clone.pk, "explode")).status_code == 404
