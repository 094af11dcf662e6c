"""The queue's bench: it fills what it says, times every page and reads their plans. How fast is not for a test to say."""

import pytest

from bench.waiting import LARGE, QUERIES, SMALL, NotOurs, measure
from crm.tenancy import tenant_scope
from engine.models import Action
from guardrails.tenants import create_tenant
from record.actors import SYSTEM


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_it_times_the_same_queue_behind_few_and_many_actions() -> None:
    told = measure(rounds=1, totals={SMALL: 60, LARGE: 600}, pending=30)
    assert set(told["milliseconds"]) == {*QUERIES, "live"}
    assert max(told["statements"].values()) <= 8
    for slug, actions in ((SMALL, 60), (LARGE, 600)):
        with tenant_scope(slug):
            assert (Action.objects.count(), Action.objects.filter(status="pending").count()) == (actions, 30)
    assert measure(rounds=1, totals={SMALL: 60, LARGE: 600}, pending=30)["pending"] == 30  # what is there is kept


@pytest.mark.django_db
def test_a_tenant_that_it_did_not_make_is_left_alone() -> None:
    create_tenant(slug=SMALL, actor=SYSTEM)
    with pytest.raises(NotOurs, match="was not made by this bench"):
        measure()
