"""How the tests of feedback come by an insight."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from crm.tenancy import tenant_scope
from insights.feedback import Given, give
from insights.models import Insight, Threshold
from tests.cast import Company


def noticed(acme: Company, signal: str = "pricing_requested", **changes: Any) -> Insight:
    """An insight about the account, new unless told otherwise."""
    given = {
        "account": acme.account,
        "pattern_type": "buying_signal",
        "severity": "high",
        "confidence": 0.9,
        "reason": "They ask what it costs.",
        "evidence": [{"interaction": "i-1", "quote": "Please send a quote."}],
        "seen_at": timezone.now(),
        **changes,
    }
    with tenant_scope(acme.tenant):
        return Insight.objects.create(tenant=acme.tenant, signal=signal, **given)


def judge(acme: Company, insight: Insight, verdict: str, person: User | None = None, **how: Any) -> Given:
    """The manager, unless told otherwise, says what they think of it."""
    who = person or acme.manager
    with tenant_scope(acme.tenant):
        return give(insight=insight, person_id=who.pk, verdict=verdict, actor=acme.actor(who), **how)


def threshold(acme: Company, pattern_type: str = "buying_signal") -> float:
    with tenant_scope(acme.tenant):
        found = Threshold.objects.filter(pattern_type=pattern_type).values_list("value", flat=True).first()
    return 0.7 if found is None else found
