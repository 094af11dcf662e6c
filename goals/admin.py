"""Goals in the console: where they stand, what would help, and setting them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from crm.console.formats import money
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, Visitor, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Clone
from goals.models import Goal, GoalStatus, GoalType
from goals.rights import may_set
from goals.tracker import GoalTracker

_MONEY = frozenset({GoalType.REVENUE.value, GoalType.PIPELINE.value})


class _Day(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ChangeForm(forms.Form):
    """The target and its period."""

    target_value = forms.DecimalField(
        max_digits=17,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        label="Target",
        help_text="Money, a number of interactions, or for quality a share up to 1.",
    )
    period_start = forms.DateField(label="First day", widget=_Day())
    period_end = forms.DateField(label="Last day", widget=_Day())


class NewForm(ChangeForm):
    """A new goal."""

    goal_type = forms.ChoiceField(choices=GoalType.choices, label="What is measured")
    clone = forms.ModelChoiceField(queryset=Clone.objects.none(), required=False, empty_label="the whole company")
    field_order = ("goal_type", "target_value", "period_start", "period_end", "clone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clone"].queryset = Clone.objects.all()  # type: ignore[attr-defined]


def _reach(who: Visitor, clone: Clone | None) -> bool:
    return may_set(who.role, person_id=who.person.pk, clone=clone)


def _set(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    if not _reach(who, given["clone"]):
        raise PermissionDenied("You set goals of clones you own.")
    goal = GoalTracker().create_goal(tenant=who.tenant, actor=who.actor, **given)
    return Done(f"The goal is set: {goal}.")


def _change(request: HttpRequest, row: Goal, given: dict[str, Any]) -> Done:
    goal = GoalTracker().change_goal(goal=row, actor=visitor_of(request).actor, **given)
    return Done(f"The goal is changed and measured anew: {goal}.")


def _cancel(request: HttpRequest, row: Goal, given: dict[str, Any]) -> Done:
    GoalTracker().cancel_goal(goal=row, actor=visitor_of(request).actor)
    return Done("The goal is cancelled; it stays on record.")


def _measure(request: HttpRequest, row: Goal, given: dict[str, Any]) -> Done:
    GoalTracker().update_progress(goal=row)
    return Done("Measured.")


def _values(row: Goal) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("target_value", "period_start", "period_end")}


def _is_mine(who: Visitor, row: Goal) -> bool:
    return _reach(who, row.clone)


class GoalAdmin(TenantAdmin):
    """What the company and its clones want to reach."""

    when_empty = "Set a goal: it is measured every day against your records, and what would help is suggested."
    list_display = ("what", "whose", "current", "target", "progress", "pace", "period_end", "status")
    list_display_links = ("what",)
    list_select_related = ("clone", "tenant")
    list_filter = ("status", "goal_type")
    ordering = ("-id",)
    fields = ("what", "whose", "status", "current", "target", "period_start", "period_end", "measured_at", "set_by")
    readonly_fields = ("what", "whose", "current", "target")
    adding = Verb("set", "Set a goal", Power.SET_GOALS, _set, NewForm)
    verbs = (
        Verb(
            "change",
            "Change target or period",
            Power.SET_GOALS,
            _change,
            ChangeForm,
            allows=_is_mine,
            applies=lambda row: row.status != GoalStatus.CANCELLED,
            initial=_values,
        ),
        Verb(
            "measure",
            "Measure now",
            Power.SET_GOALS,
            _measure,
            allows=_is_mine,
            applies=lambda row: row.status == GoalStatus.ACTIVE,
        ),
        Verb(
            "cancel",
            "Cancel the goal",
            Power.SET_GOALS,
            _cancel,
            danger=True,
            allows=_is_mine,
            applies=lambda row: row.status == GoalStatus.ACTIVE,
        ),
    )

    def beside(self, request: HttpRequest, row: Goal) -> dict[str, Any]:
        """Where it stands and what would help."""
        now = timezone.now()
        tracker = GoalTracker()
        pace = tracker.check_goal_status(goal=row, now=now)
        return {
            "beside": "goals/goal.html",
            "goal": row,
            "pace": pace,
            "shown": {name: self._written(row, pace[f"{name}_value"]) for name in ("current", "target", "expected")},
            "expected_pct": round(100 * pace["elapsed_days"] / pace["total_days"]),
            "suggestions": tracker.suggest_actions(goal=row, now=now),
        }

    def what(self, row: Goal) -> str:
        return row.get_goal_type_display()

    what.short_description = "goal"  # type: ignore[attr-defined]

    def whose(self, row: Goal) -> str:
        return row.clone.name if row.clone else "the whole company"

    def current(self, row: Goal) -> str:
        return self._written(row, row.current_value)

    def target(self, row: Goal) -> str:
        return self._written(row, row.target_value)

    def progress(self, row: Goal) -> str:
        return "" if row.current_value is None else f"{row.current_value / row.target_value:.0%}"

    def pace(self, row: Goal) -> str:
        if row.status != GoalStatus.ACTIVE:
            return ""
        return "on track" if GoalTracker().pace(goal=row).on_track else "behind"

    def _written(self, row: Goal, value: Decimal | None) -> str:
        if value is None:
            return "not measured yet"
        if row.goal_type in _MONEY:
            return money(value, row.tenant.currency)
        return f"{value:,.4f}".rstrip("0").rstrip(".")


admin.site.register(Goal, GoalAdmin)
