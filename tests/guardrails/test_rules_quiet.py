"""Quiet hours, held against a reading of the clock minute by minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.quiet import quiet_until
from guardrails.scopes import QUIET_HOURS, StandingRule

BERLIN, NEW_YORK, LORD_HOWE, BEIRUT = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"
MINUTE = timedelta(minutes=1)


def hours(begins: str, ends: str, *, weekends: bool = False) -> StandingRule:
    return StandingRule(
        id="r",
        kind=QUIET_HOURS,
        quiet_from=time.fromisoformat(begins),
        quiet_until=time.fromisoformat(ends),
        quiet_weekends=weekends,
    )


def at(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def is_quiet(rule: StandingRule, zone: str, moment: datetime) -> bool:
    """What the clock on the wall says: nothing but its face is read."""
    local = moment.astimezone(ZoneInfo(zone))
    begins, ends, reads = rule.quiet_from, rule.quiet_until, local.time()
    assert begins is not None
    assert ends is not None
    in_hours = begins <= reads < ends if begins < ends else reads >= begins or reads < ends
    return in_hours or (rule.quiet_weekends and local.weekday() >= 5)


def by_the_minute(rules: list[StandingRule], zones: list[str], now: datetime, most: timedelta) -> datetime | None:
    moment = now
    while moment < now + most:
        if not any(is_quiet(rule, zone, moment) for rule in rules for zone in zones):
            return moment if moment > now else None
        moment += MINUTE
    return moment


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-10T21:59", None),
        ("2026-03-10T22:00", "2026-03-11T07:00"),
        ("2026-03-10T23:59", "2026-03-11T07:00"),
        ("2026-03-11T00:00", "2026-03-11T07:00"),
        ("2026-03-11T06:59", "2026-03-11T07:00"),
        ("2026-03-11T07:00", None),
    ],
)
def test_over_midnight_the_first_counts_and_the_last_does_not(now: str, until: str | None) -> None:
    found = quiet_until([hours("22:00", "07:00")], [BERLIN], at(now))
    assert found == (at(until) if until else None)


def test_a_night_on_which_clocks_are_put_forward_ends_by_the_new_clock() -> None:
    assert quiet_until([hours("22:00", "07:00")], [BERLIN], at("2026-03-28T23:00")) == at("2026-03-29T07:00")
    night = at("2026-03-29T07:00") - at("2026-03-28T22:00")
    assert night == timedelta(hours=8)


def test_an_end_that_the_clock_leaps_over_comes_with_the_leap() -> None:
    # 02:00 is followed by 03:00: it is never 02:30, and at 03:00 it is past it.
    found = quiet_until([hours("22:00", "02:30")], [BERLIN], at("2026-03-29T01:00"))
    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    rule = hours("22:00", "02:30")
    assert quiet_until([rule], [BERLIN], at("2026-10-25T01:00")) == at("2026-10-25T02:30", fold=0)
    assert quiet_until([rule], [BERLIN], at("2026-10-25T02:40", fold=0)) is None
    assert quiet_until([rule], [BERLIN], at("2026-10-25T02:10", fold=1)) == at("2026-10-25T02:30", fold=1)


def test_a_clock_put_back_by_half_an_hour() -> None:
    # Lord Howe: at 02:00 (UTC+11) it becomes 01:30 (UTC+10:30), 2026-04-05.
    rule = hours("22:00", "01:45")
    assert quiet_until([rule], [LORD_HOWE], at("2026-04-05T01:00", LORD_HOWE)) == at("2026-04-05T01:45", LORD_HOWE)
    assert quiet_until([rule], [LORD_HOWE], at("2026-04-05T01:35", LORD_HOWE, fold=1)) == at(
        "2026-04-05T01:45", LORD_HOWE, fold=1
    )


def test_a_weekend_is_quiet_from_its_first_minute_to_its_last() -> None:
    rule = hours("22:00", "07:00", weekends=True)
    assert quiet_until([rule], [BERLIN], at("2026-03-13T23:00")) == at("2026-03-16T07:00")
    assert quiet_until([rule], [BERLIN], at("2026-03-14T12:00")) == at("2026-03-16T07:00")
    assert quiet_until([rule], [BERLIN], at("2026-03-13T21:59")) is None


def test_of_several_clocks_all_must_be_awake() -> None:
    found = quiet_until([hours("22:00", "08:00")], [BERLIN, NEW_YORK], at("2026-01-13T07:00"))
    assert found == at("2026-01-13T08:00", NEW_YORK)


def test_where_it_is_always_quiet_for_somebody_it_waits_and_ends() -> None:
    found = quiet_until([hours("07:00", "20:00")], [BERLIN, "Pacific/Honolulu"], at("2026-01-13T09:00"))
    assert found is not None
    assert found > at("2026-01-20T09:00")


def test_nothing_is_quiet_without_a_rule_or_a_clock() -> None:
    assert quiet_until([], [BERLIN], at("2026-01-13T03:00")) is None
    assert quiet_until([hours("22:00", "08:00")], [], at("2026-01-13T03:00")) is None


CHANGING = [
    (BERLIN, "2026-03-28"),
    (BERLIN, "2026-10-24"),
    (NEW_YORK, "2026-03-07"),
    (NEW_YORK, "2026-10-31"),
    (LORD_HOWE, "2026-04-04"),
    (LORD_HOWE, "2026-10-03"),
    (BEIRUT, "2026-03-28"),
    (BEIRUT, "2026-10-24"),
]


@pytest.mark.parametrize(("zone", "day"), CHANGING)
def test_through_every_night_on_which_a_clock_changes(zone: str, day: str) -> None:
    begin = at(day, zone)
    for begins in ("22:00", "01:50", "02:20"):
        for ends in ("00:15", "01:15", "01:45", "02:10", "02:30", "03:00"):
            rule = hours(begins, ends)
            for minutes in (21 * 60, 23 * 60 + 50, 25 * 60, 26 * 60 + 5, 27 * 60):
                now = begin + minutes * MINUTE
                assert quiet_until([rule], [zone], now) == by_the_minute([rule], [zone], now, timedelta(days=2))


# Nights on which clocks change, and plain ones.
NIGHTS = {
    BERLIN: ["2026-03-28", "2026-10-24", "2026-06-05"],
    NEW_YORK: ["2026-03-07", "2026-10-31", "2026-07-03"],
    LORD_HOWE: ["2026-04-04", "2026-10-03"],
    BEIRUT: ["2026-03-28", "2026-10-24"],  # the clock changes at midnight
    "Africa/Cairo": ["2026-04-23", "2026-10-29"],
    "Asia/Kolkata": ["2026-01-01"],
    "Pacific/Apia": ["2011-12-29"],  # a day that never was
}
clock_times = st.tuples(
    st.integers(0, 3) | st.integers(0, 23),  # clocks change at night
    st.sampled_from([0, 1, 15, 30, 45, 59]),
).map(lambda at: time(*at))


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[str], datetime]:
    zone = draw(st.sampled_from(sorted(NIGHTS)))
    day = draw(st.sampled_from(NIGHTS[zone]))
    begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    others = draw(st.lists(st.sampled_from(sorted(NIGHTS)), max_size=2))
    return [zone, *others], begin + draw(st.integers(20 * 60, 30 * 60) | st.integers(0, 48 * 60)) * MINUTE


@st.composite
def quiet_rules(draw: st.DrawFn) -> StandingRule:
    begins, ends = draw(clock_times), draw(clock_times)
    if begins == ends:
        ends = time((ends.hour + 1) % 24, ends.minute)
    return hours(begins.isoformat(), ends.isoformat(), weekends=draw(st.booleans()))


@settings(deadline=None, max_examples=300)
@given(nights(), st.lists(quiet_rules(), min_size=1, max_size=2))
def test_the_end_is_the_first_minute_at_which_every_clock_reads_awake(
    night: tuple[list[str], datetime], rules: list[StandingRule]
) -> None:
    zones, now = night
    most = timedelta(days=5)
    expected = by_the_minute(rules, zones, now, most)
    found = quiet_until(rules, zones, now)
    if expected is not None and expected >= now + most:
        assert found is not None
        assert found >= now + timedelta(days=3)
    else:
        assert found == expected
