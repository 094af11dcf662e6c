"""An account's timeline."""

from django.db.models import QuerySet

from crm.models import Account, Interaction


def timeline(account: Account) -> QuerySet[Interaction]:
    """What happened with an account and what is planned, newest first, each with its contact and clone at hand."""
    return (
        Interaction.objects.filter(account=account).select_related("contact", "clone").order_by("-occurred_at", "-pk")
    )
