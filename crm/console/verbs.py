"""What can be done in the console beside looking: each is a button or a small form that POSTs and calls one verb."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from crm.console.roles import Power, Visitor


@dataclass(frozen=True, slots=True)
class Secret:
    """What a verb made that is shown once and kept nowhere: `name` says what it is, `advice` what to do with it."""

    name: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a verb did, in a sentence, and the secret it made, if any."""

    message: str
    secret: Secret | None = None


Act = Callable[[HttpRequest, Any, dict[str, Any]], Done]


@dataclass(frozen=True, slots=True)
class Verb:
    """`name` is its part of the address, `label` stands on its button; `act` gets the row (None where a row is added)
    and the form's cleaned values, and raises ValueError or ValidationError where they do not fit.

    `allows` narrows who may do it to this row, `applies` says whether the row's state calls for it.
    """

    name: str
    label: str
    power: Power
    act: Act
    form: type[forms.Form] = forms.Form
    note: str = ""
    danger: bool = False
    allows: Callable[[Visitor, Any], bool] = lambda who, row: True
    applies: Callable[[Any], bool] = lambda row: True
    initial: Callable[[Any], dict[str, Any]] = lambda row: {}

    def may_be_done_by(self, who: Visitor, row: Any) -> bool:
        """Whether the person may do this to the row, whatever its state."""
        return who.may(self.power) and self.allows(who, row)

    def empty_form(self, row: Any) -> forms.Form:
        """The form as it is first shown; the names of its elements carry the verb's, for a page may show several."""
        return self.form(initial=self.initial(row), auto_id=f"{self.name}-%s")

    def filled_form(self, request: HttpRequest, row: Any) -> forms.Form:
        """The form as it was sent."""
        return self.form(request.POST, initial=self.initial(row), auto_id=f"{self.name}-%s")


def perform(verb: Verb, request: HttpRequest, row: Any, form: forms.Form) -> Done | None:
    """Do it, or note in the form what does not fit and return None."""
    if not form.is_valid():
        return None
    try:
        return verb.act(request, row, form.cleaned_data)
    except (ValueError, ValidationError) as refusal:
        _note(form, refusal)
        return None


def _note(form: forms.Form, refusal: ValueError | ValidationError) -> None:
    """Put a verb's refusal beside the field that it names ("role: ..."), or above the form."""
    if isinstance(refusal, ValidationError):
        _note_all(form, refusal)
        return
    name, colon, rest = str(refusal).partition(": ")
    known = bool(colon) and name in form.fields
    form.add_error(name if known else None, rest if known else str(refusal))


def _note_all(form: forms.Form, refusal: ValidationError) -> None:
    by_field = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
    for name, sentences in by_field.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)
