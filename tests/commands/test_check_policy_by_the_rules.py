"""check_policy, the dry run over HTTP, the console's page and a real proposal: one answer, whatever the rules."""

import random
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from crm.models import Opportunity
from crm.stages import STAGES
from crm.suppressions import suppress
from crm.tenancy import tenant_scope
from guardrails.models import TenantRule
from guardrails.pauses import set_pause
from guardrails.policy import MESSAGE_TYPES, TIERS
from record.actors import SYSTEM
from tests.api.callers import caller
from tests.cast import Company
from tests.commands.conftest import Run
from tests.console.visits import Visit
from tests.engine.ruled import clone, contact, customer, deal, lift, propose_as, rule

ADDRESSES = ("hank@globex.example", "kim@globex.example", "stop@globex.example", "eve@elsewhere.example")
KINDS = ("needs_person", "never", "four_eyes", "reps_decide")


@dataclass
class World:
    """A company with deals of every stage and value, and its rules drawn at random."""

    company: Company
    deals: list[Opportunity]

    def rules(self, dice: random.Random) -> list[TenantRule]:
        return [rule(self.company, dice.choice(KINDS), **self._scope(dice)) for _ in range(dice.randint(1, 3))]

    def _scope(self, dice: random.Random) -> dict[str, Any]:
        given = {
            "action_type": dice.choice(["send_follow_up_email", "send_proposal", "create_briefing"]),
            "stage": dice.choice([str(stage) for stage in STAGES]),
            "clone": self.company.clone,
            "account": self.company.account,
            "value_from": Decimal(dice.choice([100, 1000, 5000])),
            "value_below": Decimal(dice.choice([5001, 20000])),
        }
        return {name: given[name] for name in dice.sample(sorted(given), dice.randint(0, 2))}


@pytest.fixture
def world(acme: Company) -> World:
    with tenant_scope(acme.tenant):
        Opportunity.objects.all().delete()
    contact(acme, "Kim")
    suppress(tenant=acme.tenant, actor=SYSTEM, reason="asked", address="stop@globex.example")
    deals = [
        deal(acme, f"O-{number}", stage=str(stage), amount=amount)
        for number, (stage, amount) in enumerate(zip(STAGES, [50, 100, 999, 5000, 20000, 1, 7000, 30000], strict=True))
    ]
    return World(acme, deals)


def words(action_type: str, one: Opportunity | None, address: str | None) -> list[str]:
    about = ["--stage", one.stage, "--value", str(one.amount)] if one else []
    to = ["--recipient", address] if address else []
    return [action_type, "--tenant", "acme", "--account", "A-1", *about, *to]


@pytest.mark.parametrize("seed", range(12))
def test_a_proposal_meets_what_check_policy_and_the_dry_run_said(world: World, run: Run, seed: int) -> None:
    dice, acme = random.Random(seed), world.company
    agent = caller(acme.bearer)
    for _ in range(4):
        standing = world.rules(dice)
        action_type = dice.choice(["send_follow_up_email", "send_proposal", "create_briefing", "approve_discount"])
        one = dice.choice([*world.deals, None, None])
        address = dice.choice(ADDRESSES) if action_type in MESSAGE_TYPES else None
        payload = acme.email(to=[address]) if address else {"title": "Globex", "body": "Read me."}
        body = {
            "action_type": action_type,
            "account": "A-1",
            "payload": payload,
            "rationale": "They asked.",
            **({"opportunity": one.external_id} if one else {}),
        }
        by_command = run("check_policy", *words(action_type, one, address), "--clone", acme.clone.name)
        over_http = agent.post("actions/check/", body).json()
        stored = agent.post("actions/", body).json()
        assert by_command == over_http == {**stored["decision"], "tier": stored["tier"]}
        for each in standing:
            lift(acme, each)


@pytest.mark.parametrize("seed", range(6))
def test_the_page_to_try_the_rules_says_the_same(world: World, run: Run, seed: int) -> None:
    dice, acme = random.Random(100 + seed), world.company
    manager = Visit(acme.manager)
    world.rules(dice)
    for _ in range(5):
        action_type = dice.choice([*TIERS, "send_flowers"])
        one, address = dice.choice([*world.deals, None]), dice.choice([*ADDRESSES, None])
        by_command = run("check_policy", *words(action_type, one, address))
        query = {"action_type": action_type, "account": "A-1", "recipient": address or ""}
        query |= {"stage": one.stage, "value": str(one.amount)} if one else {}
        response = manager.get(reverse("admin:guardrails_tenantrule_try"), **query)
        assert response.context_data["verdict"].as_dict() == by_command


def test_an_unknown_action_and_every_stage_are_answered_as_proposed(world: World, run: Run) -> None:
    acme = world.company
    rule(acme, "four_eyes", action_type="send_flowers")
    for one in world.deals:
        told = run("check_policy", *words("send_flowers", one, None))
        made = acme.propose("send_flowers", {"to": "Hank"}, opportunity=one.external_id)
        assert (told["rules"], told["tier"]) == (made.rules, made.tier)


def test_a_pause_and_a_clone_are_counted_together(world: World, run: Run) -> None:
    acme, bob = world.company, clone(world.company, "Bob")
    rule(acme, "never", clone=bob)
    set_pause(tenant=acme.tenant, actor=SYSTEM, reason="x", clone=bob)
    about = ("send_follow_up_email", "--tenant", "acme", "--account", "A-1", "--stage", "discovery")
    assert run("check_policy", *about, "--clone", "Bob")["rules"] == ["tenant_stop", "paused"]
    assert run("check_policy", *about, "--clone", acme.clone.name)["allowed"] is True
    assert run("check_policy", *about)["allowed"] is True
    assert propose_as(acme, bob, opportunity="O-1").rules == ["tenant_stop", "paused"]


def test_without_an_account_nothing_is_known_but_what_is_said(acme: Company, run: Run) -> None:
    rule(acme, "never", value_from=1000)
    rule(acme, "never", recipient="@globex.example")
    asked = ("check_policy", "send_follow_up_email", "--tenant", "acme")
    assert run(*asked)["allowed"] is True
    assert run(*asked, "--value", "1000")["reason"] == "tenant_stop"
    assert run(*asked, "--recipient", "HANK@globex.example")["reason"] == "tenant_stop"


def test_an_account_without_deals_has_no_stage(acme: Company, run: Run) -> None:
    customer(acme, "Initech")
    rule(acme, "never", value_from=1)
    assert run("check_policy", "send_follow_up_email", "--tenant", "acme", "--account", "Initech")["allowed"] is True


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--account", "nobody"], "--account"),
        (["--clone", "nobody"], "--clone"),
        (["--value", "plenty"], "--value"),
        (["--value", "-5"], "--value"),
    ],
)
def test_what_does_not_fit_is_named(acme: Company, refused: Any, more: list[str], named: str) -> None:
    code, sentence = refused("check_policy", "send_proposal", "--tenant", "acme", *more)
    assert code == 2
    assert re.match(named, sentence)


@pytest.mark.parametrize("name", ["clone", "account", "value", "recipient"])
def test_what_only_a_tenants_rules_ask_for_needs_the_tenant(refused: Any, db: None, name: str) -> None:
    code, sentence = refused("check_policy", "send_proposal", f"--{name}", "0")
    assert (code, "--tenant" in sentence) == (2, True)


def test_another_tenants_clone_and_account_are_not_found(acme: Company, rival: Company, refused: Any) -> None:
    for name, reference in (("account", rival.account.pk), ("clone", rival.clone.pk)):
        code, _ = refused("check_policy", "send_proposal", "--tenant", "acme", f"--{name}", str(reference))
        assert code == 2
