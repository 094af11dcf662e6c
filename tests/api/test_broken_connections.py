"""A database that goes away in the middle of a request: a 503, nothing half done, and the next request is served."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from crm.tenancy import current_tenant_id, tenant_scope
from engine import api
from engine.models import Action
from tests.api.callers import Caller, caller, follow_up, problem
from tests.cast import Company, company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("acme")


@pytest.fixture
def agent(acme: Company) -> Caller:
    return caller(acme.bearer)


def hang_up() -> None:
    """Have the server end this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def before(verb: Callable[..., Any], first: Callable[[], None]) -> Callable[..., Any]:
    def both(*args: Any, **kwargs: Any) -> Any:
        first()
        return verb(*args, **kwargs)

    return both


def after(verb: Callable[..., Any], then: Callable[[], None]) -> Callable[..., Any]:
    def both(*args: Any, **kwargs: Any) -> Any:
        done = verb(*args, **kwargs)
        then()
        return done

    return both


def actions_of(company: Company) -> int:
    with tenant_scope(company.tenant):
        return Action.objects.count()


@pytest.mark.parametrize("when", [before, after])
@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": "one"}], ids=["plain", "with a key"])
def test_a_connection_that_breaks_is_a_503_and_the_next_request_is_served(
    acme: Company,
    agent: Caller,
    monkeypatch: pytest.MonkeyPatch,
    when: Callable[..., Any],
    key: dict[str, str],
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(api, "propose", when(api.propose, hang_up))
        response = agent.post("actions/", follow_up(), **key)
    assert int(response["Retry-After"]) > 0
    problem(response, 503)
    assert (current_tenant_id(), actions_of(acme)) == (None, 0)
    again = agent.post("actions/", follow_up(), **key)
    assert (again.status_code, "Idempotency-Replayed" in again, actions_of(acme)) == (201, False, 1)


def test_a_connection_that_breaks_before_the_key_is_looked_up_is_a_503(acme: Company, agent: Caller) -> None:
    hangs_up_quietly()
    problem(agent.get("actions/"), 503)
    connection.close()
    assert agent.get("actions/").status_code == 200


def hangs_up_quietly() -> None:
    with pytest.raises(OperationalError):
        hang_up()


def test_a_commit_that_fails_is_a_503_and_sending_the_request_again_does_it_once(
    acme: Company, agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("the server is shutting down")

    with monkeypatch.context() as broken:
        broken.setattr(connections["default"], "_commit", refuse)
        problem(agent.post("actions/", follow_up(), Idempotency_Key="one"), 503)
    assert actions_of(acme) == 0
    assert agent.post("actions/", follow_up(), Idempotency_Key="one").status_code == 201
    assert actions_of(acme) == 1


def test_a_scope_is_left_behind_by_no_refusal(acme: Company, agent: Caller) -> None:
    for body in (b"{", b"{}", None):
        agent.post("actions/", body)
        assert current_tenant_id() is None
        assert not connection.in_atomic_block
