"""How an account's touches go: silence, slower replies, more or less than before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.findings import DEFAULT_THRESHOLD, Finding
from insights.rhythm import Touch, detect_rhythm

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def touch(days_ago: float, direction: str = "in", channel: str = "email", **more: object) -> Touch:
    return Touch(NOW - timedelta(days=days_ago), direction, channel, reference=f"{days_ago}", **more)  # type: ignore[arg-type]


def every(days: float, *, since: float, until: float = 0, **more: object) -> list[Touch]:
    count = int((since - until) / days)
    return [touch(until + step * days, **more) for step in range(count + 1)]  # type: ignore[arg-type]


def found(touches: list[Touch]) -> dict[str, Finding]:
    return {finding.signal: finding for finding in detect_rhythm(touches, now=NOW)}


def test_an_account_that_keeps_its_rhythm_shows_nothing() -> None:
    assert found(every(4, since=60)) == {}


def test_an_account_quiet_beyond_its_own_rhythm_is_silent() -> None:
    silence = found(every(4, since=60, until=24))["silence"]

    assert "24 days" in silence.reason
    assert "every 4 days" in silence.reason
    assert silence.confidence >= DEFAULT_THRESHOLD
    assert silence.evidence


def test_a_slow_rhythm_bears_a_longer_silence() -> None:
    assert "silence" not in found(every(14, since=120, until=24))
    assert "silence" in found(every(14, since=120, until=40))


def test_a_quick_rhythm_is_not_missed_within_a_week() -> None:
    assert "silence" not in found(every(0.5, since=20, until=6))


def test_an_appointment_ahead_is_no_silence() -> None:
    ahead = touch(-3, "none", "meeting", status="scheduled")

    assert "silence" not in found([*every(4, since=60, until=24), ahead])


def test_without_a_past_there_is_no_silence() -> None:
    assert found([touch(90), touch(80)]) == {}
    assert found([]) == {}


def test_our_own_mails_do_not_end_a_silence() -> None:
    assert "silence" in found([*every(4, since=60, until=24), touch(1, "out"), touch(5, "out")])


def replies(took_hours: float, *, since: float, until: float) -> list[Touch]:
    days = [until + step * 3 for step in range(int((since - until) / 3))]
    return [row for day in days for row in (touch(day, "out"), touch(day - took_hours / 24, "in"))]


def test_answers_that_take_much_longer_are_slower_replies() -> None:
    slower = found([*replies(4, since=45, until=15), *replies(40, since=14, until=2)])["slower_replies"]

    assert "4 hours" in slower.reason
    assert "2 days" in slower.reason


def test_answers_a_little_slower_are_no_news() -> None:
    assert "slower_replies" not in found([*replies(1, since=45, until=15), *replies(4, since=14, until=2)])
    assert "slower_replies" not in found([*replies(30, since=45, until=15), *replies(40, since=14, until=2)])


def test_many_more_touches_in_a_week_are_a_rise() -> None:
    rise = found([*every(5, since=36, until=8), *every(1, since=6, until=0.5)])["rate_up"]

    assert "last 7 days" in rise.reason


def test_far_fewer_touches_in_a_week_are_a_fall() -> None:
    fallen = found([*every(1, since=36, until=8), touch(3)])

    assert fallen["rate_down"].confidence > DEFAULT_THRESHOLD
    assert "1 touch in" in fallen["rate_down"].reason


def test_one_touch_more_or_less_is_no_news() -> None:
    assert found([*every(7, since=36, until=8), touch(1), touch(2)]) == {}


def test_meetings_that_do_not_take_place_are_falling_attendance() -> None:
    held = every(5, since=36, until=8, direction="none", channel="meeting")
    missed = [touch(2, "none", "meeting", status="missed"), touch(4, "none", "call", status="cancelled")]

    assert "100%" in found([*held, *missed])["attendance_down"].reason


def test_meetings_held_again_are_rising_attendance() -> None:
    missed = every(5, since=36, until=8, direction="none", channel="meeting", status="missed")
    held = [touch(2, "none", "meeting"), touch(4, "none", "meeting")]

    assert "attendance_up" in found([*missed, *held])


@pytest.mark.parametrize(("before", "lately", "signal"), [(400, 60, "depth_down"), (100, 900, "depth_up")])
def test_much_shorter_or_longer_messages_change_the_depth(before: int, lately: int, signal: str) -> None:
    touches = [*every(4, since=36, until=8, characters=before), *every(2, since=6, until=1, characters=lately)]

    assert signal in found(touches)


def test_more_people_in_the_meetings_raise_the_depth() -> None:
    before = every(5, since=36, until=8, direction="none", channel="meeting", participants=2)
    lately = every(2, since=6, until=1, direction="none", channel="meeting", participants=6)

    assert "people" in found([*before, *lately])["depth_up"].reason


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Touch(datetime(2026, 1, 1), "in", "email")


ANY_TOUCH = st.builds(
    touch,
    st.floats(-20, 120),
    st.sampled_from(["in", "out", "none"]),
    st.sampled_from(["email", "chat", "meeting", "call", "crm"]),
    status=st.sampled_from(["completed", "scheduled", "cancelled", "missed"]),
    characters=st.integers(0, 10_000),
    participants=st.integers(0, 30),
)


@given(st.lists(ANY_TOUCH, max_size=60), st.randoms())
@settings(max_examples=200, deadline=None)
def test_any_timeline_can_be_read_in_any_order(touches: list[Touch], random: object) -> None:
    shuffled = list(touches)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    findings = detect_rhythm(touches, now=NOW)

    assert sorted(f.signal for f in findings) == sorted(f.signal for f in detect_rhythm(shuffled, now=NOW))
    assert all(DEFAULT_THRESHOLD <= finding.confidence < 1 for finding in findings)
    assert not {"rate_up", "rate_down"} <= {finding.signal for finding in findings}
