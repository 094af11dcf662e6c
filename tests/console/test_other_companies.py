"""A person sees the companies they belong to, one at a time, and of the others not even that they are there."""

import pytest
from django.urls import reverse

from crm.models import Membership, Role
from crm.people import add_person, remove_person
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from tests.cast import Company
from tests.console.pages import DOERS, EVERYBODY, READERS, Furnished, furnish
from tests.console.visits import Visit, everything, review_of, said

HIDDEN = frozenset({"crm_agentkey", "engine_notice", "auth_user", "axes_accessattempt"})  # a 404 for who may not read
INSTALLATION_WIDE = {"django_celery_beat_periodictask"}


@pytest.fixture
def theirs(rival: Company) -> Furnished:
    return furnish(rival)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_row_of_another_company_is_a_404_on_every_page(acme: Company, theirs: Furnished, role: str) -> None:
    visit = Visit(getattr(acme, role))
    for page in set(READERS) - INSTALLATION_WIDE:
        expected = 404 if role in READERS[page] or page in HIDDEN else 403
        for address in (
            theirs.row_page(page),
            theirs.row_page(page).replace("/change/", "/history/"),
            theirs.row_page(page).replace("/change/", "/delete/"),
        ):
            assert visit.get(address).status_code in (expected, 403 if "/delete/" in address else expected), address


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_nothing_can_be_done_to_a_row_of_another_company(acme: Company, theirs: Furnished, role: str) -> None:
    visit = Visit(getattr(acme, role))
    before = everything([acme.tenant, theirs.company.tenant])
    for (page, verb), (_, fields) in DOERS.items():
        if page not in INSTALLATION_WIDE:
            assert visit.post(theirs.verb_page(page, verb), **fields).status_code == 404
    action = theirs.rows["engine_action"]
    for verb in ("approve", "reject", "edit", "undo", "settle", "again", "snooze", "reassign", "ask"):
        assert visit.decide(action, verb, reason="x", happened="yes", note="x", until="1h", text="x").status_code == 404
    assert everything([acme.tenant, theirs.company.tenant]) == before


def test_no_list_shows_a_row_of_another_company(acme: Company, theirs: Furnished) -> None:
    for role in ("manager", "operator"):
        visit = Visit(getattr(acme, role))
        for page in READERS:
            text = said(visit.get(reverse(f"admin:{page}_changelist")))
            assert "rival" not in text.lower(), page
        assert "Hank Scorpio" not in visit.page("/admin/")


def test_the_choices_of_the_forms_are_those_of_ones_own_company(acme: Company, rival: Company) -> None:
    visit = Visit(acme.operator)
    for page in ("crm_clone", "crm_agentkey", "guardrails_pause"):
        text = said(visit.get(reverse(f"admin:{page}_add")))
        assert "rival" not in text.lower()
    refused = visit.post(reverse("admin:guardrails_pause_add"), reason="x", clone=str(rival.clone.pk))
    assert "not one of the available choices" in said(refused)
    refused = visit.post(reverse("admin:crm_clone_add"), name="Bob", owner=str(rival.rep.pk))
    assert "not one of the available choices" in said(refused)


@pytest.fixture
def of_both(acme: Company, rival: Company) -> Visit:
    """Manager of acme, auditor of rival."""
    add_person(tenant=rival.tenant, username="manager-acme", role=Role.AUDITOR, actor=SYSTEM)
    return Visit(acme.manager)


def test_who_belongs_to_two_companies_switches_by_a_post_and_the_session_remembers(
    acme: Company, rival: Company, of_both: Visit
) -> None:
    ours, theirs = acme.propose_proposal(), rival.propose_proposal()
    assert of_both.get(review_of(theirs)).status_code == 404
    switched = of_both.post("/admin/tenant/", tenant=str(rival.tenant.pk), follow=True)
    assert "You are now in Rival, as auditor." in said(switched)
    assert of_both.get(review_of(theirs)).status_code == 200
    assert of_both.get(review_of(ours)).status_code == 404
    assert of_both.get("/admin/").context["request"].visitor.role == "auditor"


def test_the_head_names_the_company_and_offers_ones_own_others(acme: Company, rival: Company, of_both: Visit) -> None:
    html = of_both.get("/admin/").content.decode()
    assert str(rival.tenant.pk) in html
    alone = Visit(acme.rep).get("/admin/").content.decode()
    assert "You belong to this company only" in alone
    assert str(rival.tenant.pk) not in alone


@pytest.mark.parametrize("wanted", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_there_is_no_company_to_switch_to_that_one_does_not_belong_to(
    acme: Company, rival: Company, wanted: str
) -> None:
    visit = Visit(acme.manager)
    assert visit.post("/admin/tenant/", tenant=wanted).status_code == 404
    assert visit.post("/admin/tenant/", tenant=str(rival.tenant.pk)).status_code == 404
    assert visit.get("/admin/").context["request"].visitor.tenant == acme.tenant


def test_a_session_in_a_company_one_was_removed_from_falls_back_to_the_other(
    acme: Company, rival: Company, of_both: Visit
) -> None:
    of_both.post("/admin/tenant/", tenant=str(rival.tenant.pk))
    with tenant_scope(rival.tenant):
        membership = Membership.objects.get(person=acme.manager)
    remove_person(membership, actor=SYSTEM)
    assert of_both.get("/admin/").context["request"].visitor.tenant == acme.tenant


def test_who_was_removed_from_the_last_company_is_told_so(acme: Company) -> None:
    visit = Visit(acme.rep)
    assert visit.get("/admin/").status_code == 200
    with tenant_scope(acme.tenant):
        membership = Membership.objects.get(person=acme.rep)
    remove_person(membership, actor=SYSTEM)
    response = visit.get("/admin/crm/account/")
    assert response.status_code == 403
    assert "no company has made you a member" in said(response)


def test_log_ins_shown_are_those_of_members(acme: Company, theirs: Furnished) -> None:
    text = Visit(acme.operator).page(reverse("admin:auth_user_changelist"))
    assert "manager-acme" in text
    assert "manager-rival" not in text
