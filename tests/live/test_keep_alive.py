"""A connection that lives on after a refusal whose body nobody read."""

import pytest

from crm.keys import issue_agent_key
from record.actors import SYSTEM
from tests.cast import company
from tests.live.conftest import Stack

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]


def test_a_refusal_that_left_the_body_unread_does_not_break_the_next_request(stack: Stack) -> None:
    acme = company("acme")
    ingest = issue_agent_key(tenant=acme.tenant, clone=None, scopes=["ingest"], actor=SYSTEM)[1]
    stack.start_web()
    with stack.client(ingest) as client:
        for _ in range(30):
            refused = client.post(
                "actions/check/", content=b"[" * 100_000, headers={"Content-Type": "application/json"}
            )
            assert refused.status_code == 403
            assert client.get("accounts/").status_code == 403
