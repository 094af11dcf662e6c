"""Hard stops, on every path: the verbs, the ORM and SQL as the role the web runs as."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from crm.tenancy import tenant_scope
from engine.approvals import decide_again
from engine.errors import Conflict
from engine.lifecycle import Status
from engine.models import Action
from engine.moves import move
from guardrails.policy import HARD_STOPS
from record.actors import SYSTEM
from tests.cast import Company

NOT_BLOCKED = sorted(set(Status) - {Status.BLOCKED})


@pytest.mark.parametrize("name", sorted(HARD_STOPS))
def test_no_verb_lets_a_hard_stop_out(acme: Company, name: str) -> None:
    action = acme.propose(name, {})
    for verb in (acme.approve, lambda it: decide_again(action=it, actor=acme.actor(), content_hash=it.content_hash)):
        with pytest.raises(Conflict):
            verb(action)
    with tenant_scope(acme.tenant):
        assert [move([action.pk], status, actor=SYSTEM) for status in Status] == [[]] * len(Status)
    assert acme.read(action).status == "blocked"


@pytest.mark.parametrize("name", sorted(HARD_STOPS))
@pytest.mark.parametrize("status", NOT_BLOCKED)
def test_the_database_refuses_a_hard_stop_in_any_other_status(acme: Company, name: str, status: str) -> None:
    action = acme.propose(name, {})
    with tenant_scope(acme.tenant), pytest.raises(IntegrityError), transaction.atomic():
        Action.objects.filter(pk=action.pk).update(status=status, lease_until="2030-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "disguise", ["commitpricing", "commit__pricing", "commit_pric_ing", "commit_pricing2", "Commit_Pricing"]
)
def test_the_database_refuses_a_disguised_hard_stop(acme: Company, disguise: str) -> None:
    action = acme.propose()
    with tenant_scope(acme.tenant), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET action_type = %s WHERE id = %s", [disguise, action.pk])
