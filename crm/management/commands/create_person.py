"""create_person: somebody who may log in, with a role in a tenant."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError

from crm.commands import add_tenant_argument, tenant_named
from crm.models import Role
from crm.people import NewMember, add_person
from record.actors import SYSTEM
from record.commands import Answer, JsonCommand, Refused, wrong_argument

_ARGUMENTS = {"username": "USERNAME", "email": "--email", "password": "--password"}


class Command(JsonCommand):
    help = (
        "Make a person a member of a tenant. A new person gets a password, which is printed once; one who exists"
        " keeps theirs and only gains the membership."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="the name to log in with")
        add_tenant_argument(parser, "the tenant to join")
        parser.add_argument(
            "--role",
            required=True,
            choices=Role.values,
            help="manager decides; rep reads; auditor reads and exports; operator sees to people, keys and settings",
        )
        parser.add_argument("--email", default="", help="where escalations reach a manager")
        parser.add_argument("--password", help="for a new person; without it one is made up and printed")

    def answer(self, options: dict[str, Any]) -> Answer:
        tenant = tenant_named(options["tenant"])
        given = {name: options[name] for name in ("username", "role", "email", "password")}
        try:
            member = add_person(tenant=tenant, actor=SYSTEM, **given)
        except ValidationError as error:
            raise wrong_argument(error, _ARGUMENTS, default="--password") from error
        except ValueError as error:
            raise Refused(f"--{error}") from error
        told = {"username": member.person.username, "password": member.password}
        return Answer(told, f"{told['username']} is {options['role']} of {tenant.slug}. {_about_password(member)}")


def _about_password(member: NewMember) -> str:
    if member.password is None:
        return "The password stays what it was."
    return f"The password, which is not shown again: {member.password}"
