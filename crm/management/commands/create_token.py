"""create_token: what a person's scripts send to the API."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User

from crm.commands import add_tenant_argument, person_named, tenant_named
from crm.keys import issue_person_token
from crm.models import Tenant
from crm.posts import posts_of
from record.actors import SYSTEM
from record.commands import Answer, JsonCommand, Refused, WrongArgument


class Command(JsonCommand):
    help = (
        "Make an API token for a person. It can do in one tenant what its person can, is printed once, and is sent as"
        " `Authorization: Bearer autp_...`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="whose token it is")
        add_tenant_argument(parser, "the tenant it is for; needed where the person has several", required=False)

    def answer(self, options: dict[str, Any]) -> Answer:
        person = person_named(options["username"], argument="USERNAME")
        tenant = _tenant(person, options["tenant"])
        if not person.is_active:
            raise Refused(f"USERNAME: {person} is switched off, so a token would not work; switch them on first.")
        _, token = issue_person_token(tenant=tenant, person=person, actor=SYSTEM)
        return Answer({"token": token}, f"A token of {person} for {tenant.slug}, which is not shown again:\n{token}")


def _tenant(person: User, slug: str | None) -> Tenant:
    wanted = tenant_named(slug) if slug else None
    theirs = sorted((post.tenant for post in posts_of(person.pk)), key=lambda tenant: tenant.slug)
    if wanted is not None and wanted not in theirs:
        raise WrongArgument("--tenant", f"{person} is no member of {slug}; make them one with create_person.")
    if not theirs:
        raise WrongArgument("USERNAME", f"{person} is a member of no tenant; make them one with create_person.")
    if wanted is None and len(theirs) > 1:
        raise WrongArgument("--tenant", f"say which of {person}'s tenants: {', '.join(each.slug for each in theirs)}.")
    return wanted or theirs[0]
