"""Quiet hours: until when a message must wait, by the clock of those it reaches. Pure: no Django, no clock, no database."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from guardrails.scopes import StandingRule

_SATURDAY = 5
_MIDNIGHT = time(0)
_LONGEST_STRETCH = timedelta(days=2)  # quiet that does not end at its hour ends within a weekend
MOST_STEPS = 50  # rules and zones that hand over to each other; beyond them it is looked at again later


def quiet_until(rules: Iterable[StandingRule], zones: Iterable[str], now: datetime) -> datetime | None:
    """The first moment at which it is quiet for nobody any more; None where it is not quiet now.

    `rules` are of the kind quiet_hours, `zones` names of time zones, `now` is aware. From `quiet_from` (included) to
    `quiet_until` (not included) it is quiet, over midnight where the first is the later one, all day where they are
    equal; with `quiet_weekends` also on Saturdays and Sundays.
    """
    hours, clocks = list(rules), [ZoneInfo(zone) for zone in zones]
    moment = now
    for _ in range(MOST_STEPS):
        ends = [end for rule in hours for clock in clocks if (end := _end_of(rule, clock, moment))]
        if not ends:
            break
        moment = max(ends)
    return moment if moment > now else None


def _end_of(rule: StandingRule, clock: ZoneInfo, moment: datetime) -> datetime | None:
    """When the quiet that `moment` lies in ends by this rule and clock; None outside of it."""
    if not _is_quiet(rule, clock, moment):
        return None
    ends = sorted(one for one in _ends(rule, clock, moment) if one > moment)
    return next((one for one in ends if not _is_quiet(rule, clock, one)), ends[-1])


def _is_quiet(rule: StandingRule, clock: ZoneInfo, moment: datetime) -> bool:
    """What the face of the clock says, and nothing else: an hour that comes twice is quiet twice."""
    local = moment.astimezone(clock)
    if rule.quiet_weekends and local.weekday() >= _SATURDAY:
        return True
    start, end = rule.quiet_from, rule.quiet_until
    return start is not None and end is not None and _is_between(start, local.time(), end)


def _ends(rule: StandingRule, clock: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    """The moments at which quiet can end: its hour today and tomorrow, midnight after a weekend, and the leap of a clock
    that is put forward or back in between, at which it may read an hour that is not quiet."""
    local = moment.astimezone(clock)
    if rule.quiet_until is not None:
        yield from (_at(local, days, rule.quiet_until, clock, fold) for days in (0, 1) for fold in (0, 1))
    if local.weekday() >= _SATURDAY:
        yield _at(local, 7 - local.weekday(), _MIDNIGHT, clock)
    later = moment + _LONGEST_STRETCH
    if later.astimezone(clock).utcoffset() != local.utcoffset():
        yield _leap(clock, moment, later)


def _leap(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second after a clock was put forward or back between the two, which lie on either side of it."""
    first, last = int(before.timestamp()), int(after.timestamp())
    was = before.astimezone(clock).utcoffset()
    while last - first > 1:
        middle = (first + last) // 2
        is_before = datetime.fromtimestamp(middle, clock).utcoffset() == was
        first, last = (middle, last) if is_before else (first, middle)
    return datetime.fromtimestamp(last, UTC)


def _is_between(start: time, at: time, end: time) -> bool:
    if start == end:
        return True
    return start <= at < end if start < end else at >= start or at < end


def _at(local: datetime, days: int, at: time, clock: ZoneInfo, fold: int = 0) -> datetime:
    """That time of a day so many days on. Where clocks are put back it comes twice: `fold` says which."""
    return datetime.combine(local.date() + timedelta(days=days), at.replace(fold=fold), tzinfo=clock).astimezone(UTC)
