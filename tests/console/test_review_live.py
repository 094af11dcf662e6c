"""What an open review page asks for: what others did meanwhile, what an edit changes so far, what waits next."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.asides import answer, ask, reassign, snooze
from engine.edits import edit
from engine.models import Action
from engine.withdrawals import withdraw
from tests.cast import Company
from tests.console.visits import Visit, everything, review_of, said


@pytest.fixture
def waiting(acme: Company) -> Action:
    return acme.propose_proposal()


def beneath(action: Action, name: str) -> str:
    return f"/admin/engine/action/{action.pk}/{name}/"


def news(visit: Visit, action: Action, **query: Any) -> dict[str, Any]:
    return visit.get(beneath(action, "now"), **{"version": action.version, **query}).json()


def test_without_a_change_there_is_no_news(manager: Visit, waiting: Action) -> None:
    assert news(manager, waiting) == {"version": 1, "status": "pending", "news": ""}


HAPPENED = [
    (lambda acme, one, who: acme.approve(one, actor=who), "second_manager-acme approved this at "),
    (lambda acme, one, who: reject(action=one, actor=who, reason="No."), "second_manager-acme rejected this at "),
    (
        lambda acme, one, who: edit(action=one, payload=acme.email(body="Other."), actor=who),
        "second_manager-acme edited this; the edited version took its place at ",
    ),
    (lambda acme, one, who: ask(action=one, actor=who, text="Why?"), "second_manager-acme asked the agent a question"),
    (
        lambda acme, one, who: snooze(action=one, actor=who, until=timezone.now() + timezone.timedelta(hours=1)),
        "second_manager-acme put this off at ",
    ),
    (
        lambda acme, one, who: reassign(action=one, actor=who, person=acme.manager),
        "second_manager-acme handed this to somebody at ",
    ),
    (
        lambda acme, one, who: withdraw(action=one, actor=acme.agent, clone_id=acme.clone.pk),
        "The agent took this back at ",
    ),
]


@pytest.mark.parametrize(("happens", "told"), HAPPENED, ids=lambda case: case if isinstance(case, str) else "")
def test_what_somebody_else_did_is_told(
    acme: Company, manager: Visit, waiting: Action, happens: Any, told: str
) -> None:
    happens(acme, waiting, acme.actor(acme.second_manager))
    heard = news(manager, waiting)
    assert heard["version"] == 2
    assert heard["news"].startswith(told)


def test_the_agents_answer_and_ones_own_deeds_elsewhere_are_told(
    acme: Company, manager: Visit, waiting: Action
) -> None:
    ask(action=waiting, actor=acme.actor(), text="Why?")
    assert news(manager, waiting)["news"].startswith("You asked the agent a question at ")
    answer(action=waiting, actor=acme.agent, clone_id=acme.clone.pk, text="So.")
    assert news(manager, waiting, version=2)["news"].startswith("The agent answered a question at ")


@pytest.mark.parametrize("version", ["", "x", "0", "99999999999999999999"])
def test_an_odd_version_is_news_and_no_error(manager: Visit, waiting: Action, version: str) -> None:
    assert news(manager, waiting, version=version)["news"].startswith("agent key changed this at ")


def test_none_of_it_changes_a_row(acme: Company, manager: Visit, waiting: Action) -> None:
    before = everything([acme.tenant])
    for name in ("now", "edited", "following", "preceding"):
        assert manager.get(beneath(waiting, name)).status_code in (200, 302)
    changed = {"to": "hank@globex.example", "subject": "Other", "body": "x"}
    manager.post(beneath(waiting, "edited"), content_hash=waiting.content_hash, **changed)
    assert everything([acme.tenant]) == before


def test_another_companys_action_is_not_there(acme: Company, rival: Company, manager: Visit) -> None:
    theirs = rival.propose_proposal()
    for name in ("now", "edited", "following", "preceding"):
        assert manager.get(beneath(theirs, name)).status_code == 404
        assert manager.get(f"/admin/engine/action/{uuid4()}/{name}/").status_code == 404
    assert manager.post(beneath(theirs, "edited"), to="x").status_code == 404


# --- what an edit changes so far --------------------


def edited(visit: Visit, action: Action, **fields: str) -> Any:
    shown = {"to": "hank@globex.example", "cc": "", "subject": "Next steps", "body": "Shall we talk on Monday?"}
    return visit.post(beneath(action, "edited"), content_hash=action.content_hash, **{**shown, **fields})


def test_an_edit_is_shown_word_by_word_before_it_is_sent(manager: Visit, waiting: Action) -> None:
    html = edited(manager, waiting, body="Shall we talk on Tuesday?").content.decode()
    assert "<del>Monday</del><ins>Tuesday</ins>" in html
    assert "Nothing is changed yet." in said(edited(manager, waiting))


def test_what_cannot_be_read_is_said(acme: Company, manager: Visit) -> None:
    cake = acme.propose("order_cake", {"for": "Hank"})
    html = said(manager.post(beneath(cake, "edited"), content_hash=cake.content_hash, whole="{"))
    assert "Must be JSON" in html
    assert "does not fit yet" in said(manager.post(beneath(cake, "edited"), content_hash="", whole="{}"))


def test_a_get_of_it_leads_to_the_page(manager: Visit, waiting: Action) -> None:
    assert manager.get(beneath(waiting, "edited")).headers["Location"] == review_of(waiting)


def test_it_needs_the_form_of_our_own_page(acme: Company, waiting: Action) -> None:
    visit = Visit(acme.manager)
    visit.client.handler.enforce_csrf_checks = True
    assert edited(visit, waiting).status_code == 403


# --- what waits next --------------------


def test_next_and_previous_follow_the_order_in_which_time_runs_out(acme: Company, manager: Visit) -> None:
    first, second, third = (acme.propose_proposal() for _ in range(3))
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=second.pk).update(expires_at=first.expires_at)  # a tie goes by age
    leads = lambda action, name: manager.get(beneath(action, name)).headers["Location"]  # noqa: E731
    assert leads(first, "following") == review_of(second)
    assert leads(second, "following") == review_of(third)
    assert leads(third, "following") == "/admin/"
    assert leads(third, "preceding") == review_of(second)
    assert leads(second, "preceding") == review_of(first)
    assert leads(first, "preceding") == "/admin/"
    acme.approve(second)
    assert leads(first, "following") == review_of(third)
    assert leads(second, "following") == review_of(third)
