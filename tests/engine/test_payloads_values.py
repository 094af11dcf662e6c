"""What the fields of a payload may hold: texts, addresses, moments, numbers, words and answers."""

import pytest

from crm.qualification import FRAMEWORK_FIELDS
from engine.payloads import validate_payload
from tests.engine.payload_cases import EVERY_FIELD, FULL, errors_of, with_field


@pytest.mark.parametrize(
    ("action_type", "field"),
    [(name, field) for name, field in EVERY_FIELD if field in ("subject", "title", "location")]
    + [("send_chat_message", "channel")],
)
def test_a_line_holds_no_line_break_and_no_other_control_character(action_type, field):
    for character in "\r\n\v\f\t\x1b\x7f\x85\u2028\u2029":
        wrong = with_field(action_type, field, f"one{character}two")
        assert errors_of(action_type, wrong) == {f"/payload/{field}": "control_character"}


@pytest.mark.parametrize(
    ("action_type", "field"),
    [(name, field) for name, field in EVERY_FIELD if field in ("body", "text", "summary", "plan", "subject", "title")],
)
def test_a_text_is_not_blank(action_type, field):
    for blank in ("", " ", "\u3000"):
        assert errors_of(action_type, with_field(action_type, field, blank)) == {f"/payload/{field}": "blank"}


@pytest.mark.parametrize(
    ("action_type", "field", "longest"),
    [
        ("send_follow_up_email", "subject", 998),
        ("send_follow_up_email", "body", 100_000),
        ("send_chat_message", "channel", 300),
        ("send_chat_message", "text", 100_000),
        ("schedule_meeting", "title", 300),
        ("schedule_meeting", "location", 300),
        ("schedule_meeting", "description", 100_000),
        ("create_briefing", "title", 300),
        ("create_briefing", "body", 100_000),
        ("modify_account_plan", "plan", 100_000),
        ("log_interaction", "summary", 100_000),
        ("escalate_to_management", "summary", 100_000),
    ],
)
def test_a_text_has_a_longest_length(action_type, field, longest):
    validate_payload(action_type, with_field(action_type, field, "a" * longest))
    too_long = with_field(action_type, field, "a" * (longest + 1))
    assert errors_of(action_type, too_long) == {f"/payload/{field}": "too_long"}


@pytest.mark.parametrize(
    ("action_type", "field"), [(name, field) for name, field in EVERY_FIELD if field in ("to", "cc", "attendees")]
)
def test_every_address_that_is_none_is_named_by_its_place(action_type, field):
    wrong = ["joel@acme.example", "joel", None, "a@acme.example\r\nBcc: eve@elsewhere.example", "A <a@acme.example>"]
    assert errors_of(action_type, with_field(action_type, field, wrong)) == {
        f"/payload/{field}/1": "not_an_address",
        f"/payload/{field}/2": "type",
        f"/payload/{field}/3": "not_an_address",
        f"/payload/{field}/4": "not_an_address",
    }


@pytest.mark.parametrize(
    ("action_type", "field"), [(name, field) for name, field in EVERY_FIELD if field in ("to", "cc", "attendees")]
)
def test_a_list_of_addresses_holds_fifty_at_most(action_type, field):
    many = [f"p{number}@acme.example" for number in range(51)]
    validate_payload(action_type, with_field(action_type, field, many[:50]))
    assert errors_of(action_type, with_field(action_type, field, many)) == {f"/payload/{field}": "count"}


@pytest.mark.parametrize(("action_type", "field"), [("send_proposal", "to"), ("schedule_meeting", "attendees")])
def test_a_message_is_addressed_to_somebody(action_type, field):
    assert errors_of(action_type, with_field(action_type, field, [])) == {f"/payload/{field}": "count"}


def test_nobody_need_be_in_copy():
    assert validate_payload("send_proposal", with_field("send_proposal", "cc", []))["cc"] == []


def test_addresses_come_back_in_their_one_form():
    clean = validate_payload(
        "send_proposal", with_field("send_proposal", "to", ["Joel@ACME.Example", "a@m\u00fcller.de"])
    )
    assert clean["to"] == ["Joel@acme.example", "a@xn--mller-kva.de"]


@pytest.mark.parametrize(
    ("action_type", "field"), [("schedule_meeting", "starts_at"), ("log_interaction", "occurred_at")]
)
@pytest.mark.parametrize(
    "moment",
    [
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30Z",
        "2026-03-01T09:30:00.123456+05:30",
        "2026-03-01T09:30:00.123Z",
        "2026-03-01T09:30:00-0800",
        "2026-03-01T09:30:00+01",
        "2024-02-29T23:59:59+14:00",
    ],
)
def test_a_moment_in_iso_8601_with_a_zone_is_kept_as_written(action_type, field, moment):
    assert validate_payload(action_type, with_field(action_type, field, moment))[field] == moment


@pytest.mark.parametrize(
    ("action_type", "field"), [("schedule_meeting", "starts_at"), ("log_interaction", "occurred_at")]
)
@pytest.mark.parametrize(
    "moment",
    [
        "",
        "tomorrow",
        "2026-03-01",
        "2026-03-01T09:30:00",
        "2026-03-01 09:30:00Z",
        "2026-03-01T09:30:00Z ",
        "2026-03-01T09:30:00Z\n",
        "2026-03-01T09:30:00 Europe/Berlin",
        "2026-02-30T09:30:00Z",
        "2026-03-01T24:30:00Z",
        "2026-03-01T09:60:00Z",
        "2026-03-01T09:30:00+24:00",
        "2026-03-01T09:30:00+01:00:30",
        "1900-01-01T00:00:00+14:00",
        "2999-12-31T23:00:00-14:00",
        "2026-W09-7T09:30:00Z",
        "20260301T093000Z",
        "1772357400",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "0000-01-01T00:00:00Z",
        "\u0662\u0660\u0662\u0666-03-01T09:30:00Z",
    ],
    ids=ascii,
)
def test_what_is_no_moment_with_a_zone_is_refused(action_type, field, moment):
    assert errors_of(action_type, with_field(action_type, field, moment)) == {f"/payload/{field}": "not_a_moment"}


@pytest.mark.parametrize(
    ("minutes", "code"),
    [
        (0, "out_of_range"),
        (-30, "out_of_range"),
        (1441, "out_of_range"),
        (30.0, "type"),
        ("30", "type"),
        (True, "type"),
    ],
)
def test_a_meeting_lasts_from_a_minute_to_a_day(minutes, code):
    wrong = with_field("schedule_meeting", "duration_minutes", minutes)
    assert errors_of("schedule_meeting", wrong) == {"/payload/duration_minutes": code}
    for right in (1, 1440):
        validate_payload("schedule_meeting", with_field("schedule_meeting", "duration_minutes", right))


@pytest.mark.parametrize(
    ("action_type", "field", "words"),
    [
        ("progress_early_stage", "to_stage", ["discovery", "qualification"]),
        ("progress_past_evaluation", "to_stage", ["evaluation", "negotiation", "closed_won", "closed_lost"]),
        ("escalate_to_management", "severity", ["low", "medium", "high", "critical"]),
        ("log_interaction", "channel", ["email", "chat", "meeting", "call", "crm"]),
        ("qualify_conversation", "framework", ["BANT", "MEDDIC"]),
    ],
)
def test_a_word_is_one_of_the_contracts_spelled_exactly_so(action_type, field, words):
    others = {"prospecting", "stalled", "SPIN", "sms", "urgent", "", *map(str.swapcase, words), f"{words[0]} "}
    for wrong in sorted(others - set(words)):
        assert errors_of(action_type, with_field(action_type, field, wrong)) == {f"/payload/{field}": "not_one_of"}
    for right in words:
        sent = {**FULL[action_type], field: right} | ({"fields": {}} if field == "framework" else {})
        sent |= {"fields": {FRAMEWORK_FIELDS[right][0]: "yes"}} if field == "framework" else {}
        assert validate_payload(action_type, sent)[field] == right


@pytest.mark.parametrize("framework", FRAMEWORK_FIELDS)
def test_every_question_of_a_framework_can_be_answered_or_cleared(framework):
    answers = dict.fromkeys(FRAMEWORK_FIELDS[framework], "yes") | {FRAMEWORK_FIELDS[framework][0]: None}
    sent = {"framework": framework, "fields": answers}
    assert validate_payload("qualify_conversation", sent) == sent


def test_the_frameworks_ask_their_own_questions():
    assert dict(FRAMEWORK_FIELDS) == {
        "BANT": ("budget", "authority", "need", "timeline"),
        "MEDDIC": (
            "metrics",
            "economic_buyer",
            "decision_criteria",
            "decision_process",
            "identify_pain",
            "champion",
        ),
    }


def test_an_answer_that_does_not_fit_is_named():
    answers = {"champion": "Joel", "Budget": "1", "need": 5, "timeline": "t" * 5_001, "authority": ["Ann"]}
    assert errors_of("qualify_conversation", {"framework": "BANT", "fields": answers}) == {
        "/payload/fields/champion": "unknown_field",
        "/payload/fields/Budget": "unknown_field",
        "/payload/fields/need": "type",
        "/payload/fields/timeline": "too_long",
        "/payload/fields/authority": "type",
    }


@pytest.mark.parametrize(
    ("action_type", "field"), [("qualify_conversation", "fields"), ("update_account_context", "context")]
)
def test_an_object_without_anything_in_it_says_nothing(action_type, field):
    assert errors_of(action_type, with_field(action_type, field, {})) == {f"/payload/{field}": "empty"}
