"""Keeping what was noticed: one open insight per account and signal, refreshed while it is so, closed when it is not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.models import Tenant
from insights.models import OPEN, Insight, InsightStatus
from insights.noticing import Notes, Noticed
from insights.signals import SIGNALS

NO_LONGER_SO = "no longer so"
_REFRESHED = ("severity", "confidence", "reason", "evidence", "contact_id", "seen_at")


def keep(*, tenant: Tenant, notes: Mapping[UUID, Notes], now: datetime) -> Counter[str]:
    """Open, refresh and close the insights of the accounts that were read; says how many of each.

    A signal whose insight was dismissed stays away for the signal's window. Takes four statements, however many accounts.
    """
    standing, dismissed = _insights_of(list(notes), now)
    opened: list[Insight] = []
    refreshed: list[Insight] = []
    for account, note in notes.items():
        for noticed in note.noticed:
            known = standing[account].pop(noticed.signal, None)
            if known is not None:
                refreshed.append(_filled(known, noticed, now))
            elif noticed.signal not in dismissed[account]:
                opened.append(_filled(_new(tenant, account, noticed), noticed, now))
    gone = [insight.pk for by_signal in standing.values() for insight in by_signal.values()]
    _store(opened, refreshed, gone, now)
    return Counter(opened=len(opened), refreshed=len(refreshed), closed=len(gone))


def _insights_of(
    accounts: list[UUID], now: datetime
) -> tuple[defaultdict[UUID, dict[str, Insight]], defaultdict[UUID, set[str]]]:
    """The open insights by account and signal, and the signals somebody dismissed within their window."""
    rows = Insight.objects.filter(account_id__in=accounts, status__in=[*OPEN, InsightStatus.DISMISSED])
    standing: defaultdict[UUID, dict[str, Insight]] = defaultdict(dict)
    dismissed: defaultdict[UUID, set[str]] = defaultdict(set)
    for row in rows:
        assert row.account_id is not None, "asked for by account"
        if row.status != InsightStatus.DISMISSED:
            standing[row.account_id][row.signal] = row
        elif row.ended_at and row.ended_at > now - SIGNALS[row.signal].window:
            dismissed[row.account_id].add(row.signal)
    return standing, dismissed


def _new(tenant: Tenant, account: UUID, noticed: Noticed) -> Insight:
    pattern_type = SIGNALS[noticed.signal].pattern_type.value
    return Insight(tenant=tenant, account_id=account, signal=noticed.signal, pattern_type=pattern_type)


def _filled(insight: Insight, noticed: Noticed, now: datetime) -> Insight:
    told: dict[str, Any] = {
        "severity": noticed.severity,
        "confidence": noticed.confidence,
        "reason": noticed.reason,
        "evidence": list(noticed.evidence),
        "contact_id": UUID(noticed.contact) if noticed.contact else None,
        "seen_at": now,
    }
    for name, value in told.items():
        setattr(insight, name, value)
    return insight


def _store(opened: list[Insight], refreshed: list[Insight], gone: Iterable[UUID], now: datetime) -> None:
    Insight.objects.bulk_create(opened)
    if refreshed:
        Insight.objects.bulk_update(refreshed, [name.removesuffix("_id") for name in _REFRESHED])
    Insight.objects.filter(pk__in=list(gone), status__in=OPEN).update(
        status=InsightStatus.CLOSED, ended_at=now, ended_why=NO_LONGER_SO
    )
