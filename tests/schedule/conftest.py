"""A company, a job, and slices so small that a few accounts make several."""

import pytest

from engine import runs
from tests.cast import Company, company
from tests.schedule.marking import Marking


@pytest.fixture
def acme() -> Company:
    return company("acme")


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SLICE", 5)


@pytest.fixture
def job() -> Marking:
    return Marking()
