"""The last 90 days of an account as a drawing: a lane for each channel, a dot for each day and direction. Knows no Django.

Places along the time are shares of the width, so the drawing fits any screen; heights are pixels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt
from types import MappingProxyType
from typing import NamedTuple

from crm.console.formats import at

DAYS = 90
LANE = 34  # pixels
TICKS = (0, 30, 60, 89)  # days from the first
SMALLEST, LARGEST = 3.5, 8.0  # pixels

# From left to right within a lane's height: what the customer said above the line, what we said below it.
_OFFSETS: Mapping[str, float] = MappingProxyType({"in": -5.0, "out": 5.0, "none": 0.0})
_SAID: Mapping[str, str] = MappingProxyType(
    {"in": "from the customer", "out": "to the customer", "none": "without direction"}
)


class Count(NamedTuple):
    """How many interactions of one kind a day had."""

    day: date
    channel: str
    direction: str
    number: int


class Mark(NamedTuple):
    """Something noticed, on the day it was said or seen."""

    day: date
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """`x` in percent, `y` and `radius` in pixels; `kind` is a direction, or a severity."""

    x: str
    y: str
    radius: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A channel's line and what lies on it."""

    name: str
    label: str
    y: int
    total: int
    dots: Sequence[Dot]

    @property
    def label_y(self) -> int:
        return self.y - 10


@dataclass(frozen=True, slots=True)
class Tick:
    """A day named below the lanes."""

    x: str
    day: date
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template draws."""

    height: int
    lanes: Sequence[Lane]
    ticks: Sequence[Tick]
    spoken: str = ""
    marks: Sequence[Dot] = field(default_factory=tuple)

    @property
    def floor(self) -> int:
        """Where the lanes end and the days are named."""
        return self.height - 18


def draw(counts: Iterable[Count], marks: Iterable[Mark], *, channels: Mapping[str, str], today: date) -> Drawing:
    """Lay out the 90 days up to `today`; what lies outside them is left out. `channels` names the lanes, top down."""
    first = today - timedelta(days=DAYS - 1)
    within = [count for count in counts if first <= count.day <= today]
    noticed = [mark for mark in marks if first <= mark.day <= today]
    lanes = [
        _lane(name, label, LANE * (place + 1) + 22, [count for count in within if count.channel == name], first)
        for place, (name, label) in enumerate(channels.items())
    ]
    height = LANE * (len(channels) + 1) + 36
    flags = [_flag(mark, first) for mark in noticed]
    return Drawing(height, lanes, [_tick(days, first) for days in TICKS], _spoken(lanes, len(flags)), flags)


def _lane(name: str, label: str, y: int, counts: Sequence[Count], first: date) -> Lane:
    dots = [_dot(count, y, first) for count in counts]
    return Lane(name, label, y, sum(count.number for count in counts), dots)


def _dot(count: Count, y: int, first: date) -> Dot:
    radius = min(SMALLEST + sqrt(count.number - 1), LARGEST)
    title = f"{at(count.day, 'day')}: {count.number} {_SAID[count.direction]}"
    return Dot(_x(count.day, first), f"{y + _OFFSETS[count.direction]:g}", f"{radius:.1f}", count.direction, title)


def _flag(mark: Mark, first: date) -> Dot:
    return Dot(_x(mark.day, first), "26", "6", mark.severity, f"{at(mark.day, 'day')}: {mark.title}")


def _tick(days: int, first: date) -> Tick:
    day = first + timedelta(days=days)
    return Tick(_x(day, first), day, "start" if days == 0 else "end" if days == DAYS - 1 else "middle")


def _x(day: date, first: date) -> str:
    """Where a day lies, in percent; a little is left free at both ends for the dots' own size."""
    return f"{2 + (day - first).days * 96 / (DAYS - 1):.2f}%"


def _spoken(lanes: Iterable[Lane], flags: int) -> str:
    """The drawing in a sentence, for who does not see it."""
    told = ", ".join(f"{lane.label} {lane.total}" for lane in lanes)
    return f"Interactions of the last {DAYS} days: {told}. Signals marked: {flags}."
