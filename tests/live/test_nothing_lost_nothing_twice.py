"""Workers killed in mid-execution, a broker that comes back empty: the mail server counts what really happened."""

import time
from collections import Counter

import pytest
from django.db import connection

from crm.models import Briefing
from crm.tenancy import tenant_scope
from engine.models import Action
from tests.cast import Company, company
from tests.live.conftest import Stack, until
from tests.sinks import MailSink

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]


def statuses(acme: Company) -> Counter[str]:
    with tenant_scope(acme.tenant):
        return Counter(Action.objects.values_list("status", flat=True))


def let_leases_run_out(acme: Company) -> None:
    """What 90 seconds of waiting would do."""
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET lease_until = clock_timestamp() WHERE status = 'executing'")
        cursor.execute("UPDATE engine_action SET retry_at = clock_timestamp() WHERE retry_at IS NOT NULL")


def subjects(sink: MailSink) -> Counter[str]:
    return Counter(mail["Subject"] for mail in sink.taken)


def test_a_worker_killed_while_the_mail_server_hangs_never_sends_again(stack: Stack, sink: MailSink) -> None:
    acme = company("acme")
    stack.start_worker()
    sink.mode = "hang"
    action = acme.propose()
    until(lambda: len(sink.taken) == 1)
    assert acme.read(action).status == "executing"
    stack.kill("worker")
    sink.mode = "take"
    let_leases_run_out(acme)
    stack.start_worker()
    until(lambda: acme.read(action).status == "unknown")
    time.sleep(6)  # longer than a sweep
    assert len(sink.taken) == 1


def test_workers_killed_again_and_again_lose_nothing_and_repeat_nothing(stack: Stack, sink: MailSink) -> None:
    acme = company("acme")
    sink.delay_s = 0.05
    mails = [acme.propose(payload=acme.email(subject=f"No. {number}")) for number in range(60)]
    notes = [acme.propose("create_briefing", {"title": f"No. {number}", "body": "Read."}) for number in range(60)]
    for killed_after in (1, 15, 30, 45):
        stack.start_worker()
        until(lambda at=killed_after: len(sink.taken) >= at or not statuses(acme)["approved"], within=60)
        stack.kill("worker")
        let_leases_run_out(acme)
    stack.start_worker()

    def all_settled() -> bool:
        let_leases_run_out_of_notes(acme)
        return set(statuses(acme)) <= {"executed", "unknown"}

    until(all_settled, within=60)
    sent = subjects(sink)
    assert max(sent.values()) == 1
    for number, action in enumerate(mails):
        now = acme.read(action)
        assert now.status in ("executed", "unknown")
        assert now.status == "unknown" or sent[f"No. {number}"] == 1
    assert {acme.read(note).status for note in notes} == {"executed"}
    with tenant_scope(acme.tenant):
        assert Counter(Briefing.objects.values_list("title", flat=True)) == Counter(f"No. {n}" for n in range(60))


def let_leases_run_out_of_notes(acme: Company) -> None:
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET retry_at = clock_timestamp() WHERE retry_at IS NOT NULL")


def test_a_broker_that_comes_back_empty_costs_nothing(stack: Stack, sink: MailSink) -> None:
    acme = company("acme")
    stack.start_worker()
    stack.start_web()
    with stack.client(acme.bearer) as agent:

        def propose(number: int) -> None:
            body = {
                "action_type": "send_follow_up_email",
                "account": "A-1",
                "payload": acme.email(subject=f"No. {number}"),
                "rationale": "Silent for two weeks.",
            }
            answer = agent.post("actions/", json=body)
            assert answer.status_code == 201, answer.text

        for number in range(10):
            propose(number)
        stack.empty_valkey()
        for number in range(10, 20):
            propose(number)
        until(lambda: sum(subjects(sink).values()) >= 20, within=40)
        propose(20)
        until(lambda: statuses(acme) == {"executed": 21}, within=40)
    assert subjects(sink) == Counter(f"No. {number}" for number in range(21))


def test_without_any_broker_proposals_are_taken_at_once_and_done_by_the_sweep(stack: Stack, sink: MailSink) -> None:
    acme = company("acme")
    stack.start_worker()
    stack.start_web()
    assert stack.servers.valkey.child is not None
    stack.servers.valkey.child.kill()
    stack.servers.valkey.child.wait(timeout=10)
    body = {"action_type": "send_follow_up_email", "account": "A-1", "payload": acme.email(), "rationale": "Silent."}
    with stack.client(acme.bearer) as agent:
        agent.get("actions/")
        began = time.monotonic()
        assert agent.post("actions/", json=body).status_code == 201
        assert time.monotonic() - began < 1.0
    until(lambda: len(sink.taken) == 1, within=30)
