"""What the rows of an export become."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm.imports.profiles import MAVEN
from crm.imports.running import Import, Imported, run
from crm.keys import issue_agent_key
from crm.models import Account, Clone, Contact, ImportRun, Interaction, Opportunity, StageChange, Tenant
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.models import Entry
from tests.crm.bulk_items import make_clone
from tests.crm.maven_folder import HEADERS, SMALL, with_rows, write_export


def imported(tenant: Tenant, folder: Path, **how: Any) -> Imported:
    return run(Import(tenant=tenant, folder=folder, profile=MAVEN, actor=SYSTEM, **how))


def counts(kinds: dict[str, dict[str, int]], outcome: str) -> dict[str, int]:
    return {kind: told[outcome] for kind, told in kinds.items() if told[outcome]}


def test_a_clean_export_is_stored_whole(tenant: Tenant, tmp_path: Path) -> None:
    told = imported(tenant, write_export(tmp_path))
    assert told.errors == []
    assert counts(told.counts, "created") == {
        "accounts": 2,
        "contacts": 2,
        "opportunities": 4,
        "interactions": 3,
        "clones": 2,
    }
    assert list(told.counts) == ["accounts", "contacts", "opportunities", "interactions", "clones"]


def test_a_second_import_changes_nothing(tenant: Tenant, tmp_path: Path) -> None:
    folder = write_export(tmp_path)
    first = imported(tenant, folder)
    second = imported(tenant, folder)
    assert counts(second.counts, "unchanged") == counts(first.counts, "created")
    assert counts(second.counts, "created") == counts(second.counts, "updated") == {}
    with tenant_scope(tenant):
        assert StageChange.objects.count() == 4


def test_an_account_keeps_what_the_profile_has_no_field_for(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        made = Account.objects.get(external_id="1002")
    assert (made.name, made.industry) == ("Betatech", "technolgy")
    assert made.attributes == {
        "year_established": "1986",
        "revenue": "647.18",
        "employees": "1185",
        "office_location": "Kenya",
        "subsidiary_of": "Acme Corporation",
        "propensity_to_buy": "0.61",
    }


def test_a_row_of_the_sales_teams_becomes_a_clone_without_an_owner(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        made = Clone.objects.get(external_id="100")
    assert (made.name, made.team, made.owner) == ("Anna Snelling", "Dustin Brinkmann", None)


def test_a_clone_made_by_hand_becomes_the_one_of_its_name_and_keeps_its_keys(tenant: Tenant, tmp_path: Path) -> None:
    clone = make_clone(tenant, name="Anna Snelling", signature="Yours")
    key, _ = issue_agent_key(tenant=tenant, clone=clone, scopes=["read"], actor=SYSTEM)
    told = imported(tenant, write_export(tmp_path))
    assert told.counts["clones"] == {"created": 1, "updated": 1, "unchanged": 0, "rejected": 0}
    with tenant_scope(tenant):
        clone.refresh_from_db()
        assert (clone.external_id, clone.signature) == ("100", "Yours")
        assert list(clone.keys.all()) == [key]
        assert Opportunity.objects.get(external_id="D-1").clone_id == clone.pk


def test_deals_have_stage_amount_dates_clone_and_product(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        deals = {deal.external_id: deal for deal in Opportunity.objects.select_related("account", "clone")}
    rows = {
        number: (
            deal.account and deal.account.external_id,
            deal.clone.name,
            deal.name,
            deal.stage,
            deal.amount,
            deal.currency,
        )
        for number, deal in deals.items()
    }
    assert rows == {
        "D-1": ("1001", "Anna Snelling", "GTX Pro for Betasoloin", "closed_won", Decimal(4570), "EUR"),
        "D-2": ("1001", "Moses Frase", "GTX Basic for Betasoloin", "closed_lost", Decimal(0), "EUR"),
        "D-3": ("1002", "Moses Frase", "GTX Pro for Betatech", "qualification", Decimal(4821), "EUR"),
        "D-4": (None, "Moses Frase", "GTX Basic without an account", "prospecting", Decimal(550), "EUR"),
    }
    assert (deals["D-1"].opened_on, deals["D-1"].closed_on) == (date(2025, 7, 25), date(2025, 11, 1))
    assert (deals["D-4"].opened_on, deals["D-4"].closed_on) == (None, None)


def test_an_assumed_amount_is_marked_as_the_list_price(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        kept = dict(Opportunity.objects.values_list("external_id", "attributes"))
    assert kept["D-1"] == {"product": "GTX Pro"}
    assert kept["D-3"] == {"product": "GTX Pro", "amount_from": "list price"}


@pytest.mark.parametrize("stage", ["Won", "Lost", "Engaging", "Prospecting"])
def test_a_blank_amount_takes_the_list_price_in_every_stage(tenant: Tenant, tmp_path: Path, stage: str) -> None:
    row = f"D-9,1001,Anna Snelling,2,GTX Pro,Betasoloin,{stage},7/25/25,11/1/25,"
    imported(tenant, write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", row)))
    with tenant_scope(tenant):
        assert Opportunity.objects.get(external_id="D-9").amount == Decimal(4821)


def test_a_deal_that_was_closed_before_it_was_opened_is_taken_as_it_is(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        deal = Opportunity.objects.get(external_id="D-2")
    assert (deal.opened_on, deal.closed_on) == (date(2025, 3, 1), date(2025, 2, 1))


def test_interactions_have_channel_status_person_and_text(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        meeting = Interaction.objects.select_related("account", "contact").get(text__startswith="Two")
        mail = Interaction.objects.get(text="Hi Joel")
    assert (meeting.account.name, meeting.contact.name) == ("Betasoloin", "Joel Woods")
    assert meeting.text == 'Two\n\nparagraphs, and a "quotation".'
    assert (meeting.channel, meeting.direction, meeting.status) == ("meeting", "none", "completed")
    assert meeting.participants == ["Joel Woods"]
    assert (mail.channel, mail.direction, mail.status) == ("email", "none", "scheduled")


def test_an_interaction_is_dated_at_noon_in_the_tenants_zone(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        winter, summer = Interaction.objects.get(text="Hi Joel"), Interaction.objects.get(text="Lunch")
    assert winter.occurred_at == datetime(2025, 12, 31, 11, tzinfo=UTC)
    assert summer.occurred_at == datetime(2025, 6, 30, 10, tzinfo=UTC)


def test_a_person_named_in_interactions_becomes_one_contact_without_an_address(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        people = set(Contact.objects.values_list("account__external_id", "name", "email"))
    assert people == {("1001", "Joel Woods", ""), ("1002", "James Fox", "")}


def test_an_address_that_a_crm_sent_for_a_contact_survives_the_next_import(
    tenant: Tenant, tmp_path: Path, write: Any
) -> None:
    folder = write_export(tmp_path)
    imported(tenant, folder)
    with tenant_scope(tenant):
        joel = Contact.objects.get(name="Joel Woods")
    write("contacts", {"external_id": joel.external_id, "email": "joel@beta.example"})
    assert imported(tenant, folder).counts["contacts"]["unchanged"] == 2
    with tenant_scope(tenant):
        assert Contact.objects.get(name="Joel Woods").email == "joel@beta.example"


def test_an_interaction_whose_status_changed_is_the_same_one(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    done = SMALL["interactions.csv"].replace("Email,Scheduled", "Email,Cancelled")
    told = imported(tenant, write_export(tmp_path, interactions=done))
    assert told.counts["interactions"] == {"created": 0, "updated": 1, "unchanged": 2, "rejected": 0}


def test_an_interaction_with_an_id_of_its_own_keeps_it(tenant: Tenant, tmp_path: Path) -> None:
    text = f"interaction_id,{HEADERS['interactions.csv']}\nI-7,1001,Betasoloin,Joel Woods,Call,Missed,1/20/25,Rang\n"
    imported(tenant, write_export(tmp_path, interactions=text))
    with tenant_scope(tenant):
        made = Interaction.objects.get()
    assert (made.external_id, made.channel, made.status) == ("I-7", "call", "missed")


def test_saving_the_files_elsewhere_changes_nothing(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    elsewhere = {
        file.removesuffix(".csv"): b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for file, text in SMALL.items()
    }
    told = imported(tenant, write_export(tmp_path, **elsewhere))
    assert told.errors == []
    assert counts(told.counts, "created") == counts(told.counts, "updated") == {}


def test_columns_may_come_in_any_order_and_case_and_with_others_between(tenant: Tenant, tmp_path: Path) -> None:
    text = " ACCOUNT , Colour,account_ID,Sector,,\nBetasoloin,red,1001,medical,x,\nBetatech,,1002,,,\n"
    rest = "year_established,revenue"
    imported(tenant, write_export(tmp_path, accounts=text))
    with tenant_scope(tenant):
        kept = dict(Account.objects.values_list("external_id", "attributes"))
    assert rest not in kept
    assert kept == {"1001": {"Colour": "red", "column 5": "x"}, "1002": {}}


def test_an_account_is_found_by_its_name_alone(tenant: Tenant, tmp_path: Path) -> None:
    row = "D-9,,Anna Snelling,,GTX Pro,BETA SOLOIN,Won,7/25/25,11/1/25,1"
    told = imported(tenant, write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", row)))
    assert told.errors == []
    with tenant_scope(tenant):
        assert Opportunity.objects.select_related("account").get(external_id="D-9").account.external_id == "1001"


def test_an_account_that_only_our_records_know_is_found_by_its_id(tenant: Tenant, tmp_path: Path, write: Any) -> None:
    write("accounts", {"external_id": "2000", "name": "Globex"})
    row = "D-9,2000,Anna Snelling,2,GTX Pro,Globex,Won,7/25/25,11/1/25,1"
    told = imported(tenant, write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", row)))
    assert told.errors == []


def test_an_interaction_without_account_and_person_is_kept(tenant: Tenant, tmp_path: Path) -> None:
    text = with_rows("interactions.csv", ",,,Email,Completed,1/1/25,Unknown sender", ",,Ann,Email,Completed,1/1/25,Ann")
    told = imported(tenant, write_export(tmp_path, interactions=text))
    assert told.errors == []
    with tenant_scope(tenant):
        made = Interaction.objects.filter(account=None).order_by("text")
        assert [(row.contact_id, row.participants) for row in made] == [(None, ["Ann"]), (None, [])]


def test_a_run_is_kept_with_its_counts_and_recorded(tenant: Tenant, tmp_path: Path) -> None:
    told = imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        kept = ImportRun.objects.get()
        entry = Entry.objects.get(kind="import.finished")
        kinds = set(Entry.objects.values_list("kind", flat=True))
    assert (kept.profile, kept.counts, kept.errors, kept.run_by) == ("maven", told.counts, [], "command line")
    assert (entry.subject_type, entry.subject_id) == ("import", str(kept.pk))
    assert entry.facts == {"profile": "maven", "shifted_by": 0, "counts": told.counts, "errors": 0}
    assert {"accounts.upserted", "contacts.upserted", "opportunities.upserted", "interactions.upserted"} <= kinds


def test_stage_changes_name_the_import_as_their_source(tenant: Tenant, tmp_path: Path) -> None:
    imported(tenant, write_export(tmp_path))
    with tenant_scope(tenant):
        assert set(StageChange.objects.values_list("source", flat=True)) == {"import maven"}


def test_a_dry_run_tells_the_same_and_stores_nothing(tenant: Tenant, tmp_path: Path) -> None:
    folder = write_export(tmp_path, accounts=with_rows("accounts.csv", "1003,,x,,,,,,"))
    with tenant_scope(tenant):
        before = Entry.objects.count()
    dry = imported(tenant, folder, dry_run=True, shift_to_today=True)
    with tenant_scope(tenant):
        assert (Account.objects.count(), Clone.objects.count(), ImportRun.objects.count()) == (0, 0, 0)
        assert Entry.objects.count() == before
    tenant.refresh_from_db()
    assert tenant.shift_days is None
    assert imported(tenant, folder, shift_to_today=True) == dry
