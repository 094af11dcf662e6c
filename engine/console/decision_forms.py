"""The forms of the review page: one for each decision, with what it asks of a person."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone

from engine.asides import LONGEST_QUESTION, candidates
from engine.models import Action

OTHER_WORDS = "At most 1,900 characters."
LONGEST_REASON = 1_900

# Stable words, which agents may rely on (docs/reviewing.md): a rejection's comment begins with one of them, or with none.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "wrong_tone": "Wrong tone",
        "wrong_moment": "Wrong moment",
        "wrong_person": "Wrong person",
        "facts_wrong": "Facts are wrong",
        "cannot_promise": "We cannot promise this",
        "not_needed": "Not needed",
        "duplicate": "Already done",
        "do_it_myself": "I do it myself",
    }
)
END = "end"
_MORNING = time(9)


class ApproveForm(forms.Form):
    """Yes, to what the hash names."""

    content_hash = forms.CharField(widget=forms.HiddenInput)
    comment = forms.CharField(
        required=False,
        max_length=2000,
        label="Comment",
        widget=forms.TextInput(),
        help_text="Optional; the agent reads it.",
    )


class RejectForm(forms.Form):
    """No, and why: one of the usual reasons, words of one's own, or both."""

    preset = forms.ChoiceField(
        required=False,
        label="Why not?",
        choices=tuple(REASONS.items()),
        widget=forms.RadioSelect,
        help_text="One of these, words of your own, or both.",
    )
    reason = forms.CharField(
        required=False,
        max_length=2000,
        label="Reason in your words",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The agent reads both and can do better next time.",
    )

    def clean(self) -> dict[str, Any]:
        """One of the two is needed, and both together must fit into the comment."""
        given = super().clean() or {}
        if not given.get("preset") and not given.get("reason") and not self.errors:
            self.add_error("reason", "Say why, so that the agent can do better.")
        if given.get("preset") and len(given.get("reason") or "") > LONGEST_REASON:
            self.add_error("reason", OTHER_WORDS)
        return given

    def comment(self) -> str:
        """What the agent reads: the preset's words, then the person's own."""
        parts = (REASONS.get(self.cleaned_data["preset"], ""), self.cleaned_data["reason"])
        return ": ".join(part for part in parts if part)


class SettleForm(forms.Form):
    """What became of an action whose answer was lost."""

    happened = forms.ChoiceField(
        choices=[("yes", "Yes, it happened"), ("no", "No, it did not")],
        widget=forms.RadioSelect,
        label="Did it happen?",
        error_messages={"required": "Say whether it happened."},
    )
    note = forms.CharField(
        max_length=2000,
        label="How do you know?",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say how you know, for whoever reads the record."},
    )


class AgainForm(forms.Form):
    """Try once more what the hash names."""

    content_hash = forms.CharField(widget=forms.HiddenInput)


class AskForm(forms.Form):
    """A question to the agent."""

    text = forms.CharField(
        max_length=LONGEST_QUESTION,
        label="What do you want to know?",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The agent reads it at once and answers here; the action goes on waiting, and its deadline runs on.",
        error_messages={"required": "Write what you want to know."},
    )


class SnoozeForm(forms.Form):
    """Until when an action is put off: one of a few moments, or one's own in the company's time zone."""

    until = forms.ChoiceField(
        required=False,
        label="Bring it back",
        choices=(),
        widget=forms.RadioSelect(),
        help_text="Until then it stays out of the queue; its deadline runs on.",
    )
    at = forms.DateTimeField(
        required=False,
        label="or at",
        help_text="By the company's clock; this comes before the choice above.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"invalid": "A date and a time."},
    )

    def __init__(self, action: Action, data: Any = None, **how: Any) -> None:
        super().__init__(data, **how)
        self.moments = moments(timezone.now(), ZoneInfo(action.tenant.time_zone))
        offered = [(name, label) for name, label in _MOMENTS.items() if self._fits(name, action)]
        ending = [(END, "Now: end the snooze")] if action.snoozed_until else []
        self.fields["until"].choices = [*offered, *ending]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of the two is needed."""
        given = super().clean() or {}
        if not given.get("until") and not given.get("at") and not self.errors:
            self.add_error("until", "Say until when.")
        return given

    def moment(self) -> datetime | None:
        """The moment that was chosen, one's own before the others; None ends a snooze."""
        own: datetime | None = self.cleaned_data["at"]
        return own or self.moments.get(self.cleaned_data["until"])

    def _fits(self, name: str, action: Action) -> bool:
        """What lies beyond the deadline is not offered; where it is sent, the verb says why it does not fit."""
        return self.is_bound or self.moments[name] <= action.expires_at


class ReassignForm(forms.Form):
    """Whose it is to be."""

    person = forms.ChoiceField(
        required=False, label="Who decides?", choices=(), help_text="Any other manager can still decide it."
    )

    def __init__(self, action: Action, data: Any = None, *, people: Iterable[tuple[int, str]] | None = None) -> None:
        super().__init__(data, initial={"person": action.assignee_id or ""}, auto_id="reassign-%s")
        known = candidates(action).values_list("person_id", "person__username") if people is None else people
        self.fields["person"].choices = [("", "Nobody in particular"), *known]  # type: ignore[attr-defined]

    def chosen(self) -> User | None:
        """The person, or None for nobody."""
        given = self.cleaned_data["person"]
        return User.objects.get(pk=given) if given else None


_MOMENTS: Mapping[str, str] = MappingProxyType(
    {"1h": "In an hour", "4h": "In four hours", "tomorrow": "Tomorrow at 9:00", "monday": "Monday at 9:00"}
)


def moments(now: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """What the names of a snooze mean at `now`; mornings are those of `zone`, and a Monday is the next one."""
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    return {
        "1h": now + timedelta(hours=1),
        "4h": now + timedelta(hours=4),
        "tomorrow": datetime.combine(today + timedelta(days=1), _MORNING, tzinfo=zone),
        "monday": datetime.combine(monday, _MORNING, tzinfo=zone),
    }
