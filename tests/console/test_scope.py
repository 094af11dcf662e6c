"""Around every page: the company's transaction, undone where the page fails, and a page for who belongs nowhere."""

from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse
from django.test import Client

from crm.models import Account
from crm.tenancy import current_tenant_id, tenant_scope
from tests.cast import Company
from tests.console.visits import Visit, said

PAGE = "/admin/crm/account/"


def names(company: Company) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Account.objects.order_by("name").values_list("name", flat=True))


def ends_with(outcome: Any) -> Any:
    """A list page that writes a row and then raises or answers `outcome`."""

    def view(self: Any, request: Any, extra_context: Any = None) -> HttpResponse:
        Account.objects.create(tenant=request.visitor.tenant, external_id="new", name="Written meanwhile")
        if isinstance(outcome, Exception):
            raise outcome
        return HttpResponse("…", status=outcome)

    return patch("unfold.admin.ModelAdmin.changelist_view", view)


@pytest.mark.parametrize(
    "outcome", [RuntimeError("broken"), Http404(), PermissionDenied("no"), 500, 503], ids=lambda outcome: repr(outcome)
)
def test_what_a_failing_page_wrote_is_undone(acme: Company, outcome: Any) -> None:
    visit = Visit(acme.manager, patient=True)
    with ends_with(outcome):
        assert visit.get(PAGE).status_code >= 400
    assert names(acme) == ["Globex"]
    assert visit.get(PAGE).status_code == 200


@pytest.mark.parametrize("status", [200, 302, 400, 403])
def test_what_a_page_that_answers_wrote_is_kept(acme: Company, status: int) -> None:
    with ends_with(status):
        Visit(acme.manager).get(PAGE)
    assert names(acme) == ["Globex", "Written meanwhile"]


def test_a_page_that_breaks_says_so_without_a_trace_of_the_cause(acme: Company) -> None:
    with ends_with(RuntimeError("the secret cause")):
        response = Visit(acme.manager, patient=True).get(PAGE)
    assert response.status_code == 500
    assert "Something broke" in said(response)
    assert "secret cause" not in response.content.decode()


def test_an_error_of_the_database_leaves_the_next_request_unharmed(acme: Company) -> None:
    def view(self: Any, request: Any, extra_context: Any = None) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        return HttpResponse("never")

    visit = Visit(acme.manager, patient=True)
    with patch("unfold.admin.ModelAdmin.changelist_view", view):
        assert visit.get(PAGE).status_code == 500
    assert visit.get(PAGE).status_code == 200


def test_between_requests_no_company_is_in_scope(acme: Company) -> None:
    Visit(acme.manager).get("/admin/")
    assert current_tenant_id() is None


def test_who_is_not_logged_in_meets_no_company_and_the_log_in(acme: Company) -> None:
    response = Client().get(PAGE)
    assert response.headers["Location"] == f"/admin/login/?next={PAGE}"
    assert "Log in" in said(Client().get("/admin/login/"))


def test_a_person_who_was_switched_off_is_logged_out(acme: Company) -> None:
    visit = Visit(acme.manager)
    acme.manager.is_active = False
    acme.manager.save()
    assert visit.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_the_log_out_is_a_post_and_works_for_who_belongs_nowhere(db: None, django_user_model: Any) -> None:
    visit = Visit(django_user_model.objects.create_user("lonely", is_staff=True))
    assert visit.get("/admin/").status_code == 403
    assert visit.post("/admin/logout/").status_code == 200


def test_guessing_a_password_is_locked_out_with_a_page(acme: Company) -> None:
    client = Client()
    for _ in range(5):
        response = client.post("/admin/login/", {"username": "manager-acme", "password": "wrong"})
    assert response.status_code == 429
    assert "Too many attempts" in said(response)


def test_a_query_with_nul_is_a_400(acme: Company) -> None:
    assert Visit(acme.manager).get(PAGE, q="\x00").status_code == 400


def test_pages_are_never_kept_by_a_cache(acme: Company) -> None:
    assert "no-store" in Visit(acme.manager).get("/admin/").headers["Cache-Control"]
