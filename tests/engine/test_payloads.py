"""Every row of the payload table: its fields, who carries it, and to whom it goes."""

from copy import deepcopy

import pytest

from engine.payloads import (
    CONNECTOR_OF,
    NEEDS_OPPORTUNITY,
    PROMISE,
    recipients,
    validate_payload,
)
from guardrails.policy import HARD_STOPS, TIERS
from tests.engine.payload_cases import E_MAIL_TYPES, EVERY_FIELD, FULL, LEAST, errors_of, with_field


def test_the_table_covers_every_action_but_the_hard_stops():
    assert CONNECTOR_OF.keys() == PROMISE.keys() == LEAST.keys()
    assert LEAST.keys() == TIERS.keys() - HARD_STOPS


@pytest.mark.parametrize("action_type", FULL)
def test_a_payload_that_fits_comes_back_as_it_was_sent(action_type):
    assert validate_payload(action_type, FULL[action_type]) == FULL[action_type]
    assert validate_payload(action_type, LEAST[action_type]) == LEAST[action_type]


@pytest.mark.parametrize("action_type", FULL)
def test_the_clean_payload_is_a_copy(action_type):
    sent = deepcopy(FULL[action_type])
    clean = validate_payload(action_type, sent)
    for value in sent.values():
        if isinstance(value, dict | list):
            value.clear()
    assert clean == FULL[action_type]


@pytest.mark.parametrize("action_type", FULL)
def test_an_empty_payload_lacks_every_required_field_and_says_so_at_once(action_type):
    assert errors_of(action_type, {}) == {f"/payload/{field}": "required" for field in LEAST[action_type]}


@pytest.mark.parametrize("action_type", FULL)
@pytest.mark.parametrize("payload", [None, [], "text", 5, True, [{}]], ids=repr)
def test_a_payload_is_an_object(action_type, payload):
    assert errors_of(action_type, payload) == {"/payload": "type"}


@pytest.mark.parametrize("action_type", FULL)
def test_unknown_fields_are_named(action_type):
    sent = {**FULL[action_type], "bcc": [], "a/b~c": 1, "approved_by": "me"}
    assert errors_of(action_type, sent) == dict.fromkeys(
        ("/payload/bcc", "/payload/a~1b~0c", "/payload/approved_by"), "unknown_field"
    )


@pytest.mark.parametrize(("action_type", "field"), EVERY_FIELD)
def test_a_field_of_another_type_is_named(action_type, field):
    right = type(FULL[action_type][field])
    for wrong in (None, True, 5, 1.5, "", "text", [], [5], {}, {"a": 1}):
        if type(wrong) is not right:
            assert errors_of(action_type, with_field(action_type, field, wrong)) == {f"/payload/{field}": "type"}


@pytest.mark.parametrize("action_type", FULL)
def test_everything_that_is_wrong_is_told_at_once(action_type):
    broken = dict.fromkeys(FULL[action_type], None) | {"else": 1}
    assert errors_of(action_type, broken).keys() == {f"/payload/{field}" for field in broken}


@pytest.mark.parametrize("spelling", ["Send-Proposal", "send proposal", "SEND_PROPOSAL"])
def test_another_spelling_of_the_action_does_not_get_round_its_payload(spelling):
    assert "/payload/to" in errors_of(spelling, {})
    assert recipients(spelling, LEAST["send_proposal"]) == ("joel@acme.example",)


@pytest.mark.parametrize("action_type", E_MAIL_TYPES)
def test_an_e_mail_writes_to_everybody_in_to_and_cc_once(action_type):
    sent = LEAST[action_type] | {
        "to": ["Joel@acme.example", "B@acme.example"],
        "cc": ["joel@ACME.example", "c@d.example"],
    }
    assert recipients(action_type, validate_payload(action_type, sent)) == (
        "joel@acme.example",
        "b@acme.example",
        "c@d.example",
    )


def test_a_meeting_writes_to_its_attendees():
    assert recipients("schedule_meeting", LEAST["schedule_meeting"]) == ("joel@acme.example",)


@pytest.mark.parametrize("action_type", sorted(LEAST.keys() - {*E_MAIL_TYPES, "schedule_meeting"}))
def test_the_other_actions_write_to_no_address(action_type):
    assert recipients(action_type, FULL[action_type]) == ()


def test_the_fields_of_an_unknown_action_have_no_meaning():
    assert recipients("send_sms", {"to": 5, "cc": ["joel@acme.example"]}) == ()


def test_each_connector_promises_what_the_contract_says():
    in_our_records = [
        "qualify_conversation",
        "progress_early_stage",
        "progress_past_evaluation",
        "update_account_context",
        "modify_account_plan",
        "create_briefing",
        "log_interaction",
    ]
    carriers = (
        dict.fromkeys(E_MAIL_TYPES, ("email", "neither"))
        | dict.fromkeys(in_our_records, ("crm", "keyed"))
        | {
            "send_chat_message": ("chat", "neither"),
            "schedule_meeting": ("calendar", "keyed"),
            "escalate_to_management": ("escalation", "neither"),
        }
    )
    assert {name: (CONNECTOR_OF[name], PROMISE[name]) for name in CONNECTOR_OF} == carriers


def test_three_actions_need_a_deal():
    assert {"progress_early_stage", "progress_past_evaluation", "qualify_conversation"} == NEEDS_OPPORTUNITY
