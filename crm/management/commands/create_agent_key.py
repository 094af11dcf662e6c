"""create_agent_key: what an agent, or a CRM that feeds records in, sends to the API."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError

from crm.clones import find_or_make_clone
from crm.commands import add_tenant_argument, tenant_named
from crm.keys import issue_agent_key
from crm.models import Scope, Tenant
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.commands import Answer, JsonCommand, WrongArgument, wrong_argument

_DEFAULT_SCOPES = f"{Scope.PROPOSE.value},{Scope.READ.value},{Scope.RESULT.value}"


class Command(JsonCommand):
    help = (
        "Make a key for an agent. It acts as one clone, which is made if it is new, is printed once, and is sent as"
        " `Authorization: Bearer aut_...`. A key with the scope ingest writes customer records and takes no clone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        add_tenant_argument(parser, "the tenant it is for")
        parser.add_argument("--clone", metavar="NAME", help="the clone it acts as; its name is what its mails carry")
        parser.add_argument(
            "--scopes",
            default=_DEFAULT_SCOPES,
            help=f"{', '.join(Scope.values)}, separated by commas; ingest stands alone (default: {_DEFAULT_SCOPES})",
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        tenant = tenant_named(options["tenant"])
        scopes = [word.strip() for word in options["scopes"].split(",") if word.strip()]
        try:
            key = _issue(tenant, (options["clone"] or "").strip(), scopes)
        except ValidationError as error:
            raise wrong_argument(error, {"name": "--clone"}, default="--clone") from error
        except ValueError as error:
            raise WrongArgument(*_split(f"--{error}")) from error
        return Answer({"key": key}, f"A key for {tenant.slug}, which is not shown again:\n{key}")


def _issue(tenant: Tenant, clone_name: str, scopes: list[str]) -> str:
    with tenant_scope(tenant):
        clone = find_or_make_clone(tenant=tenant, name=clone_name, actor=SYSTEM) if clone_name else None
        return issue_agent_key(tenant=tenant, clone=clone, scopes=scopes, actor=SYSTEM)[1]


def _split(text: str) -> tuple[str, str]:
    argument, _, detail = text.partition(": ")
    return argument, detail
