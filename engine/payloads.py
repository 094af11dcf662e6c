"""What each kind of action carries, which connector takes it, what that can promise (docs/guardrails.md)."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from crm.addresses import address_key, is_address
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import Stage
from engine.payload_fields import (
    Kind,
    Problems,
    addresses,
    check_json,
    filled_object,
    line,
    moment,
    one_of,
    pointer_to,
    text,
    whole_number,
)
from guardrails.policy import normalise_action_type

ROOT = "/payload"

LONGEST_SUBJECT = 998  # RFC 5322, 2.1.1
LONGEST_TITLE = 300
LONGEST_TEXT = 100_000
LONGEST_ANSWER = 5_000
MOST_ADDRESSES = 50
LONGEST_MEETING = 24 * 60  # minutes

SEVERITIES = ("low", "medium", "high", "critical")
CHANNELS = ("email", "chat", "meeting", "call", "crm")
EARLY_STAGES = (Stage.DISCOVERY, Stage.QUALIFICATION)
LATE_STAGES = (Stage.EVALUATION, Stage.NEGOTIATION, Stage.CLOSED_WON, Stage.CLOSED_LOST)


class PayloadError(ValueError):
    """A payload does not fit its action type; `errors` lists every place: {pointer, code, detail}."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['pointer']}: {error['detail']}" for error in errors))
        self.errors = errors


class Promise(StrEnum):
    KEYED = "keyed"  # repeating it does no harm
    QUERYABLE = "queryable"  # it can be asked whether it happened
    NEITHER = "neither"


class Carrier(NamedTuple):
    connector: str
    promise: Promise


class Shape(NamedTuple):
    """The fields of a payload, and what only several of them together can tell."""

    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = MappingProxyType({})
    across: Callable[[dict[str, Any], Problems], None] | None = None


def _check_answers(payload: dict[str, Any], problems: Problems) -> None:
    """The fields of a qualification must be its framework's, each a text or null (which clears it)."""
    framework, answers = payload.get("framework"), payload.get("fields")
    if not isinstance(framework, str) or framework not in FRAMEWORK_FIELDS or not isinstance(answers, dict):
        return
    known = FRAMEWORK_FIELDS[framework]
    for name, answer in answers.items():
        place = pointer_to(f"{ROOT}/fields", name)
        if name not in known:
            problems.add(place, "unknown_field", f"{framework} asks for {', '.join(known)}.")
        elif answer is not None and not isinstance(answer, str):
            problems.add(place, "type", "Must be a text, or null to clear the answer.")
        elif answer is not None and len(answer) > LONGEST_ANSWER:
            problems.add(place, "too_long", f"At most {LONGEST_ANSWER} characters, not {len(answer)}.")


_E_MAIL = Shape(
    {"to": addresses(1, MOST_ADDRESSES), "subject": line(LONGEST_SUBJECT), "body": text(LONGEST_TEXT)},
    {"cc": addresses(0, MOST_ADDRESSES)},
)
_BY_E_MAIL = Carrier("email", Promise.NEITHER)
_IN_OUR_RECORDS = Carrier("crm", Promise.KEYED)


class _Row(NamedTuple):
    shape: Shape
    carrier: Carrier


# The action types with a payload of their own; every other one (unknown, or a hard stop) carries any object.
_TABLE: Mapping[str, _Row] = MappingProxyType(
    {
        "send_follow_up_email": _Row(_E_MAIL, _BY_E_MAIL),
        "send_routine_response": _Row(_E_MAIL, _BY_E_MAIL),
        "send_proposal": _Row(_E_MAIL, _BY_E_MAIL),
        "discuss_pricing": _Row(_E_MAIL, _BY_E_MAIL),
        "negotiate_terms": _Row(_E_MAIL, _BY_E_MAIL),
        "contact_c_suite": _Row(_E_MAIL, _BY_E_MAIL),
        "share_minutes_externally": _Row(_E_MAIL, _BY_E_MAIL),
        "send_chat_message": _Row(
            Shape({"channel": line(LONGEST_TITLE), "text": text(LONGEST_TEXT)}),
            Carrier("chat", Promise.NEITHER),
        ),
        "schedule_meeting": _Row(
            Shape(
                {
                    "attendees": addresses(1, MOST_ADDRESSES),
                    "starts_at": moment,
                    "duration_minutes": whole_number(1, LONGEST_MEETING),
                    "title": line(LONGEST_TITLE),
                },
                {"description": text(LONGEST_TEXT), "location": line(LONGEST_TITLE)},
            ),
            Carrier("calendar", Promise.KEYED),
        ),
        "qualify_conversation": _Row(
            Shape(
                {"framework": one_of(tuple(FRAMEWORK_FIELDS)), "fields": filled_object},
                across=_check_answers,
            ),
            _IN_OUR_RECORDS,
        ),
        "progress_early_stage": _Row(Shape({"to_stage": one_of(EARLY_STAGES)}), _IN_OUR_RECORDS),
        "progress_past_evaluation": _Row(Shape({"to_stage": one_of(LATE_STAGES)}), _IN_OUR_RECORDS),
        "update_account_context": _Row(Shape({"context": filled_object}), _IN_OUR_RECORDS),
        "modify_account_plan": _Row(Shape({"plan": text(LONGEST_TEXT)}), _IN_OUR_RECORDS),
        "create_briefing": _Row(Shape({"title": line(LONGEST_TITLE), "body": text(LONGEST_TEXT)}), _IN_OUR_RECORDS),
        "log_interaction": _Row(
            Shape({"channel": one_of(CHANNELS), "occurred_at": moment, "summary": text(LONGEST_TEXT)}),
            _IN_OUR_RECORDS,
        ),
        "escalate_to_management": _Row(
            Shape({"summary": text(LONGEST_TEXT), "severity": one_of(SEVERITIES)}),
            Carrier("escalation", Promise.NEITHER),
        ),
    }
)

CONNECTOR_OF: Mapping[str, str] = MappingProxyType({name: row.carrier.connector for name, row in _TABLE.items()})
PROMISE: Mapping[str, Promise] = MappingProxyType({name: row.carrier.promise for name, row in _TABLE.items()})

# These say something about a deal, so they need one.
NEEDS_OPPORTUNITY = frozenset({"progress_early_stage", "progress_past_evaluation", "qualify_conversation"})

_ADDRESSED_BY = ("to", "cc", "attendees")


def validate_payload(action_type: str, payload: object) -> dict[str, Any]:
    """Return a copy of `payload` that fits the action type, ready to be hashed, stored and carried out.

    Addresses come back in their clean form, everything else as it was sent. Unknown fields are errors; no
    type is turned into another. An action type without a row in the table takes any object. Raises
    PayloadError, which lists every error.
    """
    problems = Problems()
    clean = _checked(normalise_action_type(action_type), payload, problems)
    if problems:
        raise PayloadError(problems.listed())
    return deepcopy(clean)


def recipients(action_type: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the addresses a valid payload writes to, each once, in the form of crm.addresses.address_key.

    None for a type that addresses nobody, and none for an unknown one, whose fields have no meaning to us.
    """
    if normalise_action_type(action_type) not in _TABLE:
        return ()
    written = [address for field in _ADDRESSED_BY for address in payload.get(field, ())]
    written += [one for one in (payload.get("channel"),) if one and is_address(one.strip())]  # a chat with one person
    return tuple(dict.fromkeys(map(address_key, written)))


def _checked(action_type: str, payload: object, problems: Problems) -> dict[str, Any]:
    if not isinstance(payload, dict):
        problems.add(ROOT, "type", "Must be an object.")
        return {}
    if not check_json(payload, ROOT, problems):
        return {}
    row = _TABLE.get(action_type)
    return _fitted(row.shape, payload, problems) if row else payload


def _fitted(shape: Shape, payload: dict[str, Any], problems: Problems) -> dict[str, Any]:
    kinds = {**shape.required, **shape.optional}
    for name in shape.required:
        if name not in payload:
            problems.add(pointer_to(ROOT, name), "required", "This field is required.")
    for name in payload:
        if name not in kinds:
            problems.add(pointer_to(ROOT, name), "unknown_field", f"The fields here are {', '.join(kinds)}.")
    clean = {
        name: kinds[name](value, pointer_to(ROOT, name), problems) for name, value in payload.items() if name in kinds
    }
    if shape.across:
        shape.across(clean, problems)
    return clean
