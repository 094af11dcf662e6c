"""A payload that fits, for every row of the table, and what the refusal of another one says."""

import pytest

from engine.payloads import PayloadError, validate_payload

E_MAIL_TYPES = [
    "send_follow_up_email",
    "send_routine_response",
    "send_proposal",
    "discuss_pricing",
    "negotiate_terms",
    "contact_c_suite",
    "share_minutes_externally",
]

E_MAIL = {"to": ["joel@acme.example"], "subject": "Next steps", "body": "Hi Joel,\nas said."}
LEAST = {
    **{name: {**E_MAIL} for name in E_MAIL_TYPES},
    "send_chat_message": {"channel": "#acme", "text": "The contract\nis here."},
    "schedule_meeting": {
        "attendees": ["joel@acme.example"],
        "starts_at": "2026-03-01T09:30:00+01:00",
        "duration_minutes": 30,
        "title": "Review",
    },
    "qualify_conversation": {"framework": "BANT", "fields": {"budget": "120,000 a year"}},
    "progress_early_stage": {"to_stage": "discovery"},
    "progress_past_evaluation": {"to_stage": "negotiation"},
    "update_account_context": {"context": {"tools": ["Excel", {"since": 2019}], "hiring": True}},
    "modify_account_plan": {"plan": "Grow in EMEA.\nThen in APAC."},
    "create_briefing": {"title": "Before the call", "body": "They use\nExcel."},
    "log_interaction": {"channel": "call", "occurred_at": "2026-03-01T09:30:00Z", "summary": "Went well."},
    "escalate_to_management": {"summary": "They may leave.", "severity": "high"},
}
OPTIONAL = {
    **{name: {"cc": ["ann@acme.example"]} for name in E_MAIL_TYPES},
    "schedule_meeting": {"description": "Agenda:\n1. Price", "location": "Room 4"},
}
FULL = {name: {**fields, **OPTIONAL.get(name, {})} for name, fields in LEAST.items()}


def errors_of(action_type, payload):
    """{pointer: code} of what is wrong."""
    with pytest.raises(PayloadError) as refusal:
        validate_payload(action_type, payload)
    errors = refusal.value.errors
    assert all(error.keys() == {"pointer", "code", "detail"} for error in errors)
    assert all(error["detail"].endswith(".") for error in errors)
    assert all(error["pointer"] in str(refusal.value) for error in errors)
    return {error["pointer"]: error["code"] for error in errors}


def with_field(action_type, field, value):
    return {**FULL[action_type], field: value}


EVERY_FIELD = [(name, field) for name, fields in FULL.items() for field in fields]
