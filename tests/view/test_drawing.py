"""The drawing of the last 90 days."""

from datetime import date, timedelta

import pytest

from engine.console.drawing import DAYS, Count, Mark, draw

TODAY = date(2026, 11, 24)
CHANNELS = {"email": "E-mail", "call": "Call"}


def test_a_lane_for_each_channel_and_the_newest_day_to_the_right() -> None:
    counts = [Count(TODAY, "email", "in", 1), Count(TODAY - timedelta(days=DAYS - 1), "email", "out", 3)]
    mail, call = draw(counts, [], channels=CHANNELS, today=TODAY).lanes
    assert (mail.label, mail.total, call.total, list(call.dots)) == ("E-mail", 4, 0, [])
    assert [(dot.x, dot.kind) for dot in mail.dots] == [("98.00%", "in"), ("2.00%", "out")]
    assert float(mail.dots[0].y) < mail.y < float(mail.dots[1].y)
    assert float(mail.dots[0].radius) < float(mail.dots[1].radius)
    assert mail.dots[1].title == "27 Aug 2026: 3 to the customer"


@pytest.mark.parametrize("days", [-1, DAYS, 1_000])
def test_what_lies_outside_is_left_out(days: int) -> None:
    day = TODAY - timedelta(days=days)
    drawing = draw([Count(day, "email", "in", 1)], [Mark(day, "high", "x")], channels=CHANNELS, today=TODAY)
    assert not drawing.marks
    assert not any(lane.dots for lane in drawing.lanes)


def test_a_thousand_on_one_day_are_one_dot_that_keeps_to_its_lane() -> None:
    drawing = draw([Count(TODAY, "email", "in", 1_000)], [], channels=CHANNELS, today=TODAY)
    [dot] = drawing.lanes[0].dots
    assert float(dot.radius) == 8


def test_it_can_be_heard() -> None:
    drawing = draw([Count(TODAY, "call", "none", 2)], [Mark(TODAY, "high", "Silence")], channels=CHANNELS, today=TODAY)
    assert drawing.spoken == "Interactions of the last 90 days: E-mail 0, Call 2. Signals marked: 1."
    assert drawing.marks[0].title == "24 Nov 2026: Silence"
