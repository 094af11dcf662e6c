"""The forecast of revenue on the real export, where it is at hand: it misses by less than the linear pace, and the months
and errors that say so are those that its files alone make."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import pytest

from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from goals.backtest import Backtest, backtest
from goals.forecast import Flow, Window
from goals.history import history_of
from goals.measuring import Survey
from goals.scopes import CLONE, COMPANY, TEAM, Scopes
from tests.crm.maven_folder import real_export
from tests.goals.test_metrics_of_the_real_export import MONTHS, NOW, Files, imported_into, is_won_in, read_files

pytestmark = pytest.mark.xdist_group("real export")

TODAY = date(2026, 1, 15)
EIGHTHS = (1, 3, 5, 7)  # of a month's days, after which it is foretold
LEVELS = {"company": COMPANY, "clone": CLONE, "team": TEAM}


class Foretold(NamedTuple):
    """The model and its back-test, and for each place in their arrays whose deals it counts (None: everybody's)."""

    flow: Flow
    backtest: Backtest
    agents: list[set[str] | None]


@pytest.fixture(scope="module")
def files() -> Files:
    return read_files(real_export())


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: Any) -> Iterator[Tenant]:
    with imported_into(django_db_blocker.unblock(), real_export()) as tenant:
        yield tenant


@pytest.fixture(scope="module")
def tested(imported: Tenant, files: Files) -> Foretold:
    with tenant_scope(imported):
        survey = Survey(imported, NOW)
        history = history_of(survey)
        names = dict(Clone.objects.values_list("pk", "name"))
    flow = Flow(history.won, history.deals)
    return Foretold(flow, backtest(flow, today=TODAY), agents_of(Scopes(survey.teams), names, files))


def agents_of(scopes: Scopes, names: dict[Any, str], files: Files) -> list[set[str] | None]:
    """By place in the arrays."""
    found: list[set[str] | None] = [None] * len(scopes)
    for clone, agent in names.items():
        found[placed(scopes.place(clone, ""))] = {agent}
    for team in set(files.managers.values()):
        found[placed(scopes.place(None, team))] = {agent for agent, one in files.managers.items() if one == team}
    return found


def placed(place: int | None) -> int:
    assert place
    return place


def test_ours_misses_by_less_than_the_linear_pace_at_every_level(tested: Foretold) -> None:
    for name, level in LEVELS.items():
        of_level = tested.backtest.levels == level
        ours, line = (
            errors[..., of_level] for errors in (np.abs(tested.backtest.ours), tested.backtest.missed[..., 0])
        )
        told = ~np.isnan(ours)
        assert told.sum() == told.shape[2] * 11 * 4  # no month before January, so nothing to foretell it by
        means = [float(errors[told].mean()) for errors in (ours, line)]
        by_check = [f"{np.nanmean(ours[:, n]):,.0f}/{np.nanmean(line[:, n]):,.0f}" for n in range(len(EIGHTHS))]
        print(f"{name}: ours {means[0]:,.0f}, linear pace {means[1]:,.0f}; by check {', '.join(by_check)}")
        assert means[0] < means[1], name


def test_what_came_in_each_month_is_what_the_files_say(tested: Foretold, files: Files) -> None:
    for first, last in MONTHS:
        came = tested.flow.value(Window(first.toordinal(), last.toordinal(), last.toordinal()))
        meant = [won_between(files, agents, first, last) for agents in tested.agents]
        np.testing.assert_allclose(came, meant, rtol=0, atol=0.005)


def test_the_linear_pace_missed_by_what_the_files_say(tested: Foretold, files: Files) -> None:
    """In every month but the first one, after each check, for everybody, each agent and each team."""
    line = tested.backtest.missed[..., 0]
    meant = np.full(line.shape, np.nan)
    for (month, (first, last)), (check, eighths), (place, agents) in product(
        enumerate(MONTHS), enumerate(EIGHTHS), enumerate(tested.agents)
    ):
        days = (last - first).days + 1
        gone = ceil(days * eighths / 8)
        so_far = won_between(files, agents, first, first + timedelta(days=gone - 1))
        if month:
            meant[month, check, place] = abs(won_between(files, agents, first, last) - so_far / gone * days)
    np.testing.assert_allclose(line, meant, rtol=0, atol=0.01)
    for place in range(len(tested.agents)):
        misses = tested.backtest.misses(place)
        assert misses is not None
        assert misses[1] == pytest.approx(np.nanmean(meant[..., place]))


def test_what_each_month_was_foretold_is_a_mean_of_the_methods(tested: Foretold) -> None:
    """Ours is never further off, on either side, than all of the methods are."""
    for month, (first, last) in enumerate(MONTHS[1:], 1):
        came = tested.flow.value(Window(first.toordinal(), last.toordinal(), last.toordinal()))
        for check, eighths in enumerate(EIGHTHS):
            today = first.toordinal() + ceil(((last - first).days + 1) * eighths / 8) - 1
            said = tested.flow.estimates(Window(first.toordinal(), last.toordinal(), today))
            ours = came - tested.backtest.ours[month, check]
            assert (ours >= np.nanmin(said, axis=-1) - 0.01).all()
            assert (ours <= np.nanmax(said, axis=-1) + 0.01).all()


def won_between(files: Files, agents: set[str] | None, first: date, last: date) -> float:
    """What some agents' deals brought from one day to another, both included."""
    return float(sum(row["value"] for row in files.of(agents) if is_won_in(row, (first, last))))
