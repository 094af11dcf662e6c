"""Hold and deadlines of a tenant: what fits, what is refused by name, what the record keeps."""

from typing import Any

import pytest

from crm.tenancy import tenant_scope
from guardrails.models import Policy, PolicyVersion
from guardrails.policies import set_times
from guardrails.policy import HARD_STOPS
from record.models import Entry
from tests.cast import Company, company

FITTING: dict[str, Any] = {"hold_seconds": 10, "deadline_hours": 72, "deadlines": {}}


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


def entries(acme: Company) -> list[dict[str, Any]]:
    with tenant_scope(acme.tenant):
        return [entry.facts for entry in Entry.objects.filter(kind="policy.times_set").order_by("id")]


def test_a_hold_is_no_rule_and_the_version_stays(acme: Company) -> None:
    policy = set_times(tenant=acme.tenant, actor=acme.actor(), **{**FITTING, "hold_seconds": 0})
    assert (policy.hold_seconds, policy.version) == (0, 1)
    with tenant_scope(acme.tenant):
        assert not PolicyVersion.objects.exists()


def test_another_deadline_is_recorded_and_makes_a_version(acme: Company) -> None:
    changed = {**FITTING, "hold_seconds": 0, "deadlines": {"send_proposal": 24}}
    policy = set_times(tenant=acme.tenant, actor=acme.actor(), **changed)
    assert (policy.hold_seconds, policy.deadlines, policy.version) == (0, {"send_proposal": 24}, 2)
    assert entries(acme) == [
        {"hold_seconds": {"was": 10, "now": 0}, "deadlines": {"was": {}, "now": {"send_proposal": 24}}}
    ]


def test_what_changes_nothing_leaves_no_entry(acme: Company) -> None:
    set_times(tenant=acme.tenant, actor=acme.actor(), **FITTING)
    assert entries(acme) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"hold_seconds": -1}, "hold_seconds"),
        ({"hold_seconds": 3601}, "hold_seconds"),
        ({"hold_seconds": True}, "hold_seconds"),
        ({"hold_seconds": 1.5}, "hold_seconds"),
        ({"deadline_hours": 0}, "deadline_hours"),
        ({"deadline_hours": None}, "deadline_hours"),
        ({"deadlines": {"send_proposal": 0}}, "send_proposal"),
        ({"deadlines": {"order_cake": 5}}, "deadlines"),
        *(({"deadlines": {name: 5}}, "deadlines") for name in sorted(HARD_STOPS)),
    ],
)
def test_what_does_not_fit_is_refused_by_name(acme: Company, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: "):
        set_times(tenant=acme.tenant, actor=acme.actor(), **{**FITTING, **changes})
    with tenant_scope(acme.tenant):
        assert Policy.objects.get().hold_seconds == 10
