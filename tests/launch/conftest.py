"""Checkouts for the tests that start the whole of Autonomy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launch.checkouts import Checkout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One for all tests of a module: its database is made once."""
    made = Checkout(Path(tmp_path_factory.mktemp("launch")))
    yield made
    made.remove()
