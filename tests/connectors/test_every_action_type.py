"""Every action that may run at all has somebody who carries it out, and is carried out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm.stages import Stage
from engine.connectors.registry import CONNECTORS
from engine.execution import drain
from engine.payloads import CONNECTOR_OF, PROMISE
from guardrails.policy import CATALOGUE, HARD_STOPS, Tier
from tests.cast import Company
from tests.engine.test_executing import MEETING, use
from tests.sinks import MailSink, mail_sink

MAY_RUN = sorted(CATALOGUE.keys() - HARD_STOPS)
MAIL = {"to": ["hank@globex.example"], "subject": "Next steps", "body": "Shall we talk?"}
PAYLOADS: dict[str, dict[str, Any]] = {
    "send_chat_message": {"channel": "#sales", "text": "Globex wants a call."},
    "schedule_meeting": MEETING,
    "qualify_conversation": {"framework": "BANT", "fields": {"budget": "50k"}},
    "progress_early_stage": {"to_stage": "qualification"},
    "progress_past_evaluation": {"to_stage": "negotiation"},
    "update_account_context": {"context": {"fiscal_year": "July"}},
    "modify_account_plan": {"plan": "Win the renewal."},
    "create_briefing": {"title": "Before the call", "body": "Ask about July."},
    "log_interaction": {"channel": "call", "occurred_at": "2026-01-05T10:00:00Z", "summary": "Spoke with Hank."},
    "escalate_to_management": {"summary": "Globex threatens to leave.", "severity": "high"},
}
OF_A_DEAL = frozenset({"qualify_conversation", "progress_early_stage", "progress_past_evaluation"})


@pytest.fixture
def sink(settings: Any, tmp_path: Path) -> Iterator[MailSink]:
    settings.CHAT_WEBHOOK_URL, settings.CHAT_FOLDER = "", tmp_path
    with mail_sink() as running:
        use(settings, running.port)
        yield running


def test_all_seventeen_have_a_connector_that_promises_what_they_are_told_to() -> None:
    assert len(MAY_RUN) == 17
    assert sorted(CONNECTOR_OF) == MAY_RUN
    for action_type in MAY_RUN:
        assert CONNECTORS[CONNECTOR_OF[action_type]].promise == PROMISE[action_type]
        assert CONNECTORS[CONNECTOR_OF[action_type]].ready()


def test_no_hard_stop_has_one() -> None:
    assert HARD_STOPS.isdisjoint(CONNECTOR_OF)


@pytest.mark.parametrize("action_type", MAY_RUN)
def test_each_is_carried_out(acme: Company, sink: MailSink, action_type: str) -> None:
    acme.move_deal(Stage.DISCOVERY)
    target = {"opportunity": "O-1"} if action_type in OF_A_DEAL else {}
    action = acme.propose(action_type, PAYLOADS.get(action_type, MAIL), **target)
    if CATALOGUE[action_type].tier is Tier.APPROVAL_REQUIRED:
        acme.approve(action)
    assert drain(CONNECTOR_OF[action_type]) == 1
    done = acme.read(action)
    assert (done.status, done.attempts) == ("executed", 1)
    assert json.dumps(done.result)


@pytest.mark.parametrize("action_type", MAY_RUN)
def test_each_may_be_left_to_its_agent(acme: Company, sink: MailSink, action_type: str) -> None:
    target = {"opportunity": "O-1"} if action_type in OF_A_DEAL else {}
    action = acme.propose(action_type, PAYLOADS.get(action_type, MAIL), runner="agent", **target)
    assert (action.runner, action.queue) == ("agent", "")
    assert [drain(queue) for queue in CONNECTORS] == [0] * len(CONNECTORS)
