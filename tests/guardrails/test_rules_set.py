"""Setting and lifting rules: what fits, what is refused by name, and the version each change makes."""

from datetime import UTC, time
from decimal import Decimal
from typing import Any

import pytest

from crm.tenancy import tenant_scope
from guardrails.models import Policy, PolicyVersion, RuleKind, TenantRule
from guardrails.pauses import set_pause
from guardrails.policies import set_times
from guardrails.policy import HARD_STOPS
from guardrails.setting import MOST_RULES, lift_rule, set_rule
from guardrails.standing import standing_rules
from record.actors import SYSTEM
from record.models import Entry
from tests import rivals
from tests.cast import Company, company

# The least that each kind needs.
NEEDS: dict[str, dict[str, Any]] = {
    "needs_person": {},
    "never": {},
    "four_eyes": {},
    "touch_limit": {"limit": 3},
    "send_limit": {"limit": 3},
    "pending_limit": {"limit": 3},
    "quiet_hours": {"quiet_from": time(22), "quiet_until": time(7)},
    "reps_decide": {},
    "reminder": {"hours": 24},
    "escalation": {"hours": 48},
}


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


def given(acme: Company, kind: str, **more: Any) -> dict[str, Any]:
    person = {"person": acme.manager} if kind == "escalation" else {}
    return {**NEEDS[kind], **person, **more}


def set_one(acme: Company, kind: str, **more: Any) -> TenantRule:
    return set_rule(tenant=acme.tenant, actor=acme.actor(), kind=kind, reason="Because.", **given(acme, kind, **more))


def version_of(acme: Company) -> int:
    with tenant_scope(acme.tenant):
        return Policy.objects.get().version


def versions(acme: Company) -> list[PolicyVersion]:
    with tenant_scope(acme.tenant):
        return list(PolicyVersion.objects.order_by("version"))


def entries(acme: Company, kind: str = "policy.changed") -> list[Entry]:
    with tenant_scope(acme.tenant):
        return list(Entry.objects.filter(kind=kind).order_by("id"))


def test_every_kind_is_in_the_table() -> None:
    assert set(NEEDS) == set(RuleKind.values)


@pytest.mark.parametrize("kind", NEEDS)
def test_every_kind_is_set_makes_one_version_and_is_lifted_with_another(acme: Company, kind: str) -> None:
    rule = set_one(acme, kind)
    assert lift_rule(rule, actor=acme.actor(acme.second_manager), reason="No more.") is True
    one, two = versions(acme)
    assert (version_of(acme), one.version, two.version) == (3, 2, 3)
    assert (one.made_by, one.reason, one.changes[0]["change"]) == (acme.manager.username, "Because.", "set")
    assert (two.made_by, two.reason, two.changes[0]["change"]) == (acme.second_manager.username, "No more.", "lifted")
    assert one.changes[0]["rule"] == two.changes[0]["rule"]
    assert one.changes[0]["rule"]["kind"] == kind
    assert [entry.facts["version"] for entry in entries(acme)] == [2, 3]
    with tenant_scope(acme.tenant):
        assert standing_rules() == []


@pytest.mark.parametrize("kind", NEEDS)
def test_what_a_kind_needs_must_be_said(acme: Company, kind: str) -> None:
    for name in given(acme, kind):
        left = {key: value for key, value in given(acme, kind).items() if key != name}
        with pytest.raises(ValueError, match=f"^{name}: "):
            set_rule(tenant=acme.tenant, actor=SYSTEM, kind=kind, reason="x", **left)
    assert versions(acme) == []


def test_a_rule_that_was_lifted_is_not_lifted_again(acme: Company) -> None:
    rule = set_one(acme, "never")
    assert lift_rule(rule, actor=SYSTEM, reason="x")
    assert lift_rule(rule, actor=SYSTEM, reason="x") is False
    assert version_of(acme) == 3


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("nothing_such", {}, "kind"),
    *(("never", {"action_type": name}, "action_type") for name in sorted(HARD_STOPS)),
    ("never", {"action_type": "Commit Pricing"}, "action_type"),
    ("never", {"action_type": "7 dwarfs"}, "action_type"),
    ("never", {"action_type": "a" * 65}, "action_type"),
    ("never", {"action_type": "_"}, "action_type"),
    ("never", {"action_type": 5}, "action_type"),
    ("never", {"action_type": "\u4ef7\u683c"}, "action_type"),
    ("touch_limit", {"action_type": "create_briefing"}, "action_type"),
    ("send_limit", {"action_type": "update_account_context"}, "action_type"),
    ("quiet_hours", {"action_type": "log_interaction"}, "action_type"),
    ("never", {"stage": "won"}, "stage"),
    ("never", {"stage": ["discovery"]}, "stage"),
    ("pending_limit", {"stage": "discovery"}, "stage"),
    ("pending_limit", {"action_type": "send_proposal"}, "action_type"),
    ("reps_decide", {"recipient": "@x.example"}, "recipient"),
    ("never", {"recipient": "nobody"}, "recipient"),
    ("never", {"recipient": "@"}, "recipient"),
    ("never", {"recipient": "@localhost"}, "recipient"),
    ("never", {"recipient": "Hank <hank@x.example>"}, "recipient"),
    ("never", {"recipient": "a@x.example\nb@x.example"}, "recipient"),
    ("never", {"recipient": 5}, "recipient"),
    ("never", {"value_from": Decimal(-1)}, "value_from"),
    ("never", {"value_from": Decimal("NaN")}, "value_from"),
    ("never", {"value_from": "plenty"}, "value_from"),
    ("never", {"value_from": True}, "value_from"),
    ("never", {"value_from": Decimal("1e20")}, "value_from"),
    ("never", {"value_from": Decimal("0.001")}, "value_from"),
    ("never", {"value_below": Decimal(0)}, "value_below"),
    ("reps_decide", {"value_below": Decimal(0)}, "value_below"),
    ("reps_decide", {"value_below": 0}, "value_below"),
    ("never", {"value_from": Decimal(5), "value_below": Decimal(5)}, "value_below"),
    ("never", {"limit": 5}, "limit"),
    ("touch_limit", {"limit": 0}, "limit"),
    ("touch_limit", {"limit": -1}, "limit"),
    ("touch_limit", {"limit": True}, "limit"),
    ("touch_limit", {"limit": 1.5}, "limit"),
    ("touch_limit", {"limit": 100_001}, "limit"),
    ("touch_limit", {"quiet_weekends": True}, "quiet_weekends"),
    ("reminder", {"hours": 0}, "hours"),
    ("reminder", {"hours": 24 * 365 + 1}, "hours"),
    ("quiet_hours", {"quiet_from": time(7), "quiet_until": time(7)}, "quiet_until"),
    ("quiet_hours", {"quiet_from": "late"}, "quiet_from"),
    ("quiet_hours", {"quiet_from": "22:00"}, "quiet_from"),
    ("quiet_hours", {"quiet_until": time(7, tzinfo=UTC)}, "quiet_until"),
    ("quiet_hours", {"quiet_weekends": "sometimes"}, "quiet_weekends"),
    ("never", {"no_such_field": 1}, "no_such_field"),
    ("never", {"clone": "Ada"}, "clone"),
    ("never", {"account": 5}, "account"),
    ("escalation", {"person": "manager"}, "person"),
]


@pytest.mark.parametrize(("kind", "changes", "named"), WRONG, ids=lambda value: str(value)[:60])
def test_what_does_not_fit_is_refused_by_name_and_nothing_changes(
    acme: Company, kind: str, changes: dict[str, Any], named: str
) -> None:
    more = given(acme, kind) if kind in NEEDS else {}
    with pytest.raises(ValueError, match=f"^{named}: "):
        set_rule(tenant=acme.tenant, actor=acme.actor(), kind=kind, reason="x", **{**more, **changes})
    assert (version_of(acme), versions(acme), entries(acme)) == (1, [], [])


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\0b"])
def test_without_a_reason_that_fits_nothing_is_set_or_lifted(acme: Company, reason: str) -> None:
    rule = set_one(acme, "never")
    with pytest.raises(ValueError, match=r"^reason: "):
        set_rule(tenant=acme.tenant, actor=SYSTEM, kind="never", reason=reason)
    with pytest.raises(ValueError, match=r"^reason: "):
        lift_rule(rule, actor=SYSTEM, reason=reason)
    assert version_of(acme) == 2


def test_a_value_from_nothing_on_takes_in_every_deal(acme: Company) -> None:
    assert set_one(acme, "never", value_from=Decimal(0)).value_from in (None, Decimal(0))
    with tenant_scope(acme.tenant):
        assert len(standing_rules()) == 1


def test_names_and_recipients_are_kept_in_the_form_they_are_compared_in(acme: Company) -> None:
    assert set_one(acme, "never", action_type="Send-Proposal").action_type == "send_proposal"
    assert set_one(acme, "never", action_type="send flowers").action_type == "send_flowers"
    assert set_one(acme, "never", recipient=" Hank@Globex.Example ").recipient == "hank@globex.example"
    assert set_one(acme, "never", recipient="@GLOBEX.example").recipient == "@globex.example"
    assert set_one(acme, "never", recipient="@b\u00fccher.example").recipient == "@xn--bcher-kva.example"


@pytest.mark.parametrize("field", ["clone", "account", "person"])
def test_another_companys_clone_account_and_person_are_refused(acme: Company, field: str) -> None:
    rival = company("rival")
    kind = "escalation" if field == "person" else "never"
    foreign = {"clone": rival.clone, "account": rival.account, "person": rival.manager}[field]
    with pytest.raises(ValueError, match=f"^{field}: "):
        set_one(acme, kind, **{field: foreign})


@pytest.mark.parametrize("who", ["rep", "auditor", "operator"])
def test_nothing_is_handed_over_to_who_may_not_decide(acme: Company, who: str) -> None:
    with pytest.raises(ValueError, match=r"^person: "):
        set_one(acme, "escalation", person=getattr(acme, who))


def test_the_record_holds_no_persons_address(acme: Company) -> None:
    rule = set_one(acme, "never", recipient="hank@globex.example")
    lift_rule(rule, actor=acme.actor(), reason="x")
    told = [str(entry.facts) for entry in entries(acme)] + [str(version.changes) for version in versions(acme)]
    assert all("hank" not in one and "an address" in one for one in told)
    set_one(acme, "never", recipient="@globex.example")
    assert "@globex.example" in str(entries(acme)[-1].facts)


def test_what_stands_is_what_was_set(acme: Company) -> None:
    rule = set_one(
        acme,
        "quiet_hours",
        action_type="send_proposal",
        stage="discovery",
        clone=acme.clone,
        account=acme.account,
        recipient="@globex.example",
        value_from=Decimal("100.10"),
        value_below=Decimal("999999999999.99"),
        quiet_weekends=True,
    )
    with tenant_scope(acme.tenant):
        (standing,) = standing_rules()
    assert (standing.id, standing.kind, standing.action_type) == (str(rule.pk), "quiet_hours", "send_proposal")
    assert (standing.clone_id, standing.account_id) == (str(acme.clone.pk), str(acme.account.pk))
    assert (standing.value_from, standing.value_below) == (Decimal("100.10"), Decimal("999999999999.99"))
    assert (standing.quiet_from, standing.quiet_until, standing.quiet_weekends) == (time(22), time(7), True)


def test_other_deadlines_make_one_version_and_a_hold_or_a_pause_makes_none(acme: Company) -> None:
    times: dict[str, Any] = {"hold_seconds": 0, "deadline_hours": 72, "deadlines": {}}
    set_times(tenant=acme.tenant, actor=acme.actor(), **times)
    set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Stop.")
    assert (version_of(acme), entries(acme)) == (1, [])
    changed = {**times, "deadline_hours": 24, "deadlines": {"send_proposal": 5}}
    set_times(tenant=acme.tenant, actor=acme.actor(), reason="Quicker.", **changed)
    (version,) = versions(acme)
    assert (version.version, version.reason, version.made_by) == (2, "Quicker.", acme.manager.username)
    assert version.changes == [
        {"change": "deadline_hours", "was": 72, "now": 24},
        {"change": "deadlines", "was": {}, "now": {"send_proposal": 5}},
    ]
    assert len(entries(acme)) == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_changes_at_once_make_sixteen_consecutive_versions(transactional_db: None) -> None:
    acme = company("acme")
    rules = [set_one(acme, "reminder", hours=number + 1) for number in range(6)]

    def setting(number: int) -> Any:
        return lambda: set_one(acme, "never", action_type=f"thing_{number}")

    def lifting(rule: TenantRule) -> Any:
        return lambda: lift_rule(rule, actor=SYSTEM, reason="x")

    def timing(hours: int) -> Any:
        times = {"hold_seconds": 10, "deadline_hours": hours, "deadlines": {}}
        return lambda: set_times(tenant=acme.tenant, actor=SYSTEM, **times)

    rivals.at_once(*map(setting, range(8)), *map(lifting, rules), timing(30), timing(40))
    made = versions(acme)
    assert [one.version for one in made] == list(range(2, 24))
    assert version_of(acme) == 23
    assert [entry.facts["version"] for entry in entries(acme)] == list(range(2, 24))
    with tenant_scope(acme.tenant):
        assert {rule.kind for rule in standing_rules()} == {"never"}
        assert len(standing_rules()) == 8


@pytest.mark.django_db(transaction=True)
def test_two_people_who_lift_one_rule_make_one_version(transactional_db: None) -> None:
    acme = company("acme")
    rule = set_one(acme, "never")
    lifted = rivals.at_once(*[lambda: lift_rule(rule, actor=SYSTEM, reason="x")] * 4)
    assert sorted(lifted) == [False, False, False, True]
    assert version_of(acme) == 3


@pytest.mark.django_db(transaction=True)
def test_two_hundred_rules_stand_at_most_also_when_two_are_set_at_once(transactional_db: None) -> None:
    acme = company("acme")
    with tenant_scope(acme.tenant):
        TenantRule.objects.bulk_create(
            TenantRule(tenant=acme.tenant, kind="never", reason="x", set_by="x") for _ in range(MOST_RULES - 1)
        )
    answers = rivals.at_once(*[lambda: set_one(acme, "needs_person")] * 3, refusals=(ValueError,))
    refused = [str(answer) for answer in answers if isinstance(answer, ValueError)]
    assert len(refused) == 2
    assert all(sentence.startswith("kind: 200 rules stand already") for sentence in refused)
