"""What an autonomous text promises puts a person before it; nothing else about it changes."""

from typing import Any

import pytest

from engine.claims import claim
from engine.edits import edit, edit_and_approve
from engine.payloads import _ADDRESSED_BY, _TABLE
from engine.promised import FIELDS, kinds_promised, promised
from guardrails.policy import MESSAGE_TYPES
from insights.commitments import MOST_READ
from tests.api.callers import caller, follow_up
from tests.cast import Company
from tests.engine.ruled import chat, meeting, rule

PROMISE = "We will give you 15 % off."
TRAPS = (
    "No discount is possible on this plan.",
    "As discussed, the price list is attached.",
    "Could you tell me what price you have in mind?",
    "You asked whether we could take 15 % off; I have passed it on.",
)


def test_an_autonomous_mail_that_promises_waits_for_a_person(acme: Company) -> None:
    action = acme.propose(payload=acme.email(body=f"Hello Hank. {PROMISE} Yours, Ada"))
    assert (action.status, action.reason, action.tier) == ("pending", "commitment", "autonomous")
    assert claim(acme.tenant.pk, "email") == []
    assert acme.approve(action).status == "approved"


@pytest.mark.parametrize("text", TRAPS)
def test_a_text_that_only_speaks_of_it_goes(acme: Company, text: str) -> None:
    assert acme.propose(payload=acme.email(body=text)).status == "approved"


def test_it_is_found_in_a_subject_a_chat_and_an_invitation(acme: Company) -> None:
    assert acme.propose(payload=acme.email(subject=PROMISE)).reason == "commitment"
    assert acme.propose("send_chat_message", chat(PROMISE), contact="C-1").reason == "commitment"
    for field in ("title", "description", "location"):
        assert acme.propose("schedule_meeting", meeting(acme, **{field: PROMISE})).reason == "commitment"


def test_every_text_of_a_message_is_read() -> None:
    not_texts = {*_ADDRESSED_BY, "starts_at", "duration_minutes", "channel"}
    for name in MESSAGE_TYPES:
        shape = _TABLE[name].shape
        assert {*shape.required, *shape.optional} - not_texts <= set(FIELDS), name


def test_a_text_too_long_to_be_read_through_waits(acme: Company) -> None:
    assert acme.propose(payload=acme.email(body="x" * MOST_READ)).status == "approved"
    long = acme.propose(payload=acme.email(body=f"{'x' * MOST_READ} "))
    assert (long.status, long.reason) == ("pending", "commitment")
    assert kinds_promised("send_follow_up_email", long.payload) == ("unread",)


def test_what_promises_but_writes_to_nobody_goes(acme: Company) -> None:
    assert acme.propose("create_briefing", {"title": "Globex", "body": PROMISE}).status == "approved"
    assert promised("create_briefing", {"title": "Globex", "body": PROMISE}) == {}


def test_a_message_that_needs_approval_lists_it(acme: Company) -> None:
    action = acme.propose_proposal(payload=acme.email(body=PROMISE))
    assert (action.status, action.rules) == ("pending", ["approval_required", "commitment"])


def test_a_hard_stop_stays_first_and_blocked(acme: Company) -> None:
    action = acme.propose("approve_discount", {"body": PROMISE})
    assert (action.status, action.rules) == ("blocked", ["hard_stop"])


def test_beside_another_rule_both_are_listed(acme: Company) -> None:
    rule(acme, "needs_person")
    assert acme.propose(payload=acme.email(body=PROMISE)).rules == ["commitment", "tenant_rule"]


def test_with_the_promise_edited_away_it_still_takes_a_person(acme: Company) -> None:
    action = acme.propose(payload=acme.email(body=PROMISE))
    edited = edit(action=action, payload=acme.email(body="Shall we talk?"), actor=acme.actor())
    assert (edited.status, edited.rules) == ("pending", ["edited"])
    assert acme.approve(edited).status == "approved"


def test_a_promise_that_is_edited_in_is_listed(acme: Company) -> None:
    action = acme.propose_proposal()
    given: dict[str, Any] = {"payload": acme.email(body=PROMISE), "content_hash": action.content_hash}
    edited = edit_and_approve(action=action, actor=acme.actor(), **given)
    assert (edited.status, "commitment" in edited.rules) == ("approved", True)


def test_the_dry_run_over_http_says_so(acme: Company) -> None:
    body = follow_up()
    body["payload"]["body"] = PROMISE
    agent = caller(acme.bearer)
    told = agent.post("actions/check/", body).json()
    assert (told["allowed"], told["reason"], told["requires_human"]) == (False, "commitment", True)
    stored = agent.post("actions/", body).json()
    assert {**stored["decision"], "tier": stored["tier"]} == told


UNSEEN = "\u200b\u00ad\u200d\u2060\ufeff\u200e\u034f\ufe0f\u180e\u2063\U000e0020\u3164\u2028"


@pytest.mark.parametrize("hidden", UNSEEN, ids=lambda one: f"U+{ord(one):04X}")
def test_a_text_that_hides_characters_waits(acme: Company, hidden: str) -> None:
    action = acme.propose(payload=acme.email(body=f"We give you a dis{hidden}count."))
    assert (action.status, action.reason) == ("pending", "commitment")


@pytest.mark.parametrize(
    "text", ["We give a dis-\ncount of 20.", "A d i s c o u n t for you.", "We give a dis\u0441ount."]
)
def test_a_text_whose_words_are_broken_or_mixed_waits(acme: Company, text: str) -> None:
    assert acme.propose(payload=acme.email(body=text)).reason == "commitment"


@pytest.mark.parametrize("text", ["See you \U0001f44d\ufe0f\u00a0then.", "A follow-up,\nas agreed - shall we talk?"])
def test_ordinary_signs_hide_nothing(acme: Company, text: str) -> None:
    assert acme.propose(payload=acme.email(body=text)).status == "approved"
