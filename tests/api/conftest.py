import pytest

from tests.api.callers import Caller, caller
from tests.cast import Company, company


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def rival(db: None) -> Company:
    return company("rival")


@pytest.fixture
def agent(acme: Company) -> Caller:
    """The clone's agent, over HTTP."""
    return caller(acme.bearer)


@pytest.fixture
def manager(acme: Company) -> Caller:
    """The manager's script, over HTTP."""
    return caller(acme.token_of(acme.manager))
