"""Pauses and times in the console: the pauses of managers and operators, the hold and the deadlines of managers."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from crm.console.formats import words
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Clone
from guardrails.models import Pause, Policy, PolicyVersion, TenantRule
from guardrails.pauses import lift_pause, set_pause
from guardrails.policies import LONGEST_DEADLINE, LONGEST_HOLD, set_times
from guardrails.policy import HARD_STOPS, TIERS
from guardrails.rule_pages import RuleAdmin, VersionAdmin
from guardrails.setting import LONGEST_REASON

# What can wait, and so can be paused or expire: everything but the hard stops.
CAN_WAIT = tuple(name for name in TIERS if name not in HARD_STOPS)


class PauseForm(forms.Form):
    """What to hold back, and why."""

    clone = forms.ModelChoiceField(
        queryset=Clone.objects.none(),
        required=False,
        empty_label="every clone",
        help_text="Whose actions are held back.",
    )
    action_type = forms.ChoiceField(
        required=False,
        label="Kind of action",
        choices=[("", "every kind"), *((name, words(name)) for name in CAN_WAIT)],
        help_text="Of every clone and every kind: nothing starts at all.",
    )
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Everybody reads it above the queue, until the pause is lifted.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clone"].queryset = Clone.objects.all()  # type: ignore[attr-defined]


class TimesForm(forms.Form):
    """Hold and deadlines. An action type without hours of its own has the general ones."""

    hold_seconds = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_HOLD,
        label="Undo for (seconds)",
        help_text="How long a decision taken in the console can be undone before anything happens; 0 for no hold.",
    )
    deadline_hours = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_DEADLINE,
        label="Deadline (hours)",
        help_text="How long after its proposal an action may wait. Then it expires, which means no.",
    )

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands in the policy's history.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CAN_WAIT:
            self.fields[name] = forms.IntegerField(
                required=False,
                min_value=1,
                max_value=LONGEST_DEADLINE,
                label=f"{words(name)} (hours)",
                help_text="Empty: the deadline above.",
            )


def _set(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    pause = set_pause(tenant=who.tenant, actor=who.actor, **given)
    return Done(f"Paused: {words(pause.scope)}. Nothing in its scope starts until it is lifted.")


def _lift(request: HttpRequest, row: Pause, given: dict[str, Any]) -> Done:
    lift_pause(row, actor=visitor_of(request).actor)
    return Done(f"Lifted: {words(row.scope)}. Approved actions go on after the usual check.")


def _set_times(request: HttpRequest, row: Policy, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    set_times(
        tenant=who.tenant,
        actor=who.actor,
        hold_seconds=given["hold_seconds"],
        deadline_hours=given["deadline_hours"],
        deadlines={name: given[name] for name in CAN_WAIT if given[name] is not None},
        reason=given["reason"],
    )
    return Done("Set. Actions that wait already keep the deadline they were proposed with.")


def _times(policy: Policy) -> dict[str, Any]:
    return {"hold_seconds": policy.hold_seconds, "deadline_hours": policy.deadline_hours, **policy.deadlines}


@admin.register(Pause)
class PauseAdmin(TenantAdmin):
    """What holds actions back, newest first."""

    when_empty = "Set a pause to hold back a clone, a kind of action, or everything, until you lift it."
    list_display = ("what", "reason", "set_by", "set_at", "state")
    list_select_related = ("clone",)
    ordering = ("-set_at",)
    fields = ("what", "reason", "set_by", "set_at", "state", "lifted_by", "lifted_at")
    readonly_fields = fields
    verbs = (Verb("lift", "Lift the pause", Power.SET_PAUSES, _lift, applies=lambda row: row.lifted_at is None),)
    adding: ClassVar = Verb(
        "add",
        "Set a pause",
        Power.SET_PAUSES,
        _set,
        PauseForm,
        note="Approved actions in its scope stay approved and start when it is lifted;"
        " new autonomous ones wait for a person.",
        danger=True,
    )

    def what(self, row: Pause) -> str:
        return words(row.scope)

    def state(self, row: Pause) -> str:
        return "lifted" if row.lifted_at else "holds"


@admin.register(Policy)
class PolicyAdmin(TenantAdmin):
    """The one row of times of the tenant."""

    heading = "Hold and deadlines"
    list_display = ("tenant", "hold_seconds", "deadline_hours", "version")
    fields = ("version", "hold", "deadline", "deadlines_in_words")
    readonly_fields = fields
    verbs = (Verb("times", "Set hold and deadlines", Power.SET_POLICY, _set_times, TimesForm, initial=_times),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return super().get_queryset(request).select_related("tenant")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A tenant has one policy: go straight to it."""
        policy = self.get_queryset(request).first()
        return (
            HttpResponseRedirect(self._row_url(policy)) if policy else super().changelist_view(request, extra_context)
        )

    def hold(self, row: Policy) -> str:
        return f"{row.hold_seconds} seconds to undo a decision taken in the console"

    def deadline(self, row: Policy) -> str:
        return f"{row.deadline_hours} hours from the proposal; then it expires, which means no"

    def deadlines_in_words(self, row: Policy) -> str:
        return "; ".join(f"{words(name)}: {hours} hours" for name, hours in row.deadlines.items()) or "as above"

    deadlines_in_words.short_description = "of single kinds of action"  # type: ignore[attr-defined]


admin.site.register(TenantRule, RuleAdmin)
admin.site.register(PolicyVersion, VersionAdmin)
