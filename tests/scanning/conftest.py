import pytest

from tests.cast import Company, company


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")
