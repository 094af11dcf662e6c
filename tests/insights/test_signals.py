"""The table of signals, and how pieces of evidence add up."""

import pytest

from insights.findings import DECISIVE, DEFAULT_THRESHOLD, MOST, combined
from insights.signals import SIGNALS, TEXT_SIGNALS, PatternType, Severity, Source, is_enough, severity_of

TOLD = {
    "buying_signal": "budget_mentioned timeline_urgency competitive_evaluation stakeholder_expansion"
    " next_step_requested pricing_requested review_started",
    "risk_indicator": "silence slower_replies budget_freeze champion_departure competitor_preference negative_sentiment"
    " meeting_missed",
    "engagement_change": "rate_up rate_down attendance_up attendance_down depth_up depth_down",
    "cross_account_pattern": "shared_objection shared_request shared_competitor",
    "contact": "opt_out",
}


@pytest.mark.parametrize("pattern_type", PatternType)
def test_the_table_holds_the_signals_of_each_pattern_type(pattern_type: PatternType) -> None:
    ours = {name for name, signal in SIGNALS.items() if signal.pattern_type is pattern_type}
    assert ours == set(TOLD[pattern_type].split())


def test_thirteen_signals_are_seen_in_texts() -> None:
    assert len(TEXT_SIGNALS) == 13
    assert all(SIGNALS[name].source is Source.TEXT for name in TEXT_SIGNALS)


@pytest.mark.parametrize("name", SIGNALS)
def test_every_insight_has_a_window(name: str) -> None:
    assert SIGNALS[name].window.days >= 7


@pytest.mark.parametrize(
    ("signal", "confidence", "severity"),
    [
        ("negative_sentiment", 0.8, Severity.HIGH),
        ("negative_sentiment", 0.99, Severity.CRITICAL),
        ("champion_departure", 0.99, Severity.CRITICAL),
        ("rate_up", 0.99, Severity.LOW),
        ("pricing_requested", 0.99, Severity.HIGH),
    ],
)
def test_a_certain_risk_weighs_a_step_more_and_a_certain_chance_does_not(
    signal: str, confidence: float, severity: Severity
) -> None:
    assert severity_of(signal, confidence) is severity


def test_one_decisive_piece_is_enough_and_so_are_two_hints() -> None:
    assert is_enough([DECISIVE])
    assert is_enough([0.5, 0.5])
    assert not is_enough([0.5])
    assert not is_enough([])


def test_pieces_add_up_without_ever_being_certain() -> None:
    assert combined([]) == 0
    assert combined([0.5, 0.5]) == 0.75
    assert combined([0.9] * 9) == MOST
    assert DEFAULT_THRESHOLD == 0.7
