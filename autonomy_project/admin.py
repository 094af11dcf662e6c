"""The pages of the packages we use, in the console's skin and by its roles: log-ins, failed log-ins, the schedule.

They are the installation's, not a tenant's: of log-ins a person sees those of their own company's members.
"""

from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from autonomy_project.schedule import LONGEST, set_interval, switch
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, require, visitor_of
from crm.console.verbs import Done, Secret, Verb
from crm.log_ins import give_new_password, reset_two_factor
from crm.models import Membership
from engine import hints
from engine.console.schedule import live_context
from engine.models import Run
from engine.schedule import BY_NAME, start


class _InstallationAdmin(TenantAdmin):
    """Rows that carry no tenant."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visitor_of(request)
        return self.model._default_manager.all()


def _give_new_password(request: HttpRequest, row: User, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    password = give_new_password(row, tenant=who.tenant, operator=who.person, actor=who.actor)
    return Done(f"New password for {row}", Secret("Their password", password, "Hand it over in person."))


def _reset_two_factor(request: HttpRequest, row: User, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    reset_two_factor(row, tenant=who.tenant, operator=who.person, actor=who.actor)
    return Done(f"{row} logs in by password alone until they enrol again.")


class UserAdmin(_InstallationAdmin):
    """The log-ins of the company's members. Who belongs to the company, and as what, is seen to under People."""

    heading = "Log-ins"
    reading = Power.SEE_LOG_INS
    list_display = ("username", "first_name", "last_name", "email", "is_active", "two_factor", "last_login")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    fields = ("username", "first_name", "last_name", "email", "is_active", "two_factor", "last_login", "date_joined")
    readonly_fields = ("two_factor",)
    verbs = (
        Verb(
            "password",
            "Give a new password",
            Power.MANAGE_PEOPLE,
            _give_new_password,
            note="Their old one stops working and they are logged out everywhere.",
            danger=True,
        ),
        Verb(
            "two_factor",
            "Reset two-factor log-in",
            Power.MANAGE_PEOPLE,
            _reset_two_factor,
            note="For who lost their device and their recovery codes: they log in by password alone until they enrol"
            " again. Make sure that it is they who ask.",
            danger=True,
            applies=lambda row: row.has_device,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        members = Membership.objects.filter(tenant=visitor_of(request).tenant).values("person_id")
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return super().get_queryset(request).filter(pk__in=members).annotate(has_device=Exists(devices))

    @admin.display(description="two-factor", boolean=True)
    def two_factor(self, row: Any) -> bool:
        return bool(row.has_device)


class AccessAttemptAdmin(_InstallationAdmin):
    """Who failed to log in under the name of a member, and from where."""

    heading = "Failed log-ins"
    when_empty = "Nobody failed to log in lately: there is nothing to do here."
    reading = Power.SEE_LOG_INS
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    ordering = ("-attempt_time",)
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent", "path_info")
    kept_back = frozenset({"get_data", "post_data"})  # a password typed into the wrong field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        members = Membership.objects.filter(tenant=visitor_of(request).tenant).values("person__username")
        return super().get_queryset(request).filter(username__in=members)


class IntervalForm(forms.Form):
    """How often."""

    every = forms.IntegerField(
        min_value=1, max_value=LONGEST, help_text="How many of the units below lie between two runs, for every company."
    )
    period = forms.ChoiceField(
        choices=[choice for choice in IntervalSchedule.PERIOD_CHOICES if choice[0] != "microseconds"],
        help_text="Often costs the database more and a language model money; seldom notices late.",
    )


def _switch_on(request: HttpRequest, row: PeriodicTask, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    switch(row, on=True, tenant=who.tenant, actor=who.actor)
    return Done(f"{row.name} runs again.")


def _switch_off(request: HttpRequest, row: PeriodicTask, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    switch(row, on=False, tenant=who.tenant, actor=who.actor)
    return Done(f"{row.name} does not run until it is switched on again.")


def _set_interval(request: HttpRequest, row: PeriodicTask, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    set_interval(row, tenant=who.tenant, actor=who.actor, **given)
    return Done(f"{row.name} runs every {given['every']} {given['period']}.")


def _run_now(request: HttpRequest, row: PeriodicTask, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    if Run.objects.filter(task=row.name, ended_at=None).exists():
        raise ValueError("It is running already.")
    start(row.name, tenant=who.tenant, actor=who.actor)
    hints.runs_may_be_due()
    return Done(f"{row.name} runs now for {who.tenant}.")


def _interval(row: PeriodicTask) -> dict[str, Any]:
    return {"every": row.interval.every, "period": row.interval.period} if row.interval else {}


class PeriodicTaskAdmin(_InstallationAdmin):
    """The scheduled tasks of the whole installation."""

    heading = "Schedule"
    when_empty = "The scheduled tasks stand here once beat has started: python3 manage.py up starts it."
    list_display = ("name", "enabled", "interval", "last_run_at", "total_run_count")
    list_select_related = ("interval",)
    ordering = ("name",)
    fields = ("name", "task", "enabled", "interval_in_words", "last_run_at", "total_run_count", "description")
    readonly_fields = ("interval_in_words",)
    verbs = (
        Verb(
            "interval", "Change how often it runs", Power.SET_SCHEDULE, _set_interval, IntervalForm, initial=_interval
        ),
        Verb("run", "Run now", Power.SET_SCHEDULE, _run_now, applies=lambda row: row.name in BY_NAME),
        Verb("off", "Switch off", Power.SET_SCHEDULE, _switch_off, danger=True, applies=lambda row: row.enabled),
        Verb("on", "Switch on", Power.SET_SCHEDULE, _switch_on, applies=lambda row: not row.enabled),
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The five tasks as a page of their own, alive while one looks at it."""
        who = require(request, self.reading)
        request.heading = self.heading  # type: ignore[attr-defined]
        context = live_context(who.may(Power.SET_SCHEDULE))
        return self.page(request, "engine/schedule.html", title=self.heading, **context)

    def _row_url(self, row: Any) -> str:
        """What was done to a task is seen on the page of all five."""
        return self._list_url()

    def interval_in_words(self, row: PeriodicTask) -> str:
        return str(row.schedule)

    interval_in_words.short_description = "runs"  # type: ignore[attr-defined]


# Their own pages add, change and delete, and one of them starts tasks by a GET: none of that here.
for model in (
    *(ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule, PeriodicTask),
    *(TOTPDevice, StaticDevice),
    *(Group, User),
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
admin.site.register(User, UserAdmin)
admin.site.register(AccessAttempt, AccessAttemptAdmin)
admin.site.register(PeriodicTask, PeriodicTaskAdmin)
