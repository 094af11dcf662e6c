"""GET guardrails/actions/: what there is, and how a name is read."""

import pytest

from guardrails.policy import TIERS
from tests.api.callers import Caller, pointers, problem


def test_the_catalogue_lists_every_action_type_with_its_tier(agent: Caller) -> None:
    body = agent.get("guardrails/actions/").json()
    assert {entry["action_type"]: entry["tier"] for entry in body["results"]} == dict(TIERS)
    assert (body["next"], body["previous"]) == (None, None)


def test_each_known_type_is_classified(agent: Caller) -> None:
    for name, tier in TIERS.items():
        body = agent.get(f"guardrails/actions/{name}/").json()
        assert (body["action_type"], body["tier"], body["known"]) == (name, tier, True)
        assert body["requires_human"] is not body["allowed"]


def test_a_disguised_hard_stop_is_that_hard_stop(agent: Caller) -> None:
    for spelling in (
        "Commit-Pricing",
        "commit__pricing",
        "commitpricing",
        "\uff43\uff4f\uff4d\uff4d\uff49\uff54_pricing",
        "COMMIT PRICING",
    ):
        body = agent.get(f"guardrails/actions/{spelling}/").json()
        assert (body["action_type"], body["tier"], body["allowed"]) == ("commit_pricing", "hard_stop", False)


def test_an_unknown_name_needs_approval(agent: Caller) -> None:
    body = agent.get("guardrails/actions/book_a_restaurant/").json()
    assert (body["tier"], body["known"], body["reason"]) == ("approval_required", False, "unknown_action_type")
    assert body["description"] is None


@pytest.mark.parametrize("name", ["123", "письмо", "%20", "x" * 65, "x" * 5000, "a!b"])
def test_what_is_no_name_is_a_400(agent: Caller, name: str) -> None:
    assert pointers(problem(agent.get(f"guardrails/actions/{name}/"), 400)) == ["/action_type"]


def test_a_parameter_nobody_knows_is_a_400(agent: Caller) -> None:
    assert pointers(problem(agent.get("guardrails/actions/", {"tier": "autonomous"}), 400)) == ["/tier"]


def test_people_read_it_as_well(manager: Caller) -> None:
    assert manager.get("guardrails/actions/").status_code == 200
