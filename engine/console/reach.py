"""How you are told: one page for each person, their own and nobody else's."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize

from crm.console.pages import TenantAdmin
from crm.console.roles import Power, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Role
from engine.audience import TEAM_CHANNEL
from engine.models import Reach, Way
from engine.reach_settings import FIELDS, LONGEST_BATCH, LONGEST_NEAR, send_test, set_reach

OWN = "own"  # in the page's address, where other rows have their id


class ReachForm(forms.Form):
    """What presses at once, the rest in batches."""

    urgent_way = forms.ChoiceField(
        choices=Way.choices,
        label="What presses",
        help_text="Told within seconds. “Not at all”: it comes with the rest.",
    )
    urgent_value = forms.DecimalField(
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
        label="A deal presses from",
        help_text="An amount in the company's currency; empty: a deal's value alone never presses.",
    )
    urgent_hours = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_NEAR,
        label="A deadline presses when it is this many hours away",
        help_text="0: never. What was handed on to you because nobody decided always presses.",
    )
    other_way = forms.ChoiceField(
        choices=Way.choices, label="The rest", help_text="Told together in one message, each action once."
    )
    batch_minutes = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_BATCH,
        label="At most every so many minutes",
        help_text="The first message comes at once; what begins to wait after it waits for the next.",
    )
    chat_channel = forms.CharField(
        max_length=80,
        required=False,
        label="Chat channel",
        help_text=f"Such as {TEAM_CHANNEL}; needed where you chose chat. A webhook may post elsewhere, as it was set up.",
    )

    def clean_chat_channel(self) -> str:
        return self.cleaned_data["chat_channel"].strip()


def _set(request: HttpRequest, row: Reach, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    set_reach(tenant=who.tenant, person=who.person, actor=who.actor, **given)
    return Done("This is how you are told from now on.")


def _test(request: HttpRequest, row: Reach, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    where = send_test(tenant=who.tenant, reach=row, actor=who.actor)
    return Done(f"A test message goes to {' and '.join(where)} within seconds.")


def _when(moment: datetime | None) -> str:
    return localize(timezone.localtime(moment)) if moment else "not yet"


class ReachAdmin(TenantAdmin):
    """A person's own row; as long as they set nothing, the defaults. There is no list: nobody sees another's."""

    heading = "How you are told"
    when_empty = "As long as you set nothing, what presses is mailed to you at once and the rest every half hour."
    fields = readonly_fields = ("last_pressing", "last_rest")
    verbs = (
        Verb(
            "set",
            "Save",
            Power.SET_OWN_REACH,
            _set,
            ReachForm,
            initial=lambda row: {n: getattr(row, n) for n in FIELDS},
        ),
        Verb(
            "test",
            "Send me a test message",
            Power.SET_OWN_REACH,
            _test,
            note="It goes wherever you are told, as it is saved.",
        ),
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to one's own page."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        visitor_of(request)
        return HttpResponseRedirect(self._row_url(Reach()))

    def get_object(self, request: HttpRequest, object_id: str | UUID, from_field: str | None = None) -> Reach | None:
        """One's own row, or what stands in its place; nothing under any other id."""
        who = visitor_of(request)
        own = Reach.objects.filter(tenant_id=who.tenant.pk, person=who.person).select_related("person").first()
        own = own or Reach(tenant=who.tenant, person=who.person)
        return own if str(object_id) in (OWN, str(own.pk)) else None

    def beside(self, request: HttpRequest, row: Reach) -> dict[str, Any]:
        """The form, open; the frame's own buttons are left out."""
        setting, trying = (
            {"verb": verb, "form": verb.empty_form(row), "url": self._verb_url(row, verb)} for verb in self.verbs
        )
        decides = visitor_of(request).role in (Role.MANAGER, Role.REP)
        return {
            "title": self.heading,
            "beside": "engine/reach.html",
            "verbs": [],
            "setting": setting,
            "trying": trying,
            "decides": decides,
            "address": row.person.email,
        }

    def last_pressing(self, row: Reach) -> str:
        return _when(row.urgent_told_at)

    last_pressing.short_description = "last told of what presses"  # type: ignore[attr-defined]

    def last_rest(self, row: Reach) -> str:
        return _when(row.others_told_at)

    last_rest.short_description = "last told of the rest"  # type: ignore[attr-defined]

    def _row_url(self, row: Any) -> str:
        return reverse(f"admin:{self._page_name('change')}", args=[OWN], current_app=self.admin_site.name)

    def _verb_url(self, row: Any, verb: Verb) -> str:
        return reverse(f"admin:{self._page_name('do')}", args=[OWN if row._state.adding else row.pk, verb.name])
