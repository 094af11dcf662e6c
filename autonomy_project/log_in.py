"""Logging in to the console: name and password, then, for who has enrolled, a code. Nobody is logged in between the two.

A wrong code counts as a failed log-in (django-axes), and the right password alone does not make up for it.
"""

import time
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from django_otp import DEVICE_ID_SESSION_KEY

from crm.two_factor import device_of, verify

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_AWAITED = "log_in_awaits_a_code"  # the session's key
_PATIENCE_S = 10 * 60  # from the password to the code


class LogIn(LoginView):
    """Name and password."""

    template_name = "admin/login.html"

    def get_form_class(self) -> Any:
        return admin.site.login_form

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; who is logged in already is led on."""
        if admin.site.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the admin's own page has beside the form."""
        about = {"title": "Log in", "app_path": self.request.get_full_path()}
        return {**super().get_context_data(**kwargs), **admin.site.each_context(self.request), **about}

    def form_valid(self, form: Any) -> HttpResponse:
        """Log in, or remember in the session who has to give a code yet."""
        person = form.get_user()
        if device_of(person.pk) is None:
            return super().form_valid(form)
        self.request.session.cycle_key()
        self.request.session[_AWAITED] = {
            "person": person.pk,
            "hash": person.get_session_auth_hash(),
            "since": time.time(),
            "next": self.get_success_url(),
        }
        return HttpResponseRedirect(reverse("log_in_code"))


class CodeForm(forms.Form):
    """The second step."""

    code = forms.CharField(
        max_length=40,
        help_text="The six digits your authenticator app shows now, or one of your recovery codes.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


@method_decorator([sensitive_post_parameters("code"), csrf_protect, never_cache], name="dispatch")
class CodeStep(FormView):  # type: ignore[type-arg]  # Django has no generics at run time
    """The code of who has given their password."""

    template_name = "console/code.html"
    form_class = CodeForm
    person: User

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Back to the first step for who has not given a password, or long ago."""
        found = _awaited(request)
        if found is None:
            return HttpResponseRedirect(reverse("admin:login"))
        self.person = found
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **admin.site.each_context(self.request), "title": "Your code"}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        """Log in with a code that fits; any other is a failed log-in."""
        if is_locked(self.request, self.person):
            return HttpResponse(status=429)
        if not verify(self.person, form.cleaned_data["code"]):
            count_failure(self.request, self.person)
            form.add_error(
                "code", "This code does not fit. It may be too old, used already, or too soon after a wrong one."
            )
            form.data = {"code": ""}  # type: ignore[assignment]  # the next one is typed into an empty field
            return self.form_invalid(form)
        onward = self.request.session.pop(_AWAITED)["next"]
        login(self.request, self.person, backend=_BACKEND)
        mark_verified(self.request, self.person)
        return HttpResponseRedirect(onward)


def mark_verified(request: HttpRequest, person: User) -> None:
    """Let the session say that its person has given a code of the device they have now."""
    device = device_of(person.pk)
    if device is not None:
        request.session[DEVICE_ID_SESSION_KEY] = device.persistent_id


def is_verified(request: HttpRequest, device_id: int) -> bool:
    """Whether the session's person has given a code of this device."""
    return bool(request.session.get(DEVICE_ID_SESSION_KEY) == f"otp_totp.totpdevice/{device_id}")


def is_locked(request: HttpRequest, person: User) -> bool:
    """Whether this person failed too often from here; the answer is then the page that says so."""
    credentials = {"username": person.get_username()}
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
    return True


def count_failure(request: HttpRequest, person: User) -> None:
    """A wrong code, or a wrong password of somebody who is logged in, as a failed log-in."""
    user_login_failed.send(sender=__name__, credentials={"username": person.get_username()}, request=request)


def _awaited(request: HttpRequest) -> User | None:
    """Who gave the right password lately, as long as it is their password still."""
    noted = request.session.get(_AWAITED)
    if noted is None or time.time() - noted["since"] > _PATIENCE_S:
        return None
    person = User.objects.filter(pk=noted["person"], is_active=True).first()
    is_same = person is not None and constant_time_compare(noted["hash"], person.get_session_auth_hash())
    return person if is_same else None
