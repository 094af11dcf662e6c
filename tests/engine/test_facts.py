"""The one query that reads what the rules may ask, held against plain readings of the same rules."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import Account, Contact, Opportunity, Suppression
from crm.stages import STAGES, governing_stage
from crm.tenancy import tenant_scope
from engine.facts import Subject, read
from guardrails.models import Policy
from guardrails.pauses import lift_pause, set_pause
from tests.cast import Company

DEALS = st.lists(
    st.tuples(
        st.sampled_from([stage.value for stage in STAGES]),
        st.none() | st.dates(min_value=date(2025, 1, 1), max_value=date(2025, 1, 5)),
    ),
    max_size=6,
)


def subject(company: Company, **changes: object) -> Subject:
    given = {"clone_id": company.clone.pk, "action_type": "send_follow_up_email", "account": "A-1", **changes}
    return Subject(**given)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deals=DEALS)
def test_the_governing_stage_is_what_the_plain_rule_says(acme: Company, deals: list[tuple[str, date | None]]) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.all().delete()
        Opportunity.objects.bulk_create(
            Opportunity(
                tenant=acme.tenant,
                account=acme.account,
                external_id=f"D-{number}",
                name="Deal",
                stage=stage,
                closed_on=closed_on,
                currency="USD",
            )
            for number, (stage, closed_on) in enumerate(deals)
        )
        assert read([subject(acme)])[0].stage == governing_stage(deals)


def test_many_subjects_are_answered_in_their_order_by_one_query(acme: Company) -> None:
    subjects = [subject(acme, account=reference) for reference in ("A-1", "nobody", str(acme.account.pk))]
    with tenant_scope(acme.tenant), CaptureQueriesContext(connection) as queries:
        situations = read(subjects)
    assert [situation.account_id for situation in situations] == [acme.account.pk, None, acme.account.pk]
    assert len(queries) == 1


def test_an_id_is_tried_before_an_external_id_that_looks_like_one(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.create(tenant=acme.tenant, external_id=str(acme.account.pk), name="Impostor")
        assert read([subject(acme, account=str(acme.account.pk))])[0].account_id == acme.account.pk


@pytest.mark.parametrize("kind", ["opportunity", "contact"])
def test_what_belongs_to_another_account_is_not_found(acme: Company, kind: str) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech")
        situation = read([subject(acme, account="A-2", **{kind: {"opportunity": "O-1", "contact": "C-1"}[kind]})])[0]
    assert getattr(situation, f"{kind}_id") is None


def test_another_tenants_rows_are_not_found(acme: Company, rival: Company) -> None:
    with tenant_scope(acme.tenant):
        situation = read([subject(acme, account=str(rival.account.pk), clone_id=rival.clone.pk)])[0]
    assert (situation.account_id, situation.clone_id, situation.stage) == (None, None, None)


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("hank@globex.example", True),
        ("anybody@globex.example", True),
        ("hank@globex.example.evil.example", False),
        ("hank@sub.globex.example", False),
        ("globex.example@evil.example", False),
        ("partner@agency.example", True),
        ("stranger@agency.example", False),
    ],
)
def test_known_are_the_accounts_contacts_and_domains(acme: Company, address: str, known: bool) -> None:
    with tenant_scope(acme.tenant):
        Contact.objects.create(
            tenant=acme.tenant, account=acme.account, external_id="C-2", name="Pat", email="Partner@Agency.example"
        )
        facts = read([subject(acme, recipients=(address,))])[0].facts
    assert facts.unknown_recipients == (() if known else (address,))


def test_a_contact_of_another_account_is_a_stranger_here(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        other = Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech")
        Contact.objects.create(
            tenant=acme.tenant, account=other, external_id="C-2", name="Bill", email="bill@initech.example"
        )
        facts = read([subject(acme, recipients=("bill@initech.example",))])[0].facts
    assert facts.unknown_recipients == ("bill@initech.example",)


@pytest.mark.parametrize(
    "how", ["address among the recipients", "recipient's contact", "target contact", "its address"]
)
def test_a_suppression_is_found_by_contact_and_by_address(acme: Company, how: str) -> None:
    by_address, via_target = (
        how in ("address among the recipients", "its address"),
        how in ("target contact", "its address"),
    )
    whom = {"address": "hank@globex.example"} if by_address else {"contact": acme.contact}
    asked = {"contact": "C-1"} if via_target else {"recipients": ("hank@globex.example",)}
    with tenant_scope(acme.tenant):
        assert not read([subject(acme, **asked)])[0].facts.suppressed
        suppression = Suppression.objects.create(tenant=acme.tenant, reason="Opt-out", set_by="test", **whom)
        assert read([subject(acme, **asked)])[0].facts.suppressed
        Suppression.objects.filter(pk=suppression.pk).update(lifted_at="2026-01-01T00:00:00Z")
        assert not read([subject(acme, **asked)])[0].facts.suppressed


def test_a_pause_is_seen_while_it_stands(acme: Company) -> None:
    pause = set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Stop", clone=acme.clone)
    with tenant_scope(acme.tenant):
        assert read([subject(acme)])[0].facts.paused
    lift_pause(pause, actor=acme.actor())
    with tenant_scope(acme.tenant):
        assert not read([subject(acme)])[0].facts.paused


def test_the_deadline_is_the_action_types_own_where_one_is_set(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Policy.objects.update(deadlines={"send_proposal": 4})
        own, usual = read([subject(acme, action_type="send_proposal"), subject(acme)])
    assert (own.deadline, usual.deadline) == (timedelta(hours=4), timedelta(hours=72))
