"""create_tenant: a company that uses Autonomy, with its policy."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError

from crm.models import Tenant
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from record.commands import Answer, JsonCommand, WrongArgument, wrong_argument

_ARGUMENTS = {"slug": "SLUG", "name": "--name", "time_zone": "--time-zone", "currency": "--currency"}


class Command(JsonCommand):
    help = (
        "Make a tenant: a company that uses Autonomy. Next come its people (create_person) and keys (create_agent_key)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug", metavar="SLUG", help="its short name in commands: letters, digits, hyphens")
        parser.add_argument("--name", default="", help="its name as people read it (default: the slug)")
        parser.add_argument(
            "--time-zone", default="UTC", help="where its days begin, such as Europe/Berlin (default: UTC)"
        )
        parser.add_argument(
            "--currency", default="USD", help="what its deals are counted in, by ISO 4217 (default: USD)"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        slug = options["slug"]
        if Tenant.objects.filter(slug=slug).exists():
            raise WrongArgument("SLUG", f"there is a tenant {slug!r} already; choose another slug.")
        try:
            given = {name: options[name] for name in ("name", "time_zone", "currency")}
            tenant = create_tenant(slug=slug, actor=SYSTEM, **given)
        except ValidationError as error:
            raise wrong_argument(error, _ARGUMENTS, default="SLUG") from error
        return Answer({"tenant": tenant.slug}, f"Made the tenant {tenant.slug} ({tenant.name}).")
