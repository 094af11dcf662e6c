"""Counts drawn as columns: in their place, to scale, and told in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.console.columns import Column, draw

NAMES = {"yes": "approved", "no": "rejected"}


def percent(place: str) -> float:
    return float(place.removesuffix("%"))


def test_blocks_stand_on_each_other_from_the_bottom_up() -> None:
    drawing = draw([Column("Mon", {"yes": 3, "no": 1})], NAMES)
    yes, no = drawing.blocks
    assert (yes.name, percent(yes.height), percent(yes.y)) == ("yes", 75.0, 25.0)
    assert (no.name, percent(no.height), percent(no.y)) == ("no", 25.0, 0.0)
    assert (yes.said, no.said) == ("Mon: 3 approved", "Mon: 1 rejected")


def test_what_was_not_counted_is_not_drawn() -> None:
    drawing = draw([Column("Mon", {"yes": 0}), Column("Tue", {})], NAMES)
    assert (list(drawing.blocks), drawing.is_empty) == ([], True)
    assert draw([], NAMES).is_empty


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (7, [0, 2, 4, 6, 8]),
        (99, [0, 20, 40, 60, 80, 100]),
        (1200, [0, 500, 1000, 1500]),
    ],
)
def test_the_scale_is_round_and_reaches_the_highest(most: int, scale: list[int]) -> None:
    assert [value for _, value in draw([Column("Mon", {"yes": most})], NAMES).scale] == scale


def test_few_columns_are_all_named_and_many_at_four_places() -> None:
    few = draw([Column(str(n), {}) for n in range(6)], NAMES)
    many = draw([Column(str(n), {}) for n in range(30)], NAMES)
    assert [label.text for label in few.labels] == ["0", "1", "2", "3", "4", "5"]
    assert [(label.text, label.anchor) for label in many.labels] == [
        ("0", "start"),
        ("10", "middle"),
        ("19", "middle"),
        ("29", "end"),
    ]


def test_it_is_told_in_a_sentence() -> None:
    columns = [Column("1 May", {"yes": 2}), Column("2 May", {"yes": 1, "no": 4})]
    assert draw(columns, NAMES).spoken == "1 May to 2 May: 3 approved, 4 rejected."


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=40))
def test_whatever_is_counted_everything_stays_within_the_drawing(counts: list[tuple[int, int]]) -> None:
    drawing = draw([Column(str(n), {"yes": yes, "no": no}) for n, (yes, no) in enumerate(counts)], NAMES)
    for block in drawing.blocks:
        assert percent(block.x) >= 0
        assert percent(block.x) + percent(block.width) <= 100.01
        assert percent(block.y) >= -0.01
        assert percent(block.y) + percent(block.height) <= 100.02
    assert len(drawing.scale) <= 6
