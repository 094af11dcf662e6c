"""Goals in the console: where they stand, what would help, and setting them."""

from dataclasses import replace
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from crm.console.pages import TenantAdmin
from crm.console.roles import Power, Visitor, may, require, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Clone, Role
from goals.burnup import draw
from goals.course import course_of
from goals.forms import ChangeForm, CopyForm, DraftForms, NewForm, TeamForm, form_of_owner
from goals.metrics import Scope, measure
from goals.models import Goal, GoalStatus
from goals.periods import Period, local_day, period_before, quarter_of
from goals.preview import Preview, preview_of
from goals.rights import may_set
from goals.sets import Draft, Key, copies, for_team, standing
from goals.standing import Standing, about, forecast_of, in_short, in_unit, standing_of
from goals.telling import numbers_of, range_of, table_of
from goals.terms import MONEY
from goals.tracker import CHANGEABLE, GoalTracker, NewGoal


def _set(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    if not may_set(who.role, person_id=who.person.pk, clone=given["clone"]):
        raise PermissionDenied("You set goals of clones you own.")
    goal = GoalTracker().create_goal(tenant=who.tenant, actor=who.actor, **given)
    return Done(f"The goal is set: {goal}, {goal.whose}. It is measured every day.")


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


def _today(who: Visitor) -> date:
    return local_day(timezone.now(), who.tenant.time_zone)


def _this_quarter(who: Visitor) -> dict[str, Any]:
    period = quarter_of(_today(who))
    return {"period_start": period.start, "period_end": period.end}


def _preview(who: Visitor, sent: QueryDict) -> Preview | None:
    """What the form would mean as it is filled in; None while it does not say enough."""
    form = (form_of_owner(who.person.pk) if who.role == Role.REP else NewForm)(sent)
    if not form.is_valid():
        return None
    given = form.cleaned_data
    if given["clone"] and given.get("team"):
        return None
    return preview_of(Goal(tenant=who.tenant, **given), tenant=who.tenant, now=timezone.now())


def _of_team(who: Visitor, form: TeamForm) -> list[Draft]:
    given = form.cleaned_data
    period = Period(given["period_start"], given["period_end"])
    return for_team(
        who.tenant,
        team=given["team"],
        goal_type=given["goal_type"],
        period=period,
        total=given["target_value"],
        split=given["split"],
        now=timezone.now(),
    )


def _forms_of(drafts: list[Draft], who: Visitor) -> Any:
    """The drafts as forms, ticked where no such goal stands yet; None where there are none."""
    initial = [
        {
            "take": draft.is_offered,
            "target_value": f"{draft.target.normalize():f}",
            "goal_type": draft.goal_type,
            "clone": draft.clone.pk if draft.clone else None,
            "team": draft.team,
            "period_start": draft.period.start,
            "period_end": draft.period.end,
            "whose": draft.whose,
            "before": in_unit(Goal(goal_type=draft.goal_type), draft.before, who.tenant.currency),
        }
        for draft in drafts
    ]
    return DraftForms(initial=initial) if initial else None


def _how_many(number: int, *, already: int) -> str:
    if not number and not already:
        return "Nothing was ticked, nothing is set."
    made = f"{number} goal is set." if number == 1 else f"{number} goals are set."
    return f"{made} {already} stood already." if already else made


def _key(one: NewGoal) -> Key:
    clone = one.clone if isinstance(one.clone, UUID) else None
    return one.goal_type, clone, one.team, one.period_start, one.period_end


def _what_is_wrong(drafts: Any) -> str:
    """Where the form was tampered with or is too old: what cannot be seen in it. Targets are marked where they stand."""
    unseen = [
        f"{name}: {' '.join(errors)}"
        for form in drafts
        for name, errors in form.errors.items()
        if name != "target_value"
    ]
    told = [*drafts.non_form_errors(), *unseen]
    return " ".join(told[:3]) if told else "look at the targets that are marked."


def _wanted(form: Any) -> NewGoal:
    given = form.cleaned_data
    return NewGoal(
        given["goal_type"],
        given["target_value"],
        given["period_start"],
        given["period_end"],
        given["clone"],
        given["team"],
    )


def may_set_several(who: Visitor) -> bool:
    """Whether the person may set anybody's goals, hence several at once."""
    return may_set(who.role, person_id=who.person.pk, clone=None)


def _is_theirs(who: Visitor, row: Goal) -> bool:
    return may_set(who.role, person_id=who.person.pk, clone=row.clone)


def _is_active(row: Goal) -> bool:
    return row.status == GoalStatus.ACTIVE


def _stands(row: Goal) -> bool:
    return row.status != GoalStatus.CANCELLED


def _written(row: Goal, column: str) -> str:
    return in_unit(row, getattr(row, column), row.tenant.currency)


class GoalAdmin(TenantAdmin):
    """What the company and its clones want to reach."""

    when_empty = "Set a goal: it is measured every day against your records, and what would help is suggested."
    list_display = ("what", "whose", "progress", "current", "target", "lands", "stands", "period_end")
    list_display_links = ("what",)
    list_select_related = ("clone", "tenant")
    list_filter = ("status", "goal_type")
    in_csv: ClassVar = {"current": ("current_value",), "target": ("target_value",)}
    search_fields = ("clone__name", "team")
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

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "preview": self.preview_view,
            "copy": self.copy_view,
            "team": self.team_view,
            "several": self.several_view,
        }
        ours = [
            path(f"{name}/", self.admin_site.admin_view(view), name=self._page_name(name))
            for name, view in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Power.SET_GOALS) and self._own_clones_suffice(visitor_of(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form of a new goal; a representative's offers the clones they own."""
        who = require(request, Power.SET_GOALS)
        if not self._own_clones_suffice(who):
            raise PermissionDenied("A representative sets goals of clones they own; you own none.")
        verb = replace(self.adding, form=form_of_owner(who.person.pk)) if who.role == Role.REP else self.adding
        if request.method == "POST" and "preview" in request.POST:
            return self._form_page(request, verb, None, verb.form(initial=request.POST.dict(), auto_id="add-%s"))
        if request.method == "POST":
            return self._perform(request, verb, None)
        asked = {name: value for name, value in request.GET.items() if value}
        return self._form_page(
            request, verb, None, verb.form(initial={**_this_quarter(who), **asked}, auto_id="add-%s")
        )

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the target in the form would mean; changes nothing."""
        who = require(request, Power.SET_GOALS)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return TemplateResponse(request, "goals/preview.html", {"preview": _preview(who, request.GET)})

    def copy_view(self, request: HttpRequest) -> HttpResponse:
        """The goals of a quarter, a quarter later: drafts to look over."""
        who = self._manager(request)
        form = CopyForm({"source": "last", "more": "0", **request.GET.dict()})
        drafts: list[Draft] = []
        if form.is_valid():
            now = timezone.now()
            this = quarter_of(_today(who))
            quarter = this if form.cleaned_data["source"] == "this" else quarter_of(period_before(this).start)
            drafts = copies(who.tenant, quarter=quarter, now=now, more_percent=form.cleaned_data["more"])
        empty = "No goal was set for that quarter." if form.is_valid() else ""
        return self._drafts_page(request, "Copy a quarter's goals", form, _forms_of(drafts, who), empty)

    def team_view(self, request: HttpRequest) -> HttpResponse:
        """A goal for a team and each of its clones: drafts to look over."""
        who = self._manager(request)
        form = TeamForm(request.GET) if request.GET else TeamForm(initial=_this_quarter(who))
        drafts: list[Draft] = []
        if form.is_bound and form.is_valid():
            drafts = _of_team(who, form)
        return self._drafts_page(request, "Set goals for a team", form, _forms_of(drafts, who), "")

    def several_view(self, request: HttpRequest) -> HttpResponse:
        """Set the drafts that were ticked: all of them, or where one does not fit, none."""
        who = self._manager(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        forms = DraftForms(request.POST)
        if forms.is_valid():
            ticked = [_wanted(form) for form in forms if form.cleaned_data.get("take")]
            there = standing(_key(one) for one in ticked)
            wanted = list({_key(one): one for one in ticked if _key(one) not in there}.values())
            try:
                goals = GoalTracker().create_goals(who.tenant, wanted, actor=who.actor)
            except ValueError as refusal:
                messages.error(request, f"Nothing was set. {refusal}")
            else:
                messages.success(request, _how_many(len(goals), already=len(ticked) - len(goals)))
                return HttpResponseRedirect(self._list_url())
        else:
            messages.error(request, "Nothing was set: " + _what_is_wrong(forms))
        return self._drafts_page(request, "Set several goals", None, forms, "")

    def _manager(self, request: HttpRequest) -> Visitor:
        """Who asks, if they may set several at once."""
        who = require(request, Power.SET_GOALS)
        if not may_set_several(who):
            raise PermissionDenied("A representative sets goals of clones they own, one at a time.")
        return who

    def _drafts_page(self, request: HttpRequest, title: str, form: Any, drafts: Any, empty: str) -> HttpResponse:
        return self.page(
            request, "goals/several.html", title=title, form=form, drafts=drafts, empty=empty, back=self._list_url()
        )

    def _form_page(self, request: HttpRequest, verb: Verb, row: Any, form: Any) -> HttpResponse:
        if row is not None:
            return super()._form_page(request, verb, row, form)
        who = visitor_of(request)
        shown = request.POST if request.method == "POST" else request.GET
        context = {"verb": verb, "form": form, "action": request.path, "back": self._list_url()}
        return self.page(request, "goals/set.html", title=verb.label, preview=_preview(who, shown), **context)

    def beside(self, request: HttpRequest, row: Goal) -> dict[str, Any]:
        """Where it stands, where it will land, and what would help."""
        now, tracker = timezone.now(), GoalTracker()
        status, pace = tracker.check_goal_status(row, now=now), tracker.pace(row, now=now)
        course = course_of(row, now=now)
        return {
            "beside": "goals/goal.html",
            "goal": row,
            "standing": standing_of(row, pace),
            "status": status,
            "numbers": numbers_of(row, status),
            "current": _written(row, "current_value"),
            "target": _written(row, "target_value"),
            "expected": about(row, status["expected_value"], row.tenant.currency),
            "excluded": self._excluded(row),
            "suggestions": tracker.suggest_actions(row, now=now),
            "drawing": (drawing := draw(course)),
            "scale": [(place, in_short(row, value)) for place, value in drawing.values],
            "forecast": about(row, status["forecast"], row.tenant.currency),
            "range": range_of(row, status, joined=" and "),
            "rows": table_of(row, course),
        }

    def what(self, row: Goal) -> str:
        return row.get_goal_type_display()

    what.short_description = "goal"  # type: ignore[attr-defined]

    def whose(self, row: Goal) -> str:
        return row.whose

    whose.short_description = "of"  # type: ignore[attr-defined]

    def progress(self, row: Goal) -> str:
        pace = GoalTracker().pace(row)
        return render_to_string("goals/bar.html", {"bar": standing_of(row, pace).bar, "percent": pace.progress_pct})

    def current(self, row: Goal) -> str:
        return _written(row, "current_value")

    def target(self, row: Goal) -> str:
        return _written(row, "target_value")

    def lands(self, row: Goal) -> str:
        return forecast_of(row) if _is_active(row) else ""

    lands.short_description = "forecast"  # type: ignore[attr-defined]

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
        period = Period(row.period_start, row.period_end)
        metrics = measure(Scope(row.tenant, row.clone_id, period, timezone.now(), row.team))
        return int(metrics["excluded"])


admin.site.register(Goal, GoalAdmin)
