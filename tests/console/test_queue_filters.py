"""The queue's filters and the views a person saves: what they show, and what becomes of odd ones."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.models import SavedView
from record.models import Entry
from tests.cast import Company
from tests.console.test_deciding import put
from tests.console.visits import Visit, messages, said

QUEUE = "/admin/"
SAVE = "/admin/engine/action/views/save/"


def listed(visit: Visit, **query: str) -> list[str]:
    return [str(row.action.pk) for row in visit.get(QUEUE, **query).context.get("rows", [])]


def test_a_filter_shows_what_fits_it_and_says_which_are_set(acme: Company, manager: Visit) -> None:
    acme.propose_proposal(opportunity="O-1")
    cake = acme.propose("order_cake", {})
    assert listed(manager, action="order_cake") == [str(cake.pk)]
    page = manager.page(QUEUE, action="order_cake", value_to="5")
    assert "Action: Order cake (not in the catalogue)" in page
    assert "Nothing that waits fits these filters" in page
    assert "1 action of 2 waits for a decision" in manager.page(QUEUE, action="order_cake")


def test_each_option_says_how_many_it_would_show(acme: Company, manager: Visit) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    for _ in range(2):
        acme.propose_proposal(opportunity="O-1")
    acme.propose("order_cake", {}, opportunity="O-1")
    page = manager.page(QUEUE)
    for option in ("Send a proposal (2)", "Ada of acme (3)", "Negotiation (3)", "Approval required (2)"):
        assert option in page


@pytest.mark.parametrize(
    "odd",
    [
        {"clone": "x"}, {"clone": str(uuid4())}, {"action": "a b"}, {"action": "é"}, {"action": "a" * 5_000},
        {"stage": "nonsense"}, {"reason": "'; --"}, {"value_from": "much"}, {"value_from": "-1"}, {"value_to": "1e400"},
        {"value_from": "NaN"}, {"value_to": "9" * 40}, {"age": "-5"}, {"age": "1; DROP"}, {"assignee": "7"},
        {"snoozed": "maybe"}, {"since": "x"}, {"since": "9" * 40}, {"after": "~~"}, {"unheard": "of"},
        {"value_from": "9", "value_to": "1"},
    ],
)  # fmt: skip
def test_an_odd_filter_is_left_out_and_never_a_500(acme: Company, odd: dict[str, str]) -> None:
    acme.propose_proposal(opportunity="O-1")
    visit = Visit(acme.manager, patient=True)
    for address in (QUEUE, "/admin/engine/action/queue/live/"):
        assert visit.get(address, **odd).status_code == 200


def test_what_was_not_understood_is_told(acme: Company, manager: Visit) -> None:
    acme.propose_proposal()
    page = manager.page(QUEUE, stage="nonsense", value_from="much")
    assert "Not understood and left out: Stage, Value from." in page
    assert "1 action waits for a decision" in page


def test_mine_is_what_was_handed_to_me(acme: Company, manager: Visit) -> None:
    mine, _ = acme.propose_proposal(), acme.propose_proposal()
    put(mine, assignee_id=acme.manager.pk)
    assert listed(manager, assignee="mine") == [str(mine.pk)]
    assert listed(Visit(acme.second_manager), assignee="mine") == []
    assert "Mine 1" in manager.page(QUEUE)


def test_what_is_put_off_can_be_looked_at(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    put(action, snoozed_until=timezone.now() + timedelta(hours=2))
    assert listed(manager) == []
    assert "All that waits is put off" in manager.page(QUEUE)
    assert listed(manager, snoozed="yes") == [str(action.pk)]
    assert "0" not in [item.get("badge") for group in menu(manager) for item in group["items"]]


def menu(visit: Visit) -> Any:
    return visit.get(QUEUE).context["sidebar_navigation"]


def test_pages_keep_their_filters(acme: Company, manager: Visit) -> None:
    for _ in range(51):
        acme.propose_proposal()
    acme.propose("order_cake", {})
    first = manager.get(QUEUE, action="send_proposal")
    assert "action=send_proposal" in first.context["next_query"]
    second = manager.get(f"{QUEUE}?{first.context['next_query']}")
    assert len(second.context["rows"]) == 1


def test_a_view_is_saved_opened_and_deleted(acme: Company, manager: Visit) -> None:
    acme.propose_proposal(opportunity="O-1")
    saved = manager.post(SAVE, name="  Large   ones ", value_from="10000", stage="")
    assert saved.headers["Location"] == "/admin/?value_from=10000"
    assert messages(saved) == ["Saved as “Large ones”; it stands above the queue."]
    html = manager.get(QUEUE).content.decode()
    assert 'href="/admin/?value_from=10000">Large ones</a>' in html
    opened = manager.get(QUEUE, value_from="10000")
    assert 'aria-current="page">Large ones</a>' in opened.content.decode()
    with tenant_scope(acme.tenant):
        view = SavedView.objects.get()
    assert f"/views/{view.pk}/delete/" in opened.content.decode()
    manager.post(f"/admin/engine/action/views/{view.pk}/delete/")
    assert "Large ones</a>" not in manager.get(QUEUE).content.decode()
    with tenant_scope(acme.tenant):
        assert list(Entry.objects.filter(subject_type="view").order_by("id").values_list("kind", flat=True)) == [
            "view.saved",
            "view.deleted",
        ]


def test_a_view_of_the_same_name_takes_its_place(acme: Company, manager: Visit) -> None:
    for stage in ("negotiation", "discovery"):
        manager.post(SAVE, name="Mine", stage=stage)
    with tenant_scope(acme.tenant):
        assert [view.filters for view in SavedView.objects.all()] == [{"stage": "discovery"}]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"name": "", "stage": "discovery"}, "give it a name of at most 60 letters."),
        ({"name": "x" * 61, "stage": "discovery"}, "give it a name of at most 60 letters."),
        ({"name": "All"}, "set a filter first; without one it would be the whole queue."),
        ({"name": "All", "stage": "nonsense"}, "set a filter first; without one it would be the whole queue."),
    ],
)
def test_a_view_that_does_not_fit_is_refused_in_words(manager: Visit, sent: dict[str, str], told: str) -> None:
    assert messages(manager.post(SAVE, **sent)) == [told]


def test_twenty_views_are_as_many_as_fit(manager: Visit) -> None:
    for n in range(20):
        manager.post(SAVE, name=f"View {n}", stage="discovery")
    refused = manager.post(SAVE, name="One more", stage="discovery")
    assert messages(refused)[-1].startswith("20 views are as many as fit")


def test_a_view_is_its_persons_own(acme: Company, rival: Company, manager: Visit) -> None:
    manager.post(SAVE, name="Secret", stage="discovery")
    with tenant_scope(acme.tenant):
        view = SavedView.objects.get()
    for other in (Visit(acme.second_manager), Visit(rival.manager)):
        assert "Secret" not in said(other.get(QUEUE))
        assert other.post(f"/admin/engine/action/views/{view.pk}/delete/").status_code == 404
    with tenant_scope(acme.tenant):
        assert SavedView.objects.count() == 1


def test_a_get_saves_and_deletes_nothing(acme: Company, manager: Visit) -> None:
    manager.post(SAVE, name="Mine", stage="discovery")
    with tenant_scope(acme.tenant):
        view = SavedView.objects.get()
    assert manager.get(SAVE, name="Other", stage="discovery").status_code == 302
    assert manager.get(f"/admin/engine/action/views/{view.pk}/delete/").status_code == 302
    with tenant_scope(acme.tenant):
        assert SavedView.objects.count() == 1
