"""Nobody has to guess: every field of every form says what it is for, and every empty list what to do."""

from typing import Any

import pytest
from django.contrib import admin
from django.forms import BaseForm
from django.urls import reverse

from crm.tenancy import tenant_scope
from tests.cast import Company, company
from tests.console.pages import READERS, Furnished, furnish, registered
from tests.console.visits import Visit, review_of

NO_LIST = {"guardrails_policy", "crm_tenant", "crm_membership", "auth_user", "record_entry"}  # they are never empty


@pytest.fixture
def furnished(acme: Company) -> Furnished:
    return furnish(acme)


def without_help(form: Any) -> list[str]:
    return [field.name for field in form.visible_fields() if not field.help_text]


def test_every_field_of_every_verb_has_a_help_text(furnished: Furnished) -> None:
    missing = {}
    with tenant_scope(furnished.company.tenant):
        for model, page in admin.site._registry.items():
            name = f"{model._meta.app_label}_{model._meta.model_name}"
            row = furnished.rows[name]
            for verb in page.verbs:
                missing[name, verb.name] = without_help(verb.empty_form(row))
            if page.adding is not None:
                missing[name, "add"] = without_help(page.adding.empty_form(None))
    assert {where: names for where, names in missing.items() if names} == {}


def forms_of(response: Any) -> list[Any]:
    """The forms that a page was made with."""
    found = [value for layer in response.context for part in layer for value in part.values()]
    several = [form for value in found if isinstance(value, dict) for form in value.values()]
    forms = {id(one): one for one in (*found, *several) if isinstance(one, BaseForm)}
    return list(forms.values())


PAGES = [
    "/admin/two-factor/",
    "/admin/settings/",
    "/admin/goals/goal/team/",
    "/admin/goals/goal/copy/",
    "/admin/goals/goal/add/",
]


@pytest.mark.parametrize("address", PAGES)
def test_every_field_of_every_other_page_has_a_help_text(acme: Company, manager: Visit, address: str) -> None:
    response = manager.get(address)
    assert response.status_code == 200
    forms = forms_of(response)
    assert forms
    assert [(type(form).__name__, without_help(form)) for form in forms if without_help(form)] == []


@pytest.mark.parametrize("action_type", ["send_proposal", "modify_account_plan", "escalate_to_management"])
def test_every_field_of_a_decision_has_a_help_text(acme: Company, manager: Visit, action_type: str) -> None:
    payloads = {
        "send_proposal": acme.email(),
        "modify_account_plan": {"plan": "x"},
        "escalate_to_management": {"summary": "x", "severity": "high"},
    }
    action = acme.propose(action_type, payloads[action_type], opportunity="O-1")
    forms = forms_of(manager.get(review_of(action)))
    assert forms
    content = set(payloads[action_type])  # what is sent needs no words of ours
    assert [
        (type(form).__name__, set(without_help(form)) - content) for form in forms if set(without_help(form)) - content
    ] == []


def test_every_list_says_what_to_do_where_it_is_empty(db: None) -> None:
    bare = company("bare")
    visit = Visit(bare.operator)
    standard = "As soon as something is there, it stands here."
    for page in set(READERS) - NO_LIST:
        model_admin = next(one for model, one in admin.site._registry.items() if one.list_name == page)
        assert model_admin.when_empty != standard, page
        assert len(model_admin.when_empty) > 20, page
        response = visit.get(reverse(f"admin:{page}_changelist"), follow=True)
        rows = (response.context or {}).get("cl")
        if rows is not None and not rows.result_list and not rows.has_active_filters:
            assert model_admin.when_empty in response.content.decode().replace("&#x27;", "'"), page


def test_the_walk_knows_every_list() -> None:
    assert set(READERS) == set(registered())


def test_a_filter_that_leaves_nothing_offers_the_way_back(acme: Company, manager: Visit) -> None:
    page = manager.page(reverse("admin:crm_account_changelist"), q="nobody of this name")
    assert "Nothing matches" in page
    assert "Show all" in page
