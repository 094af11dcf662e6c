"""What commands are told by name: tenants, people, clones."""

from argparse import ArgumentParser
from uuid import UUID

from django.contrib.auth.models import User

from crm.models import Clone, Tenant
from crm.references import find_id
from record.commands import WrongArgument


def add_tenant_argument(parser: ArgumentParser, help_text: str, *, required: bool = True) -> None:
    """`--tenant SLUG`, spelled alike everywhere."""
    parser.add_argument("--tenant", required=required, metavar="SLUG", help=help_text)


def tenant_named(slug: str) -> Tenant:
    """The tenant with this slug. Raises WrongArgument, naming the tenants there are."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        others = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True)[:20])
        what_to_do = f"choose from {others}, or make it with create_tenant" if others else "make it with create_tenant"
        raise WrongArgument("--tenant", f"there is no tenant {slug!r}; {what_to_do}.")
    return tenant


def person_named(username: str, *, argument: str) -> User:
    """The person with this user name. Raises WrongArgument about `argument`."""
    person = User.objects.filter(username=username).first()
    if person is None:
        raise WrongArgument(argument, f"there is no person {username!r}; make them with create_person.")
    return person


def clone_named(name: str) -> UUID:
    """The id of the clone with this name, external id or id, in the tenant in scope. Raises WrongArgument."""
    by_name = Clone.objects.filter(name=name).values_list("pk", flat=True).first()
    clone_id = by_name or find_id(Clone, name)
    if clone_id is None:
        others = ", ".join(Clone.objects.values_list("name", flat=True)[:20])
        known = f"choose from {others}" if others else "make one with create_agent_key"
        raise WrongArgument("--clone", f"there is no clone {name!r} in this tenant; {known}.")
    return clone_id
