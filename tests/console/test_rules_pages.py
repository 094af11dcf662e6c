"""The rules of a company at the console: every kind by its form, who may, what is refused, and what the pages say."""

import re
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Account, Clone
from crm.tenancy import tenant_scope
from guardrails.models import PolicyVersion, RuleKind, TenantRule
from guardrails.setting import lift_rule, set_rule
from tests.cast import Company
from tests.console.visits import Visit, said

LIST = "/admin/guardrails/tenantrule/"
VERSIONS = "/admin/guardrails/policyversion/"
TRY = "/admin/guardrails/tenantrule/try/"
HOSTILE = "<script>alert(1)</script>\u202etxt\u200b"


def form_page(kind: str) -> str:
    return reverse("admin:guardrails_tenantrule_add_kind", args=[kind])


def forms(acme: Company) -> dict[str, dict[str, str]]:
    """What each kind's form is filled with at the least."""
    return {
        "needs_person": {},
        "never": {},
        "four_eyes": {},
        "touch_limit": {"limit": "3"},
        "send_limit": {"limit": "3"},
        "pending_limit": {"limit": "3"},
        "quiet_hours": {"quiet_from": "22:00", "quiet_until": "07:00"},
        "reps_decide": {},
        "reminder": {"hours": "24"},
        "escalation": {"hours": "48", "person": str(acme.manager.pk)},
    }


def rules(acme: Company) -> list[TenantRule]:
    with tenant_scope(acme.tenant):
        return list(TenantRule.objects.order_by("id"))


@pytest.mark.parametrize("kind", RuleKind.values)
def test_a_manager_sets_every_kind_by_its_form_and_lifts_it(acme: Company, manager: Visit, kind: str) -> None:
    assert RuleKind(kind).label in manager.page(form_page(kind))
    answer = manager.post(form_page(kind), follow=True, reason="Because.", **forms(acme)[kind])
    assert "Set. " in said(answer)
    (rule,) = rules(acme)
    assert (rule.kind, rule.reason, rule.set_by) == (kind, "Because.", acme.manager.username)
    lift = reverse("admin:guardrails_tenantrule_do", args=[rule.pk, "lift"])
    assert "This field is required" in said(manager.post(lift))
    assert "Lifted." in said(manager.post(lift, follow=True, reason="No more."))
    assert rules(acme)[0].lifted_by == acme.manager.username
    assert "no longer applies" in said(manager.post(lift, follow=True, reason="Again."))


def test_a_whole_scope_is_set_as_it_was_filled_in(acme: Company, manager: Visit) -> None:
    manager.post(
        form_page("quiet_hours"),
        quiet_from="22:00",
        quiet_until="07:30",
        quiet_weekends="on",
        action_type="send_proposal",
        stage="discovery",
        clone=str(acme.clone.pk),
        account="globex",
        recipient="@Globex.example",
        value_from="100.50",
        value_below="5000",
        reason="Sleep well.",
    )
    (rule,) = rules(acme)
    assert (rule.quiet_from, rule.quiet_until, rule.quiet_weekends) == (time(22), time(7, 30), True)
    assert (rule.action_type, rule.stage, rule.recipient) == ("send_proposal", "discovery", "@globex.example")
    assert (rule.clone_id, rule.account_id) == (acme.clone.pk, acme.account.pk)
    assert (rule.value_from, rule.value_below) == (Decimal("100.50"), Decimal("5000.00"))
    assert manager.page(LIST).count(
        "No messages from 22:00 to 07:30 by the contact's clock, nor on Saturdays and Sundays: send proposal in discovery"
        " by Ada of acme for Globex to @globex.example from $100.50 below $5,000."
    )


WRONG: list[tuple[str, str, str]] = [
    ("never", "action_type", "commit_pricing"),
    ("touch_limit", "action_type", "create_briefing"),
    ("never", "stage", "won"),
    ("never", "clone", "00000000-0000-0000-0000-000000000000"),
    ("never", "clone", "not an id"),
    ("never", "account", "Nobody Inc."),
    ("never", "recipient", "nobody"),
    ("never", "recipient", "@localhost"),
    ("never", "value_from", "-1"),
    ("never", "value_from", "NaN"),
    ("never", "value_from", "1e30"),
    ("never", "value_below", "0"),
    ("touch_limit", "limit", "0"),
    ("touch_limit", "limit", "many"),
    ("touch_limit", "limit", "100001"),
    ("touch_limit", "limit", ""),
    ("reminder", "hours", "0"),
    ("reminder", "hours", "9999999999999999999999"),
    ("quiet_hours", "quiet_from", "25:00"),
    ("quiet_hours", "quiet_until", "22:00"),
    ("escalation", "person", "0"),
    ("escalation", "person", ""),
    ("never", "reason", ""),
    ("never", "reason", "x" * 501),
]


@pytest.mark.parametrize(("kind", "field", "value"), WRONG)
def test_what_does_not_fit_is_said_beside_its_field(
    acme: Company, manager: Visit, kind: str, field: str, value: str
) -> None:
    response = manager.post(form_page(kind), **{"reason": "x", **forms(acme)[kind], field: value})
    assert response.status_code == 200
    assert list(response.context_data["form"].errors) == [field]
    assert rules(acme) == []


def test_a_value_range_that_holds_nothing_is_said_beside_its_end(acme: Company, manager: Visit) -> None:
    response = manager.post(form_page("never"), reason="x", value_from="500", value_below="500")
    assert list(response.context_data["form"].errors) == ["value_below"]


def test_of_two_accounts_of_one_name_the_external_id_says_which(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        other = Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Globex")
    assert "Several accounts have this name" in said(manager.post(form_page("never"), reason="x", account="Globex"))
    manager.post(form_page("never"), reason="x", account="A-2")
    assert rules(acme)[0].account_id == other.pk


@pytest.mark.parametrize("who", ["rep", "auditor", "operator"])
def test_others_read_the_rules_and_set_none(acme: Company, who: str) -> None:
    rule = set_rule(tenant=acme.tenant, actor=acme.actor(), kind="never", reason="Because.")
    visit = Visit(getattr(acme, who))
    assert "Never: everything." in visit.page(LIST)
    assert "Because." in visit.page(reverse("admin:guardrails_tenantrule_change", args=[rule.pk]))
    assert "Never: everything." in visit.page(VERSIONS)
    assert visit.get(TRY).status_code == 200
    for answer in (
        visit.get(f"{LIST}add/"),
        visit.get(form_page("never")),
        visit.post(form_page("never"), reason="x"),
        visit.post(f"{LIST}add/", kind="never", reason="x"),
        visit.post(reverse("admin:guardrails_tenantrule_do", args=[rule.pk, "lift"]), reason="x"),
    ):
        assert answer.status_code == 403
    assert len(rules(acme)) == 1
    assert rules(acme)[0].lifted_at is None


def test_a_kind_that_does_not_exist_is_not_found(acme: Company, manager: Visit) -> None:
    assert manager.get(form_page("nothing")).status_code == 404
    assert manager.post(f"{LIST}add/", kind="", reason="x").status_code == 404


def test_trying_and_setting_take_their_own_methods_only(manager: Visit) -> None:
    assert manager.post(TRY, action_type="send_proposal").status_code == 405


def test_another_companys_clones_accounts_and_people_are_neither_offered_nor_taken(
    acme: Company, rival: Company, manager: Visit
) -> None:
    with tenant_scope(rival.tenant):
        Account.objects.create(tenant=rival.tenant, external_id="R-9", name="Only Theirs")
    for kind in ("never", "escalation"):
        html = manager.get(form_page(kind)).content.decode()
        for theirs in (rival.clone.name, str(rival.clone.pk), rival.manager.username):
            assert theirs not in html
    forged: tuple[tuple[str, dict[str, str]], ...] = (
        ("never", {"clone": str(rival.clone.pk)}),
        ("never", {"account": "Only Theirs"}),
        ("never", {"account": "R-9"}),
        ("escalation", {"hours": "5", "person": str(rival.manager.pk)}),
        ("escalation", {"hours": "5", "person": str(acme.rep.pk)}),
    )
    for kind, fields in forged:
        assert manager.post(form_page(kind), reason="x", **fields).status_code == 200
    assert rules(acme) == []
    foreign = set_rule(tenant=rival.tenant, actor=rival.actor(), kind="never", reason="Theirs.")
    lift = reverse("admin:guardrails_tenantrule_do", args=[foreign.pk, "lift"])
    assert manager.post(lift, reason="x").status_code == 404
    assert "Theirs." not in manager.page(LIST) + manager.page(VERSIONS)


def test_hostile_texts_stay_texts_and_show_what_they_hide(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(name=HOSTILE)
        Account.objects.filter(pk=acme.account.pk).update(name=HOSTILE, external_id="A-1")
        clone, account = Clone.objects.get(pk=acme.clone.pk), Account.objects.get(pk=acme.account.pk)
    reason = "<script>alert(1)</script>"
    rule = set_rule(tenant=acme.tenant, actor=acme.actor(), kind="never", reason=reason, clone=clone, account=account)
    change = reverse("admin:guardrails_tenantrule_change", args=[rule.pk])
    tried = (TRY, {"action_type": "send_proposal", "account": "A-1", "clone": str(clone.pk)})
    for path, query in ((LIST, {}), (change, {}), (VERSIONS, {}), tried):
        response = manager.get(path, **query)
        html = response.content.decode()
        assert "<script>alert(1)" not in html, path
        assert "alert(1)" in html, path
        body = re.sub(r"<option\b.*?</option>", "", html, flags=re.DOTALL)  # a choice can hold no mark-up
        assert "\u202e" not in body, path


@pytest.mark.parametrize("recipient", ["<script>@x.example", "'\"><img src=x>", "\u202ea@x.example"])
def test_a_hostile_recipient_is_refused_and_shown_as_text(acme: Company, manager: Visit, recipient: str) -> None:
    response = manager.post(form_page("never"), reason="x", recipient=recipient)
    assert list(response.context_data["form"].errors) == ["recipient"]
    html = response.content.decode()
    assert "<img src=x>" not in html
    assert "<script>@" not in html


def test_the_versions_say_in_words_what_changed_and_who_why(acme: Company, manager: Visit) -> None:
    who = acme.actor()
    rule = set_rule(
        tenant=acme.tenant,
        actor=who,
        kind="escalation",
        reason="Big ones.",
        hours=1,
        person=acme.second_manager,
        clone=acme.clone,
        account=acme.account,
        value_from=Decimal(50_000),
    )
    lift_rule(rule, actor=who, reason="No more.")
    address = reverse("admin:guardrails_policy_do", args=[acme.tenant.pk, "times"])
    manager.post(address, hold_seconds="10", deadline_hours="48", send_proposal="24", reason="Slow.")
    page = manager.page(VERSIONS)
    sentence = "Hand over to second_manager-acme after 1 hour: by Ada of acme for Globex from $50,000."
    assert f"Set. {sentence}" in page
    assert f"Lifted. {sentence}" in page
    assert "Deadline hours: was 72, is 48; Deadlines: was none of their own, is send proposal 24" in page
    assert all(word in page for word in ("Big ones.", "No more.", "Slow.", acme.manager.username))
    with tenant_scope(acme.tenant):
        version = PolicyVersion.objects.order_by("version").first()
    assert version is not None
    assert sentence in manager.page(reverse("admin:guardrails_policyversion_change", args=[version.pk]))


def test_the_buttons_say_what_they_do(acme: Company, manager: Visit) -> None:
    assert "Set a rule" in manager.page(LIST)
    set_rule(tenant=acme.tenant, actor=acme.actor(), kind="never", reason="x")
    assert "Set a rule" in manager.page(LIST)
    assert "Set a rule" not in re.sub("Set a rule of", "", Visit(acme.rep).page(LIST))


def statements(visit: Visit, path: str) -> int:
    visit.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert visit.get(path).status_code == 200
    return len(queries)


@pytest.mark.parametrize("path", [LIST, VERSIONS, f"{TRY}?action_type=send_proposal&account=A-1"])
def test_however_many_rules_stand_a_page_asks_as_often(acme: Company, manager: Visit, path: str) -> None:
    def one() -> None:
        set_rule(
            tenant=acme.tenant,
            actor=acme.actor(),
            kind="escalation",
            reason="x",
            hours=5,
            person=acme.manager,
            clone=acme.clone,
            account=acme.account,
        )

    one()
    few = statements(manager, path)
    for _ in range(8):
        one()
    assert statements(manager, path) == few


def test_trying_says_the_verdict_first_and_which_rules_take_it_in(acme: Company, manager: Visit) -> None:
    set_rule(tenant=acme.tenant, actor=acme.actor(), kind="four_eyes", reason="x", value_from=Decimal(50_000))
    set_rule(tenant=acme.tenant, actor=acme.actor(), kind="never", reason="x", stage="stalled")
    page = manager.page(TRY, action_type="send_proposal", value="60000", stage="discovery")
    assert "A person decides" in page
    assert "Two people decide: from $50,000." in page
    assert "Never: in stalled." not in page
    assert "It is blocked, and nobody can approve it" in manager.page(
        TRY, action_type="log_interaction", stage="stalled"
    )
    assert "It is blocked" in manager.page(TRY, action_type="Commit Pricing")
    assert "An agent may do it on its own" in manager.page(TRY, action_type="create_briefing")
    assert "No rule of yours takes it in" in manager.page(TRY, action_type="create_briefing")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"action_type": ""}, "action_type"),
        ({"action_type": "x" * 201}, "action_type"),
        ({"action_type": "a", "account": "nobody"}, "account"),
        ({"action_type": "a", "value": "-5"}, "value"),
        ({"action_type": "a", "stage": "won"}, "stage"),
        ({"action_type": "a", "clone": "x"}, "clone"),
    ],
)
def test_what_cannot_be_tried_is_said_beside_its_field(manager: Visit, query: dict[str, Any], field: str) -> None:
    response = manager.get(TRY, **query)
    assert response.status_code == 200
    assert list(response.context_data["form"].errors) == [field]
