"""An agent takes its own proposal back."""

import pytest

from crm.models import Clone
from crm.tenancy import tenant_scope
from engine.errors import Conflict, NotAllowed
from engine.withdrawals import withdraw
from tests.cast import Company


def test_a_clone_withdraws_what_it_proposed(acme: Company) -> None:
    action = withdraw(action=acme.propose_proposal(), actor=acme.agent, clone_id=acme.clone.pk)
    assert action.status == "withdrawn"


def test_another_clone_does_not(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        other = Clone.objects.create(tenant=acme.tenant, name="Bob")
    with pytest.raises(NotAllowed):
        withdraw(action=acme.propose_proposal(), actor=acme.agent, clone_id=other.pk)


def test_a_blocked_action_cannot_be_withdrawn(acme: Company) -> None:
    with pytest.raises(Conflict, match="blocked"):
        withdraw(action=acme.propose("commit_pricing", {}), actor=acme.agent, clone_id=acme.clone.pk)
