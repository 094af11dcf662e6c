"""Patterns across accounts: kept like an account's insights, under their topic."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.models import Account, Tenant
from insights.cross_account import Kind, Mention, Shared, detect_shared
from insights.models import OPEN, Insight, InsightStatus, Watch
from insights.noticing import MOST_EVIDENCE
from insights.signals import SIGNALS, severity_of
from insights.thresholds import thresholds

LONGEST_TOPIC = 100


def keep_shared(*, tenant: Tenant, now: datetime) -> Counter[str]:
    """Open, refresh and close the insights that several accounts share; says how many. Four statements and one a row."""
    levels = thresholds()
    shared = [
        one
        for one in detect_shared(_mentions(), now=now)
        if one.finding.confidence >= levels[SIGNALS[one.finding.signal].pattern_type]
    ]
    standing = {(one.signal, one.topic): one for one in Insight.objects.filter(account=None, status__in=OPEN)}
    dismissed = _dismissed(now)
    names = _names(shared)
    opened: list[Insight] = []
    refreshed: list[Insight] = []
    for one in shared:
        key = (one.finding.signal, one.topic[:LONGEST_TOPIC])
        known = standing.pop(key, None)
        if known is not None:
            refreshed.append(_filled(known, one, names, now))
        elif key not in dismissed:
            opened.append(_filled(_new(tenant, *key), one, names, now))
    Insight.objects.bulk_create(opened)
    if refreshed:
        Insight.objects.bulk_update(refreshed, ["severity", "confidence", "reason", "evidence", "seen_at"])
    closed = Insight.objects.filter(pk__in=[one.pk for one in standing.values()], status__in=OPEN).update(
        status=InsightStatus.CLOSED, ended_at=now, ended_why="no longer so"
    )
    return Counter(shared=len(opened) + len(refreshed), opened=len(opened), closed=closed)


def _mentions() -> Iterator[Mention]:
    watched = Watch.objects.exclude(mentions=[]).order_by().values_list("account_id", "mentions")
    for account_id, mentions in watched.iterator(chunk_size=2_000):
        for told in mentions:
            at = datetime.fromisoformat(told["at"])
            yield Mention(str(account_id), Kind(told["kind"]), told["topic"], at, told["interaction"], told["quote"])


def _dismissed(now: datetime) -> set[tuple[str, str]]:
    gone = Insight.objects.filter(account=None, status=InsightStatus.DISMISSED)
    return {(one.signal, one.topic) for one in gone if one.ended_at and one.ended_at > now - SIGNALS[one.signal].window}


def _names(shared: list[Shared]) -> dict[str, str]:
    asked = {UUID(account) for one in shared for account in one.accounts[:MOST_EVIDENCE]}
    return {str(pk): name for pk, name in Account.objects.filter(pk__in=asked).values_list("pk", "name")}


def _new(tenant: Tenant, signal: str, topic: str) -> Insight:
    return Insight(tenant=tenant, signal=signal, topic=topic, pattern_type=SIGNALS[signal].pattern_type.value)


def _filled(insight: Insight, shared: Shared, names: dict[str, str], now: datetime) -> Insight:
    finding = shared.finding
    told: dict[str, Any] = {
        "severity": severity_of(finding.signal, finding.confidence).value,
        "confidence": finding.confidence,
        "reason": finding.reason,
        "evidence": [
            {
                "interaction": mention.reference,
                "quote": mention.quote,
                "at": mention.at.isoformat(),
                "account": names.get(mention.account, ""),
            }
            for mention in shared.mentions[:MOST_EVIDENCE]
        ],
        "seen_at": now,
    }
    for name, value in told.items():
        setattr(insight, name, value)
    return insight
