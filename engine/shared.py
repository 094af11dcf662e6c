"""Patterns across accounts: kept like an account's insights, under their topic."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.models import Account, Tenant
from engine.noticed import Changes, standing
from insights.cross_account import Kind, Mention, Shared, detect_shared
from insights.models import OPEN, Insight, Watch
from insights.noticing import MOST_EVIDENCE
from insights.signals import SIGNALS, severity_of
from insights.thresholds import thresholds

LONGEST_TOPIC = 100


def keep_shared(*, tenant: Tenant, now: datetime) -> Counter[str]:
    """Open, refresh and close the insights that several accounts share; says how many of each. Eight statements at most."""
    levels = thresholds()
    shared = [
        one
        for one in detect_shared(_mentions(), now=now)
        if one.finding.confidence >= levels[SIGNALS[one.finding.signal].pattern_type]
    ]
    known = {_key(row.signal, row.topic): row for row in standing(Insight.objects.filter(account=None), now)}
    names = _names(shared)
    changes = Changes()
    for one in shared:
        row = known.pop(_key(one.finding.signal, one.topic), None)
        changes.sort_in(row, _filled(row or _new(tenant, one), one, names, now))
    changes.gone = [row for row in known.values() if row.status in OPEN]
    stored = changes.store(now)
    return stored + Counter(shared=len(changes.opened) + len(changes.refreshed) + len(changes.reopened))


def _key(signal: str, topic: str) -> tuple[str, str]:
    """Names are the same in any case of their letters, whichever account's spelling comes first today."""
    return signal, topic[:LONGEST_TOPIC].casefold()


def _mentions() -> Iterator[Mention]:
    watched = Watch.objects.exclude(mentions=[]).order_by().values_list("account_id", "mentions")
    for account_id, mentions in watched.iterator(chunk_size=2_000):
        for told in mentions:
            at = datetime.fromisoformat(told["at"])
            yield Mention(str(account_id), Kind(told["kind"]), told["topic"], at, told["interaction"], told["quote"])


def _names(shared: list[Shared]) -> dict[str, str]:
    asked = {UUID(account) for one in shared for account in one.accounts[:MOST_EVIDENCE]}
    return {str(pk): name for pk, name in Account.objects.filter(pk__in=asked).values_list("pk", "name")}


def _new(tenant: Tenant, shared: Shared) -> Insight:
    signal = shared.finding.signal
    pattern_type = SIGNALS[signal].pattern_type.value
    return Insight(tenant=tenant, signal=signal, topic=shared.topic[:LONGEST_TOPIC], pattern_type=pattern_type)


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
