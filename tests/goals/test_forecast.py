"""The forecast's parts, each against what can be reckoned by hand or what the data was made of."""

from datetime import date
from itertools import pairwise
from uuid import UUID, uuid4

import numpy as np
import pytest

from goals.backtest import Backtest, backtest, ended_months
from goals.drift import FEWEST_READINGS, drift_of
from goals.forecast import FAR, Deals, Flow, Series, Stock, Window, combined, rate_of
from goals.odds import FEWEST, LOST, OLDEST, OPEN, WON, odds_of
from goals.scopes import CLONE, COMPANY, TEAM, Scopes

TODAY = date(2026, 6, 15)
DAY = TODAY.toordinal()


def series(scopes: Scopes, rows: list[tuple[int, int, float]]) -> Series:
    """Winnings as (clone's place, day, value)."""
    clones, days, values = (np.array(column) for column in zip(*rows, strict=True))
    return Series(scopes, clones.astype(np.int64), days.astype(np.int64), np.ones(len(rows)), values.astype(float))


def steady(scopes: Scopes, *, days: int = 400, a_day: int = 2, value: float = 100.0) -> Series:
    """So many winnings each day up to today, all of the first clone."""
    return series(scopes, [(1, DAY - back, value) for back in range(days) for _ in range(a_day)])


@pytest.fixture
def scopes() -> Scopes:
    return Scopes({UUID(int=1): "East", UUID(int=2): "East", UUID(int=3): ""})


# --- whose ----------------------------------------------------------------------------------------------------------------


def test_sums_by_clone_are_spread_over_company_clones_and_teams(scopes: Scopes) -> None:
    found = scopes.sums(np.array([0, 1, 2, 2, 3]), np.array([1.0, 10.0, 100.0, 100.0, 1_000.0]))
    assert found.tolist() == [1_211, 10, 200, 1_000, 210]
    assert scopes.levels.tolist() == [COMPANY, CLONE, CLONE, CLONE, TEAM]
    places = [scopes.place(None, ""), scopes.place(UUID(int=3), ""), scopes.place(None, "East")]
    assert places == [0, 3, 4]
    assert (scopes.place(uuid4(), ""), scopes.place(None, "West")) == (None, None)


def test_a_tenant_without_clones_is_a_company_all_the_same() -> None:
    alone = Scopes({})
    assert (len(alone), alone.sums(np.array([0, 0]), np.array([2.0, 3.0])).tolist()) == (1, [5.0])


# --- the odds -------------------------------------------------------------------------------------------------------------


def test_few_deals_that_ended_give_no_odds() -> None:
    ends = np.array([WON] * (FEWEST - 1) + [OPEN] * 100, dtype=np.int8)
    assert odds_of(np.arange(len(ends)), ends) is None


def test_constant_hazards_are_found_again() -> None:
    """Deals won with 2 % and lost with 1 % a day, a third of them not seen to their end."""
    dice = np.random.default_rng(7)
    ages = dice.geometric(0.03, 60_000)
    ends = np.where(dice.random(len(ages)) < 2 / 3, WON, LOST).astype(np.int8)
    seen = dice.integers(1, 120, len(ages))
    ends[seen < ages] = OPEN
    odds = odds_of(np.minimum(ages, seen), ends)
    assert odds is not None
    for age, days in ((5, 10), (20, 30), (60, 20)):
        expected = 2 / 3 * (1 - 0.97**days)
        assert odds.within(np.array([age]), days)[0] == pytest.approx(expected, rel=0.06)


def test_odds_are_shares_and_grow_with_time() -> None:
    dice = np.random.default_rng(11)
    ages = dice.integers(0, 300, 2_000)
    odds = odds_of(ages, dice.integers(0, 3, 2_000).astype(np.int8))
    assert odds is not None
    at = np.array([0, 1, 40, 299, OLDEST, OLDEST * 3])
    chances = [odds.within(at, days) for days in range(0, 400, 7)]
    assert all((one >= 0).all() and (one <= 1 + 1e-9).all() for one in chances)
    assert all((later >= earlier - 1e-9).all() for earlier, later in pairwise(chances))
    assert chances[0].tolist() == [0] * len(at)
    assert ((odds.within(at, 30) + odds.stays_open(at, 30)) <= 1 + 1e-9).all()


# --- the methods ----------------------------------------------------------------------------------------------------------


def test_the_straight_line_is_what_there_is_over_the_days_so_far(scopes: Scopes) -> None:
    window = Window(DAY - 9, DAY + 20, DAY)
    line = Flow(steady(scopes), None).estimates(window)[:, 0]
    assert line[0] == line[1] == line[4] == pytest.approx(2 * 100 * 30)


def test_the_rate_is_the_gamma_priors_mean(scopes: Scopes) -> None:
    """90 days before the period had 2 a day: past = (180 + 1) / (90 + 1/2); the company's level is itself."""
    window = Window(DAY - 9, DAY + 20, DAY)
    rate = rate_of(steady(scopes), window)
    assert rate is not None
    past = 181 / 90.5
    assert rate.past[0] == pytest.approx(past)
    assert rate.now[0] == pytest.approx((3 + 20) / (3 / past + 10))
    assert rate.worth[0] == pytest.approx(100)


@pytest.mark.parametrize(("known", "told"), [(27, False), (28, True)])
def test_a_past_of_four_weeks_is_needed(scopes: Scopes, known: int, told: bool) -> None:
    short = series(scopes, [(1, DAY - 10 - back, 5.0) for back in range(known)])
    assert (rate_of(short, Window(DAY - 9, DAY + 20, DAY)) is not None) == told


def test_before_the_start_there_is_no_line_and_the_past_goes_on(scopes: Scopes) -> None:
    told = Flow(steady(scopes), None).estimates(Window(DAY + 10, DAY + 19, DAY))
    assert np.isnan(told[0, 0])
    assert told[0, 1] == pytest.approx(2 * 100 * 10, rel=0.01)


def deals(scopes: Scopes, number: int = 4_000, seed: int = 3) -> tuple[Series, Deals]:
    """Deals opened over 400 days, won or lost by constant hazards, each worth 100 when won."""
    dice = np.random.default_rng(seed)
    opened = DAY - dice.integers(0, 400, number)
    closed = opened + dice.geometric(0.03, number)
    won = dice.random(number) < 2 / 3
    clones = dice.integers(0, 4, number)
    over = closed <= DAY
    paid = over & won
    told = Series(scopes, clones[paid], closed[paid], np.ones(paid.sum()), np.full(paid.sum(), 100.0))
    return told, Deals(
        clones, opened, np.where(over, closed, FAR), won & over, np.full(number, np.nan), np.ones(number)
    )


def test_the_pipeline_finds_what_its_deals_will_bring(scopes: Scopes) -> None:
    """In a steady state ten deals a day come and two thirds are won, whenever."""
    told, made = deals(scopes)
    window = Window(DAY - 9, DAY + 20, DAY)
    estimate = Flow(told, made).estimates(window)[0, 2]
    so_far = told.value(DAY - 9, DAY)[0]
    assert estimate - so_far == pytest.approx(10 * 2 / 3 * 20 * 100, rel=0.15)


def test_a_stage_that_is_won_less_often_brings_less(scopes: Scopes) -> None:
    told, made = deals(scopes)
    window = Window(DAY - 9, DAY + 20, DAY)
    halved = Deals(made.clones, made.opened, made.closed, made.won, made.value, made.factor / 2)
    as_it_is, less = (Flow(told, some).estimates(window)[0, 2] for some in (made, halved))
    assert less < as_it_is


def test_a_stock_is_what_was_open_on_the_day(scopes: Scopes) -> None:
    told, made = deals(scopes)
    stock = Stock(told, made)
    open_now = (made.opened <= DAY) & (made.closed > DAY)
    assert stock.on(DAY)[0] == pytest.approx(100 * open_now.sum())
    stays, trend, turnover = stock.estimates(Window(DAY - 9, DAY + 20, DAY))[0]
    assert stays == pytest.approx(stock.on(DAY)[0])
    assert trend == pytest.approx(stays + (stays - stock.on(DAY - 28)[0]) / 28 * 20)
    assert turnover == pytest.approx(stays, rel=0.25)


def test_what_says_nothing_has_no_weight() -> None:
    told = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [5.0, 7.0, np.nan]])
    mean = combined(told, np.array([1.0, 100.0, 1.0]))
    assert mean[0] == 2
    assert np.isnan(mean[1])
    assert mean[2] == pytest.approx((5 + 700) / 101)
    assert combined(np.array([4.0, np.nan]), np.array([0.0, 1.0])) == 4


# --- the back-test --------------------------------------------------------------------------------------------------------


def test_the_twelve_months_before_today() -> None:
    months = ended_months(date(2028, 3, 31))
    days = [(date.fromordinal(first), date.fromordinal(last)) for first, last in months]
    assert days[0] == (date(2027, 3, 1), date(2027, 3, 31))
    assert days[-1] == (date(2028, 2, 1), date(2028, 2, 29))
    assert all(before[1] < after[0] for before, after in pairwise(days))


def test_a_method_that_misses_twice_as_much_counts_a_sixteenth() -> None:
    missed = np.full((12, 4, 1, 3), np.nan)
    missed[..., 0], missed[..., 1] = 20.0, 10.0
    tested = Backtest(np.array([COMPANY]), missed, missed[..., 0], missed[..., 0])
    assert tested.weights(COMPANY, 0.5).round(6).tolist() == [1 / 16, 1, 0]
    assert tested.weights(TEAM, 0.5).tolist() == [0, 1, 0]
    assert tested.misses(0) == (20.0, 20.0)


def test_before_two_months_are_known_the_rate_counts_alone(scopes: Scopes) -> None:
    young = steady(scopes, days=75)
    tested = backtest(Flow(young, None), TODAY)
    assert tested.months == 1
    assert tested.weights(COMPANY, 0.5).tolist() == [0, 1, 0]


def test_what_is_steady_is_foretold_well(scopes: Scopes) -> None:
    told, made = deals(scopes, number=20_000)
    tested = backtest(Flow(told, made), TODAY)
    ours, line = tested.misses(0) or (0, 0)
    assert tested.months == 12 - 1
    assert 0 < ours <= line * 1.05
    assert len(tested.spread(CLONE)) == 100


# --- readings -------------------------------------------------------------------------------------------------------------


def test_a_share_goes_on_half_as_it_went() -> None:
    drift = drift_of(slope=0.01, deviation=0.02, readings=FEWEST_READINGS)
    assert drift is not None
    middle, misses = drift.after(0.5, 16)
    assert middle == pytest.approx((0.5 + 0.66) / 2)
    assert misses.max() == pytest.approx(1.6449 * 0.02 * 4)
    assert drift.methods(0.5, 1_000)["trend"] == pytest.approx(0.5 + 0.28)


@pytest.mark.parametrize(
    ("slope", "deviation", "readings"), [(None, 0.1, 9), (0.1, None, 9), (0.1, 0.1, FEWEST_READINGS - 1)]
)
def test_too_few_readings_say_nothing(slope: float | None, deviation: float | None, readings: int) -> None:
    assert drift_of(slope=slope, deviation=deviation, readings=readings) is None
