"""A new password for somebody who lost theirs."""

import secrets

from django.contrib.auth.models import User
from django.db import transaction

from crm.models import Role, Tenant
from crm.posts import posts_of
from crm.tenancy import tenant_scope
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

    A log-in opens every company of its person, so only who is operator in all of them may do this. Raises ValueError
    for others, for oneself and for superusers.
    """
    if person.pk == operator.pk:
        raise ValueError("Change your own password at the foot of the menu.")
    if person.is_superuser:
        raise ValueError(f"{person} is a superuser; their password is changed on the machine itself.")
    if not _operates_all_of(person, operator):
        raise ValueError(
            f"{person} belongs to another company as well, where you are not operator; theirs cannot be changed here."
        )
    password = secrets.token_urlsafe(12)
    with tenant_scope(tenant):
        person.set_password(password)
        person.save(update_fields=["password"])
        journal.write(tenant_id=tenant.pk, kind="person.password_renewed", subject=("person", person.pk), actor=actor)
    return password
