"""Finding why something was sent, by what somebody has in hand: a Message-ID, a meeting's UID, an action's id."""

from typing import Any

import pytest
from django.db import connection

from crm.tenancy import tenant_scope
from engine.console.finding import keyed, sought
from engine.execution import execute
from engine.models import Action, Attempt
from tests.cast import Company
from tests.console.pages import EVERYBODY
from tests.console.visits import Visit, said

SEARCH = "/admin/engine/action/story/"
NOWHERE = "ab" * 20


def story_of(action: Action) -> str:
    return f"/admin/engine/action/{action.pk}/story/"


def sent(company: Company, **changes: Any) -> tuple[Action, str]:
    """A mail that was sent, and its Message-ID."""
    action = company.propose(**changes)
    assert execute(action)
    done = company.read(action)
    return done, done.result["message_id"]


def invited(company: Company) -> tuple[Action, str]:
    """A meeting that was sent, and the UID of its event."""
    payload = {
        "attendees": [company.contact.email],
        "starts_at": "2030-01-01T09:00:00+00:00",
        "duration_minutes": 30,
        "title": "Hello",
    }
    action = company.propose("schedule_meeting", payload)
    assert execute(action)
    with tenant_scope(company.tenant):
        return action, Attempt.objects.get(action=action).key


@pytest.mark.parametrize(
    "as_found",
    [
        "{id}",
        "{bare}",
        "  {id}  ",
        "Message-ID: {id}",
        "message-id:{bare}",
        "In-Reply-To: {id}",
        "{local}",
        "{upper}",
    ],
)
def test_a_mail_is_found_by_its_message_id_however_it_is_copied(acme: Company, manager: Visit, as_found: str) -> None:
    action, message_id = sent(acme)
    bare = message_id.strip("<>")
    text = as_found.format(id=message_id, bare=bare, local=bare.partition("@")[0], upper=message_id.upper())
    answer = manager.get(SEARCH, q=text)
    assert (answer.status_code, answer.headers["Location"]) == (302, story_of(action))


def test_a_meeting_is_found_by_its_uid_and_by_its_message_id(acme: Company, manager: Visit) -> None:
    action, uid = invited(acme)
    for text in (uid, f"UID:{uid}", acme.read(action).result["message_id"]):
        assert manager.get(SEARCH, q=text).headers["Location"] == story_of(action), text


def test_an_action_is_found_by_its_id(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    for text in (str(action.pk), str(action.pk).upper(), action.pk.hex):
        assert manager.get(SEARCH, q=text).headers["Location"] == story_of(action)


def test_of_two_mails_each_is_found_by_its_own(acme: Company, manager: Visit) -> None:
    first, second = sent(acme), sent(acme, payload=acme.email(subject="Another"))
    for action, message_id in (first, second):
        assert manager.get(SEARCH, q=message_id).headers["Location"] == story_of(action)


def test_what_is_not_there_is_told_with_what_was_looked_for(acme: Company, manager: Visit) -> None:
    sent(acme)
    missed = manager.get(SEARCH, q=f"<{NOWHERE}@acme.example>")
    assert missed.status_code == 200
    assert f"We looked for a mail whose Message-ID begins with {NOWHERE}. Nothing of your company has it." in said(
        missed
    )
    assert "We looked for the action with the id" in manager.page(SEARCH, q="00000000-0000-0000-0000-000000000000")
    assert f"a meeting, or a message, with the UID {'0' * 64}" in manager.page(SEARCH, q="0" * 64)


@pytest.mark.parametrize(
    "text", ["hello", "<abc@mail.example>", "a" * 39, "g" * 40, "a" * 65, "%", "' OR 1=1", "<script>"]
)
def test_what_is_no_id_of_ours_is_told_so_and_asks_nothing(acme: Company, manager: Visit, text: str) -> None:
    page = manager.page(SEARCH, q=text)
    assert "neither a Message-ID of ours, nor a meeting's UID, nor an action's id, so nothing was looked for" in page
    assert "<script>" not in manager.get(SEARCH, q=text).content.decode().partition("<main")[2]


def test_the_field_alone_says_what_it_takes(acme: Company, manager: Visit) -> None:
    page = manager.page(SEARCH)
    assert "What do you have in your hand?" in page
    assert "Not found" not in page


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_everybody_of_the_company_may_ask(acme: Company, role: str) -> None:
    action, message_id = sent(acme)
    visit = Visit(getattr(acme, role))
    assert visit.get(SEARCH, q=message_id).status_code == 302
    assert visit.get(story_of(action)).status_code == 200


def test_what_another_company_sent_is_not_there(acme: Company, rival: Company, manager: Visit) -> None:
    theirs, message_id = sent(rival)
    for text in (message_id, str(theirs.pk), invited(rival)[1]):
        assert "Nothing of your company has it." in manager.page(SEARCH, q=text)
    assert manager.get(story_of(theirs)).status_code == 404


def test_neither_page_takes_a_post(acme: Company, manager: Visit) -> None:
    assert manager.post(SEARCH, q="x").status_code == 405
    assert manager.post(story_of(acme.propose_proposal())).status_code == 405


def test_both_are_led_to_from_the_menu_and_the_review_page(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    html = manager.get(f"/admin/engine/action/{action.pk}/change/").content.decode()
    assert f'href="{story_of(action)}"' in html
    assert f'href="{SEARCH}"' in html


def test_the_menu_marks_one_of_the_two_pages_whose_addresses_begin_alike(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    for address, title in (
        (SEARCH, "Why was this sent?"),
        (story_of(action), "Why was this sent?"),
        ("/admin/engine/action/", "All actions"),
    ):
        items = [item for group in manager.get(address).context["sidebar_navigation"] for item in group["items"]]
        assert [item["title"] for item in items if item.get("active")] == [title], address


def test_the_beginning_of_a_key_is_a_range_that_the_index_serves(acme: Company) -> None:
    _, message_id = sent(acme)
    beginning = sought(message_id).name
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, parameters = keyed(beginning).values("action").query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "attempts_by_key" in plan
    assert "Index Cond" in plan
    assert "key)::text >=" in plan
