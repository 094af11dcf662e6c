import logging
from collections.abc import Iterator

import pytest

from tests.cast import Company, company
from tests.console.visits import Visit


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def rival(db: None) -> Company:
    return company("rival")


@pytest.fixture
def manager(acme: Company) -> Visit:
    return Visit(acme.manager)


@pytest.fixture
def operator(acme: Company) -> Visit:
    return Visit(acme.operator)


@pytest.fixture(autouse=True)
def quiet_refusals() -> Iterator[None]:
    """Keep the hundreds of 403s and 404s that these tests provoke, each with its traceback, out of the log."""
    log = logging.getLogger("django.request")
    was = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(was)
