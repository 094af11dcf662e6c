"""From findings to what is noticed about an account: how much evidence it takes, and for how long it counts."""

from datetime import UTC, datetime, timedelta

import pytest

from insights.findings import DECISIVE, Finding
from insights.noticing import LEAST_SUPPORT, MOST_EVIDENCE, Notes, Noticed, Read, Text, notice, read_texts
from insights.signals import SIGNALS, PatternType
from tests.insights.said import PLAINLY

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEFAULT = {kind.value: 0.7 for kind in PatternType}


def text(number: int = 0, *, days_ago: float = 1, **changes: str) -> Text:
    given = {"channel": "email", "direction": "in", "status": "completed", "text": "Said.", "who": "Hank", **changes}
    return Text(f"i-{number}", NOW - timedelta(days=days_ago), **given)  # type: ignore[arg-type]


def read(signal: str, *confidences: float, days_ago: float = 1, **changes: str) -> list[Read]:
    """A text for each confidence in which the signal was found."""
    return [
        Read(
            text(number, days_ago=days_ago, **changes),
            [Finding(signal, confidence, "They say so.", f"No. {number}", 0, 5, confidence >= DECISIVE)],
        )
        for number, confidence in enumerate(confidences)
    ]


def notes(*texts: Read, **levels: float) -> Notes:
    return notice(account="a", read=texts, touches=(), thresholds={**DEFAULT, **levels}, now=NOW)


def only(*texts: Read, **levels: float) -> Noticed | None:
    found = notes(*texts, **levels).noticed
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("confidences", "enough"),
    [
        ([0.8], True),
        ([0.79], False),
        ([0.5, 0.5], True),
        ([0.5, 0.39], False),
        ([0.49] * 9, False),
        ([0.8, 0.3], True),
    ],
)
def test_one_decisive_piece_or_two_that_support_are_enough(confidences: list[float], enough: bool) -> None:
    assert bool(only(*read("budget_mentioned", *confidences))) is enough


def test_many_texts_about_nothing_do_not_add_up() -> None:
    assert LEAST_SUPPORT == 0.5
    assert only(*read("silence", *[0.4] * 50)) is None


@pytest.mark.parametrize(("threshold", "enough"), [(0.95, False), (0.9, True), (0.3, True)])
def test_the_threshold_of_the_pattern_type_decides(threshold: float, enough: bool) -> None:
    assert bool(only(*read("budget_mentioned", 0.9), buying_signal=threshold)) is enough
    assert only(*read("budget_mentioned", 0.9), risk_indicator=0.95) is not None


def test_a_lower_threshold_counts_what_is_less_sure() -> None:
    assert only(*read("budget_mentioned", 0.35, 0.35), buying_signal=0.3) is not None


def test_evidence_counts_as_long_as_the_signals_window() -> None:
    days = SIGNALS["pricing_requested"].window.days
    assert only(*read("pricing_requested", 0.9, days_ago=days - 0.1)) is not None
    assert only(*read("pricing_requested", 0.9, days_ago=days)) is None
    assert only(*read("pricing_requested", 0.9, days_ago=-0.1)) is None


def test_the_surest_pieces_are_kept_and_all_are_counted() -> None:
    noticed = only(*read("budget_mentioned", *[0.8, 0.9, 0.85] * 3))
    assert noticed is not None
    assert len(noticed.evidence) == MOST_EVIDENCE
    assert [piece["quote"] for piece in noticed.evidence[:3]] == ["No. 1", "No. 4", "No. 7"]
    assert noticed.reason == "They say so. 9 pieces of evidence."


def test_the_contact_is_whoever_said_it_surest() -> None:
    unknown, known = read("budget_mentioned", 0.95), read("budget_mentioned", 0.9, contact="hank")
    noticed = only(*unknown, *known)
    assert noticed is not None
    assert noticed.contact == "hank"


def test_a_wish_to_be_left_alone_is_no_insight_and_must_be_outright() -> None:
    outright = read("opt_out", 0.8)
    assert notes(*outright, *read("opt_out", 0.79, 0.79)).opt_outs == [outright[0].text]
    assert notes(*outright).noticed == []


def test_two_signals_of_one_text_are_both_noticed() -> None:
    one, other = read("budget_mentioned", 0.9)[0], read("champion_departure", 0.9)[0]
    both = Read(one.text, [*one.findings, *other.findings])
    assert {noticed.signal for noticed in notes(both).noticed} == {"budget_mentioned", "champion_departure"}


@pytest.mark.parametrize("status", ["missed", "cancelled"])
def test_a_meeting_that_was_not_held_says_so_by_its_status_once(status: str) -> None:
    (seen,) = read_texts([text(channel="meeting", direction="none", status=status, text=PLAINLY["meeting_missed"])])
    assert [finding.signal for finding in seen.findings if finding.signal == "meeting_missed"] == ["meeting_missed"]
    assert notes(seen).noticed[0].signal == "meeting_missed"


def test_a_mail_that_was_cancelled_is_no_meeting() -> None:
    (seen,) = read_texts([text(status="cancelled", text="Nothing to see.")])
    assert seen.findings == []


def test_nothing_read_is_nothing_noticed() -> None:
    assert notes() == Notes([], [], [])
