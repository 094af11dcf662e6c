"""Help for somebody who cannot log in: a new password, or no second factor until they enrol again."""

import secrets

from django.contrib.auth.models import User
from django.db import transaction

from crm.models import Role, Tenant
from crm.posts import posts_of
from crm.tenancy import tenant_scope
from crm.two_factor import reset
from record import journal
from record.actors import Actor


def refuse_log_in_of_others(username: str, *, operator: User) -> None:
    """Raise ValueError for a user name that is taken by somebody of a company where `operator` is not operator.

    Nobody is made a member of a second company by its operator alone: their name and address would be shown there, and
    their own operator could no longer renew their password. Whoever runs the installation can do it by create_person.
    """
    person = User.objects.filter(username=username).first()
    if person is not None and not _operates_all_of(person, operator):
        raise ValueError("username: this name is taken; choose another, or have create_person run on the machine.")


def _operates_all_of(person: User, operator: User) -> bool:
    operated = {post.tenant.pk for post in posts_of(operator.pk) if post.role == Role.OPERATOR}
    return {post.tenant.pk for post in posts_of(person.pk)} <= operated


@transaction.atomic
def give_new_password(person: User, *, tenant: Tenant, operator: User, actor: Actor) -> str:
    """Give `person` a new password and return it; it is shown once, and their sessions end.

    Raises ValueError where the operator may not (`_refuse_to_help`).
    """
    _refuse_to_help(person, operator=operator, own="Change your own password at the foot of the menu.")
    password = secrets.token_urlsafe(12)
    with tenant_scope(tenant):
        person.set_password(password)
        person.save(update_fields=["password"])
        journal.write(tenant_id=tenant.pk, kind="person.password_renewed", subject=("person", person.pk), actor=actor)
    return password


def reset_two_factor(person: User, *, tenant: Tenant, operator: User, actor: Actor) -> None:
    """Let `person` log in without a second factor until they enrol again. Raises ValueError as `give_new_password` does,
    and where they have none."""
    _refuse_to_help(person, operator=operator, own="Switch off your own at the foot of the menu.")
    reset(person, tenants=[tenant.pk], actor=actor)


def _refuse_to_help(person: User, *, operator: User, own: str) -> None:
    """Raise ValueError for oneself, for superusers, and for who belongs to a company where `operator` is not operator: a
    log-in opens every company of its person, so only who is operator in all of them may open it."""
    if person.pk == operator.pk:
        raise ValueError(own)
    if person.is_superuser:
        raise ValueError(f"{person} is a superuser; their log-in is seen to on the machine itself.")
    if not _operates_all_of(person, operator):
        raise ValueError(
            f"{person} belongs to another company as well, where you are not operator; theirs cannot be changed here."
        )
