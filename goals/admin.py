"""Goals in the console: where they stand, what would help, and setting them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from crm.console.pages import TenantAdmin
from crm.console.roles import Power, Visitor, may, require, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Clone, Role
from goals.models import Goal, GoalStatus, GoalType
from goals.rights import may_set
from goals.standing import Standing, in_unit, standing_of
from goals.terms import MONEY
from goals.tracker import CHANGEABLE, GoalTracker


def _day(**said: str) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **said)  # type: ignore[arg-type]


class ChangeForm(forms.Form):
    """The target and its period."""

    target_value = forms.DecimalField(
        max_digits=17,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        label="Target",
        help_text="Pipeline and revenue: money. Activity: how many interactions. Quality: a share, 0.8 for 80 %.",
    )
    period_start = _day(label="First day")
    period_end = _day(label="Last day", help_text="It belongs to the period.")


class NewForm(ChangeForm):
    """A new goal, for the company or a clone."""

    goal_type = forms.ChoiceField(
        choices=GoalType.choices,
        label="What is measured",
        help_text="Pipeline: what is open now. Revenue: what is won in the period. Activity: mails, talks and meetings in"
        " the period. Quality: how much is known of deals in qualification or later.",
    )
    clone = forms.ModelChoiceField(queryset=Clone.objects.none(), required=False, empty_label="the whole company")
    field_order = ("goal_type", "clone", "target_value", "period_start", "period_end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clone"].queryset = self.clones()  # type: ignore[attr-defined]

    def clones(self) -> QuerySet[Clone]:
        """Whose goal it can be."""
        return Clone.objects.all()


def _form_of_owner(person_id: int) -> type[NewForm]:
    """The form of a representative: one of the clones they own must be chosen."""

    class OwnForm(NewForm):
        clone = forms.ModelChoiceField(queryset=Clone.objects.none(), empty_label=None)

        def clones(self) -> QuerySet[Clone]:
            return Clone.objects.filter(owner_id=person_id)

    return OwnForm


def _set(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    if not _reaches(who, given["clone"]):
        raise PermissionDenied("You set goals of clones you own.")
    goal = GoalTracker().create_goal(tenant=who.tenant, actor=who.actor, **given)
    return Done(f"The goal is set: {goal}. It is measured every day.")


def _change(request: HttpRequest, row: Goal, given: dict[str, Any]) -> Done:
    goal = GoalTracker().update_goal(row, actor=visitor_of(request).actor, **given)
    return Done(f"{goal} is measured anew against its target.")


def _cancel(request: HttpRequest, row: Goal, given: dict[str, Any]) -> Done:
    GoalTracker().cancel_goal(row, actor=visitor_of(request).actor)
    return Done(f"{row} is cancelled; it stays on record.")


def _measure(request: HttpRequest, row: Goal, given: dict[str, Any]) -> Done:
    return Done(f"Measured: {_written(GoalTracker().update_progress(row), 'current_value')}.")


def _values(row: Goal) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CHANGEABLE} | {"target_value": f"{row.target_value.normalize():f}"}


def _reaches(who: Visitor, clone: Clone | None) -> bool:
    return may_set(who.role, person_id=who.person.pk, clone=clone)


def _is_theirs(who: Visitor, row: Goal) -> bool:
    return _reaches(who, row.clone)


def _is_active(row: Goal) -> bool:
    return row.status == GoalStatus.ACTIVE


def _stands(row: Goal) -> bool:
    return row.status != GoalStatus.CANCELLED


def _written(row: Goal, column: str) -> str:
    return in_unit(row, getattr(row, column), row.tenant.currency)


class GoalAdmin(TenantAdmin):
    """What the company and its clones want to reach."""

    when_empty = "Set a goal: it is measured every day against your records, and what would help is suggested."
    list_display = ("what", "whose", "progress", "current", "target", "stands", "period_end")
    list_display_links = ("what",)
    list_select_related = ("clone", "tenant")
    list_filter = ("status", "goal_type")
    search_fields = ("clone__name",)
    ordering = ("-id",)
    fields = ("what", "whose", "status", "target", "current", "measured_at", "period_start", "period_end", "set_by")
    readonly_fields = ("what", "whose", "target", "current")
    verbs = (
        Verb(
            "change",
            "Change target or period",
            Power.SET_GOALS,
            _change,
            ChangeForm,
            allows=_is_theirs,
            applies=_stands,
            initial=_values,
            note="It is measured and judged anew; the record keeps what it was.",
        ),
        Verb("measure", "Measure now", Power.SET_GOALS, _measure, allows=_is_theirs, applies=_is_active),
        Verb("cancel", "Cancel the goal", Power.SET_GOALS, _cancel, danger=True, allows=_is_theirs, applies=_stands),
    )
    adding: ClassVar = Verb("add", "Set a goal", Power.SET_GOALS, _set, NewForm)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Power.SET_GOALS) and self._own_clones_suffice(visitor_of(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form of a new goal; a representative's offers the clones they own."""
        who = require(request, Power.SET_GOALS)
        if not self._own_clones_suffice(who):
            raise PermissionDenied("A representative sets goals of clones they own; you own none.")
        verb = replace(self.adding, form=_form_of_owner(who.person.pk)) if who.role == Role.REP else self.adding
        if request.method == "POST":
            return self._perform(request, verb, None)
        return self._form_page(request, verb, None, verb.empty_form(None))

    def beside(self, request: HttpRequest, row: Goal) -> dict[str, Any]:
        """Where it stands and what would help."""
        now, tracker = timezone.now(), GoalTracker()
        status = tracker.check_goal_status(row, now=now)
        return {
            "beside": "goals/goal.html",
            "goal": row,
            "standing": standing_of(row, tracker.pace(row, now=now)),
            "status": status,
            "current": _written(row, "current_value"),
            "target": _written(row, "target_value"),
            "expected": in_unit(row, status["expected_value"], row.tenant.currency),
            "excluded": self._excluded(row),
            "suggestions": tracker.suggest_actions(row, now=now),
        }

    def what(self, row: Goal) -> str:
        return row.get_goal_type_display()

    what.short_description = "goal"  # type: ignore[attr-defined]

    def whose(self, row: Goal) -> str:
        return row.clone.name if row.clone else "the whole company"

    whose.short_description = "of"  # type: ignore[attr-defined]

    def progress(self, row: Goal) -> str:
        pace = GoalTracker().pace(row)
        return render_to_string("goals/bar.html", {"bar": standing_of(row, pace).bar, "percent": pace.progress_pct})

    def current(self, row: Goal) -> str:
        return _written(row, "current_value")

    def target(self, row: Goal) -> str:
        return _written(row, "target_value")

    def stands(self, row: Goal) -> str:
        standing: Standing = standing_of(row, GoalTracker().pace(row))
        return standing.word

    def get_queryset(self, request: HttpRequest) -> QuerySet[Goal]:
        return super().get_queryset(request).select_related("tenant", "clone")

    def _own_clones_suffice(self, who: Visitor) -> bool:
        return who.role != Role.REP or Clone.objects.filter(owner=who.person).exists()

    def _excluded(self, row: Goal) -> int:
        """How many deals in another currency the value leaves out."""
        if row.goal_type not in MONEY:
            return 0
        metrics = GoalTracker().compute_metrics(row.tenant, row.clone, row.period_start, row.period_end)
        return int(metrics["excluded"])


admin.site.register(Goal, GoalAdmin)
