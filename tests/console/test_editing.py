"""Edit, then approve: a field for each part of the payload, errors beside it, what was left alone to the letter."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from crm.suppressions import suppress
from engine.console.payload_forms import FORMS, PayloadForm
from engine.errors import InvalidProposal
from engine.models import Action
from engine.payloads import CONNECTOR_OF, PayloadError, validate_payload
from tests.cast import Company
from tests.console.visits import Visit, messages, said
from tests.engine.payload_cases import FULL, LEAST


def form_of(action_type: str, payload: dict[str, Any], **changes: str) -> PayloadForm:
    """The form of such an action, filled as the browser would fill it, with `changes` typed over."""
    action = Action(action_type=action_type, payload=payload, content_hash="h" * 64)
    empty = PayloadForm(action)
    typed = {name: str(empty.initial.get(name, "")).replace("\n", "\r\n") for name in empty.fields}
    filled = PayloadForm(action, {**typed, **changes})
    assert filled.is_valid(), filled.errors
    return filled


@pytest.mark.parametrize("action_type", sorted(FULL))
def test_a_form_left_as_it_was_gives_the_payload_back_to_the_letter(action_type: str) -> None:
    for payload in (LEAST[action_type], FULL[action_type]):
        assert form_of(action_type, payload).payload() == payload


def test_every_payload_with_a_form_of_its_own_has_one_here() -> None:
    assert set(FORMS) == set(CONNECTOR_OF)


@pytest.mark.parametrize("action_type", sorted(FORMS))
def test_a_form_asks_for_just_the_fields_the_payload_takes(action_type: str) -> None:
    with pytest.raises(PayloadError) as refusal:
        validate_payload(action_type, {"no such field": 1})
    unknown = next(error for error in refusal.value.errors if error["code"] == "unknown_field")
    assert set(unknown["detail"].removeprefix("The fields here are ").rstrip(".").split(", ")) == set(
        FORMS[action_type]
    )


@pytest.mark.parametrize(
    ("action_type", "changes", "expected"),
    [
        (
            "send_proposal",
            {"to": "a@b.example, c@d.example\r\ne@f.example"},
            {"to": ["a@b.example", "c@d.example", "e@f.example"]},
        ),
        ("send_proposal", {"cc": ""}, {"cc": None}),
        ("send_proposal", {"body": "One\r\n\r\nTwo"}, {"body": "One\n\nTwo"}),
        ("schedule_meeting", {"duration_minutes": "45"}, {"duration_minutes": 45}),
        ("schedule_meeting", {"location": "", "description": ""}, {"location": None, "description": None}),
        ("progress_past_evaluation", {"to_stage": "closed_won"}, {"to_stage": "closed_won"}),
        ("qualify_conversation", {"fields-0": "130k"}, {"fields": {"budget": "130k"}}),
        ("qualify_conversation", {"fields-0": ""}, {"fields": {}}),
        (
            "update_account_context",
            {"context-0": '["Word"]', "context-1": "false"},
            {"context": {"tools": ["Word"], "hiring": False}},
        ),
    ],
)
def test_what_is_typed_becomes_the_payloads_type(
    action_type: str, changes: dict[str, str], expected: dict[str, Any]
) -> None:
    payload = form_of(action_type, FULL[action_type], **changes).payload()
    assert {name: payload.get(name) for name in expected} == expected
    untouched = set(FULL[action_type]) - set(expected)
    assert {name: payload[name] for name in untouched} == {name: FULL[action_type][name] for name in untouched}


def test_a_moment_is_typed_in_the_companys_own_time() -> None:
    with timezone.override(ZoneInfo("America/New_York")):
        form = form_of("schedule_meeting", FULL["schedule_meeting"])
        assert form.initial["starts_at"] == "2026-03-01T03:30:00"
        changed = form_of("schedule_meeting", FULL["schedule_meeting"], starts_at="2026-03-02T10:00")
        assert changed.payload()["starts_at"] == "2026-03-02T10:00:00-05:00"


@pytest.mark.parametrize(
    ("action_type", "changes", "where"),
    [
        ("schedule_meeting", {"duration_minutes": "half an hour"}, "duration_minutes"),
        ("schedule_meeting", {"starts_at": "tomorrow"}, "starts_at"),
        ("update_account_context", {"context-0": "[1,"}, "context-0"),
        ("update_account_context", {"context-0": '{"a": 1, "a": 2}'}, "context-0"),
        ("update_account_context", {"context-1": "NaN"}, "context-1"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(action_type: str, changes: dict[str, str], where: str) -> None:
    form = form_of(action_type, FULL[action_type], **changes)
    with pytest.raises(InvalidProposal) as refusal:
        form.payload()
    form.add_refusal(refusal.value)
    assert list(form.errors) == [where]


def test_a_payload_of_any_shape_is_edited_as_json() -> None:
    form = form_of("order_cake", {"for": "Hank"}, whole='{"for": "Homer", "pieces": 2}')
    assert form.payload() == {"for": "Homer", "pieces": 2}


def typed(visit: Visit, action: Action, **changes: Any) -> dict[str, Any]:
    """The edit form of the action's page with `changes` typed over it."""
    form = visit.get(f"/admin/engine/action/{action.pk}/change/").context["forms"]["edit"]
    return {**{name: form.initial.get(name, "") for name in form.fields}, **changes}


def test_the_edited_version_is_approved_under_the_hold_and_the_old_one_superseded(
    acme: Company, manager: Visit
) -> None:
    action = acme.propose_proposal()
    queue = manager.decide(
        action, "edit", follow=True, **typed(manager, action, subject="Shorter", comment="Too long.")
    )
    old = acme.read(action)
    new = acme.read(Action(pk=old.superseded_by_id))
    assert (old.status, new.status, new.payload["subject"]) == ("superseded", "approved", "Shorter")
    assert new.edit_diff == {"subject": {"old": "Next steps", "new": "Shorter"}}
    assert new.not_before is not None
    assert f"/admin/engine/action/{new.pk}/undo/" in queue.content.decode()


def test_undoing_an_edit_leaves_the_edited_version_waiting(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    manager.decide(action, "edit", **typed(manager, action, subject="Shorter"))
    new = Action(pk=acme.read(action).superseded_by_id)
    manager.decide(acme.read(new), "undo")
    assert acme.read(new).status == "pending"


def test_a_field_that_does_not_fit_has_its_error_beside_it_and_keeps_what_was_typed(
    acme: Company, manager: Visit
) -> None:
    action = acme.propose_proposal()
    response = manager.decide(action, "edit", **typed(manager, action, to="hank@globex.example, nonsense", subject=""))
    assert response.status_code == 400
    form = response.context["forms"]["edit"]
    assert form.errors["to"][0].startswith("2: ")
    assert form.errors["subject"] == ["Must not be blank."]
    html = response.content.decode()
    assert "hank@globex.example, nonsense" in html
    assert "<details open>" in html
    assert acme.read(action).status == "pending"


def test_an_edit_that_changes_nothing_says_so(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    response = manager.decide(action, "edit", **typed(manager, action))
    assert response.status_code == 400
    assert "Nothing was changed; approve it as it is." in said(response)


def test_an_edit_that_turns_out_blocked_leaves_everything_as_it_was(acme: Company, manager: Visit) -> None:
    suppress(tenant=acme.tenant, actor=acme.actor(), reason="asked", address="eve@globex.example")
    action = acme.propose_proposal()
    response = manager.decide(action, "edit", **typed(manager, action, to="eve@globex.example"))
    assert "The changed version would be blocked: suppressed_contact." in messages(response)[0]
    assert acme.read(action).status == "pending"


def test_an_edit_of_what_was_no_longer_shown_is_a_conflict(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    form = typed(manager, action, subject="Shorter")
    assert "not what was shown" in messages(manager.decide(action, "edit", **{**form, "content_hash": "0" * 64}))[0]


def test_a_refused_edit_of_an_unknown_kind_is_said_above_the_json(acme: Company, manager: Visit) -> None:
    action = acme.propose("order_cake", {"for": "Hank"})
    response = manager.decide(action, "edit", **typed(manager, action, whole="[1]"))
    assert response.status_code == 400
    assert response.context["forms"]["edit"].errors["whole"] == ["Must be an object."]
