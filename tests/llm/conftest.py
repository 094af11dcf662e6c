from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from crm.tenancy import tenant_scope
from engine.jobs import Part
from engine.llm import asking, client
from engine.llm.circuit import Circuit
from engine.models import Run
from tests.cast import Company, company
from tests.llm.endpoint import Endpoint, Reply, endpoint


@pytest.fixture(autouse=True)
def fresh_circuit(monkeypatch: pytest.MonkeyPatch) -> Circuit:
    """A circuit of the test's own, and no proxy between it and this machine."""
    circuit = Circuit()
    for module in (client, asking):
        monkeypatch.setattr(module, "CIRCUIT", circuit)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.01)
    return circuit


@pytest.fixture
def serve(settings: Any) -> Iterator[Callable[..., Endpoint]]:
    """Start an endpoint with these replies and have the product use it."""
    with ExitStack() as running:

        def start(*replies: Reply) -> Endpoint:
            known = running.enter_context(endpoint(*replies))
            settings.LLM_URL, settings.LLM_MODEL, settings.LLM_API_KEY = known.url, "a-model", "a-key"
            return known

        yield start


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def part(acme: Company) -> Part:
    """A page of a run that has begun."""
    return part_of(acme)


def part_of(acme: Company, *, task: str = "pattern_scan", now: datetime | None = None) -> Part:
    now = now or timezone.now()
    with tenant_scope(acme.tenant):
        run = Run.objects.create(tenant=acme.tenant, task=task, slot=now, started_by="test", as_of=now)
    return Part(tenant=acme.tenant, run_id=run.pk, first=None, last=None, cursor=None, pages=0, now=now)


def tokens_of(part: Part) -> int:
    with tenant_scope(part.tenant):
        return Run.objects.get(pk=part.run_id).tokens
