"""Carrying out: once, only what may run, and an outcome for every way it can go."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from crm.models import Account, Briefing, Interaction, Opportunity, Suppression
from crm.people import change_role
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.approvals import decide_again, settle
from engine.claims import claim
from engine.connectors.contract import NotDelivered, Receipt, Uncertain
from engine.errors import Conflict
from engine.execution import MOST_ATTEMPTS, drain, execute, run
from engine.models import Action, Attempt
from engine.sweep import expire_overdue, settle_lost
from guardrails.pauses import lift_pause, set_pause
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company
from tests.sinks import MailSink, free_port, mail_sink


@pytest.fixture
def sink(settings) -> Iterator[MailSink]:
    with mail_sink() as running:
        use(settings, running.port)
        yield running


def use(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.CONNECTOR_TIMEOUT_S = 2


def set_columns(action: Action, assignment: str) -> None:
    with tenant_scope(action.tenant_id), connection.cursor() as cursor:
        cursor.execute(f"UPDATE engine_action SET {assignment} WHERE id = %s", [action.pk])


def attempts(company: Company, action: Action) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Attempt.objects.filter(action=action).order_by("fence").values_list("outcome", flat=True))


def kinds(company: Company, action: Action) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(subject_id=str(action.pk)).order_by("id").values_list("kind", flat=True))


def test_an_autonomous_mail_arrives_once_signed_and_named(acme: Company, sink: MailSink) -> None:
    acme.clone.signature, acme.clone.reply_to = "Ada, Acme", "sales@acme.example"
    with tenant_scope(acme.tenant):
        acme.clone.save()
    action = acme.propose(contact="C-1")
    assert (drain("email"), drain("email")) == (1, 0)
    (mail,) = sink.taken
    assert (mail["To"], mail["Subject"]) == ("hank@globex.example", "Next steps")
    assert (mail["From"], mail["Reply-To"]) == ("Ada of acme <ada@acme.example>", "sales@acme.example")
    assert mail.get_content().replace("\r\n", "\n") == "Shall we talk on Monday?\n\n-- \nAda, Acme\n"
    assert acme.read(action).status == "executed"
    assert kinds(acme, action) == ["action.proposed", "action.executing", "action.executed"]


def test_the_message_id_is_the_same_at_every_try(acme: Company, sink: MailSink) -> None:
    action = acme.propose()
    sink.mode = "busy"
    drain("email")
    sink.mode = "take"
    set_columns(action, "retry_at = clock_timestamp()")
    drain("email")
    with tenant_scope(acme.tenant):
        keys = set(Attempt.objects.values_list("key", flat=True))
    assert [f"<{key[:40]}@acme.example>" for key in keys] == [sink.taken[0]["Message-ID"]]


def test_a_sent_mail_stands_on_the_timeline(acme: Company, sink: MailSink) -> None:
    acme.propose(contact="C-1")
    drain("email")
    with tenant_scope(acme.tenant):
        (interaction,) = Interaction.objects.all()
    assert (interaction.channel, interaction.direction, interaction.status) == ("email", "out", "completed")
    assert (interaction.contact_id, interaction.participants) == (acme.contact.pk, ["hank@globex.example"])


@pytest.mark.parametrize("mode", ["busy", "refuse"])
def test_a_proven_refusal_is_tried_again_later(acme: Company, sink: MailSink, mode: str) -> None:
    sink.mode = mode
    action = acme.propose()
    assert drain("email") == 1
    waiting = acme.read(action)
    assert (waiting.status, waiting.attempts, attempts(acme, action)) == ("approved", 1, ["retry"])
    assert waiting.retry_at is not None
    assert drain("email") == 0


def test_a_mail_server_that_is_away_is_tried_again_later(acme: Company, settings) -> None:
    use(settings, free_port())
    action = acme.propose()
    drain("email")
    assert (acme.read(action).status, attempts(acme, action)) == ("approved", ["retry"])


@pytest.mark.parametrize("mode", ["drop", "lose"])
def test_a_lost_answer_is_unknown_and_never_repeated(acme: Company, sink: MailSink, mode: str) -> None:
    sink.mode = mode
    action = acme.propose()
    drain("email")
    assert acme.read(action).status == "unknown"
    assert (drain("email"), len(sink.taken)) == (0, 1 if mode == "lose" else 0)


def test_retries_end(acme: Company, sink: MailSink) -> None:
    sink.mode = "busy"
    action = acme.propose()
    for _ in range(MOST_ATTEMPTS):
        drain("email")
        set_columns(action, "retry_at = clock_timestamp()")
    assert acme.read(action).status == "failed"
    assert attempts(acme, action) == ["retry"] * (MOST_ATTEMPTS - 1) + ["failed"]
    assert drain("email") == 0


def test_a_retry_may_pass_the_deadline(acme: Company, sink: MailSink) -> None:
    sink.mode = "busy"
    action = acme.propose()
    drain("email")
    set_columns(action, "retry_at = clock_timestamp(), expires_at = clock_timestamp()")
    sink.mode = "take"
    assert expire_overdue() == 0
    assert (drain("email"), acme.read(action).status) == (1, "executed")


def test_a_recipient_the_server_refused_is_named_in_the_result(acme: Company, settings) -> None:
    with mail_sink(refused_addresses=frozenset({"gone@globex.example"})) as sink:
        use(settings, sink.port)
        action = acme.propose(payload=acme.email(cc=["gone@globex.example"]))
        drain("email")
    assert acme.read(action).result["refused"] == ["gone@globex.example"]


def test_what_is_past_its_deadline_expires_and_never_runs(acme: Company, sink: MailSink) -> None:
    waiting, approved = acme.propose_proposal(), acme.propose()
    for action in (waiting, approved):
        set_columns(action, "expires_at = clock_timestamp()")
    assert drain("email") == 0
    assert expire_overdue() == 2
    assert {acme.read(waiting).status, acme.read(approved).status} == {"expired"}


def test_a_hold_keeps_the_worker_away_until_it_ends(acme: Company, sink: MailSink) -> None:
    action = acme.approve(acme.propose_proposal(), hold=True)
    assert drain("email") == 0
    set_columns(action, "not_before = clock_timestamp()")
    assert drain("email") == 1


@pytest.mark.parametrize("scope", ["everything", "clone", "type", "both"])
def test_a_pause_keeps_approved_actions_back_until_it_is_lifted(acme: Company, sink: MailSink, scope: str) -> None:
    action = acme.propose()
    clone = acme.clone if scope in ("clone", "both") else None
    action_type = "send_follow_up_email" if scope in ("type", "both") else ""
    pause = set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Audit", clone=clone, action_type=action_type)
    assert (drain("email"), acme.read(action).status) == (0, "approved")
    lift_pause(pause, actor=acme.actor())
    assert (drain("email"), acme.read(action).status) == (1, "executed")


def test_a_pause_of_something_else_holds_nothing_back(acme: Company, sink: MailSink) -> None:
    set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Audit", action_type="send_chat_message")
    acme.propose()
    assert drain("email") == 1


def test_while_paused_a_new_autonomous_proposal_waits_for_a_person(acme: Company) -> None:
    set_pause(tenant=acme.tenant, actor=acme.actor(), reason="Audit")
    action = acme.propose()
    assert (action.status, action.reason) == ("pending", "paused")


def test_an_autonomous_action_whose_deal_moved_on_needs_a_person_now(acme: Company, sink: MailSink) -> None:
    action = acme.propose()
    acme.move_deal(Stage.NEGOTIATION)
    assert drain("email") == 0
    back = acme.read(action)
    assert (back.status, back.reason, back.stage) == ("pending", "stage_gate", "negotiation")
    assert back.content_hash != action.content_hash


def test_an_autonomous_action_whose_deal_moved_within_what_is_allowed_runs(acme: Company, sink: MailSink) -> None:
    action = acme.propose()
    acme.move_deal(Stage.QUALIFICATION)
    assert (drain("email"), acme.read(action).stage) == (1, "qualification")


def test_a_consent_that_no_longer_fits_goes_back_to_a_person(acme: Company, sink: MailSink) -> None:
    action = acme.approve(acme.propose_proposal())
    acme.move_deal(Stage.NEGOTIATION)
    assert drain("email") == 0
    back = acme.read(action)
    assert (back.status, back.decided_by, back.stage) == ("pending", None, "negotiation")
    acme.approve(back)
    assert drain("email") == 1


def test_an_approver_who_lost_the_role_has_not_approved(acme: Company, sink: MailSink) -> None:
    action = acme.approve(acme.propose_proposal())
    with tenant_scope(acme.tenant):
        membership = acme.manager.memberships.get()
    change_role(membership, role="rep", actor=SYSTEM)
    assert (drain("email"), acme.read(action).status) == (0, "pending")


def test_a_contact_suppressed_after_the_approval_is_never_written_to(acme: Company, sink: MailSink) -> None:
    action = acme.approve(acme.propose_proposal())
    with tenant_scope(acme.tenant):
        Suppression.objects.create(tenant=acme.tenant, address="hank@globex.example", reason="Opt-out", set_by="test")
    assert (drain("email"), acme.read(action).status, sink.taken) == (0, "blocked", [])


def test_a_worker_that_was_lost_leaves_an_unknown_mail_and_a_due_record_change(acme: Company) -> None:
    mail, note = acme.propose(), acme.propose("create_briefing", {"title": "Before the call", "body": "Ask."})
    for queue in ("email", "crm"):
        assert len(claim(acme.tenant.pk, queue)) == 1
    for action in (mail, note):
        set_columns(action, "lease_until = clock_timestamp()")
    assert settle_lost() == 2
    assert (acme.read(mail).status, acme.read(note).status) == ("unknown", "approved")


def test_a_late_answer_of_a_lost_worker_changes_nothing(acme: Company, sink: MailSink) -> None:
    action = acme.propose("create_briefing", {"title": "Before the call", "body": "Ask."})
    (stale,) = claim(acme.tenant.pk, "crm")
    set_columns(action, "lease_until = clock_timestamp()")
    settle_lost()
    set_columns(action, "retry_at = clock_timestamp()")
    (current,) = claim(acme.tenant.pk, "crm")
    run(stale)
    with tenant_scope(acme.tenant):
        assert not Briefing.objects.exists()
    run(current)
    assert acme.read(action).status == "executed"
    with tenant_scope(acme.tenant):
        assert Briefing.objects.count() == 1


def test_a_connector_that_fails_in_a_new_way_is_unknown_and_the_others_go_on(
    acme: Company, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = acme.propose(), acme.propose()
    answers = iter([RuntimeError("surprise"), Receipt("Sent.")])

    def deliver(_: object) -> Receipt:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    from engine.connectors import registry

    monkeypatch.setattr(
        registry, "CONNECTORS", {**registry.CONNECTORS, "email": registry.CONNECTORS["email"]._replace(deliver=deliver)}
    )
    monkeypatch.setattr("engine.execution.CONNECTORS", registry.CONNECTORS)
    drain("email")
    assert (acme.read(first).status, acme.read(second).status) == ("unknown", "executed")


@pytest.mark.parametrize(
    ("failure", "status"), [(NotDelivered("gone", final=True), "failed"), (Uncertain("who knows"), "approved")]
)
def test_a_keyed_connector_is_tried_again_after_a_lost_answer(
    acme: Company, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: str
) -> None:
    from engine.connectors import registry

    def deliver(_: object) -> Receipt:
        raise failure

    changed = registry.CONNECTORS["calendar"]._replace(deliver=deliver)
    monkeypatch.setattr("engine.execution.CONNECTORS", {**registry.CONNECTORS, "calendar": changed})
    action = acme.propose("schedule_meeting", MEETING)
    drain("calendar")
    assert acme.read(action).status == status


MEETING = {
    "attendees": ["hank@globex.example"],
    "starts_at": "2027-03-01T09:30:00+01:00",
    "duration_minutes": 45,
    "title": "Next steps",
    "location": "By phone",
}


def test_a_meeting_is_an_invitation_with_a_stable_uid(acme: Company, sink: MailSink) -> None:
    action = acme.propose("schedule_meeting", MEETING)
    drain("calendar")
    (mail,) = sink.taken
    calendar = next(part for part in mail.walk() if part.get_content_type() == "text/calendar").get_content()
    with tenant_scope(acme.tenant):
        key = Attempt.objects.get(action=action).key
        interaction = Interaction.objects.get()
    assert f"UID:{key}" in calendar.replace("\r\n ", "")
    assert "METHOD:REQUEST" in calendar
    assert (interaction.channel, interaction.status) == ("meeting", "scheduled")


def test_a_chat_message_is_written_for_its_channel(acme: Company, settings, tmp_path: Path) -> None:
    settings.CHAT_WEBHOOK_URL, settings.CHAT_FOLDER = "", tmp_path
    action = acme.propose("send_chat_message", {"channel": "#sales/../etc", "text": "Globex wants a call."})
    drain("chat")
    (file,) = tmp_path.iterdir()
    assert (file.name, json.loads(file.read_text())["text"]) == ("sales-etc.jsonl", "Globex wants a call.")
    assert acme.read(action).status == "executed"


def test_an_escalation_reaches_the_managers(acme: Company, sink: MailSink) -> None:
    action = acme.propose("escalate_to_management", {"summary": "Globex threatens to leave.", "severity": "high"})
    acme.approve(action)
    drain("escalation")
    assert sink.taken[0]["To"] == "manager@acme.example, second_manager@acme.example"


def test_each_record_change_is_made_in_the_records(acme: Company) -> None:
    acme.propose("progress_early_stage", {"to_stage": "qualification"}, opportunity="O-1")
    drain("crm")
    acme.propose("qualify_conversation", {"framework": "BANT", "fields": {"budget": "50k"}}, opportunity="O-1")
    acme.propose("update_account_context", {"context": {"fiscal_year": "July"}})
    acme.propose("create_briefing", {"title": "Before the call", "body": "Ask about July."})
    log = {"channel": "call", "occurred_at": "2026-01-05T10:00:00Z", "summary": "Spoke with Hank."}
    acme.propose("log_interaction", log)
    acme.approve(acme.propose("modify_account_plan", {"plan": "Win the renewal."}))
    assert drain("crm") == 5
    with tenant_scope(acme.tenant):
        deal, account = Opportunity.objects.get(), Account.objects.get()
        assert (deal.stage, deal.qualification) == ("qualification", {"BANT": {"budget": "50k"}})
        assert deal.stage_changes.get().source.startswith("action:")
        assert (account.context, account.plan) == ({"fiscal_year": "July"}, "Win the renewal.")
        assert Briefing.objects.get().title == "Before the call"
        assert Interaction.objects.get().text == "Spoke with Hank."


def test_closing_a_deal_dates_it(acme: Company) -> None:
    action = acme.propose("progress_past_evaluation", {"to_stage": "closed_won"}, opportunity="O-1")
    acme.approve(action)
    drain("crm")
    with tenant_scope(acme.tenant):
        deal = Opportunity.objects.get()
    assert (deal.stage, deal.closed_on is not None) == ("closed_won", True)


def test_a_failed_action_runs_again_only_after_a_new_decision(acme: Company, sink: MailSink) -> None:
    action = acme.propose()
    sink.mode = "drop"
    drain("email")
    sink.mode = "take"
    unknown = acme.read(action)
    again = decide_again(action=unknown, actor=acme.actor(), content_hash=unknown.content_hash)
    assert (again.status, again.attempts, again.decided_by) == ("approved", 0, acme.manager)
    assert (drain("email"), len(sink.taken)) == (1, 1)


@pytest.mark.parametrize(("happened", "status"), [(True, "executed"), (False, "failed")])
def test_a_person_says_what_became_of_an_unknown_action(
    acme: Company, sink: MailSink, happened: bool, status: str
) -> None:
    sink.mode = "lose"
    action = acme.propose()
    drain("email")
    settled = settle(action=action, happened=happened, actor=acme.actor(), note="Hank answered it.")
    assert (settled.status, settled.result["detail"]) == (status, "Hank answered it.")
    with pytest.raises(Conflict):
        settle(action=action, happened=happened, actor=acme.actor(), note="Again.")


def test_what_is_not_approved_is_not_carried_out(acme: Company, sink: MailSink) -> None:
    for action in (acme.propose_proposal(), acme.propose("commit_pricing", {}), acme.propose("paint_the_office", {})):
        assert not execute(action)
    assert sink.taken == []


def test_one_tenants_work_is_never_done_in_anothers_scope(acme: Company, rival: Company, sink: MailSink) -> None:
    acme.propose()
    rival.propose()
    assert drain("email") == 2
    assert sorted(mail["From"] for mail in sink.taken) == [
        "Ada of acme <ada@acme.example>",
        "Ada of rival <ada@rival.example>",
    ]
