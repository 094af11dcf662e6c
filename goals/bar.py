"""A goal as a bar: how much is reached, where the linear pace is today, where the target lies. Pure; shares of the width."""

from dataclasses import dataclass

WIDEST = 200.0  # percent of the target; what lies beyond fills the bar, the number beside it tells the rest


@dataclass(frozen=True, slots=True)
class Bar:
    """Places in percent of the bar's width; `expected` is None where there is no pace to hold (before the start, ended)."""

    filled: str
    expected: str | None
    target: str
    mood: str  # "good", "close", "late" or "still": how it is coloured
    spoken: str  # the drawing in a sentence, for who does not see it


def bar_of(*, progress_pct: float, expected_pct: float | None, mood: str) -> Bar:
    """The bar is as wide as the target, or as what was reached beyond it."""
    width = min(max(progress_pct, 100.0), WIDEST)
    expected = None if expected_pct is None else _place(expected_pct, width)
    asked = "" if expected_pct is None else f"; the pace asks for {expected_pct:.0f} % today"
    return Bar(
        _place(progress_pct, width), expected, _place(100.0, width), mood, f"{progress_pct:.0f} % reached{asked}"
    )


def _place(percent: float, width: float) -> str:
    return f"{min(max(percent / width * 100, 0.0), 100.0):.2f}%"


def text_bar(progress_pct: float, expected_pct: float, *, width: int) -> str:
    """The same in letters: what is reached, and where the pace is: `#######|.....`."""
    filled = min(max(round(progress_pct / 100 * width), 0), width)
    letters = list("#" * filled + "." * (width - filled))
    if 0 < expected_pct < 100:
        letters[min(int(expected_pct / 100 * width), width - 1)] = "|"
    return "".join(letters)
