"""Whatever a tenant sets, no verdict gets looser; once it is lifted the former one is back. Over the whole table."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.stages import GATED_STAGES, STAGES
from guardrails.models import RuleKind
from guardrails.policy import HARD_STOPS, TIERS, Facts, GuardrailResult, Tier, decide, status_for
from guardrails.scopes import (
    PENDING_LIMIT,
    REPS_DECIDE,
    SEND_LIMIT,
    TOUCH_LIMIT,
    Case,
    StandingRule,
    asked_by,
    limit_of,
    takes_in,
)

ORDER = ["approved", "pending", "blocked"]
ACTIONS = (*TIERS, "send_flowers")
WHERE = (None, *STAGES)
SCOPES: tuple[dict[str, Any], ...] = (
    {},
    {"action_type": "send_follow_up_email"},
    {"stage": "discovery"},
    {"clone_id": "c1"},
    {"account_id": "a1"},
    {"recipient": "@globex.example"},
    {"value_from": Decimal(1000)},
    {"value_below": Decimal(1000)},
)


def verdict(rules: list[StandingRule], case: Case, *, used: int = 0, **more: Any) -> GuardrailResult:
    """The verdict on a case under rules, where so many messages were sent and so many proposals wait."""
    stage = next(iter(sorted(case.stages)), None)
    limits = {
        fact: (limit := limit_of(rules, kind, case)) is not None and used >= limit
        for fact, kind in (
            ("touches_used_up", TOUCH_LIMIT),
            ("sends_used_up", SEND_LIMIT),
            ("queue_full", PENDING_LIMIT),
        )
    }
    return decide(case.action_type, stage, Facts(**asked_by(rules, case), **limits, **more))


def strictness(result: GuardrailResult) -> int:
    return ORDER.index(status_for(result))


def assert_never_looser(before: GuardrailResult, after: GuardrailResult) -> None:
    assert strictness(after) >= strictness(before)
    assert after.requires_human >= before.requires_human
    assert after.tier == before.tier
    # a proposal that is turned away lists nothing of the queue once another rule blocks it
    assert set(before.rules) - {"autonomous", "pending_limit"} <= set(after.rules)


def rule(kind: str, **scope: Any) -> StandingRule:
    limit = 1 if kind.endswith("_limit") else None
    return StandingRule(id="r", kind=kind, limit=limit, **scope)


@pytest.mark.parametrize("kind", RuleKind.values)
@pytest.mark.parametrize("action_type", ACTIONS)
def test_a_rule_of_any_kind_loosens_no_action_in_any_stage(kind: str, action_type: str) -> None:
    for stage, used, scope in product(WHERE, (0, 1, 5), SCOPES):
        case = Case(
            action_type=action_type,
            stages=frozenset(filter(None, [stage])),
            clone_id="c1",
            account_id="a1",
            recipients=("hank@globex.example",),
            value=Decimal(1000),
        )
        before = verdict([], case, used=used)
        after = verdict([rule(kind, **scope)], case, used=used)
        assert_never_looser(before, after)
        assert verdict([], case, used=used) == before
        if action_type in HARD_STOPS:
            assert (after.reason, status_for(after)) == ("hard_stop", "blocked")
        if TIERS.get(action_type) is not Tier.AUTONOMOUS or stage in GATED_STAGES:
            assert after.requires_human


@pytest.mark.parametrize("action_type", ACTIONS)
@pytest.mark.parametrize("stage", WHERE)
@pytest.mark.parametrize(
    ("kind", "name", "status"),
    [
        ("needs_person", "tenant_rule", "pending"),
        ("never", "tenant_stop", "blocked"),
        ("four_eyes",) * 2 + ("pending",),
    ],
)
def test_each_rule_does_what_it_says(action_type: str, stage: str | None, kind: str, name: str, status: str) -> None:
    case = Case(action_type=action_type, stages=frozenset(filter(None, [stage])))
    result = verdict([rule(kind)], case)
    assert name in result.rules
    assert status_for(result) == ("blocked" if action_type in HARD_STOPS else status)


@pytest.mark.parametrize("action_type", ACTIONS)
def test_a_full_queue_turns_away_only_what_would_wait_in_it(action_type: str) -> None:
    case = Case(action_type=action_type, stages=frozenset({"discovery"}))
    result = verdict([rule(PENDING_LIMIT)], case, used=1)
    before = verdict([], case)
    if status_for(before) == "pending":
        assert (result.reason, status_for(result)) == ("pending_limit", "blocked")
    else:
        assert result == before


def cases() -> st.SearchStrategy[Case]:
    values = st.none() | st.integers(0, 3000).map(Decimal)
    return st.builds(
        Case,
        action_type=st.sampled_from(ACTIONS),
        stages=st.frozensets(st.sampled_from(list(STAGES)), max_size=1).map(lambda some: frozenset(map(str, some))),
        clone_id=st.sampled_from([None, "c1", "c2"]),
        account_id=st.sampled_from(["a1", "a2"]),
        recipients=st.lists(
            st.sampled_from(["hank@globex.example", "x@a.b.com", "eve@b.com"]), unique=True, max_size=3
        ).map(tuple),
        value=values,
    )


def rules() -> st.SearchStrategy[StandingRule]:
    values = st.none() | st.integers(0, 3000).map(Decimal)
    return st.builds(
        StandingRule,
        id=st.just("r"),
        kind=st.sampled_from(RuleKind.values),
        action_type=st.sampled_from(["", *ACTIONS]),
        stage=st.sampled_from(["", *map(str, STAGES)]),
        clone_id=st.sampled_from([None, "c1", "c2"]),
        account_id=st.sampled_from([None, "a1", "a2"]),
        recipient=st.sampled_from(["", "hank@globex.example", "@b.com", "@a.b.com"]),
        value_from=values,
        value_below=values,
        limit=st.integers(1, 4),
    )


known = st.fixed_dictionaries(
    {},
    optional={
        "suppressed": st.booleans(),
        "paused": st.booleans(),
        "target_moved": st.booleans(),
        "tightened_by_edit": st.booleans(),
        "commitments": st.sampled_from([(), ("discount",)]),
        "unknown_recipients": st.sampled_from([(), ("eve@x.example",)]),
    },
)


@settings(deadline=None, max_examples=400)
@given(st.lists(rules(), max_size=6), rules(), cases(), st.integers(0, 5), known)
def test_one_more_rule_never_loosens_whatever_stands_already(
    standing: list[StandingRule], added: StandingRule, case: Case, used: int, more: dict[str, Any]
) -> None:
    before = verdict(standing, case, used=used, **more)
    assert_never_looser(before, verdict([*standing, added], case, used=used, **more))
    assert verdict(standing, case, used=used, **more) == before


@settings(deadline=None, max_examples=400)
@given(rules(), cases(), st.sampled_from(list(STAGES)))
def test_a_claim_only_widens_what_tightens_and_only_narrows_what_loosens(
    one: StandingRule, case: Case, claimed: str
) -> None:
    claiming = Case(
        action_type=case.action_type,
        stages=case.stages | {str(claimed)},
        clone_id=case.clone_id,
        account_id=case.account_id,
        recipients=case.recipients,
        value=case.value,
    )
    if one.kind == REPS_DECIDE and case.stages:
        assert takes_in(one, claiming) <= takes_in(one, case)
    elif one.kind != REPS_DECIDE:
        assert takes_in(one, claiming) >= takes_in(one, case)
