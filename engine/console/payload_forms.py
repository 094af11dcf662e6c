"""The payload as a form: a field for each of its parts by type, and back. engine.payloads alone judges what fits."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django import forms
from django.utils import timezone

from crm.console.formats import words
from crm.qualification import FRAMEWORK_FIELDS
from engine.errors import InvalidProposal
from engine.payloads import CHANNELS, EARLY_STAGES, LATE_STAGES, SEVERITIES


class Part(NamedTuple):
    """How one kind of value is shown in a form and read back. `read` raises ValueError with a sentence."""

    field: Callable[[], forms.Field]
    show: Callable[[Any], Any]
    read: Callable[[Any], Any]


class Place(NamedTuple):
    """Where in the payload a part's value lies."""

    path: tuple[str, ...]
    part: Part


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _text(rows: int) -> Part:
    return Part(lambda: forms.CharField(required=False, strip=False, widget=_area(rows)), _same, _unified)


def _same(value: Any) -> Any:
    return value


def _unified(text: str) -> str:
    """A form sends line ends as CR LF; the payload keeps LF."""
    return text.replace("\r\n", "\n")


def _choice(options: tuple[str, ...]) -> Part:
    choices = [(str(option), words(option)) for option in options]
    return Part(lambda: forms.ChoiceField(choices=choices, required=False), str, _same)


def _read_addresses(text: str) -> list[str]:
    return [one.strip() for one in text.replace(",", "\n").splitlines() if one.strip()]


def _show_moment(text: Any) -> str:
    try:
        return timezone.localtime(datetime.fromisoformat(text)).strftime("%Y-%m-%dT%H:%M:%S")
    except (TypeError, ValueError):
        return ""


def _read_moment(text: str) -> str:
    try:
        return timezone.make_aware(datetime.fromisoformat(text)).isoformat()
    except ValueError:
        raise ValueError("Must be a date and a time.") from None


def _read_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("Must be a whole number.") from None


def _show_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Must be JSON: {error}.") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


_LINE = Part(lambda: forms.CharField(required=False, strip=False), _same, _same)
_ADDRESSES = Part(
    lambda: forms.CharField(required=False, widget=_area(2), help_text="One address a line."),
    "\n".join,
    _read_addresses,
)
_MOMENT = Part(
    lambda: forms.CharField(required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})),
    _show_moment,
    _read_moment,
)
_NUMBER = Part(
    lambda: forms.CharField(required=False, widget=forms.NumberInput(attrs={"inputmode": "numeric"})),
    _same,
    _read_number,
)
_JSON = Part(
    lambda: forms.CharField(required=False, strip=False, widget=_area(8), help_text="A JSON object."),
    _show_json,
    _read_json,
)
_MAIL = {"to": _ADDRESSES, "cc": _ADDRESSES, "subject": _LINE, "body": _text(12)}

# The parts of each payload, in the order a person fills them in; None: an object, which has a part for each of its
# names. A test holds the table against engine.payloads.
FORMS: Mapping[str, Mapping[str, Part | None]] = MappingProxyType(
    {
        "send_follow_up_email": _MAIL,
        "send_routine_response": _MAIL,
        "send_proposal": _MAIL,
        "discuss_pricing": _MAIL,
        "negotiate_terms": _MAIL,
        "contact_c_suite": _MAIL,
        "share_minutes_externally": _MAIL,
        "send_chat_message": {"channel": _LINE, "text": _text(8)},
        "schedule_meeting": {
            "attendees": _ADDRESSES,
            "starts_at": _MOMENT,
            "duration_minutes": _NUMBER,
            "location": _LINE,
            "title": _LINE,
            "description": _text(6),
        },
        "qualify_conversation": {"framework": _choice(tuple(FRAMEWORK_FIELDS)), "fields": None},
        "progress_early_stage": {"to_stage": _choice(EARLY_STAGES)},
        "progress_past_evaluation": {"to_stage": _choice(LATE_STAGES)},
        "update_account_context": {"context": None},
        "modify_account_plan": {"plan": _text(12)},
        "create_briefing": {"title": _LINE, "body": _text(12)},
        "log_interaction": {"channel": _choice(CHANNELS), "occurred_at": _MOMENT, "summary": _text(6)},
        "escalate_to_management": {"severity": _choice(SEVERITIES), "summary": _text(8)},
    }
)
OPTIONAL = frozenset({"cc", "location", "description"})
_ANSWER = _text(2)


class PayloadForm(forms.Form):
    """The payload of `action` as fields, with the hash of what was shown. Times are the current tenant's."""

    content_hash = forms.CharField(widget=forms.HiddenInput)
    comment = forms.CharField(
        required=False, max_length=2000, label="Comment", help_text="Goes into the record; the agent reads it."
    )

    def __init__(self, action: Any, data: Any = None) -> None:
        self.shown: dict[str, Any] = action.payload
        self.places = _places(action.action_type, action.payload)
        found = {name: _at(self.shown, place.path) for name, place in self.places.items()}
        initial = {name: self.places[name].part.show(value) for name, value in found.items() if value is not _MISSING}
        super().__init__(data, initial={"content_hash": action.content_hash, **initial}, auto_id="edit-%s")
        self.fields.update({name: _field(place) for name, place in self.places.items()})
        self.order_fields([*self.places, "comment", "content_hash"])

    def payload(self) -> dict[str, Any]:
        """The payload as it was sent; of a part that was left as it was shown, the value that was there, to the letter.

        Raises InvalidProposal for what cannot be read back (no number, no JSON).
        """
        made: dict[str, Any] = {}
        errors = []
        for name, place in self.places.items():
            try:
                made = _put(made, place.path, self._read(name, place))
            except ValueError as error:
                errors.append(
                    {"pointer": f"/payload/{'/'.join(place.path)}", "code": "unreadable", "detail": str(error)}
                )
        if errors:
            raise InvalidProposal(errors)
        return made

    def add_refusal(self, refusal: InvalidProposal) -> None:
        """Put each of a verb's errors beside the field that its pointer leads to, or above the form."""
        for error in refusal.errors:
            steps = _steps(error["pointer"])
            name, place = self._nearest(steps)
            inner = steps[len(place.path) + 1 :] if place else ()
            self.add_error(name, f"{_which(inner)}{error['detail']}")

    def _nearest(self, steps: tuple[str, ...]) -> tuple[str | None, Place | None]:
        for name, place in self.places.items():
            if steps[:1] == ("payload",) and steps[1 : len(place.path) + 1] == place.path:
                return name, place
        return (steps[0], None) if steps and steps[0] in self.fields else (None, None)

    def _read(self, name: str, place: Place) -> Any:
        sent, was = self.cleaned_data[name], _at(self.shown, place.path)
        if was is not _MISSING and _unified(str(sent)) == _unified(str(place.part.show(was))):
            return was
        may_be_left_out = len(place.path) > 1 or name in OPTIONAL
        return _MISSING if sent == "" and may_be_left_out else place.part.read(sent)


_MISSING = object()


def _places(action_type: str, payload: Mapping[str, Any]) -> dict[str, Place]:
    """By the form's field names, where each part of the payload lies. A kind that has no form is one JSON text."""
    if action_type not in FORMS:
        return {"whole": Place((), _JSON)}
    found: dict[str, Place] = {}
    for name, part in FORMS[action_type].items():
        if part is not None:
            found[name] = Place((name,), part)
            continue
        for at, (key, value) in enumerate(payload[name].items()):
            found[f"{name}-{at}"] = Place((name, key), _ANSWER if isinstance(value, str) else _JSON)
    return found


def _at(payload: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        payload = payload.get(step, _MISSING)
    return payload


def _put(made: dict[str, Any], path: tuple[str, ...], value: Any) -> Any:
    """`made` with `value` at `path`; an object stays where all its values were left out."""
    if not path:
        return value
    if value is _MISSING and len(path) == 1:
        return made
    return {**made, path[0]: _put(made.get(path[0], {}), path[1:], value)}


def _steps(pointer: str) -> tuple[str, ...]:
    """A JSON pointer's steps (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _which(inner: tuple[str, ...]) -> str:
    """Which of several values of a field an error is about, counted from one."""
    if not inner:
        return ""
    return f"{int(inner[0]) + 1}: " if len(inner) == 1 and inner[0].isdigit() else f"{'.'.join(inner)}: "


def _field(place: Place) -> forms.Field:
    field = place.part.field()
    field.label = words(place.path[-1]) if place.path else "Payload"
    return field
