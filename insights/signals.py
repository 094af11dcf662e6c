"""The signals we watch for: their pattern type, how severe they are, and how long one insight about them lasts.

Source: docs/insights.md. The severities, windows and thresholds are ours and stand in one table.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from insights.findings import DEFAULT_THRESHOLD, combined

SUREST = 0.95  # from here on a finding weighs one step more, and no threshold is tuned beyond it
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.3, SUREST


class PatternType(StrEnum):
    BUYING_SIGNAL = "buying_signal"
    RISK_INDICATOR = "risk_indicator"
    ENGAGEMENT_CHANGE = "engagement_change"
    CROSS_ACCOUNT_PATTERN = "cross_account_pattern"
    CONTACT = "contact"  # not an insight: what holds of the person themselves


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Source(StrEnum):
    """Where a signal is seen: in one text, in the rhythm of an account's touches, or across accounts."""

    TEXT = "text"
    RHYTHM = "rhythm"
    ACCOUNTS = "accounts"


class Signal(NamedTuple):
    pattern_type: PatternType
    severity: Severity  # of one finding at the threshold
    window: timedelta  # one insight per account and signal within it, refreshed rather than repeated
    source: Source


_BUYING, _RISK = PatternType.BUYING_SIGNAL, PatternType.RISK_INDICATOR
_CHANGE, _SHARED = PatternType.ENGAGEMENT_CHANGE, PatternType.CROSS_ACCOUNT_PATTERN
_WEEK, _FORTNIGHT, _MONTH = timedelta(days=7), timedelta(days=14), timedelta(days=30)

SIGNALS: Mapping[str, Signal] = MappingProxyType(
    {
        "budget_mentioned": Signal(_BUYING, Severity.MEDIUM, _MONTH, Source.TEXT),
        "timeline_urgency": Signal(_BUYING, Severity.HIGH, _FORTNIGHT, Source.TEXT),
        "competitive_evaluation": Signal(_BUYING, Severity.HIGH, _MONTH, Source.TEXT),
        "stakeholder_expansion": Signal(_BUYING, Severity.MEDIUM, _FORTNIGHT, Source.TEXT),
        "next_step_requested": Signal(_BUYING, Severity.HIGH, _WEEK, Source.TEXT),
        "pricing_requested": Signal(_BUYING, Severity.HIGH, _WEEK, Source.TEXT),
        "review_started": Signal(_BUYING, Severity.MEDIUM, _MONTH, Source.TEXT),
        "silence": Signal(_RISK, Severity.MEDIUM, _FORTNIGHT, Source.RHYTHM),
        "slower_replies": Signal(_RISK, Severity.LOW, _FORTNIGHT, Source.RHYTHM),
        "budget_freeze": Signal(_RISK, Severity.HIGH, _MONTH, Source.TEXT),
        "champion_departure": Signal(_RISK, Severity.CRITICAL, _MONTH, Source.TEXT),
        "competitor_preference": Signal(_RISK, Severity.CRITICAL, _MONTH, Source.TEXT),
        "negative_sentiment": Signal(_RISK, Severity.HIGH, _WEEK, Source.TEXT),
        "meeting_missed": Signal(_RISK, Severity.MEDIUM, _WEEK, Source.TEXT),
        "rate_up": Signal(_CHANGE, Severity.LOW, _WEEK, Source.RHYTHM),
        "rate_down": Signal(_CHANGE, Severity.MEDIUM, _WEEK, Source.RHYTHM),
        "attendance_up": Signal(_CHANGE, Severity.LOW, _WEEK, Source.RHYTHM),
        "attendance_down": Signal(_CHANGE, Severity.MEDIUM, _WEEK, Source.RHYTHM),
        "depth_up": Signal(_CHANGE, Severity.LOW, _WEEK, Source.RHYTHM),
        "depth_down": Signal(_CHANGE, Severity.LOW, _WEEK, Source.RHYTHM),
        "shared_objection": Signal(_SHARED, Severity.MEDIUM, _MONTH, Source.ACCOUNTS),
        "shared_request": Signal(_SHARED, Severity.LOW, _MONTH, Source.ACCOUNTS),
        "shared_competitor": Signal(_SHARED, Severity.MEDIUM, _MONTH, Source.ACCOUNTS),
        "opt_out": Signal(PatternType.CONTACT, Severity.HIGH, _MONTH, Source.TEXT),
    }
)

TEXT_SIGNALS = tuple(name for name, signal in SIGNALS.items() if signal.source is Source.TEXT)

_IN_ORDER = tuple(Severity)


def severity_of(signal: str, confidence: float) -> Severity:
    """Return how severe a finding is: as the table says, one step more where it is all but certain.

    Only risks rise, and nothing rises beyond critical. Raises KeyError for an unknown signal.
    """
    row = SIGNALS[signal]
    rises = row.pattern_type is _RISK and confidence >= SUREST
    return _IN_ORDER[min(_IN_ORDER.index(row.severity) + rises, len(_IN_ORDER) - 1)]


def is_enough(confidences: list[float], threshold: float = DEFAULT_THRESHOLD) -> bool:
    """Say whether independent pieces of evidence for one signal, together, reach the threshold."""
    return combined(confidences) >= threshold
