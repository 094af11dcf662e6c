"""Counts as columns, stacked by what they count: a bar for each day, or for each step of a scale. Knows no Django.

Places are shares of the drawing, in percent, so that it fits any screen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GAP = 0.25  # of a column's place is left free beside it
MOST_LABELS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """What is counted at one place: `label` stands below it, `counts` by name; what is not counted may be missing."""

    label: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a column, with what it says; `name` is what it counts, by which it is coloured."""

    name: str
    x: str
    y: str
    width: str
    height: str
    said: str


@dataclass(frozen=True, slots=True)
class Label:
    """A column's label and where it stands."""

    x: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Columns:
    """Everything that is drawn. `scale` has the values beside it with their places; `is_empty`: nothing was counted."""

    blocks: Sequence[Block]
    labels: Sequence[Label]
    scale: Sequence[tuple[str, int]]
    spoken: str
    is_empty: bool


def draw(columns: Sequence[Column], names: Mapping[str, str]) -> Columns:
    """Lay out `columns` from left to right; `names` says what is counted, from the bottom up, and how that is called."""
    totals = [sum(column.counts.get(name, 0) for name in names) for column in columns]
    step = _step(max(totals, default=0))
    top = max(step * -(-max(totals, default=0) // step), step)
    width = 100 / max(len(columns), 1)
    blocks = [
        block for place, column in enumerate(columns) for block in _stack(column, names, place * width, width, top)
    ]
    scale = [(f"{100 - value / top * 100:.2f}%", value) for value in range(0, top + 1, step)]
    return Columns(blocks, _labels(columns, width), scale, _spoken(columns, names), not any(totals))


def _stack(column: Column, names: Mapping[str, str], x: float, width: float, top: int) -> list[Block]:
    blocks, below = [], 0
    for name, called in names.items():
        count = column.counts.get(name, 0)
        if count:
            said = f"{column.label}: {count} {called}"
            blocks.append(_block(name, said, x + width * GAP / 2, width * (1 - GAP), (below, count, top)))
        below += count
    return blocks


def _block(name: str, said: str, x: float, width: float, heights: tuple[int, int, int]) -> Block:
    below, count, top = heights
    y = 100 - (below + count) / top * 100
    return Block(name, f"{x:.2f}%", f"{y:.2f}%", f"{width:.2f}%", f"{count / top * 100:.2f}%", said)


def _labels(columns: Sequence[Column], width: float) -> list[Label]:
    """All of them where there are few, else the first, the last and what has room between."""
    if len(columns) <= MOST_LABELS:
        return [Label(f"{(place + 0.5) * width:.2f}%", column.label) for place, column in enumerate(columns)]
    last = len(columns) - 1
    places = [0, round(last / 3), round(last * 2 / 3), last]
    anchors = {0: "start", last: "end"}
    return [
        Label(
            "0%" if place == 0 else "100%" if place == last else f"{(place + 0.5) * width:.2f}%",
            columns[place].label,
            anchors.get(place, "middle"),
        )
        for place in places
    ]


def _step(most: int) -> int:
    """1, 2 or 5 times a power of ten: at most five of them reach `most`."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * 5 >= most:
                return factor * power
        power *= 10


def _spoken(columns: Sequence[Column], names: Mapping[str, str]) -> str:
    """The drawing in a sentence, for who does not see it."""
    sums = {called: sum(column.counts.get(name, 0) for column in columns) for name, called in names.items()}
    told = ", ".join(f"{count} {called}" for called, count in sums.items())
    span = f"{columns[0].label} to {columns[-1].label}: " if columns else ""
    return f"{span}{told}."
