"""The scan's pages: what is passed over, what is counted, what is recorded where something goes wrong, and what it costs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from crm.models import Account, Interaction
from crm.tenancy import tenant_scope
from engine import reading, scanning
from engine.jobs import Part
from engine.scanning import LOOK_AGAIN, PAGE, scan, size
from insights.models import Insight, Watch
from tests.cast import Company, company
from tests.scanning.scans import (
    LEAVING,
    NOW,
    PLAIN,
    QUOTE,
    another_account,
    finds,
    insights,
    says,
    scanned,
    signals,
)


def rows(acme: Company) -> list[dict[str, Any]]:
    """All that a scan writes, as far as it is not the time of it."""
    with tenant_scope(acme.tenant):
        watched = [*Watch.objects.order_by("account").values("account", "seen_changes", "look_again_at", "mentions")]
        return [*watched, *Insight.objects.order_by("pk").values()]


def test_scanned_twice_everything_is_as_it_was(acme: Company) -> None:
    says(acme.account, QUOTE)
    says(another_account(acme.tenant, "Initech"), LEAVING)
    scanned(acme.tenant)
    before = rows(acme)
    scanned(acme.tenant)
    assert rows(acme) == before


def test_an_unchanged_account_is_passed_over_and_a_changed_one_is_read(acme: Company) -> None:
    initech = another_account(acme.tenant, "Initech")
    says(acme.account, PLAIN)
    says(initech, PLAIN)
    assert scanned(acme.tenant).more["read"] == 2
    says(initech, QUOTE)
    told = scanned(acme.tenant, now=NOW + timedelta(hours=6))
    assert (told.done, told.more["read"], told.more["unchanged"]) == (2, 1, 1)
    assert signals(acme.tenant) == ["pricing_requested"]


def test_an_account_without_anything_is_read_once(acme: Company) -> None:
    another_account(acme.tenant, "Empty")
    scanned(acme.tenant)
    assert scanned(acme.tenant, now=NOW + timedelta(days=30)).more["unchanged"] >= 1


def test_time_alone_makes_an_account_worth_another_look(acme: Company) -> None:
    says(acme.account, PLAIN)
    scanned(acme.tenant)
    assert scanned(acme.tenant, now=NOW + LOOK_AGAIN - timedelta(minutes=1)).more["unchanged"] == 1
    assert scanned(acme.tenant, now=NOW + LOOK_AGAIN).more["read"] == 1


def test_counted_are_the_accounts_with_a_touch_in_the_last_seven_days(acme: Company) -> None:
    says(acme.account, PLAIN, days_ago=6.9)
    says(another_account(acme.tenant, "Late"), PLAIN, days_ago=7.1)
    says(another_account(acme.tenant, "Planned"), PLAIN, days_ago=-1)
    another_account(acme.tenant, "Empty")
    for _ in range(2):  # whether it is read or passed over
        told = scanned(acme.tenant)
        assert (told.count, told.done) == (1, 4)
    with tenant_scope(acme.tenant):
        assert size(acme.tenant, NOW) == 4


def test_a_part_keeps_to_its_range_and_begins_behind_its_cursor(acme: Company) -> None:
    for number in range(4):
        another_account(acme.tenant, f"A{number}")
    with tenant_scope(acme.tenant):
        ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    page = scan(Part(acme.tenant, acme.tenant.pk, ids[0], ids[3], ids[1], 1, NOW))
    assert page is not None
    with tenant_scope(acme.tenant):
        assert page.write().done == 2
        assert set(Watch.objects.values_list("account_id", flat=True)) == {ids[2], ids[3]}
    assert (page.cursor, page.is_last) == (ids[3], True)
    assert scan(Part(acme.tenant, acme.tenant.pk, ids[0], ids[3], ids[3], 2, NOW)) is None


def test_more_accounts_than_a_page_holds_are_all_looked_at(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "PAGE", 2)
    for number in range(4):
        says(another_account(acme.tenant, f"A{number}"), QUOTE)
    assert scanned(acme.tenant).done == 5
    assert signals(acme.tenant) == ["pricing_requested"] * 4


def choking_on(word: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def reader(texts: Sequence[Any]) -> Any:
        if any(word in text.text for text in texts):
            raise ValueError("cannot be read")
        return real(texts)

    return reader


def test_an_account_whose_texts_cannot_be_read_does_not_stop_the_others(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    initech = another_account(acme.tenant, "Initech")
    says(acme.account, "poison")
    says(initech, QUOTE)
    with monkeypatch.context() as patched:
        patched.setattr(reading, "read_texts", choking_on("poison", reading.read_texts))
        told = scanned(acme.tenant)
    assert told.errors == [(acme.account.pk, "ValueError: cannot be read")]
    assert (told.done, told.more["read"]) == (2, 1)
    assert [row.account for row in insights(acme.tenant)] == [initech]
    assert scanned(acme.tenant).more["read"] == 1  # the next scan tries it again, and it alone


def test_an_account_whose_rhythm_cannot_be_told_does_not_stop_the_others(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = scanning.notice

    def choking(*, account: str, **rest: Any) -> Any:
        if account == str(acme.account.pk):
            raise ZeroDivisionError("no touch")
        return real(account=account, **rest)

    monkeypatch.setattr(scanning, "notice", choking)
    says(another_account(acme.tenant, "Initech"), QUOTE)
    assert scanned(acme.tenant).errors == [(acme.account.pk, "ZeroDivisionError: no touch")]
    assert signals(acme.tenant) == ["pricing_requested"]


def fill(acme: Company, accounts: int) -> None:
    """As many accounts with a mail each that is worth an insight, in two statements."""
    with tenant_scope(acme.tenant):
        made = Account.objects.bulk_create(
            Account(tenant=acme.tenant, external_id=str(uuid4()), name="Filler") for _ in range(accounts)
        )
        Interaction.objects.bulk_create(
            Interaction(
                tenant=acme.tenant,
                account=account,
                external_id=str(uuid4()),
                channel="email",
                direction="in",
                occurred_at=NOW - timedelta(days=1),
                text=QUOTE,
            )
            for account in made
        )


def statements(acme: Company, now: Any = NOW) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        scanned(acme.tenant, now=now)
    return len(caught)


def test_a_page_takes_the_same_statements_for_five_accounts_and_for_two_hundred(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(monkeypatch, ("pricing_requested", 0.9))
    rival = company("rival")
    fill(acme, 4)
    fill(rival, PAGE - 2)
    first = statements(acme), statements(rival)
    assert first[0] == first[1] <= 20
    again = NOW + LOOK_AGAIN  # all are refreshed
    assert statements(acme, again) == statements(rival, again) <= 20
    closed = NOW + timedelta(days=10)
    assert statements(acme, closed) == statements(rival, closed) <= 20
    unchanged = closed + timedelta(hours=6)
    assert statements(acme, unchanged) == statements(rival, unchanged) <= 14


@pytest.mark.django_db(transaction=True)
def test_an_account_deleted_between_look_and_writing_undoes_the_page_and_the_next_try_goes_through() -> None:
    acme = company("acme")
    initech = another_account(acme.tenant, "Initech")
    says(initech, QUOTE)
    says(acme.account, QUOTE)
    page = scan(Part(acme.tenant, acme.tenant.pk, None, None, None, 0, NOW))
    with tenant_scope(acme.tenant):
        Account.objects.get(pk=initech.pk).delete()
    assert page is not None
    with pytest.raises(IntegrityError), tenant_scope(acme.tenant):
        page.write()
    assert rows(acme) == []
    assert scanned(acme.tenant).done == 1
    assert [row.account for row in insights(acme.tenant)] == [acme.account]
