"""The small forms of the console's verbs about people, clones, keys and contacts."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone

from crm.models import Clone, Role, Scope


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For whoever meets it later; it goes into the record.",
    )


class PersonForm(forms.Form):
    """Somebody new, or somebody who has a log-in already and joins this company."""

    username = forms.CharField(
        max_length=150,
        label="User name",
        help_text="Who has a log-in here already keeps it and only joins this company.",
    )
    email = forms.EmailField(required=False, label="E-mail", help_text="Escalations reach a manager there.")
    role = forms.ChoiceField(
        choices=Role.choices,
        help_text="A manager decides; a representative reads; an auditor reads and exports; an operator sees to"
        " people, keys and settings.",
    )


class RoleForm(forms.Form):
    """What a member may do."""

    role = forms.ChoiceField(
        choices=Role.choices,
        help_text="A manager decides; a representative reads; an auditor reads and exports; an operator sees to"
        " people, keys and settings. It counts from their next click on.",
    )


class CloneForm(forms.Form):
    """An agent's identity, as its mails carry it."""

    name = forms.CharField(max_length=200, help_text="Its mails are from this name.")
    team = forms.CharField(
        max_length=200, required=False, help_text="Whose numbers its own are added to; team goals go by it."
    )
    address = forms.EmailField(
        required=False, label="From address", help_text="Empty: the installation's default address."
    )
    reply_to = forms.EmailField(required=False, label="Reply-To", help_text="Where answers go; empty: to From.")
    signature = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Added under the body of its mails.",
    )
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, help_text="The person it works for; a member of this company."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = User.objects.filter(memberships__isnull=False).distinct().order_by("username")
        self.fields["owner"].queryset = members  # type: ignore[attr-defined]


class ExpiryForm(forms.Form):
    """What a key is called and how long it lasts."""

    label = forms.CharField(max_length=100, required=False, help_text="What it is for, to tell it from others.")
    expires_on = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty: until it is revoked.",
    )

    def clean_expires_on(self) -> datetime | None:
        """The end of the day that was named, in the tenant's time zone."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        end = timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
        if end <= timezone.now():
            raise forms.ValidationError("This day has passed.")
        return end


class AgentKeyForm(ExpiryForm):
    """A key for an agent, or for the system that feeds customer records in."""

    clone = forms.ModelChoiceField(
        queryset=Clone.objects.none(), required=False, help_text="Whose key it is. An ingest key takes no clone."
    )
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.PROPOSE.value, Scope.READ.value, Scope.RESULT.value],
        help_text="Ingest stands alone: a key that writes customer records proposes nothing.",
    )
    field_order = ("clone", "scopes", "label", "expires_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clone"].queryset = Clone.objects.all()  # type: ignore[attr-defined]
