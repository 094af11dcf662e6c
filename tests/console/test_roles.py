"""Who may see and do what: every role at every page and every verb, whatever Django's own permissions say."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.urls import reverse

from crm.console.roles import HOLDERS, Power
from crm.models import Membership, Role
from crm.people import add_person, change_role
from crm.tenancy import tenant_scope
from engine.proposals import Proposal, propose
from record.actors import SYSTEM
from tests.cast import Company
from tests.console.pages import ADDERS, DOERS, EVERYBODY, READERS, Furnished, furnish, registered
from tests.console.visits import Visit, everything, review_of, said

ROLES = sorted(EVERYBODY)
DECISIONS = {
    "approve": {},
    "reject": {"reason": "No."},
    "edit": {"to": "hank@globex.example", "subject": "New", "body": "New"},
    "undo": {},
    "settle": {"happened": "yes", "note": "Seen."},
    "again": {},
    "snooze": {"until": "1h"},
    "reassign": {"person": ""},
    "ask": {"text": "Why?"},
}


@pytest.fixture
def furnished(acme: Company) -> Furnished:
    return furnish(acme)


def test_the_tables_of_these_tests_know_every_page_and_every_verb(furnished: Furnished) -> None:
    assert set(READERS) == set(registered())
    verbs = {
        (f"{model._meta.app_label}_{model._meta.model_name}", verb.name)
        for model, page in admin.site._registry.items()
        for verb in getattr(page, "verbs", ())
    }
    # these undo their neighbours: a contact's "lift" needs its "suppress", and "on" an "off"
    assert verbs - set(DOERS) == {("crm_contact", "lift"), ("django_celery_beat_periodictask", "on")}
    assert set(HOLDERS) == set(Power)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_the_lists_and_rows_it_may(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    for page, readers in READERS.items():
        expected = (200, 302) if role in readers else (403,)
        assert visit.get(reverse(f"admin:{page}_changelist")).status_code in expected, page
        if page == "crm_persontoken" and role not in ("auditor", "operator"):
            expected = (404,)  # another's token
        if page == "engine_digest" and role == "rep":
            expected = (404,)  # another's digest
        if page == "engine_reach" and role != "manager":
            expected = (404,)  # how another is told
        assert visit.get(furnished.row_page(page)).status_code in expected, page


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_shows_no_page_that_answers_403(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    for group in visit.get("/admin/").context["sidebar_navigation"]:
        for item in group["items"]:
            assert visit.get(item["link"]).status_code in (200, 302), item["title"]


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is undone at the end, so that the next case finds what the first one found."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_adds_what_it_may(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    before = everything([furnished.company.tenant])
    for page in READERS:
        adders, fields = ADDERS.get(page, (frozenset(), {}))
        add = reverse(f"admin:{page}_add")
        assert visit.get(add).status_code == (200 if role in adders else 403), page
        with undone():
            added = visit.post(add, **fields)
            assert added.status_code == (403 if role not in adders else 302 if page not in SHOWS else 200), page
            assert (everything([furnished.company.tenant]) != before) == (role in adders), page


SHOWS = {"crm_membership", "crm_agentkey", "crm_persontoken"}  # answer with a secret, shown once


@pytest.mark.parametrize("role", ROLES)
def test_nobody_edits_or_deletes_a_row_past_the_verbs(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    before = everything([furnished.company.tenant])
    for page in READERS:
        row = furnished.row_page(page)
        for path in (row, row.replace("/change/", "/delete/"), reverse(f"admin:{page}_changelist")):
            response = visit.post(path, action="delete_selected", _selected_action=furnished.rows[page].pk, post="yes")
            assert response.status_code in (200, 302, 403, 404, 405), path
    assert everything([furnished.company.tenant]) == before


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_to_a_row_what_it_may(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    before = everything([furnished.company.tenant])
    for (page, verb), (doers, fields) in DOERS.items():
        assert visit.get(furnished.verb_page(page, verb)).status_code == 405
        with undone():
            response = visit.post(furnished.verb_page(page, verb), **fields)
            expected = (403, 404) if role not in doers else (200,) if verb == "password" else (302,)
            assert response.status_code in expected, (page, verb, said(response))
            assert (everything([furnished.company.tenant]) != before) == (role in doers), (page, verb)


@pytest.mark.parametrize("role", ROLES)
def test_a_row_shows_the_buttons_of_the_role(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    for (page, verb), (doers, _) in DOERS.items():
        html = visit.get(furnished.row_page(page)).content.decode()
        assert (f'action="{furnished.verb_page(page, verb)}"' in html) == (role in doers), (page, verb)


@pytest.mark.parametrize("role", sorted(EVERYBODY - {"manager"}))
def test_only_a_manager_decides(furnished: Furnished, role: str) -> None:
    action = furnished.rows["engine_action"]
    visit = Visit(getattr(furnished.company, role))
    before = everything([furnished.company.tenant])
    for verb, fields in DECISIONS.items():
        response = visit.decide(action, verb, **fields)
        assert response.status_code == 403
        assert f"Deciding needs the role manager in this tenant; {role}-acme is {role}." in said(response)
    assert everything([furnished.company.tenant]) == before
    assert f'action="/admin/engine/action/{action.pk}/' not in visit.get(review_of(action)).content.decode()


def test_who_proposed_an_action_sees_no_buttons_and_cannot_decide_it(acme: Company) -> None:
    proposal = Proposal(
        tenant=acme.tenant,
        clone_id=acme.clone.pk,
        action_type="send_proposal",
        account="A-1",
        payload=acme.email(),
    )
    action = propose(proposal, actor=acme.actor())
    own, other = Visit(acme.manager), Visit(acme.second_manager)
    assert "Whoever proposed an action does not decide it" in own.review(action)
    assert own.get(review_of(action)).context["forms"] == {}
    assert own.decide(action, "approve").status_code == 403
    assert other.decide(action, "approve").status_code == 302
    assert acme.read(action).status == "approved"


def test_neither_superusers_nor_djangos_permissions_give_a_right(acme: Company) -> None:
    action = acme.propose_proposal()
    acme.rep.is_superuser = True
    acme.rep.save()
    acme.rep.user_permissions.set(Permission.objects.all())
    visit = Visit(acme.rep)
    assert visit.decide(action, "approve").status_code == 403
    assert visit.get(reverse("admin:crm_agentkey_changelist")).status_code == 403
    assert visit.post(reverse("admin:guardrails_pause_add"), reason="x").status_code == 403


def test_a_superuser_without_a_membership_is_received_with_a_page_and_no_rows(acme: Company) -> None:
    root = User.objects.create_superuser("root", password="a long enough passphrase")
    action = acme.propose_proposal()
    visit = Visit(root)
    for path in ("/admin/", review_of(action), reverse("admin:crm_account_changelist")):
        response = visit.get(path)
        assert response.status_code == 403
        assert "You belong to no company yet" in said(response)
        assert "Globex" not in said(response)
    assert visit.decide(action, "approve").status_code == 403
    assert acme.read(action).status == "pending"
    assert visit.get(reverse("admin:password_change")).status_code == 200


def test_a_role_counts_from_the_next_request_on(acme: Company) -> None:
    action = acme.propose_proposal()
    visit = Visit(acme.manager)
    assert visit.get(review_of(action)).context["may_decide"]
    with tenant_scope(acme.tenant):
        membership = Membership.objects.get(person=acme.manager)
    change_role(membership, role=Role.REP, actor=SYSTEM)
    assert not visit.get(review_of(action)).context["may_decide"]
    assert visit.decide(action, "approve").status_code == 403


def test_one_who_manages_one_company_and_reads_another_decides_only_in_the_first(acme: Company, rival: Company) -> None:
    add_person(tenant=rival.tenant, username="manager-acme", role=Role.REP, actor=SYSTEM)
    theirs, ours = rival.propose_proposal(), acme.propose_proposal()
    visit = Visit(acme.manager)
    assert visit.decide(ours, "approve").status_code == 302
    visit.post("/admin/tenant/", tenant=str(rival.tenant.pk))
    assert visit.decide(theirs, "approve").status_code == 403
    assert rival.read(theirs).status == "pending"
