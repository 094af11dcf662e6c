"""Who asks not to be contacted again is heard by the sweep and by the scan, and the last word is a person's."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import AccountActivity, Interaction, Suppression
from crm.suppressions import lift
from crm.tenancy import tenant_scope
from engine import reading
from engine.intake import hear_opt_outs
from engine.sweep import sweep
from record.actors import SYSTEM
from tests.cast import Company, company
from tests.scanning.scans import NUMBERS, OPT_OUT, PLAIN, another_account, entries, insights, says, scanned
from tests.scanning.test_pages import choking_on


def writes(acme: Company, text: str = OPT_OUT, **changes: Any) -> Interaction:
    """The contact writes just now: the sweep goes by the real time."""
    given = {"contact": acme.contact, "occurred_at": timezone.now() - timedelta(minutes=1), **changes}
    return says(changes.pop("account", acme.account), text, **given)  # type: ignore[no-any-return]


def suppressed(acme: Company) -> list[tuple[Any, str]]:
    with tenant_scope(acme.tenant):
        standing = Suppression.objects.filter(lifted_at=None).order_by("pk")
        return list(standing.values_list("contact_id", "address"))


def test_a_wish_to_be_left_alone_is_heard_at_once(acme: Company) -> None:
    writes(acme)
    assert hear_opt_outs() == 1
    assert suppressed(acme) == [(acme.contact.pk, "hank@globex.example")]
    (entry,) = entries(acme.tenant, "suppression.set")
    assert (entry.actor_kind, entry.facts["contact"]) == ("schedule", str(acme.contact.pk))


def test_the_sweep_hears_it(acme: Company) -> None:
    writes(acme)
    sweep()
    assert len(suppressed(acme)) == 1


def test_what_was_heard_is_not_read_again_until_something_changes(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(acme, PLAIN)
    hear_opt_outs()
    with tenant_scope(acme.tenant):
        assert not AccountActivity.objects.filter(is_unread=True).exists()
    with monkeypatch.context() as patched:
        patched.setattr(reading, "read_texts", lambda texts: pytest.fail("nothing is unread"))
        assert hear_opt_outs() == 0
    writes(acme)
    assert hear_opt_outs() == 1


def test_the_wish_is_no_insight_but_ends_as_a_suppression_by_the_scan_too(acme: Company) -> None:
    writes(acme)
    assert scanned(acme.tenant, now=timezone.now()).more["opt_outs"] == 1
    assert insights(acme.tenant, signal="opt_out") == []
    assert len(suppressed(acme)) == 1


def test_heard_twice_it_is_one_suppression(acme: Company) -> None:
    writes(acme)
    writes(acme)
    assert hear_opt_outs() == 1
    assert scanned(acme.tenant, now=timezone.now()).more["opt_outs"] == 0
    assert len(suppressed(acme)) == 1


def test_who_lifts_it_has_the_last_word_until_the_customer_writes_again(acme: Company) -> None:
    writes(acme)
    hear_opt_outs()
    with tenant_scope(acme.tenant):
        lift(Suppression.objects.get(), actor=SYSTEM)
    writes(acme, PLAIN)
    hear_opt_outs()
    scanned(acme.tenant, now=timezone.now())
    assert suppressed(acme) == []
    writes(acme, occurred_at=timezone.now() + timedelta(seconds=1))
    assert hear_opt_outs() == 1


@pytest.mark.parametrize(
    "text",
    [
        f"Sounds good.\n\nOn Mon, 5 Jan 2026 at 09:11, Ada <ada@acme.example> wrote:\n> {OPT_OUT}",
        f"Sounds good.\n\n> {OPT_OUT}",
        "Sounds good.\n\nTo unsubscribe from these emails click here.",
        "Sounds good.\n\nView in browser | Unsubscribe | Manage preferences",
        "Sounds good.\n\nUnsubscribe: https://news.globex.example/u/1",
        "How do we unsubscribe a user in your product?",
    ],
)
def test_an_unsubscribe_that_is_not_their_own_wish_is_not_heard(acme: Company, text: str) -> None:
    writes(acme, text)
    assert hear_opt_outs() == 0
    assert suppressed(acme) == []


def test_our_own_mail_with_these_words_suppresses_nobody(acme: Company) -> None:
    writes(acme, direction="out")
    assert hear_opt_outs() == 0


@pytest.mark.parametrize("who", ["jo@globex.example", "Jo Doe <JO@globex.example>", " jo@GLOBEX.example "])
def test_somebody_who_is_no_contact_is_suppressed_by_the_address_they_wrote_from(acme: Company, who: str) -> None:
    writes(acme, contact=None, participants=[who, "ada@acme.example"])
    assert hear_opt_outs() == 1
    assert suppressed(acme) == [(None, "jo@globex.example")]


@pytest.mark.parametrize("people", [[], ["Jo Doe"], ["a" * 280 + "@globex.example"]])
def test_where_nobody_is_named_nobody_is_suppressed_and_nothing_fails(acme: Company, people: list[str]) -> None:
    writes(acme, contact=None, participants=people)
    assert hear_opt_outs() == 0
    assert scanned(acme.tenant, now=timezone.now()).errors == []


def test_an_account_whose_texts_cannot_be_read_does_not_keep_the_others_wishes_from_being_heard(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(another_account(acme.tenant, "Initech"), "poison", occurred_at=timezone.now())
    writes(acme)
    monkeypatch.setattr(reading, "read_texts", choking_on("poison", reading.read_texts))
    assert hear_opt_outs() == 1
    with tenant_scope(acme.tenant):
        assert not AccountActivity.objects.filter(is_unread=True).exists()


def test_every_tenants_wishes_are_heard_and_kept_apart(acme: Company) -> None:
    rival = company("rival")
    writes(acme)
    writes(rival)
    assert hear_opt_outs() == 2
    assert suppressed(acme) == [(acme.contact.pk, "hank@globex.example")]
    assert suppressed(rival) == [(rival.contact.pk, "hank@globex.example")]


def test_more_unread_accounts_than_a_page_are_all_heard(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.intake.PAGE", 2)
    for number in range(5):
        account = another_account(acme.tenant, f"A{number}")
        says(account, OPT_OUT, occurred_at=timezone.now(), participants=[f"p{next(NUMBERS)}@x.example"])
    assert hear_opt_outs() == 5
