"""Somebody at the console (Django's test client: the whole stack but the socket), and what the database holds."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.models import Action

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Visit:
    """A person's session. `patient`: an unexpected error is a 500 to look at, not raised."""

    person: User
    patient: bool = False
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(raise_request_exception=not self.patient)
        self.client.force_login(self.person, backend=_BACKEND)

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(path, query)

    def post(self, path: str, follow: bool = False, **fields: Any) -> Any:
        return self.client.post(path, fields, follow=follow)

    def page(self, path: str, **query: str) -> str:
        """What a page says, its mark-up left out; the page must be there."""
        response = self.get(path, **query)
        assert response.status_code == 200, (path, response.status_code)
        return said(response)

    def review(self, action: Action) -> str:
        return self.page(review_of(action))

    def decide(self, action: Action, verb: str, follow: bool = False, **fields: Any) -> Any:
        """POST a decision; the hash is that of the action as it was handed in, unless given."""
        fields.setdefault("content_hash", action.content_hash)
        return self.post(f"/admin/engine/action/{action.pk}/{verb}/", follow=follow, **fields)


def review_of(action: Action) -> str:
    """The address of the action's page."""
    return f"/admin/engine/action/{action.pk}/change/"


def said(response: Any) -> str:
    """The text of a response, entities decoded, white space collapsed."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def messages(response: Any) -> list[str]:
    """The messages a redirect leaves for the next page."""
    from django.contrib.messages import get_messages

    return [str(message) for message in get_messages(response.wsgi_request)]


_LEFT_OUT = {"sessions.session", "contenttypes.contenttype", "auth.permission"}


def everything(tenants: list[Tenant]) -> dict[str, list[Any]]:
    """Every row of every table but the sessions', by table and tenant."""
    found: dict[str, list[Any]] = {}
    for model in apps.get_models():
        if model._meta.label_lower in _LEFT_OUT:
            continue
        if not _is_fenced(model):
            found[model._meta.label] = list(model._default_manager.order_by("pk").values())
            continue
        for tenant in tenants:
            with tenant_scope(tenant):
                found[f"{model._meta.label} {tenant.slug}"] = list(model._default_manager.order_by("pk").values())
    return found


def _is_fenced(model: Any) -> bool:
    return any(column.column == "tenant_id" for column in model._meta.concrete_fields)
