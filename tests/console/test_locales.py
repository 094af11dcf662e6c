"""Amounts, dates, numbers and names as each person's locale has them, in the console alone."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from crm.console import formats
from crm.console.formats import LOCALES, at, best_of, money, number, percent, person_name, spoken
from crm.models import Opportunity, PersonSettings
from crm.person_settings import set_locale
from crm.tenancy import tenant_scope
from record.models import Entry
from tests.cast import Company
from tests.console.visits import Visit, everything, messages, review_of, said

MOMENT = datetime(2026, 11, 4, 14, 5, 9, tzinfo=timezone(timedelta(hours=1)))
DEALS = reverse("admin:crm_opportunity_changelist")
SETTINGS = "/admin/settings/"


def plain(text: str) -> str:
    """With the spaces that do not break as spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("locale", "amount", "moment", "many", "share"),
    [
        (None, "$1,234.50", "4 Nov 2026, 14:05", "12,345", "87%"),
        ("en-US", "$1,234.50", "Nov 4, 2026, 2:05 PM", "12,345", "87%"),
        ("en-GB", "US$1,234.50", "4 Nov 2026, 14:05", "12,345", "87%"),
        ("de-DE", "1.234,50 $", "4. Nov. 2026, 14:05", "12.345", "87 %"),
        ("de-CH", "$ 1\u2019234.50", "4. Nov. 2026, 14:05", "12\u2019345", "87%"),
        ("fr-FR", "1 234,50 $US", "4 nov. 2026, 14:05", "12 345", "87 %"),
        ("hu-HU", "1 234,50 USD", "2026. nov. 4. 14:05", "12 345", "87%"),
        ("ja-JP", "$1,234.50", "2026年11月4日 14:05", "12,345", "87%"),
    ],
)
def test_each_locale_writes_its_own_way(locale: str | None, amount: str, moment: str, many: str, share: str) -> None:
    with spoken(locale):
        assert plain(money(Decimal("1234.50"), "USD")) == amount
        assert plain(at(MOMENT)) == moment
        assert plain(number(12345)) == many
        assert plain(percent(0.87)) == share


@pytest.mark.parametrize("locale", [None, *LOCALES, "de-AT", "zh-TW"])
@pytest.mark.parametrize("style", sorted(formats._STYLES))
def test_every_style_is_written_in_every_locale(locale: str | None, style: str) -> None:
    with spoken(locale):
        told = at(MOMENT, style)
        assert told.strip() == told
        assert "{" not in told
        shows_time = style in {"moment", "precise", "short", "short_precise", "full", "clock"}
        assert (any(digits in told for digits in ("05", "5"))) or not shows_time
        assert at(date(2026, 11, 4), "day")


@pytest.mark.parametrize("locale", list(LOCALES))
def test_whole_amounts_have_no_cents_in_any_locale(locale: str) -> None:
    with spoken(locale):
        assert "00" not in money(Decimal("84.00"), "EUR")
        assert "50" in money(Decimal("84.50"), "EUR")
        assert money(None, "EUR") == ""


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        ([], None),
        (["xx", "tlh"], None),
        (["ar-EG", "he"], None),
        (["de"], "de-DE"),
        (["de-at", "en"], "de-AT"),
        (["xx", "FR-ca"], "fr-CA"),
        (["en-nowhere"], "en-US"),
        (["zh-Hant-TW"], "zh-TW"),
        (["pt"], "pt-BR"),
    ],
)
def test_the_browser_is_given_the_nearest_it_asks_for(wanted: list[str], best: str | None) -> None:
    assert best_of(wanted) == best


def test_a_name_is_said_in_the_order_of_the_locale() -> None:
    assert person_name("Anna", "Kovács") == "Anna Kovács"
    with spoken("hu-HU"):
        assert person_name("Anna", "Kovács") == "Kovács Anna"
    assert person_name("Anna", "") == "Anna"


def test_the_locale_ends_with_its_scope_also_when_it_fails() -> None:
    with pytest.raises(RuntimeError), spoken("de-DE"):
        raise RuntimeError
    assert money(Decimal(1000), "EUR") == "€1,000"


def date_deal(company: Company) -> None:
    with tenant_scope(company.tenant):
        Opportunity.objects.filter(pk=company.deal.pk).update(opened_on=date(2026, 11, 4))


def test_a_person_chooses_and_every_company_of_theirs_speaks_it(acme: Company, manager: Visit) -> None:
    date_deal(acme)
    response = manager.post(SETTINGS, locale="de-DE")
    assert messages(response) == ["Kept. This is how the console writes for you now."]
    page = plain(manager.page(DEALS))
    assert "12.000 $" in page
    assert "4. Nov. 2026" in page
    assert PersonSettings.objects.get().locale == "de-DE"
    with tenant_scope(acme.tenant):
        entry = Entry.objects.order_by("-id").first()
        assert entry is not None
        assert (entry.kind, entry.facts) == ("person.locale_set", {"locale": "de-DE"})
    assert "$12,000" in Visit(acme.rep).page(DEALS)


def test_without_a_choice_the_browser_is_asked(acme: Company) -> None:
    date_deal(acme)
    visit = Visit(acme.manager)
    visit.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "xx, fr-CH;q=0.9, en;q=0.5"
    assert "4 nov. 2026" in plain(visit.page(DEALS))
    set_locale(acme.manager, "ja-JP", tenant=acme.tenant, actor=acme.actor())
    assert "2026年11月4日" in visit.page(DEALS)


@pytest.mark.parametrize("header", ["*", "de;q=x", "\u00e4", "-", "de-" + "x" * 600, "," * 300, "de-\x00"])
def test_an_odd_header_is_no_500(acme: Company, header: str) -> None:
    visit = Visit(acme.manager, patient=True)
    visit.client.defaults["HTTP_ACCEPT_LANGUAGE"] = header
    assert visit.get(DEALS).status_code == 200


@pytest.mark.parametrize("locale", list(LOCALES))
def test_every_page_of_an_action_stands_in_every_locale(acme: Company, locale: str) -> None:
    action = acme.propose_proposal(opportunity="O-1", contact="C-1")
    set_locale(acme.manager, locale, tenant=acme.tenant, actor=acme.actor())
    visit = Visit(acme.manager)
    for address in ("/admin/", review_of(action), reverse("admin:engine_action_changelist"), SETTINGS):
        assert visit.get(address).status_code == 200


def test_a_row_is_written_in_the_locale_too(acme: Company, manager: Visit) -> None:
    date_deal(acme)
    address = reverse("admin:crm_opportunity_change", args=[acme.deal.pk])
    assert "4 Nov 2026" in manager.page(address)
    set_locale(acme.manager, "de-DE", tenant=acme.tenant, actor=acme.actor())
    assert "4. Nov. 2026" in manager.page(address)


def test_an_export_is_the_same_for_everybody(acme: Company, manager: Visit) -> None:
    def taken() -> str:
        response = manager.post(reverse("admin:crm_opportunity_export"), format="csv")
        return b"".join(response.streaming_content).decode()

    before = taken()
    set_locale(acme.manager, "de-DE", tenant=acme.tenant, actor=acme.actor())
    assert taken() == before


def test_the_page_shows_an_example_of_each_and_changes_nothing_when_it_is_looked_at(
    acme: Company, manager: Visit
) -> None:
    before = everything([acme.tenant])
    page = plain(manager.page(SETTINGS))
    for name, title in LOCALES.items():
        with spoken(name):
            assert f"{title}: {plain(money(Decimal('1234567.50'), 'USD'))}" in page
    assert "As my browser asks" in page
    assert everything([acme.tenant]) == before


def test_a_locale_that_is_none_of_them_is_refused(acme: Company, manager: Visit) -> None:
    response = manager.post(SETTINGS, locale="xx-XX")
    assert response.status_code == 400
    assert "not one of the available choices" in said(response)
    with pytest.raises(ValueError, match="locale: 'xx'; choose from"):
        set_locale(acme.manager, "xx", tenant=acme.tenant, actor=acme.actor())


def test_keeping_the_same_writes_nothing(acme: Company, manager: Visit) -> None:
    manager.post(SETTINGS, locale="de-DE")
    with tenant_scope(acme.tenant):
        before = Entry.objects.count()
    assert messages(manager.post(SETTINGS, locale="de-DE"))[-1] == "Nothing was changed."
    with tenant_scope(acme.tenant):
        assert Entry.objects.count() == before


def test_it_can_be_given_back_to_the_browser(acme: Company, manager: Visit) -> None:
    manager.post(SETTINGS, locale="de-DE")
    manager.post(SETTINGS, locale="")
    assert "$12,000" in manager.page(DEALS)


def test_it_costs_no_statement(acme: Company, manager: Visit, django_assert_num_queries: Any) -> None:
    manager.get(SETTINGS)
    with django_assert_num_queries(8, exact=False):
        manager.get(SETTINGS)
