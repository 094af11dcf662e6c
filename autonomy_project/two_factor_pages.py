"""Where a person sees to the second factor of their own log-in."""

from collections.abc import Callable
from typing import Any, TypeVar

import segno
from django import forms
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from autonomy_project.log_in import count_failure, is_locked, mark_verified
from crm.console.roles import Visitor, visitor_of
from crm.two_factor import address_of, device_of, enrol, new_key, renew_recovery_codes, standing_of, switch_off

Done = TypeVar("Done")
_SALT, _PATIENCE_S = "autonomy_project.two_factor_pages", 60 * 60  # from the QR code to the first code


class EnrolForm(forms.Form):
    """The first code, and the password: so that nobody enrols at a desk that was left open."""

    code = forms.CharField(
        max_length=20,
        label="Code",
        help_text="The six digits that the app shows for Autonomy.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    password = forms.CharField(
        max_length=4096,
        strip=False,
        help_text="The one you logged in with.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    key = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """With the secret that the page showed within the hour; without one the page is too old."""
        signed = self.cleaned_data.pop("key", "")
        try:
            self.cleaned_data["key"] = signing.loads(signed, salt=_SALT, max_age=_PATIENCE_S)
        except signing.BadSignature:
            self.add_error(None, "This page is too old. Scan the new code.")
        return self.cleaned_data


class ProofForm(forms.Form):
    """That it is they."""

    proof = forms.CharField(
        max_length=4096,
        strip=False,
        label="Password or code",
        help_text="Your password, a code of your app, or a recovery code.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


@require_safe
def two_factor(request: HttpRequest) -> HttpResponse:
    """How one's log-in stands, and the forms to change it."""
    return _page(request)


@sensitive_post_parameters()
@require_POST
def switch_on(request: HttpRequest) -> HttpResponse:
    """Enrol; the recovery codes are shown this once."""
    who, form = visitor_of(request), EnrolForm(request.POST, auto_id="enrol-%s")
    if not form.is_valid():
        return _page(request, enrol=form)

    def act() -> list[str]:
        return enrol(who.person, **form.cleaned_data, tenant=who.tenant, actor=who.actor)

    codes = _tried(request, form, act)
    if codes is None:
        return _page(request, enrol=form)
    update_session_auth_hash(request, who.person)
    mark_verified(request, who.person)
    return _codes_page(request, codes, "Two-factor log-in is on")


@sensitive_post_parameters()
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes in the place of the old ones."""
    who, form = visitor_of(request), ProofForm(request.POST, auto_id="renew-%s")

    def act() -> list[str]:
        return renew_recovery_codes(who.person, proof=form.cleaned_data["proof"], tenant=who.tenant, actor=who.actor)

    codes = _tried(request, form, act) if form.is_valid() else None
    return _page(request, renew=form) if codes is None else _codes_page(request, codes, "New recovery codes")


@sensitive_post_parameters()
@require_POST
def switch_two_factor_off(request: HttpRequest) -> HttpResponse:
    """Log in by password alone from now on."""
    who, form = visitor_of(request), ProofForm(request.POST, auto_id="off-%s")

    def act() -> bool:
        switch_off(who.person, proof=form.cleaned_data["proof"], tenant=who.tenant, actor=who.actor)
        return True

    done = _tried(request, form, act) if form.is_valid() else None
    return _page(request, off=form) if done is None else HttpResponseRedirect(reverse("two_factor"))


def urls() -> list[URLPattern]:
    """Where these pages stand, under /admin/."""
    views = {"": two_factor, "on/": switch_on, "codes/": renew_codes, "off/": switch_two_factor_off}
    names = {"": "two_factor", "on/": "two_factor_on", "codes/": "two_factor_codes", "off/": "two_factor_off"}
    return [
        path(f"admin/two-factor/{place}", admin.site.admin_view(view), name=names[place])
        for place, view in views.items()
    ]


def _tried(request: HttpRequest, form: forms.Form, act: Callable[[], Done]) -> Done | None:
    """What comes of it; None with a note in the form where it was refused, which counts as a failed log-in."""
    person = visitor_of(request).person
    if is_locked(request, person):
        return None
    try:
        return act()
    except ValueError as refusal:
        name, colon, rest = str(refusal).partition(": ")
        form.add_error(name if colon else None, rest if colon else name)
        if colon:
            count_failure(request, person)
        return None


def _page(request: HttpRequest, **filled: Any) -> HttpResponse:
    who = visitor_of(request)
    standing = standing_of(who.person.pk)
    context: dict[str, Any] = {"standing": standing, "title": "Two-factor log-in", "is_required": _is_required(who)}
    if standing.device is None:
        context |= _enrolling(who, filled.get("enrol"))
    else:
        context |= {name: filled.get(name) or ProofForm(auto_id=f"{name}-%s") for name in ("renew", "off")}
    status = 400 if filled else 200
    return _framed(request, "console/two_factor.html", context, status=status)


def _enrolling(who: Visitor, filled: EnrolForm | None) -> dict[str, Any]:
    """The secret as a QR code and as letters. Nothing is stored: the form brings the secret back, signed."""
    key = (filled.cleaned_data.get("key") if filled else None) or new_key()
    signed = signing.dumps(key, salt=_SALT)
    form = filled or EnrolForm(auto_id="enrol-%s")
    form.data = {**form.data.dict(), "key": signed} if filled else form.data  # type: ignore[attr-defined, union-attr]
    form.initial["key"] = signed
    picture = segno.make(address_of(who.person, key), error="m", micro=False)
    return {
        "enrol": form,
        "picture": picture.svg_data_uri(scale=5, border=3, dark="#000", light="#fff"),
        "letters": " ".join(key[at : at + 4] for at in range(0, len(key), 4)),
    }


def _codes_page(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    return _framed(request, "console/recovery_codes.html", {"codes": codes, "title": title}, status=200)


def _framed(request: HttpRequest, template: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """A page in the console's frame, or alone for who may see nothing else yet."""
    alone = getattr(request, "must_enrol", False) and device_of(visitor_of(request).person.pk) is None
    frame = "unfold/layouts/unauthenticated.html" if alone else "admin/base_site.html"
    every = admin.site.each_context(request)
    return TemplateResponse(request, template, {**every, **context, "frame": frame, "alone": alone}, status=status)


def _is_required(who: Visitor) -> bool:
    return any(post.tenant.requires_two_factor for post in who.posts)
