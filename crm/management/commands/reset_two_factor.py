"""reset_two_factor: for somebody who lost their second factor, and whom no operator of a company may help."""

from argparse import ArgumentParser
from typing import Any

from crm.commands import person_named
from crm.posts import posts_of
from crm.two_factor import reset
from record.actors import SYSTEM
from record.commands import Answer, JsonCommand, Refused


class Command(JsonCommand):
    help = (
        "Let a person log in by password alone until they enrol again: their authenticator app and their recovery codes"
        " are forgotten. In the console an operator does it under Log-ins."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="whose second factor it is")

    def answer(self, options: dict[str, Any]) -> Answer:
        person = person_named(options["username"], argument="USERNAME")
        try:
            reset(person, tenants=[post.tenant.pk for post in posts_of(person.pk)], actor=SYSTEM)
        except ValueError as refusal:
            raise Refused(f"USERNAME: {refusal}") from refusal
        return Answer({"username": person.username}, f"{person} logs in by password alone until they enrol again.")
