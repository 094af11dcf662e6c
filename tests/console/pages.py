"""Every page and every verb of the console, as tables the tests walk over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_otp.plugins.otp_totp.models import TOTPDevice

from crm.keys import issue_person_token
from crm.models import Briefing, Channel, ImportRun, Interaction, Membership
from crm.suppressions import suppress
from crm.tenancy import tenant_scope
from engine.alerts import readers
from engine.digests.contents import Edition, compose
from engine.models import Digest, Notice, Reach, Run
from goals.tracker import GoalTracker
from guardrails.models import Policy, PolicyVersion
from guardrails.pauses import set_pause
from guardrails.setting import set_rule
from insights.models import Insight, Threshold
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company

EVERYBODY = frozenset({"manager", "rep", "auditor", "operator"})
INSPECTORS = frozenset({"auditor", "operator"})

# Who may see the rows of a page; the others get a 403.
READERS: dict[str, frozenset[str]] = {
    "engine_action": EVERYBODY,
    "record_entry": EVERYBODY,
    "crm_account": EVERYBODY,
    "crm_contact": EVERYBODY,
    "crm_opportunity": EVERYBODY,
    "crm_interaction": EVERYBODY,
    "crm_briefing": EVERYBODY,
    "crm_suppression": EVERYBODY,
    "crm_importrun": EVERYBODY,
    "crm_clone": EVERYBODY,
    "crm_membership": EVERYBODY,
    "crm_persontoken": EVERYBODY,
    "crm_agentkey": frozenset({"manager"}) | INSPECTORS,
    "guardrails_pause": EVERYBODY,
    "guardrails_policy": EVERYBODY,
    "guardrails_tenantrule": EVERYBODY,
    "guardrails_policyversion": EVERYBODY,
    "crm_tenant": EVERYBODY,
    "goals_goal": EVERYBODY,
    "insights_insight": EVERYBODY,
    "insights_threshold": EVERYBODY,
    "engine_run": EVERYBODY,
    "engine_digest": EVERYBODY,
    "engine_notice": frozenset({"manager"}) | INSPECTORS,
    "engine_reach": EVERYBODY,
    "auth_user": INSPECTORS,
    "axes_accessattempt": INSPECTORS,
    "django_celery_beat_periodictask": EVERYBODY,
}

# Who may add rows: (page, who, the form).
ADDERS: dict[str, tuple[frozenset[str], dict[str, Any]]] = {
    "crm_membership": (frozenset({"operator"}), {"username": "new.person", "role": "rep"}),
    "crm_clone": (frozenset({"operator", "manager"}), {"name": "Bob"}),
    "crm_agentkey": (frozenset({"operator"}), {"scopes": ["ingest"]}),
    "crm_persontoken": (EVERYBODY, {"label": "mine"}),
    "crm_suppression": (frozenset({"operator", "manager"}), {"address": "stop@x.example", "reason": "asked"}),
    "guardrails_pause": (frozenset({"operator", "manager"}), {"reason": "stop"}),
    "guardrails_tenantrule": (frozenset({"manager"}), {"kind": "four_eyes", "value_from": "50000", "reason": "big"}),
    "goals_goal": (
        frozenset({"manager"}),
        {"goal_type": "revenue", "target_value": "5", "period_start": "2026-01-01", "period_end": "2026-12-31"},
    ),
}

# Who may do what to a row: (page, verb) -> (who, the form).
DOERS: dict[tuple[str, str], tuple[frozenset[str], dict[str, Any]]] = {
    ("crm_membership", "role"): (frozenset({"operator"}), {"role": "auditor"}),
    ("crm_membership", "remove"): (frozenset({"operator"}), {}),
    ("crm_clone", "edit"): (frozenset({"operator", "manager"}), {"name": "Ada II"}),
    ("crm_agentkey", "revoke"): (frozenset({"operator"}), {}),
    ("crm_persontoken", "revoke"): (frozenset({"operator"}), {}),
    ("crm_contact", "suppress"): (frozenset({"operator", "manager"}), {"reason": "asked"}),
    ("crm_suppression", "lift"): (frozenset({"operator", "manager"}), {}),
    ("guardrails_pause", "lift"): (frozenset({"operator", "manager"}), {}),
    ("guardrails_policy", "times"): (
        frozenset({"manager"}),
        {"hold_seconds": "5", "deadline_hours": "24", "reason": "Slower."},
    ),
    ("guardrails_tenantrule", "lift"): (frozenset({"manager"}), {"reason": "No more."}),
    ("auth_user", "password"): (frozenset({"operator"}), {}),
    ("auth_user", "two_factor"): (frozenset({"operator"}), {}),
    ("crm_tenant", "webhook"): (frozenset({"operator"}), {"chat_webhook_url": "https://1.1.1.1/hook"}),
    ("engine_reach", "set"): (
        frozenset({"manager"}),
        {"urgent_way": "email", "other_way": "none", "batch_minutes": "7", "urgent_hours": "2"},
    ),
    ("engine_reach", "test"): (frozenset({"manager"}), {}),
    ("crm_tenant", "two_factor"): (frozenset({"operator"}), {"required": "on"}),
    ("goals_goal", "change"): (
        frozenset({"manager"}),
        {"target_value": "7", "period_start": "2026-01-01", "period_end": "2999-12-31"},
    ),
    ("goals_goal", "measure"): (frozenset({"manager"}), {}),
    ("goals_goal", "cancel"): (frozenset({"manager"}), {}),
    ("insights_insight", "useful"): (frozenset({"manager"}), {"comment": "Yes."}),
    ("insights_insight", "false_alarm"): (frozenset({"manager"}), {}),
    ("django_celery_beat_periodictask", "run"): (frozenset({"operator"}), {}),
    ("django_celery_beat_periodictask", "off"): (frozenset({"operator"}), {}),
    ("django_celery_beat_periodictask", "interval"): (frozenset({"operator"}), {"every": "2", "period": "hours"}),
}


@dataclass
class Furnished:
    """A company with one row behind every page, by the page's name."""

    company: Company
    rows: dict[str, Any]

    def row_page(self, page: str) -> str:
        return reverse(f"admin:{page}_change", args=[self.rows[page].pk])

    def verb_page(self, page: str, verb: str) -> str:
        return reverse(f"admin:{page}_do", args=[self.rows[page].pk, verb])


def furnish(company: Company) -> Furnished:
    """Give a company a row of every kind."""
    tenant = company.tenant
    rule = set_rule(tenant=tenant, actor=SYSTEM, kind="reminder", reason="x", hours=24)
    action = company.propose_proposal(opportunity="O-1", contact="C-1", rationale="They asked.")
    with tenant_scope(tenant):
        of_tenant = {"tenant": tenant, "account": company.account}
        rows = {
            "engine_action": action,
            "record_entry": Entry.objects.filter(tenant_id=tenant.pk).first(),
            "crm_account": company.account,
            "crm_contact": company.contact,
            "crm_opportunity": company.deal,
            "crm_interaction": Interaction.objects.create(
                **of_tenant,
                external_id="I-1",
                channel=Channel.EMAIL,
                occurred_at="2026-01-01T00:00:00Z",
                subject="Hello",
                text="What about Monday?",
            ),
            "crm_briefing": Briefing.objects.create(**of_tenant, external_id="B-1", title="Notes", body="Long ago."),
            "crm_suppression": suppress(tenant=tenant, actor=SYSTEM, reason="asked", address="no@nowhere.example"),
            "crm_importrun": ImportRun.objects.create(
                tenant=tenant,
                profile="maven",
                counts={"accounts": {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}},
                errors=[{"file": "a.csv", "line": 2, "column": "name", "reason": "empty"}],
                run_by="x",
                duration="0:00:01",
            ),
            "crm_clone": company.clone,
            "crm_agentkey": company.key,
            "crm_membership": Membership.objects.get(person=company.second_manager),
            "guardrails_policy": Policy.objects.get(tenant=tenant),
            "guardrails_tenantrule": rule,
            "guardrails_policyversion": PolicyVersion.objects.get(),
            "insights_insight": Insight.objects.create(
                **of_tenant,
                signal="silence",
                pattern_type="risk_indicator",
                severity="medium",
                confidence=0.8,
                reason="Nothing from them for 20 days.",
                evidence=[{"quote": "Until then.", "who": "Hank"}],
                seen_at="2026-01-01T00:00:00Z",
            ),
            "insights_threshold": Threshold.objects.create(tenant=tenant, pattern_type="buying_signal", value=0.75),
            "crm_tenant": tenant,
            "engine_run": Run.objects.create(
                tenant=tenant,
                task="pattern_scan",
                slot="2026-01-01T00:00:00Z",
                as_of="2026-01-01T00:00:01Z",
                started_by="schedule",
                ended_at="2026-01-01T00:00:09Z",
            ),
            "engine_reach": Reach.objects.create(tenant=tenant, person=company.manager, batch_minutes=20),
            "engine_notice": Notice.objects.create(
                tenant=tenant,
                kind="alert",
                key="a",
                channel="email",
                recipient="m@acme.example",
                subject="Look",
                text="Look.",
                due_at="2026-01-01T00:00:00Z",
            ),
        }
        reader = next(one for one in readers(tenant) if one.person == company.second_manager)
        content = compose(Edition(tenant, reader, date(2026, 1, 1), rows["record_entry"].created_at))
        rows["engine_digest"] = Digest.objects.create(
            tenant=tenant,
            person=company.second_manager,
            day="2026-01-01",
            content=content,
            made_at="2026-01-01T00:00:00Z",
        )
    rows["goals_goal"] = GoalTracker().create_goal(
        tenant=tenant,
        goal_type="revenue",
        target_value=1_000_000,
        period_start=date(2026, 1, 1),
        period_end=date(2999, 12, 31),
    )
    rows["crm_persontoken"] = issue_person_token(tenant=tenant, person=company.second_manager, actor=SYSTEM)[0]
    rows["guardrails_pause"] = set_pause(tenant=tenant, actor=SYSTEM, reason="x", action_type="schedule_meeting")
    rows["auth_user"] = company.second_manager
    TOTPDevice.objects.create(user=company.second_manager, name="app")
    rows["axes_accessattempt"] = AccessAttempt.objects.create(
        username=company.rep.username, ip_address="192.0.2.1", user_agent="x", failures_since_start=2
    )
    interval, _ = IntervalSchedule.objects.get_or_create(every=1, period="hours")
    rows["django_celery_beat_periodictask"] = PeriodicTask.objects.get_or_create(
        name="pattern_scan", defaults={"task": "engine.pattern_scan", "interval": interval}
    )[0]
    return Furnished(company, rows)


def registered() -> Iterator[str]:
    """The name of every page of rows the console has."""
    for model in admin.site._registry:
        yield f"{model._meta.app_label}_{model._meta.model_name}"
