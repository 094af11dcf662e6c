"""A person's own settings: how the console writes amounts, dates and numbers for them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_http_methods

from crm.console.formats import LOCALES, at, best_of, money, number, spoken
from crm.console.roles import visitor_of
from crm.person_settings import set_locale


class SettingsForm(forms.Form):
    """The choices, each with an example."""

    locale = forms.ChoiceField(
        required=False,
        label="Amounts, dates and numbers",
        widget=forms.RadioSelect,
        help_text="For you alone, in every company you belong to. Mails and exports stay as they are for everybody.",
    )

    def __init__(self, *args: Any, currency: str, browsers: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = timezone.localtime()
        offered = [("", "As my browser asks", browsers), *((name, title, name) for name, title in LOCALES.items())]
        self.fields["locale"].choices = [  # type: ignore[attr-defined]
            (value, f"{title}: {example(name, now, currency)}") for value, title, name in offered
        ]


def example(locale: str | None, now: datetime, currency: str) -> str:
    """An amount, a moment and a number as a locale has them."""
    with spoken(locale):
        return " · ".join((money(Decimal("1234567.50"), currency), at(now), number(9876.5, 1)))


def browsers_locale(request: HttpRequest) -> str | None:
    """What the browser asks for, of what can be spoken."""
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    return best_of(tag for tag, _ in wanted)


@require_http_methods(["GET", "HEAD", "POST"])
def own_settings(request: HttpRequest) -> HttpResponse:
    """Show the settings, or keep them."""
    who = visitor_of(request)
    given = request.POST if request.method == "POST" else None
    form = SettingsForm(
        given,
        currency=who.tenant.currency,
        browsers=browsers_locale(request),
        initial={"locale": who.desk.locale},
        auto_id="own-%s",
    )
    if given is not None and form.is_valid():
        is_new = set_locale(who.person, form.cleaned_data["locale"], tenant=who.tenant, actor=who.actor)
        messages.success(
            request, "Kept. This is how the console writes for you now." if is_new else "Nothing was changed."
        )
        return HttpResponseRedirect(reverse("own_settings"))
    context = {**admin.site.each_context(request), "title": "Your settings", "form": form}
    return TemplateResponse(request, "console/own_settings.html", context, status=200 if given is None else 400)
