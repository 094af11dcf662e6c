"""The forms of the rules: for each kind the scope it may have and the numbers it needs."""

from typing import Any

from django import forms
from django.contrib.auth.models import User

from crm.console.formats import words
from crm.models import Account, Clone, Role
from crm.stages import STAGES
from guardrails.policy import HARD_STOPS, MESSAGE_TYPES, TIERS
from guardrails.setting import LARGEST_LIMIT, LONGEST_REASON, LONGEST_WAIT, SHAPES

_OF_MESSAGES = frozenset({"touch_limit", "send_limit", "quiet_hours"})
_TIME = forms.TimeInput(attrs={"type": "time"})

HELP = {
    "limit": {
        "touch_limit": "All clones together, counted over the last seven days. One more needs a person.",
        "send_limit": "All clones together, counted over the last 24 hours. One more needs a person.",
        "pending_limit": "A proposal that would be one more is turned away; its agent can propose it again later.",
    },
    "hours": {
        "reminder": "How long an action waits before everybody who may decide it is reminded.",
        "escalation": "How long an action waits before it is handed over. Then comes the deadline, which means no.",
    },
}


def form_for(kind: str) -> type[forms.Form]:
    """The form of one kind of rule."""
    shape = SHAPES[kind]
    names = [*shape.needs, *shape.may, *shape.scope]
    fields = {name: _FIELDS[name](kind) for name in names}
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands in the policy's history and beside the rule.",
    )
    return type("RuleForm", (_RuleForm,), {**fields, "reason": reason})


class _RuleForm(forms.Form):
    """Reads the account by name or external id."""

    def clean_account(self) -> Account | None:
        """The account that was named. Raises ValidationError for none and for several."""
        return account_named(self.cleaned_data["account"])


def account_named(text: str) -> Account | None:
    """The account of the tenant in scope with this external id or name; None for "". Raises ValidationError."""
    if not text:
        return None
    by_id = Account.objects.filter(external_id=text).first()
    named = [by_id] if by_id else list(Account.objects.filter(name__iexact=text)[:2])
    if len(named) != 1:
        what = "Several accounts have this name: use the external id." if named else "No account has this name or id."
        raise forms.ValidationError(what)
    return named[0]


def _action_type(kind: str) -> forms.Field:
    names = sorted(MESSAGE_TYPES) if kind in _OF_MESSAGES else [name for name in TIERS if name not in HARD_STOPS]
    return forms.ChoiceField(
        required=False,
        label="Kind of action",
        choices=[("", "every kind"), *((name, words(name)) for name in names)],
        help_text="The seven hard stops are not among them: they never happen anyway.",
    )


def _stage(kind: str) -> forms.Field:
    return forms.ChoiceField(
        required=False,
        choices=[("", "every stage"), *((stage, words(stage)) for stage in STAGES)],
        help_text="The deal's stage as our records have it.",
    )


def _clone(kind: str) -> forms.Field:
    return forms.ModelChoiceField(
        queryset=Clone.objects.all(),
        required=False,
        empty_label="every clone",
        help_text="Only what this clone proposes.",
    )


def _account(kind: str) -> forms.Field:
    return forms.CharField(
        required=False, max_length=300, help_text="Its name or external id; empty for every account."
    )


def _recipient(kind: str) -> forms.Field:
    return forms.CharField(
        required=False,
        max_length=254,
        help_text="An address, or @ and a domain such as @example.com; empty for everybody.",
    )


def _value(kind: str, label: str, help_text: str) -> forms.Field:
    return forms.DecimalField(
        required=False, min_value=0, max_digits=14, decimal_places=2, label=label, help_text=help_text
    )


def _whole(kind: str, name: str, label: str, most: int) -> forms.Field:
    return forms.IntegerField(min_value=1, max_value=most, label=label, help_text=HELP[name][kind])


def _person(kind: str) -> forms.Field:
    managers = User.objects.filter(memberships__role=Role.MANAGER, is_active=True).distinct().order_by("username")
    return forms.ModelChoiceField(queryset=managers, label="Hand over to", help_text="A manager of this company.")


_FIELDS: dict[str, Any] = {
    "action_type": _action_type,
    "stage": _stage,
    "clone": _clone,
    "account": _account,
    "recipient": _recipient,
    "value_from": lambda kind: _value(
        kind,
        "Value from",
        "Deals worth this or more. Without a named deal the account's largest open one counts; an unknown value counts as"
        " taken in.",
    ),
    "value_below": lambda kind: _value(kind, "Value below", "Deals worth less than this."),
    "limit": lambda kind: _whole(kind, "limit", "At most", LARGEST_LIMIT),
    "hours": lambda kind: _whole(kind, "hours", "After (hours)", LONGEST_WAIT),
    "quiet_from": lambda kind: forms.TimeField(
        label="Quiet from",
        widget=_TIME,
        help_text="By the clock of the contact, or of the company where none is on record.",
    ),
    "quiet_until": lambda kind: forms.TimeField(
        label="Quiet until", widget=_TIME, help_text="What is approved meanwhile goes out then."
    ),
    "quiet_weekends": lambda kind: forms.BooleanField(
        required=False, label="Also all Saturday and Sunday", help_text="By the same clock."
    ),
    "person": _person,
}


class TryForm(forms.Form):
    """An action to try the rules on."""

    action_type = forms.CharField(max_length=200, label="Kind of action", help_text="Its name, such as send_proposal.")
    stage = forms.ChoiceField(
        required=False,
        choices=[("", "as on record, or no deal"), *((stage, words(stage)) for stage in STAGES)],
        help_text="Left open, that of the customer's deals.",
    )
    clone = forms.ModelChoiceField(
        queryset=Clone.objects.none(), required=False, empty_label="any clone", help_text="Who would propose it."
    )
    account = forms.CharField(required=False, max_length=300, help_text="The customer, by name or external id.")
    value = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text="Left open, what their open deals are worth.",
    )
    recipient = forms.CharField(required=False, max_length=254, help_text="The address it would be sent to.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clone"].queryset = Clone.objects.all()  # type: ignore[attr-defined]

    def clean_account(self) -> Account | None:
        """The account that was named. Raises ValidationError for none and for several."""
        return account_named(self.cleaned_data["account"])
