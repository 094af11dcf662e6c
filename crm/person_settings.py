"""How somebody wants to see the console."""

from django.contrib.auth.models import User

from crm.console.formats import LOCALES
from crm.models import PersonSettings, Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor


def set_locale(person: User, locale: str, *, tenant: Tenant, actor: Actor) -> bool:
    """Write amounts, dates and numbers for `person` as `locale` has them ("" as their browser asks), in every company of
    theirs; returns whether that is new. Raises ValueError for a locale that cannot be chosen."""
    if locale and locale not in LOCALES:
        raise ValueError(f"locale: {locale!r}; choose from {', '.join(LOCALES)}.")
    with tenant_scope(tenant):
        held, _ = PersonSettings.objects.select_for_update().get_or_create(person=person)
        if held.locale == locale:
            return False
        held.locale = locale
        held.save(update_fields=["locale"])
        journal.write(
            tenant_id=tenant.pk,
            kind="person.locale_set",
            subject=("person", person.pk),
            actor=actor,
            facts={"locale": locale},
        )
    return True
