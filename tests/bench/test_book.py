"""The bench's book: what it fills, and what it leaves alone."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bench.book import SLUG, Wanted, make
from crm.models import Account, AccountActivity, Clone, Contact, Interaction, Opportunity, Tenant
from crm.tenancy import tenant_scope
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.cast import company

pytestmark = pytest.mark.django_db
SMALL = Wanted(accounts=25, interactions=600, days=365, seed=3)


def test_it_holds_what_was_asked_for() -> None:
    told = make(SMALL)
    assert (told["accounts"], told["interactions"]) == (25, 600)
    with tenant_scope(SLUG):
        assert (Account.objects.count(), Contact.objects.count(), Interaction.objects.count()) == (25, 50, 600)
        assert 25 <= Opportunity.objects.count() <= 50
        assert Clone.objects.exists()


def test_the_days_go_back_from_now() -> None:
    make(SMALL)
    with tenant_scope(SLUG):
        days = [(timezone.now() - at).days for at in Interaction.objects.values_list("occurred_at", flat=True)]
    assert min(days) <= 1
    assert 360 <= max(days) <= 365


def test_about_half_is_ours_and_every_channel_is_there() -> None:
    make(SMALL)
    with tenant_scope(SLUG):
        kinds = list(Interaction.objects.values_list("channel", "direction", "status"))
    assert 0.35 < sum(direction == "out" for _, direction, _ in kinds) / len(kinds) < 0.65
    assert {channel for channel, _, _ in kinds} == {"email", "chat", "call", "meeting", "crm"}
    assert {status for _, _, status in kinds} == {"completed", "cancelled", "missed"}


def test_the_changes_of_its_accounts_are_counted() -> None:
    make(SMALL)
    with tenant_scope(SLUG):
        assert AccountActivity.objects.filter(changes__gt=0).count() == 25


def test_the_same_seed_gives_the_same_texts() -> None:
    make(SMALL)
    with tenant_scope(SLUG):
        before = list(Interaction.objects.order_by("external_id").values_list("external_id", "text"))
    make(SMALL, replace=True)
    with tenant_scope(SLUG):
        assert list(Interaction.objects.order_by("external_id").values_list("external_id", "text")) == before


def test_a_second_book_is_refused_unless_it_replaces_the_first() -> None:
    words = ["bench", "book", "--accounts", "10", "--interactions", "50", "--json"]
    output = StringIO()
    call_command(*words, stdout=output)
    assert json.loads(output.getvalue())["book"]["interactions"] == 50
    with pytest.raises(CommandError, match="--replace makes it anew"):
        call_command(*words, stdout=StringIO())
    call_command(*words, "--replace", "--seed", "9", stdout=StringIO())
    with tenant_scope(SLUG):
        assert Interaction.objects.count() == 50


def test_a_tenant_of_that_name_that_is_not_the_benchs_is_left_alone() -> None:
    create_tenant(slug=SLUG, actor=SYSTEM)
    with pytest.raises(CommandError, match="was not made by this bench"):
        call_command("bench", "book", "--replace", stdout=StringIO())


def test_other_tenants_stay_as_they_are() -> None:
    acme = company("acme")
    with tenant_scope("acme"):
        before = list(Interaction.objects.values_list("pk", "text"))
    make(SMALL)
    make(SMALL, replace=True)
    with tenant_scope("acme"):
        assert list(Interaction.objects.values_list("pk", "text")) == before
    assert Tenant.objects.filter(slug="acme").get().name == acme.tenant.name


def test_what_its_scan_finds_is_told_to_nobody() -> None:
    make(SMALL)
    assert Tenant.objects.get(slug=SLUG).chat_webhook_url == "https://chat.invalid/bench"


@pytest.mark.parametrize(
    ("words", "told"), [(["nonsense"], "NAME: nonsense is none of book, scan"), (["scan"], "There is no book to scan")]
)
def test_what_cannot_be_benched_is_refused(words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("bench", *words, stdout=StringIO())
