"""A forecast of a past day knows nothing of what came after it, and of ten outcomes its band holds eight."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray

from crm.models import Opportunity, StageChange, Tenant
from crm.tenancy import tenant_scope
from goals.backtest import backtest, ended_months, root_of_rest
from goals.forecast import FAR, Deals, Flow, Model, Series, Stock, Window, combined
from goals.foreseeing import _outcome
from goals.history import history_of
from goals.measuring import Survey
from goals.models import Goal
from goals.scopes import CLONE, COMPANY, TEAM, Scopes
from tests.goals.test_many_goals import work

TODAY = date(2026, 1, 15)
NOW = TODAY.toordinal()
KNOWN_FOR = 760  # days of past
LEVELS = {"company": COMPANY, "clone": CLONE, "team": TEAM}

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Fates:
    """Deals, one place each in every array; `closed` is FAR for one that is still open."""

    clones: NDArray[np.int64]
    opened: NDArray[np.int64]
    closed: NDArray[np.int64]
    won: NDArray[np.bool_]
    amount: Numbers
    factor: Numbers

    def __add__(self, other: "Fates") -> "Fates":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Fates(*(np.concatenate(pair) for pair in pairs))

    def only(self, which: NDArray[np.bool_]) -> "Fates":
        """Those deals for which it is true."""
        return Fates(*(column[which] for column in vars(self).values()))

    def deals(self, worth: Numbers) -> Deals:
        """As a model takes them, with what is known of their worth."""
        return Deals(self.clones, self.opened, self.closed, self.won, worth, self.factor)

    def winnings(self, scopes: Scopes) -> Series:
        """The won ones by day."""
        won = self.won & (self.closed < FAR)
        return Series(scopes, self.clones[won], self.closed[won], np.ones(int(won.sum())), self.amount[won])


def scopes_of(clones: int) -> Scopes:
    """Clones in teams of four; every ninth is in none."""
    return Scopes({UUID(int=n + 1): "" if n % 9 == 8 else f"Team {n // 4}" for n in range(clones)})


SCOPES = scopes_of(12)


def fates(dice: np.random.Generator, number: int, first: int, last: int) -> Fates:
    """Deals opened from one day to another, of which some have ended by today."""
    opened = dice.integers(first, last + 1, number)
    closed = opened + dice.exponential(45, number).astype(np.int64)
    return Fates(
        clones=dice.integers(0, SCOPES.clones, number),
        opened=opened,
        closed=np.where(closed > NOW, FAR, closed),
        won=dice.random(number) < 0.45,
        amount=dice.lognormal(7, 1, number).round(2),
        factor=dice.choice([0.5, 1.0, 1.5], number),
    )


def otherwise_after(day: int, past: Fates, dice: np.random.Generator, *, dearer: float) -> Fates:
    """The same up to a day. What ends after it ends on another day and the other way, at another price, or not at all;
    what was opened after it never was, and other deals were."""
    known = past.only(past.opened <= day)
    number, later = len(known.clones), known.closed > day
    other_day = np.where(dice.random(number) < 0.3, FAR, day + dice.integers(1, 90, number))
    changed = Fates(
        known.clones,
        known.opened,
        np.where(later, np.where(other_day > NOW, FAR, other_day), known.closed),
        np.where(later, ~known.won, known.won),
        np.where(later, known.amount * dearer, known.amount),
        known.factor,
    )
    return changed + fates(dice, 400, day + 1, NOW)


def revenue(past: Fates) -> Model:
    return Flow(past.winnings(SCOPES), past.deals(np.full(len(past.clones), np.nan)))


def activity(past: Fates) -> Model:
    return Flow(past.winnings(SCOPES), None)


def pipeline(past: Fates) -> Model:
    """What a deal was worth on a past day no record tells: its amount is the one of today, whatever the day."""
    return Stock(past.winnings(SCOPES), past.deals(past.amount))


# Each with how much dearer later deals may become: the amount of one that is open counts for the pipeline of its day.
MODELS: list[tuple[Callable[[Fates], Model], float]] = [(revenue, 1000.0), (activity, 1000.0), (pipeline, 1.0)]


def checkpoints() -> Iterator[tuple[int, int, Window]]:
    """Every month and check that is foretold: the days after one, three, five and seven eighths of the month."""
    for month, (start, end) in enumerate(ended_months(TODAY)):
        for check, eighths in enumerate((1, 3, 5, 7)):
            yield month, check, Window(start, end, start + ceil((end - start + 1) * eighths / 8) - 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("made_of", "dearer"), MODELS)
def test_what_comes_after_a_day_changes_no_estimate_of_that_day(
    made_of: Callable[[Fates], Model], dearer: float, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    past = fates(dice, 1500, NOW - KNOWN_FOR, NOW)
    model = made_of(past)
    for _, _, window in checkpoints():
        other = made_of(otherwise_after(window.today, past, dice, dearer=dearer))
        here = model.estimates(window)
        assert not np.isnan(here[0, 0])
        np.testing.assert_allclose(other.estimates(window), here, rtol=0, atol=1e-6)
        until_now = Window(window.start, NOW, NOW)
        assert not np.allclose(model.value(until_now), other.value(until_now))


@pytest.mark.parametrize("number", [0, 1, 5, 40])
@pytest.mark.parametrize(("made_of", "dearer"), MODELS)
def test_a_past_of_few_deals_leaks_nothing_either(
    made_of: Callable[[Fates], Model], dearer: float, number: int
) -> None:
    """Where so little is known, each edge counts: the first deal, the first winning, the thirtieth that ended."""
    for seed in range(5):
        dice = np.random.default_rng(seed)
        past = fates(dice, number, NOW - 300, NOW - 30)
        for _, _, window in checkpoints():
            other = otherwise_after(window.today, past, dice, dearer=dearer)
            here, there = (made_of(one).estimates(window) for one in (past, other))
            np.testing.assert_allclose(there, here, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("made_of", "dearer"), MODELS)
def test_the_back_test_foretells_each_check_by_what_was_known_then(
    made_of: Callable[[Fates], Model], dearer: float
) -> None:
    """The combination too: the weights of a month are learnt from the ones before it."""
    dice = np.random.default_rng(7)
    past = fates(dice, 1500, NOW - KNOWN_FOR, NOW)
    model = made_of(past)
    here = backtest(model, TODAY)
    for month, check, window in checkpoints():
        other = made_of(otherwise_after(window.today, past, dice, dearer=dearer))
        there = backtest(other, TODAY)
        for found, meant in ((there.missed, here.missed), (there.ours, here.ours), (there.shares, here.shares)):
            np.testing.assert_allclose(found[:month], meant[:month], rtol=1e-9, atol=1e-6)
        # What was foretold is what came less what it was missed by.
        foretold = model.value(window) - here.ours[month, check], other.value(window) - there.ours[month, check]
        np.testing.assert_allclose(*foretold, rtol=1e-9, atol=1e-6)


# --- the same where a past is read from the records ----------------------------------------------------------------------

NOVEMBER = 11  # of the months of the back-test
MOMENT = datetime(2026, 1, 15, 12, tzinfo=UTC)


def stored_past(tenant: Tenant) -> Opportunity:
    """Two years of deals that ended, some that are open, and one more: open on the day looked at, and won after it."""
    ended = [
        Opportunity(
            stage="closed_won" if n % 3 else "closed_lost",
            amount=1000,
            opened_on=TODAY - timedelta(days=60 + 3 * n),
            closed_on=TODAY - timedelta(days=60 + 3 * n - n % 50),
        )
        for n in range(200)
    ]
    still_open = [Opportunity(stage="discovery", amount=1000, opened_on=date(2025, 11, 1 + n)) for n in range(10)]
    later = Opportunity(stage="closed_won", amount=90_000, opened_on=date(2025, 10, 1), closed_on=date(2025, 12, 20))
    with tenant_scope(tenant):
        for number, deal in enumerate([*ended, *still_open, later]):
            deal.tenant, deal.external_id, deal.name, deal.currency = tenant, str(number), "Seats", "EUR"
        Opportunity.objects.bulk_create([*ended, *still_open, later])
    return later


def missed_up_to_november(tenant: Tenant) -> Numbers:
    """By how much the back-test says the methods, and all together, missed the company's revenue."""
    with tenant_scope(tenant):
        history = history_of(Survey(tenant, MOMENT))
    flow = Flow(history.won, history.deals, today=NOW, deals_today=history.open)  # as goals are foretold by it
    tested = backtest(flow, TODAY)
    by_method, ours = tested.missed[:NOVEMBER, :, 0], tested.ours[:NOVEMBER, :, 0]
    return np.concatenate([by_method, ours[..., None]], axis=-1)


@pytest.mark.parametrize(
    "fate",
    [
        {"stage": "closed_won", "amount": 1},
        {"stage": "closed_won", "closed_on": date(2026, 1, 10)},
        {"stage": "closed_lost"},
        {"stage": "closed_lost", "amount": None},
        {"stage": "discovery", "closed_on": None},
        {"stage": "negotiation", "closed_on": None, "amount": 5},
    ],
    ids=str,
)
def test_what_became_of_a_deal_later_changes_no_estimate_of_the_day_it_was_open(
    tenant: Tenant, fate: dict[str, Any]
) -> None:
    """What came by the end of November is the same: the deal ended in December, or later, or not yet."""
    later = stored_past(tenant)
    before = missed_up_to_november(tenant)
    assert not np.isnan(before).any()
    with tenant_scope(tenant):
        assert Opportunity.objects.filter(pk=later.pk).update(**fate) == 1
    np.testing.assert_allclose(missed_up_to_november(tenant), before, rtol=0, atol=1e-6)


def test_how_far_an_open_deal_came_later_changes_no_estimate_of_an_earlier_day(tenant: Tenant) -> None:
    later = stored_past(tenant)
    with tenant_scope(tenant):
        StageChange.objects.bulk_create(
            StageChange(tenant=tenant, opportunity=deal, to_stage="negotiation")
            for deal in Opportunity.objects.filter(stage="closed_won").exclude(pk=later.pk)
        )
        open_deals = Opportunity.objects.filter(stage="discovery")
        before = missed_up_to_november(tenant)
        assert open_deals.update(stage="negotiation") == 10
    np.testing.assert_allclose(missed_up_to_november(tenant), before, rtol=0, atol=1e-6)


# --- the band ------------------------------------------------------------------------------------------------------------

MONTH = Window(date(2026, 1, 1).toordinal(), date(2026, 1, 31).toordinal(), 0)
LOOKED_AT = (3, 8, 14, 20, 26, 30)  # days of the month
MANY = scopes_of(27)


def winnings_by_chance(dice: np.random.Generator) -> Fates:
    """Each clone wins at a steady rate of its own, by chance: every day as often as a Poisson number says."""
    rates = dice.uniform(0.1, 1.0, MANY.clones)
    days = np.arange(MONTH.end - KNOWN_FOR, MONTH.end + 1)
    counts = dice.poisson(rates[:, None], (MANY.clones, len(days)))
    clones, places = np.repeat(np.argwhere(counts), counts[counts > 0], axis=0).T
    on, number = days[places], len(clones)
    return Fates(clones, on, on, np.ones(number, bool), dice.lognormal(7, 0.5, number), np.ones(number))


def deals_by_chance(dice: np.random.Generator) -> Fates:
    """Deals come to each clone at a steady rate of its own, by chance, and two of five are won as they grow old."""
    rates = dice.uniform(0.1, 1.0, MANY.clones)
    days = np.arange(MONTH.end - KNOWN_FOR, MONTH.end + 1)
    counts = dice.poisson(rates[:, None], (MANY.clones, len(days)))
    clones, places = np.repeat(np.argwhere(counts), counts[counts > 0], axis=0).T
    opened, number = days[places], len(clones)
    closed = opened + dice.exponential(40, number).astype(np.int64)
    return Fates(clones, opened, closed, dice.random(number) < 0.4, dice.lognormal(7, 0.5, number), np.ones(number))


def as_known_on(day: int, deals: Fates) -> Fates:
    """What a day knows: the deals that were opened by then, open where they end later."""
    known = deals.only(deals.opened <= day)
    return replace(known, closed=np.where(known.closed > day, FAR, known.closed))


def flow_of(known: Fates, *, by_deals: bool) -> Flow:
    worth = np.where(known.closed == FAR, known.amount, np.nan)
    return Flow(known.winnings(MANY), known.deals(worth) if by_deals else None)


def held_by_the_bands(deals: Fates, *, by_deals: bool) -> Iterator[tuple[int, bool]]:
    """On some days of a month, of each scope: its level, and whether the month then ended within its band."""
    came = flow_of(as_known_on(MONTH.end, deals), by_deals=False).value(MONTH)
    for day in LOOKED_AT:
        window = replace(MONTH, today=MONTH.start + day - 1)
        model = flow_of(as_known_on(window.today, deals), by_deals=by_deals)
        tested = backtest(model, date.fromordinal(window.today))
        said, usual, so_far = model.estimates(window), model.usual(window), model.value(window)
        for place, level in enumerate(MANY.levels.tolist()):
            forecast = float(combined(said[place], tested.weights(level, window.elapsed / window.total)))
            misses = tested.spread(level) * usual[place] * root_of_rest(window)
            band = _outcome(forecast, misses, target=1.0, floor=float(so_far[place]))
            assert band.low is not None
            assert band.high is not None
            yield level, band.low <= came[place] <= band.high


@pytest.mark.parametrize(("made", "by_deals"), [(winnings_by_chance, False), (deals_by_chance, True)])
def test_of_ten_outcomes_the_band_holds_about_eight(
    made: Callable[[np.random.Generator], Fates], by_deals: bool
) -> None:
    held: dict[int, list[bool]] = {level: [] for level in LEVELS.values()}
    for seed in range(20):
        for level, is_held in held_by_the_bands(made(np.random.default_rng(seed)), by_deals=by_deals):
            held[level].append(is_held)
    shares = {name: sum(held[level]) / len(held[level]) for name, level in LEVELS.items()}
    print({name: f"{share:.1%} of {len(held[LEVELS[name]])}" for name, share in shares.items()})
    assert all(0.7 <= share <= 0.9 for share in shares.values()), shares


@pytest.mark.parametrize("first_paid", [date(2025, 3, 31), date(2025, 8, 15)], ids=str)
def test_goals_are_measured_where_all_that_was_won_before_was_worth_nothing(tenant: Tenant, first_paid: date) -> None:
    """What is usual there is nothing: a miss is no share of it, and no end of a band is infinite."""
    days = sorted({first_paid, *(date(2025, 1, 1) + timedelta(days=2 * n) for n in range(185))})
    with tenant_scope(tenant):
        Opportunity.objects.bulk_create(
            Opportunity(
                tenant=tenant,
                external_id=str(day),
                name="Seats",
                stage="closed_won",
                amount=100 if day >= first_paid else 0,
                currency="EUR",
                closed_on=day,
            )
            for day in days
        )
        one = Goal.objects.create(
            tenant=tenant, goal_type="revenue", target_value=9000, period_start=days[-8], period_end=date(2026, 1, 31)
        )
    assert work(tenant, MOMENT).count == 1
    with tenant_scope(tenant):
        one.refresh_from_db()
    assert one.current_value == 800
    assert one.foreseen is not None
    assert all(np.isfinite(float(one.foreseen[end] or 0)) for end in ("low", "forecast", "high"))
