"""Keeping what was noticed: one open insight per account and signal, refreshed while it is so, closed when it is not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from crm.models import Tenant
from insights.models import OPEN, Insight, InsightStatus
from insights.noticing import Notes, Noticed
from insights.signals import SIGNALS

NO_LONGER_SO = "no longer so"
LONGEST_WINDOW = max(signal.window for signal in SIGNALS.values())
_TOLD = ["severity", "confidence", "reason", "evidence", "contact", "seen_at"]


@dataclass(slots=True)
class Changes:
    """What is to become of insights. `store` writes it in four statements at most, however many there are."""

    opened: list[Insight] = field(default_factory=list)
    refreshed: list[Insight] = field(default_factory=list)
    reopened: list[Insight] = field(default_factory=list)
    gone: list[Insight] = field(default_factory=list)

    def sort_in(self, known: Insight | None, seen: Insight) -> None:
        """`seen`, already filled with what was seen, goes on in `known` if there is one; a dismissed one keeps it away."""
        if known is None:
            self.opened.append(seen)
        elif known.status == InsightStatus.CLOSED:
            self.reopened.append(seen)
        elif known.status != InsightStatus.DISMISSED:
            self.refreshed.append(seen)

    def store(self, now: datetime) -> Counter[str]:
        """Write it; an insight somebody dismissed meanwhile stays dismissed. Says how many of each."""
        Insight.objects.bulk_create(self.opened)
        if self.refreshed or self.reopened:
            Insight.objects.bulk_update([*self.refreshed, *self.reopened], _TOLD)
        if self.reopened:
            _of(self.reopened, [InsightStatus.CLOSED]).update(status=InsightStatus.PENDING, ended_at=None, ended_why="")
        if self.gone:
            _of(self.gone, OPEN).update(status=InsightStatus.CLOSED, ended_at=now, ended_why=NO_LONGER_SO)
        return +Counter({name: len(getattr(self, name)) for name in ("opened", "refreshed", "reopened")}) + Counter(
            closed=len(self.gone)
        )


def keep(*, tenant: Tenant, notes: Mapping[UUID, Notes], now: datetime) -> Counter[str]:
    """Open, refresh and close the insights of the accounts that were read; says how many of each.

    Within a signal's window there is one insight: one that was closed is opened again, one that was dismissed keeps the
    signal away. Takes five statements at most, however many accounts.
    """
    rows = standing(Insight.objects.filter(account_id__in=list(notes)), now)
    known = {(row.account_id, row.signal): row for row in rows}
    changes = Changes()
    for account, note in notes.items():
        for noticed in note.noticed:
            row = known.pop((account, noticed.signal), None)
            changes.sort_in(row, _filled(row or _new(tenant, account, noticed), noticed, now))
    changes.gone = [row for row in known.values() if row.status in OPEN]
    return changes.store(now)


def standing(insights: QuerySet[Insight], now: datetime) -> list[Insight]:
    """Those that are open or ended within their signal's window; of several about the same, what counts comes last."""
    lately = insights.filter(Q(status__in=OPEN) | Q(ended_at__gt=now - LONGEST_WINDOW)).order_by("ended_at", "pk")
    return [row for row in lately if row.ended_at is None or row.ended_at > now - SIGNALS[row.signal].window]


def _of(insights: list[Insight], statuses: Any) -> QuerySet[Insight]:
    return Insight.objects.filter(pk__in=[one.pk for one in insights], status__in=statuses)


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
