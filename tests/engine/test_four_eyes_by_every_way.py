"""Two people by the console, the API and the commands, each way after each other: never one person's say alone."""

import json
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from itertools import product

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from engine.claims import claim
from engine.models import Action
from tests.api.callers import caller
from tests.cast import Company
from tests.console.visits import Visit
from tests.engine.ruled import kinds, rule
from tests.engine.test_executing import set_columns

Way = Callable[[Company, User, Action], None]


def by_http(acme: Company, person: User, action: Action) -> None:
    caller(acme.token_of(person)).post(f"actions/{action.pk}/approve/", {"content_hash": action.content_hash})


def by_console(acme: Company, person: User, action: Action) -> None:
    Visit(person).decide(action, "approve")


def by_command(acme: Company, person: User, action: Action) -> None:
    words = [str(action.pk), "--as", person.username, "--content-hash", action.content_hash]
    with suppress(CommandError):
        call_command("approve", *words, "--json", stdout=StringIO())


WAYS: dict[str, Way] = {"http": by_http, "console": by_console, "command": by_command}


@pytest.mark.parametrize(("first", "then"), list(product(WAYS, WAYS)))
def test_one_person_is_never_enough_and_a_second_one_is(acme: Company, first: str, then: str) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    for way in (first, then):
        WAYS[way](acme, acme.manager, action)
        now = acme.read(action)
        assert (now.status, now.first_vote_by_id) == ("pending", acme.manager.pk)
    assert claim(acme.tenant.pk, "email") == []
    WAYS[then](acme, acme.second_manager, action)
    assert acme.read(action).status == "approved"
    assert kinds(acme, action) == ["action.proposed", "action.voted", "action.approved"]
    set_columns(action, "not_before = NULL")
    assert [one.action.pk for one in claim(acme.tenant.pk, "email")] == [action.pk]


def test_over_http_a_vote_is_an_answer_and_the_same_person_a_refusal(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    api, body = caller(acme.token_of(acme.manager)), {"content_hash": action.content_hash}
    voted = api.post(f"actions/{action.pk}/approve/", body)
    assert (voted.status_code, voted.json()["status"], voted.json()["decided_by"]) == (200, "pending", None)
    assert voted.json()["waiting_for"] == "person"
    assert api.post(f"actions/{action.pk}/approve/", body).status_code == 403


def test_an_edit_at_the_console_waits_for_another_person(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    fields = {"to": "hank@globex.example", "subject": "Next steps", "body": "Better."}
    Visit(acme.manager).decide(action, "edit", **fields)
    (edited,) = caller(acme.token_of(acme.manager)).get("approvals/").json()["results"]
    assert (edited["supersedes"], edited["payload"]["body"]) == (str(action.pk), "Better.")
    refused = caller(acme.token_of(acme.manager)).post(
        f"actions/{edited['id']}/approve/", {"content_hash": edited["content_hash"]}
    )
    assert refused.status_code == 403
    accepted = caller(acme.token_of(acme.second_manager)).post(
        f"actions/{edited['id']}/approve/", {"content_hash": edited["content_hash"]}
    )
    assert json.loads(accepted.content)["status"] == "approved"


@pytest.mark.parametrize("who", ["rep", "auditor", "operator"])
@pytest.mark.parametrize("way", ["http", "console"])
def test_other_roles_give_no_vote(acme: Company, who: str, way: str) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    WAYS[way](acme, getattr(acme, who), action)
    assert acme.read(action).first_vote_by_id is None


def test_an_agents_key_gives_no_vote(acme: Company) -> None:
    rule(acme, "four_eyes")
    action = acme.propose_proposal()
    answer = caller(acme.bearer).post(f"actions/{action.pk}/approve/", {"content_hash": action.content_hash})
    assert answer.status_code == 403
    assert acme.read(action).first_vote_by_id is None
