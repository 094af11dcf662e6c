"""Pauses, hold and deadlines, and the schedule at the console."""

import pytest
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from crm.tenancy import tenant_scope
from guardrails.models import Pause, Policy, PolicyVersion
from record.models import Entry
from tests.cast import Company
from tests.console.visits import Visit, said


def page(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def last_entry(company: Company) -> Entry:
    with tenant_scope(company.tenant):
        return Entry.objects.order_by("-id")[0]


def test_a_pause_is_set_holds_and_is_lifted(acme: Company, manager: Visit) -> None:
    fields = {"clone": str(acme.clone.pk), "action_type": "send_follow_up_email", "reason": "Wrong price list."}
    told = manager.post(page("guardrails_pause_add"), follow=True, **fields)
    assert "Paused: Send follow up email of Ada of acme." in said(told)
    assert acme.propose().status == "pending"
    with tenant_scope(acme.tenant):
        pause = Pause.objects.get()
    assert (pause.clone_id, pause.action_type, pause.set_by) == (acme.clone.pk, "send_follow_up_email", "manager-acme")
    manager.post(page("guardrails_pause_do", pause.pk, "lift"))
    assert acme.propose().status == "approved"
    assert last_entry(acme).kind == "action.proposed"


def test_a_pause_needs_a_reason_and_a_known_kind(acme: Company, manager: Visit) -> None:
    assert "This field is required" in said(manager.post(page("guardrails_pause_add"), reason=""))
    refused = manager.post(page("guardrails_pause_add"), reason="x", action_type="commit_pricing")
    assert "not one of the available choices" in said(refused)
    with tenant_scope(acme.tenant):
        assert not Pause.objects.exists()


def test_hold_and_deadlines_are_set_by_a_manager_and_recorded(acme: Company, manager: Visit) -> None:
    address = page("guardrails_policy_do", acme.tenant.pk, "times")
    manager.post(address, hold_seconds="0", deadline_hours="48", send_proposal="24", reason="They answer slowly.")
    with tenant_scope(acme.tenant):
        policy = Policy.objects.get()
        version = PolicyVersion.objects.get()
        entry = Entry.objects.get(kind="policy.times_set")
    assert (policy.hold_seconds, policy.deadline_hours, policy.deadlines, policy.version) == (
        0,
        48,
        {"send_proposal": 24},
        2,
    )
    assert entry.facts["hold_seconds"] == {"was": 10, "now": 0}
    assert (version.version, version.reason, version.made_by) == (2, "They answer slowly.", entry.actor_label)
    action = acme.propose_proposal()
    assert (action.expires_at - action.proposed_at).total_seconds() == 24 * 3600


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"hold_seconds": "-1", "deadline_hours": "1"}, "greater than or equal to 0"),
        ({"hold_seconds": "10", "deadline_hours": "0"}, "greater than or equal to 1"),
        ({"hold_seconds": "4000", "deadline_hours": "1"}, "less than or equal to 3600"),
        ({"hold_seconds": "10", "deadline_hours": "1", "send_proposal": "soon"}, "Enter a whole number"),
    ],
)
def test_times_that_do_not_fit_are_said_in_the_form(
    acme: Company, manager: Visit, fields: dict[str, str], sentence: str
) -> None:
    assert sentence in said(manager.post(page("guardrails_policy_do", acme.tenant.pk, "times"), **fields))
    with tenant_scope(acme.tenant):
        assert Policy.objects.get().hold_seconds == 10


def test_the_list_of_policies_leads_to_the_one(acme: Company, manager: Visit) -> None:
    response = manager.get(page("guardrails_policy_changelist"))
    assert response.headers["Location"] == page("guardrails_policy_change", acme.tenant.pk)
    assert "10 seconds to undo a decision" in manager.page(response.headers["Location"])


@pytest.fixture
def task(db: None) -> PeriodicTask:
    interval = IntervalSchedule.objects.create(every=6, period="hours")
    return PeriodicTask.objects.create(name="pattern_scan", task="engine.pattern_scan", interval=interval)


def test_an_operator_sets_when_a_task_runs_and_the_record_says_who(
    acme: Company, operator: Visit, task: PeriodicTask
) -> None:
    key = task.pk
    operator.post(page("django_celery_beat_periodictask_do", key, "interval"), every="2", period="hours")
    operator.post(page("django_celery_beat_periodictask_do", key, "off"))
    changed = PeriodicTask.objects.get(pk=key)
    assert (changed.interval.every, changed.enabled, changed.task) == (2, False, "engine.pattern_scan")
    entry = last_entry(acme)
    assert (entry.kind, entry.actor_label) == ("schedule.switched_off", "operator-acme")
    operator.post(page("django_celery_beat_periodictask_do", key, "on"))
    assert PeriodicTask.objects.get(pk=key).enabled


def test_an_interval_that_is_none_is_said_in_the_form(acme: Company, operator: Visit, task: PeriodicTask) -> None:
    address = page("django_celery_beat_periodictask_do", task.pk, "interval")
    assert "greater than or equal to 1" in said(operator.post(address, every="0", period="hours"))
    assert "not one of the available choices" in said(operator.post(address, every="1", period="moons"))
