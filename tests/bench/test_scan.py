"""The scan's bench: it comes to figures that fit together. How large they are is not for a test to say."""

import pytest

from bench.book import Wanted, make
from bench.scan import measure


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_workers_scan_the_book_twice() -> None:
    make(Wanted(accounts=60, interactions=900, days=60, seed=3))
    told = measure()
    full, unchanged = told["full"], told["unchanged"]
    assert full["accounts"] == unchanged["accounts"] == 60
    assert full["more"]["read"] == 60
    assert unchanged["more"]["unchanged"] == 60
    assert full["errors"] == unchanged["errors"] == 0
    assert full["texts"] > 100 > unchanged["texts"] == 0
    assert full["encoder_texts"] > 0
    assert len(full["peak_mib"]) == 2
    assert unchanged["statements_per_page"] > 0
