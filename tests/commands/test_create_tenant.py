"""create_tenant."""

import pytest

from crm.models import Tenant
from crm.tenancy import tenant_scope
from guardrails.models import Policy
from record.models import Entry
from tests.cast import Company

pytestmark = pytest.mark.django_db


def test_it_answers_with_the_slug(run) -> None:
    assert run("create_tenant", "globex") == {"tenant": "globex"}


def test_it_takes_a_name_a_time_zone_and_a_currency(run) -> None:
    run("create_tenant", "globex", "--name", "Globex GmbH", "--time-zone", "Europe/Berlin", "--currency", "EUR")
    made = Tenant.objects.get(slug="globex")
    assert (made.name, made.time_zone, made.currency) == ("Globex GmbH", "Europe/Berlin", "EUR")


def test_a_tenant_begins_with_its_policy_and_a_record_entry(run) -> None:
    run("create_tenant", "globex")
    with tenant_scope("globex") as tenant_id:
        assert Policy.objects.get(tenant_id=tenant_id).version == 1
        assert Entry.objects.get(kind="tenant.created").actor_kind == "system"


def test_people_are_told_in_words(told) -> None:
    assert told("create_tenant", "globex", "--name", "Globex GmbH") == "Made the tenant globex (Globex GmbH).\n"


def test_a_slug_that_is_taken_is_refused(refused, acme: Company) -> None:
    code, sentence = refused("create_tenant", "acme")
    assert code == 2
    assert sentence == "SLUG: there is a tenant 'acme' already; choose another slug."


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (["no slug"], "SLUG:"),
        (["globex", "--time-zone", "Mars/Olympus"], "--time-zone: 'Mars/Olympus'"),
        (["globex", "--currency", "dollars"], "--currency:"),
        (["globex", "--name", "x" * 201], "--name:"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_argument(refused, words: list[str], argument: str) -> None:
    code, sentence = refused("create_tenant", *words)
    assert code == 2
    assert argument in sentence
    assert not Tenant.objects.exists()


def test_everything_that_does_not_fit_is_said_at_once(refused) -> None:
    _, sentence = refused("create_tenant", "globex", "--time-zone", "Mars", "--currency", "x")
    assert "--time-zone" in sentence
    assert "--currency" in sentence
