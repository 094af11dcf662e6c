"""The customer records at the console: read, with their timeline by key; only a suppression is set by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from crm.models import Channel, Direction, ImportRun, Interaction, InteractionStatus, StageChange, Suppression
from crm.tenancy import tenant_scope
from tests.cast import Company
from tests.console.visits import Visit, said


def page(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def happen(company: Company, count: int) -> None:
    """Interactions on one account, two at each moment, so that only the id tells them apart."""
    with tenant_scope(company.tenant):
        for n in range(count):
            Interaction.objects.create(
                tenant=company.tenant,
                account=company.account,
                contact=company.contact,
                clone=company.clone,
                external_id=f"I-{n}",
                channel=list(Channel)[n % 5],
                direction=Direction.IN,
                status=InteractionStatus.COMPLETED,
                occurred_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n // 2),
                subject=f"Subject number {n}",
                text=f"Text of {n}",
            )


def test_an_account_shows_its_contacts_deals_and_timeline(acme: Company, manager: Visit) -> None:
    happen(acme, 5)
    text = manager.page(page("crm_account_change", acme.account.pk))
    for expected in ("Globex: 100 seats", "$12,000", "Hank Scorpio", "hank@globex.example", "retail", "globex.example"):
        assert expected in text
    for channel in ("E-mail", "Chat", "Meeting", "Call", "CRM"):
        assert channel in text
    assert text.index("Subject number 4") < text.index("Subject number 0")


def test_a_long_timeline_is_paged_by_key_and_shows_everything_once(acme: Company, manager: Visit) -> None:
    happen(acme, 47)
    address = page("crm_account_change", acme.account.pk)
    seen: list[str] = []
    response = manager.get(address)
    while True:
        seen += [one.subject for one in response.context["happened"]]
        earlier = response.context["earlier"]
        if earlier is None:
            break
        assert f"?before={earlier}#timeline-title" in response.content.decode()
        response = manager.get(address, before=str(earlier))
    assert len(seen) == len(set(seen)) == 47
    assert seen[0] in ("Subject number 46",)


@pytest.mark.parametrize("mark", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_mark_of_another_account_begins_anew(acme: Company, manager: Visit, mark: str) -> None:
    happen(acme, 3)
    assert len(manager.get(page("crm_account_change", acme.account.pk), before=mark).context["happened"]) == 3


def test_an_empty_account_says_so(acme: Company, manager: Visit) -> None:
    text = manager.page(page("crm_account_change", acme.account.pk))
    assert "Nothing has happened with this account yet" in text


def test_a_contact_is_suppressed_with_a_reason_and_let_go_again(acme: Company, manager: Visit) -> None:
    address = page("crm_contact_change", acme.contact.pk)
    assert "Yes, nothing stands against it." in manager.page(address)
    assert "This field is required" in said(
        manager.post(page("crm_contact_do", acme.contact.pk, "suppress"), reason=" ")
    )
    told = manager.post(page("crm_contact_do", acme.contact.pk, "suppress"), reason="Asked us to stop.", follow=True)
    assert "Nobody writes to Hank Scorpio from now on" in said(told)
    assert "No. Asked us to stop. Set by manager-acme" in said(told)
    assert acme.propose().status == "blocked"
    manager.post(page("crm_contact_do", acme.contact.pk, "lift"))
    assert acme.propose().status == "approved"
    with tenant_scope(acme.tenant):
        assert Suppression.objects.filter(lifted_at=None).count() == 0


def test_an_address_is_suppressed_and_lifted(acme: Company, manager: Visit) -> None:
    manager.post(page("crm_suppression_add"), address="Hank@Globex.example", reason="Asked.")
    assert "No. Asked." in manager.page(page("crm_contact_change", acme.contact.pk))
    with tenant_scope(acme.tenant):
        row = Suppression.objects.get()
    manager.post(page("crm_suppression_do", row.pk, "lift"))
    again = manager.post(page("crm_suppression_do", row.pk, "lift"), follow=True)
    assert "this no longer applies" in said(again)


def test_an_import_shows_its_counts_and_what_could_not_be_read(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        run = ImportRun.objects.create(
            tenant=acme.tenant,
            profile="maven",
            counts={"accounts": {"created": 60, "updated": 1, "unchanged": 2, "rejected": 1}},
            errors=[{"file": "deals.csv", "line": 7, "column": "stage", "reason": "No stage is called Maybe."}],
            run_by="command line",
            duration=timedelta(seconds=3.2),
        )
    assert "60 created, 1 updated" in manager.page(page("crm_importrun_changelist"))
    text = manager.page(page("crm_importrun_change", run.pk))
    assert "Accounts 60 1 2 1" in text
    assert "deals.csv 7 stage No stage is called Maybe." in text


def test_a_deal_shows_how_its_stage_came_about(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        StageChange.objects.create(
            tenant=acme.tenant, opportunity=acme.deal, from_stage="discovery", to_stage="evaluation", source="import"
        )
    assert "Discovery Evaluation import" in manager.page(page("crm_opportunity_change", acme.deal.pk))


@pytest.mark.parametrize(("search", "found"), [("glob", True), ("retail", True), ("nobody", False)])
def test_accounts_are_searched(acme: Company, manager: Visit, search: str, found: bool) -> None:
    text = said(manager.get(page("crm_account_changelist"), q=search))
    assert ("Globex" in text) == found
    assert ("Nothing matches" in text) != found


def test_actions_are_filtered_by_status_kind_clone_and_account(acme: Company, manager: Visit) -> None:
    acme.propose_proposal()
    acme.propose("order_cake", {"for": "Hank"})
    acme.propose("commit_pricing", {"price": 1})
    address = page("engine_action_changelist")

    def listed(**query: str) -> list[str]:
        return sorted(action.action_type for action in manager.get(address, **query).context["cl"].result_list)

    assert listed() == ["commit_pricing", "order_cake", "send_proposal"]
    assert listed(status="blocked") == ["commit_pricing"]
    assert listed(action_type="others") == ["order_cake"]
    assert listed(action_type="send_proposal") == ["send_proposal"]
    assert listed(clone__id__exact=str(acme.clone.pk)) == listed()
    assert listed(q="globex") == listed()
    assert listed(q="nobody") == []


def test_the_record_is_newest_first_and_found_by_its_subject(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    acme.approve(action)
    address = page("record_entry_changelist")
    kinds = [entry.kind for entry in manager.get(address).context["cl"].result_list]
    assert kinds[:2] == ["action.approved", "action.proposed"]
    history = manager.get(page("engine_action_history", action.pk))
    about = manager.client.get(history.headers["Location"]).context["cl"].result_list
    assert [entry.kind for entry in about] == ["action.approved", "action.proposed"]
    assert [entry.kind for entry in manager.get(address, about="action", by="person").context["cl"].result_list] == [
        "action.approved"
    ]
    entry = about[0]
    assert entry.hash in manager.page(page("record_entry_change", entry.pk))
