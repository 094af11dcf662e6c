"""Writing customer records in bulk."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.models import Account, Contact, Interaction, Opportunity, StageChange, Tenant
from crm.tenancy import tenant_scope
from record.models import Entry
from tests.crm.bulk_items import ITEMS, account, contact, interaction, make_clone, opportunity, outcomes, told


def test_what_is_new_is_created_with_every_field(tenant: Tenant, write: Any) -> None:
    clone = make_clone(tenant, external_id="R-1")
    write("accounts", account(domains=["Globex.Example."[:-1], "globex.example"], industry="retail", owner="Jo"))
    write("contacts", contact(email="Hank@GLOBEX.example", title="CEO", role="decides"))
    write(
        "opportunities",
        opportunity(
            account="A-1",
            amount="1200.5",
            currency="USD",
            clone="R-1",
            opened_on="2026-01-02",
            closed_on="2026-02-03",
            qualification={"BANT": {"budget": "yes"}},
        ),
    )
    write(
        "interactions",
        interaction(
            account="A-1",
            contact="C-1",
            clone=str(clone.pk),
            opportunity="O-1",
            subject="Hi",
            text="Line\nline",
            participants=["Hank"],
        ),
    )
    with tenant_scope(tenant):
        made, person = Account.objects.get(), Contact.objects.get()
        deal, mail = Opportunity.objects.get(), Interaction.objects.get()
    assert (made.name, made.domains, made.industry, made.owner) == ("Globex", ["globex.example"], "retail", "Jo")
    assert (person.account_id, person.email, person.title, person.role) == (
        made.pk,
        "Hank@globex.example",
        "CEO",
        "decides",
    )
    assert (deal.account_id, deal.amount, deal.currency, deal.clone_id) == (
        made.pk,
        Decimal("1200.50"),
        "USD",
        clone.pk,
    )
    assert (deal.opened_on, deal.closed_on) == (date(2026, 1, 2), date(2026, 2, 3))
    assert deal.qualification == {"BANT": {"budget": "yes"}}
    assert (mail.account_id, mail.contact_id, mail.clone_id, mail.opportunity_id) == (
        made.pk,
        person.pk,
        clone.pk,
        deal.pk,
    )
    assert (mail.occurred_at, mail.text) == (datetime(2026, 3, 1, 8, 30, tzinfo=UTC), "Line\nline")
    assert (mail.channel, mail.direction, mail.status, mail.subject) == ("email", "in", "completed", "Hi")
    assert mail.participants == ["Hank"]


def test_the_results_come_in_order_with_the_ids_of_the_rows(tenant: Tenant, write: Any) -> None:
    write("accounts", account("A-2"), account("A-3"))
    outcome = write("accounts", account("A-3"), {"external_id": "A-1"}, account("A-2", name="New"), account("A-4"))
    with tenant_scope(tenant):
        ids = dict(Account.objects.values_list("external_id", "pk"))
    assert outcomes(outcome) == ["unchanged", "rejected", "updated", "created"]
    assert [(result.external_id, result.id) for result in outcome.results] == [
        ("A-3", ids["A-3"]),
        ("A-1", None),
        ("A-2", ids["A-2"]),
        ("A-4", ids["A-4"]),
    ]
    assert outcome.counts() == {"created": 1, "updated": 1, "unchanged": 1, "rejected": 1}


def test_an_absent_field_stays_and_null_clears_it(tenant: Tenant, write: Any) -> None:
    write("accounts", account(domains=["globex.example"], industry="retail", owner="Jo"))
    assert outcomes(write("accounts", {"external_id": "A-1", "industry": None, "domains": None})) == ["updated"]
    with tenant_scope(tenant):
        made = Account.objects.get()
    assert (made.name, made.domains, made.industry, made.owner) == ("Globex", [], "", "Jo")


def test_null_for_each_optional_field_is_what_leaving_it_out_of_a_new_record_means(tenant: Tenant, write: Any) -> None:
    make_clone(tenant, external_id="R-1")
    write("accounts", account())
    write("contacts", contact())
    write("opportunities", opportunity())
    write("interactions", interaction())
    optional = {
        "accounts": ("domains", "industry", "owner", "updated_at"),
        "contacts": ("email", "title", "role", "updated_at"),
        "opportunities": (
            "account",
            "amount",
            "currency",
            "clone",
            "opened_on",
            "closed_on",
            "qualification",
            "updated_at",
        ),
        "interactions": ("account", "contact", "clone", "opportunity", "subject", "text", "participants", "updated_at"),
    }
    for kind, names in optional.items():
        cleared = {"external_id": ITEMS[kind]()["external_id"], **dict.fromkeys(names)}
        assert outcomes(write(kind, cleared)) == ["unchanged"], kind


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("accounts", "name"),
        ("contacts", "account"),
        ("contacts", "name"),
        ("opportunities", "name"),
        ("opportunities", "stage"),
        ("interactions", "channel"),
        ("interactions", "direction"),
        ("interactions", "status"),
        ("interactions", "occurred_at"),
    ],
)
def test_a_required_field_can_neither_be_left_out_of_a_new_record_nor_cleared(
    write: Any, kind: str, field: str
) -> None:
    write("accounts", account())
    item = ITEMS[kind]("X-1")
    without = {name: value for name, value in item.items() if name != field}
    assert told(write(kind, without)) == [(f"/items/0/{field}", "required")]
    assert told(write(kind, item | {field: None})) == [(f"/items/0/{field}", "required")]
    write(kind, item)
    assert told(write(kind, {"external_id": "X-1", field: None})) == [(f"/items/0/{field}", "required")]
    assert outcomes(write(kind, {"external_id": "X-1"})) == ["unchanged"]


def test_a_deal_without_a_currency_has_the_tenants(tenant: Tenant, write: Any) -> None:
    write("opportunities", opportunity("O-1"), opportunity("O-2", currency=None), opportunity("O-3", currency="USD"))
    with tenant_scope(tenant):
        assert list(Opportunity.objects.order_by("external_id").values_list("currency", flat=True)) == [
            "EUR",
            "EUR",
            "USD",
        ]


def test_the_same_items_again_change_nothing_and_leave_no_entry(tenant: Tenant, write: Any) -> None:
    items = [opportunity(f"O-{n}", amount=n, qualification={"BANT": {"need": "x"}}) for n in range(5)]
    write("opportunities", *items)
    with tenant_scope(tenant):
        before = Entry.objects.count()
    outcome = write("opportunities", *items)
    with tenant_scope(tenant):
        assert Entry.objects.count() == before
    assert outcome.counts() == {"created": 0, "updated": 0, "unchanged": 5, "rejected": 0}


def test_an_item_older_than_what_is_stored_changes_nothing(tenant: Tenant, write: Any) -> None:
    write("accounts", account(updated_at="2026-03-01T12:00:00Z"))
    older = account(name="Old", updated_at="2026-03-01T12:59:59+01:00")
    same_time = account(name="Same", updated_at="2026-03-01T13:00:00+01:00")
    assert outcomes(write("accounts", older)) == ["unchanged"]
    assert outcomes(write("accounts", same_time)) == ["updated"]
    assert outcomes(write("accounts", older)) == ["unchanged"]
    with tenant_scope(tenant):
        assert Account.objects.get().name == "Same"


def test_a_newer_time_alone_is_kept_so_that_what_lies_between_stays_out(tenant: Tenant, write: Any) -> None:
    write("accounts", account(updated_at="2026-03-01T12:00:00Z"))
    write("accounts", account(updated_at="2026-03-03T12:00:00Z"))
    assert outcomes(write("accounts", account(name="Late", updated_at="2026-03-02T12:00:00Z"))) == ["unchanged"]


def test_an_item_without_a_time_is_taken_as_news(tenant: Tenant, write: Any) -> None:
    write("accounts", account(updated_at="2026-03-01T12:00:00Z"))
    assert outcomes(write("accounts", account(name="New"))) == ["updated"]


def test_the_later_of_two_items_with_one_external_id_is_rejected(tenant: Tenant, write: Any) -> None:
    outcome = write("accounts", account(name="First"), account("A-2"), account(name="Second"))
    assert outcomes(outcome) == ["created", "created", "rejected"]
    assert told(outcome) == [("/items/2/external_id", "duplicate")]
    with tenant_scope(tenant):
        assert Account.objects.get(external_id="A-1").name == "First"


def test_all_or_nothing_stores_nothing_when_one_item_is_bad(tenant: Tenant, write: Any) -> None:
    outcome = write("accounts", account("A-1"), account("A-2", name=""), account("A-3"), all_or_nothing=True)
    assert outcome.counts() == {"created": 0, "updated": 0, "unchanged": 0, "rejected": 3}
    assert told(outcome) == [("/items/0", "not_stored"), ("/items/1/name", "blank"), ("/items/2", "not_stored")]
    assert [result.id for result in outcome.results] == [None, None, None]
    with tenant_scope(tenant):
        assert Account.objects.count() == 0


def test_all_or_nothing_stores_everything_when_all_are_good(write: Any) -> None:
    assert outcomes(write("accounts", account("A-1"), account("A-2"), all_or_nothing=True)) == ["created", "created"]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("contacts", "account"),
        ("opportunities", "account"),
        ("opportunities", "clone"),
        ("interactions", "account"),
        ("interactions", "contact"),
        ("interactions", "clone"),
        ("interactions", "opportunity"),
    ],
)
def test_a_reference_is_an_id_or_an_external_id_of_the_tenant(
    tenant: Tenant, rival: Tenant, write: Any, kind: str, field: str
) -> None:
    ids = _make_targets(tenant, write)
    theirs = _make_targets(rival, write)
    good_by_id, good_by_external_id, foreign, unknown = (
        ITEMS[kind](f"X-{n}", **{field: reference})
        for n, reference in enumerate([ids[field], f"T-{field}", theirs[field], "nobody"])
    )
    outcome = write(kind, good_by_id, good_by_external_id, foreign, unknown)
    assert outcomes(outcome) == ["created", "created", "rejected", "rejected"]
    assert told(outcome) == [(f"/items/{n}/{field}", "unknown_reference") for n in (2, 3)]


def _make_targets(tenant: Tenant, write: Any) -> dict[str, str]:
    """An account, contact, clone and deal with external ids T-account and so on; a plain account A-1 as well."""
    clone = make_clone(tenant, external_id="T-clone")
    made = {
        "account": write("accounts", account("T-account"), account(), tenant=tenant).results[0].id,
        "contact": write("contacts", contact("T-contact"), tenant=tenant).results[0].id,
        "opportunity": write("opportunities", opportunity("T-opportunity"), tenant=tenant).results[0].id,
        "clone": clone.pk,
    }
    return {name: str(row_id) for name, row_id in made.items()}


def test_an_id_goes_before_an_external_id_that_looks_like_one(tenant: Tenant, write: Any) -> None:
    real = write("accounts", account("A-1")).results[0].id
    write("accounts", account(str(real), name="Has an id for an external id"))
    write("contacts", contact(account=str(real)))
    with tenant_scope(tenant):
        assert Contact.objects.get().account_id == real


def test_every_new_or_changed_stage_leaves_a_trace_with_its_source(tenant: Tenant, write: Any) -> None:
    write("opportunities", opportunity("O-1"), opportunity("O-2"), source="nightly")
    write(
        "opportunities",
        opportunity("O-1", stage="negotiation"),
        opportunity("O-2", name="Renamed"),
        source="by hand",
    )
    with tenant_scope(tenant):
        changes = StageChange.objects.order_by("source", "opportunity__external_id").values_list(
            "opportunity__external_id", "from_stage", "to_stage", "source"
        )
        assert list(changes) == [
            ("O-1", "discovery", "negotiation", "by hand"),
            ("O-1", "", "discovery", "nightly"),
            ("O-2", "", "discovery", "nightly"),
        ]


def test_a_call_leaves_one_entry_with_counts_and_no_customer_text(tenant: Tenant, write: Any) -> None:
    write("accounts", account("A-1", name="Secret"), account("A-2"), {"external_id": "A-3"})
    with tenant_scope(tenant):
        entry = Entry.objects.exclude(kind="tenant.created").get()
    assert (entry.kind, entry.subject_type, entry.subject_id) == ("accounts.upserted", "tenant", str(tenant.pk))
    assert entry.facts == {"source": "test", "created": 2, "updated": 0, "unchanged": 0, "rejected": 1}


def test_what_agents_wrote_stays_when_the_crm_writes(tenant: Tenant, write: Any) -> None:
    write("accounts", account())
    with tenant_scope(tenant):
        Account.objects.update(context={"likes": "tea"}, plan="Sell more")
    write("accounts", account(name="Renamed"))
    with tenant_scope(tenant):
        made = Account.objects.get()
    assert (made.name, made.context, made.plan) == ("Renamed", {"likes": "tea"}, "Sell more")


def test_the_same_external_id_in_two_tenants_is_two_records(tenant: Tenant, rival: Tenant, write: Any) -> None:
    write("accounts", account(name="Ours"))
    write("accounts", account(name="Theirs"), tenant=rival)
    with tenant_scope(tenant):
        assert Account.objects.get().name == "Ours"


def test_no_items_are_no_change(write: Any) -> None:
    assert write("accounts").as_json() == {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0, "results": []}


@pytest.mark.parametrize("kind", sorted(ITEMS))
@pytest.mark.parametrize("round_", ["new", "changed"])
def test_the_number_of_statements_does_not_depend_on_the_number_of_items(
    tenant: Tenant, write: Any, django_assert_max_num_queries: Any, kind: str, round_: str
) -> None:
    make_clone(tenant, external_id="R-1")
    write("accounts", account(), account("A-2"))
    write("contacts", contact())
    write("opportunities", opportunity())
    refers = {
        "accounts": {},
        "contacts": {"account": "A-2"},
        "opportunities": {"account": "A-1", "clone": "R-1"},
        "interactions": {"account": "A-1", "contact": "C-1", "clone": "R-1", "opportunity": "O-1"},
    }[kind]

    def statements(how_many: int, prefix: str) -> int:
        if round_ == "changed":
            write(kind, *(ITEMS[kind](f"{prefix}-{n}") for n in range(how_many)))
        stage = {"stage": "evaluation"} if kind == "opportunities" else {}
        change = {"owner": "Jo"} if kind == "accounts" else refers | stage
        with django_assert_max_num_queries(14) as counted:
            write(kind, *(ITEMS[kind](f"{prefix}-{n}", **change) for n in range(how_many)))
        return len(counted)

    assert statements(1, "few") == statements(400, "many")
