"""What no payload may hold, wherever it stands; and that odd input is refused, never a crash."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.payloads import CONNECTOR_OF, PayloadError, recipients, validate_payload
from guardrails.policy import HARD_STOPS
from record.canonical import canonical
from tests.engine.payload_cases import EVERY_FIELD, errors_of

ANY_OBJECT = [*sorted(HARD_STOPS), "send_sms", "Commit-Pricing", "", "\u4ef7\u683c"]
SAFE = 2**53 - 1
BLNS = Path(os.environ.get("AUTONOMY_DATA", Path(__file__).parents[3] / "shared" / "data")) / "vectors" / "blns.json"


def nested(levels):
    value = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def circle():
    value = {}
    value["again"] = [value, value, value]
    return value


@pytest.mark.parametrize("action_type", ANY_OBJECT)
def test_an_unknown_action_or_a_hard_stop_takes_any_object(action_type):
    sent = {"price": 12.5, "terms": [None, True, {"deep": ["er", SAFE, -SAFE]}], "": "\u202e\u200b"}
    assert validate_payload(action_type, sent) == sent
    assert validate_payload(action_type, {}) == {}


@pytest.mark.parametrize("action_type", ["send_sms", "commit_pricing"])
@pytest.mark.parametrize(
    ("payload", "errors"),
    [
        (["a"], {"/payload": "type"}),
        ({"n": SAFE + 1}, {"/payload/n": "number"}),
        ({"n": [-SAFE - 1]}, {"/payload/n/0": "number"}),
        ({"n": 10**5000}, {"/payload/n": "number"}),
        ({"n": 1e300}, {"/payload/n": "number"}),
        ({"n": float("nan")}, {"/payload/n": "number"}),
        ({"n": float("-inf")}, {"/payload/n": "number"}),
        ({"t": "a\0b"}, {"/payload/t": "nul"}),
        ({"a\0b": 1}, {"/payload/a?b": "nul"}),
        ({"t": ["\ud800"]}, {"/payload/t/0": "surrogate"}),
        ({"t": "\udc00\ud800"}, {"/payload/t": "surrogate"}),
        ({"\udfff": 1}, {"/payload/?": "surrogate"}),
        ({"t": ("a",)}, {"/payload/t": "type"}),
        ({"t": b"a"}, {"/payload/t": "type"}),
        ({"t": {1: "a"}}, {"/payload/t": "type"}),
        ({10**5000: "a"}, {"/payload": "type"}),
        ({"t": (x for x in "a")}, {"/payload/t": "type"}),
        ({"t": ["a"] * 2_000}, {"/payload": "too_large"}),
        ({"t": ["a" * 100_000] * 3}, {"/payload": "too_large"}),
        ({"k" * 200_001: 1}, {"/payload": "too_large"}),
        (nested(33), {"/payload" + "/a" * 32: "too_deep"}),
        (circle(), {"/payload" + "/again/0" * 16: "too_deep"}),
        (
            {"a": SAFE + 1, "b": ["\0"], "c": float("inf")},
            {"/payload/a": "number", "/payload/b/0": "nul", "/payload/c": "number"},
        ),
    ],
    ids=range(23),
)
def test_what_json_or_the_database_cannot_carry_is_named(action_type, payload, errors):
    assert errors_of(action_type, payload) == errors


def test_thirty_two_levels_are_not_too_many():
    assert validate_payload("send_sms", nested(32)) == nested(32)


def test_a_known_action_is_held_to_the_same():
    sent = {"context": {"a": [SAFE + 1], "b\0": 1, "c": {"d": "\ud800"}}}
    assert errors_of("update_account_context", sent) == {
        "/payload/context/a/0": "number",
        "/payload/context/b?": "nul",
        "/payload/context/c/d": "surrogate",
    }


def test_a_wrong_character_and_a_missing_field_are_told_together():
    assert errors_of("create_briefing", {"title": "a\0b"}) == {"/payload/title": "nul", "/payload/body": "required"}


def test_a_very_long_name_is_cut_in_the_answer():
    (pointer,) = errors_of("create_briefing", {"title": "t", "body": "b", "n" * 1_000: 1})
    assert pointer == "/payload/" + "n" * 80


awkward = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl"]), max_size=5),
    st.sampled_from(["joel@acme.example", "2026-03-01T09:30:00Z", "BANT", "MEDDIC", "discovery", "high", "crm", 30]),
    st.binary(max_size=3),
    st.tuples(st.integers()),
)
anything = st.recursive(
    awkward,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=8), st.sampled_from(["budget", "champion"])), inner, max_size=4),
        st.dictionaries(st.integers(), inner, max_size=1),
    ),
    max_leaves=15,
)
fields = st.sampled_from(sorted({field for _, field in EVERY_FIELD}))
payloads = st.one_of(anything, st.dictionaries(fields, anything, max_size=8))


def attempt(action_type, payload):
    """(the clean payload, no errors) or (None, the errors)"""
    try:
        return validate_payload(action_type, payload), []
    except PayloadError as refusal:
        return None, refusal.errors


@settings(deadline=None, max_examples=400)
@given(st.sampled_from([*CONNECTOR_OF, *ANY_OBJECT]), payloads)
def test_any_value_is_cleaned_or_refused_with_errors_that_can_be_sent(action_type, payload):
    clean, errors = attempt(action_type, payload)
    assert (clean is None) == bool(errors)
    json.dumps(errors, ensure_ascii=False).encode()


@settings(deadline=None, max_examples=400)
@given(st.sampled_from([*CONNECTOR_OF, *ANY_OBJECT]), payloads)
def test_a_clean_payload_is_clean_and_can_be_hashed_and_read_back(action_type, payload):
    clean, _ = attempt(action_type, payload)
    if clean is not None:
        assert validate_payload(action_type, clean) == clean
        assert json.loads(canonical(clean)) == clean
        assert all(address == address.lower() for address in recipients(action_type, clean))


@pytest.mark.skipif(not BLNS.exists(), reason="the naughty strings are not on this machine (AUTONOMY_DATA)")
@pytest.mark.parametrize(
    ("action_type", "field", "rest"),
    [
        ("create_briefing", "body", {"title": "t"}),
        ("send_chat_message", "text", {"channel": "c"}),
        ("modify_account_plan", "plan", {}),
    ],
)
def test_a_naughty_string_comes_back_unchanged_or_is_refused_as_blank(action_type, field, rest):
    for text in json.loads(BLNS.read_text()):
        clean, errors = attempt(action_type, {**rest, field: text})
        assert clean == {**rest, field: text} or [error["code"] for error in errors] == ["blank"]
