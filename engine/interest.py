"""Which customers showed interest, for goals that need it: buying signals among the insights."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet

from insights.models import OPEN, Insight
from insights.signals import PatternType

FRESH = timedelta(days=30)


def buying_signals(account: OuterRef, now: datetime) -> QuerySet[Insight]:
    """The open buying signals of an account that a scan of the last thirty days found, the newest first."""
    fresh = Insight.objects.filter(account=account, status__in=OPEN, seen_at__gt=now - FRESH)
    return fresh.filter(pattern_type=PatternType.BUYING_SIGNAL).order_by("-id")
