"""Quiet hours: until when a message must wait, by the clock of those it reaches. Pure: no Django, no clock, no database."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from guardrails.scopes import StandingRule

_SATURDAY = 5
_MIDNIGHT = time(0)
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
    local = moment.astimezone(clock)
    if rule.quiet_weekends and local.weekday() >= _SATURDAY:
        return _at(local, 7 - local.weekday(), _MIDNIGHT, clock)
    start, end = rule.quiet_from, rule.quiet_until
    if start is None or end is None or not _is_between(start, local.time(), end):
        return None
    days = 0 if local.time() < end else 1
    return next(at for fold in (0, 1) if (at := _at(local, days, end, clock, fold)) > moment or fold)


def _is_between(start: time, at: time, end: time) -> bool:
    if start == end:
        return True
    return start <= at < end if start < end else at >= start or at < end


def _at(local: datetime, days: int, at: time, clock: ZoneInfo, fold: int = 0) -> datetime:
    """That time of a day so many days on. Where clocks are put back it comes twice: `fold` says which."""
    return datetime.combine(local.date() + timedelta(days=days), at.replace(fold=fold), tzinfo=clock).astimezone(UTC)
