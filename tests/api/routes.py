"""Every route of the API with every method it has: who may call it, with what, and who does not even see it.

A test walks the URL conf: a route or a method that has no row here fails it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver

from crm.models import Interaction
from crm.tenancy import tenant_scope
from engine.asides import ask
from engine.models import Action
from goals.models import Goal
from goals.tracker import GoalTracker
from insights.models import Insight
from tests.api.callers import V1, follow_up
from tests.cast import Company

METHODS = ("get", "post", "put", "patch", "delete")
KEYS = frozenset({"agent", "proposer", "reader", "reporter", "ingester"})
PEOPLE = frozenset({"manager", "rep", "auditor", "operator"})
EVERYBODY = KEYS | PEOPLE
READERS = frozenset({"agent", "reader"}) | PEOPLE
PROPOSERS = frozenset({"agent", "proposer"})
INGESTERS = frozenset({"ingester", "manager", "operator"})
DECIDERS = frozenset({"manager"})


@dataclass
class World:
    """A company with something behind every address."""

    company: Company
    action: Action
    interaction: Interaction
    goal: Goal
    insight: Insight

    @property
    def secrets(self) -> list[str]:
        """What must never reach another tenant."""
        own = (self.action, self.company.account, self.company.contact, self.company.deal, self.interaction, self.goal)
        return [str(row.pk) for row in own] + [self.company.clone.name]


def world(company: Company) -> World:
    with tenant_scope(company.tenant):
        interaction = Interaction.objects.create(
            tenant=company.tenant,
            account=company.account,
            external_id="I-1",
            channel="email",
            occurred_at="2026-01-01T00:00:00Z",
            text="A first mail.",
        )
        insight = Insight.objects.create(
            tenant=company.tenant,
            account=company.account,
            signal="silence",
            pattern_type="risk_indicator",
            severity="medium",
            confidence=0.8,
            reason="Nothing from them for 20 days.",
            seen_at="2026-01-02T00:00:00Z",
        )
    goal = GoalTracker().create_goal(
        tenant=company.tenant,
        goal_type="revenue",
        target_value=1_000,
        period_start=date(2026, 1, 1),
        period_end=date(2026, 12, 31),
    )
    action = ask(action=company.propose_proposal(), actor=company.actor(), text="Why now?")
    return World(company, action, interaction, goal, insight)


@dataclass(frozen=True)
class Row:
    """One method of one route. `path` and `body` make a call that succeeds with `status` for those who `may`;
    `unseen_by` get a 404, all others a 403."""

    path: Callable[[World], str]
    may: frozenset[str]
    status: int = 200
    body: Callable[[World], Any] = lambda world: None
    unseen_by: frozenset[str] = frozenset()
    of_an_object: bool = False

    def elsewhere(self, world: World) -> str:
        """The same address with an id that nobody has."""
        return self.path(world).replace(self._id(world), str(uuid4()))

    def _id(self, world: World) -> str:
        return next(part for part in self.path(world).split("/") if len(part) == 36)


def _at(path: str) -> Callable[[World], str]:
    return lambda world: path


def _of(kind: str, name: str) -> Callable[[World], str]:
    return lambda world: f"{kind}/{getattr(world.company, name).pk}/"


def _of_action(verb: str = "") -> Callable[[World], str]:
    return lambda world: f"actions/{world.action.pk}/{verb}"


def _of_goal(part: str = "") -> Callable[[World], str]:
    return lambda world: f"goals/{world.goal.pk}/{part}"


def _of_insight(part: str = "") -> Callable[[World], str]:
    return lambda world: f"insights/{world.insight.pk}/{part}"


def _item(**fields: Any) -> Callable[[World], Any]:
    return lambda world: {"items": [{"external_id": "new-1", **fields}]}


# An ingest key has no clone, hence sees no clone's action. Deciding looks among all of the tenant's: a key gets a 403.
ROWS: dict[tuple[str, str], Row] = {
    ("accounts", "get"): Row(_at("accounts/"), READERS),
    ("account", "get"): Row(_of("accounts", "account"), READERS, of_an_object=True),
    ("accounts-bulk", "post"): Row(_at("accounts/bulk/"), INGESTERS, body=_item(name="Initech")),
    ("contacts", "get"): Row(_at("contacts/"), READERS),
    ("contact", "get"): Row(_of("contacts", "contact"), READERS, of_an_object=True),
    ("contacts-bulk", "post"): Row(_at("contacts/bulk/"), INGESTERS, body=_item(name="Bill", account="A-1")),
    ("opportunities", "get"): Row(_at("opportunities/"), READERS),
    ("opportunity", "get"): Row(_of("opportunities", "deal"), READERS, of_an_object=True),
    ("opportunities-bulk", "post"): Row(
        _at("opportunities/bulk/"), INGESTERS, body=_item(name="A deal", account="A-1", stage="discovery")
    ),
    ("interactions", "get"): Row(_at("interactions/"), READERS),
    ("interaction", "get"): Row(lambda world: f"interactions/{world.interaction.pk}/", READERS, of_an_object=True),
    ("interactions-bulk", "post"): Row(
        _at("interactions/bulk/"),
        INGESTERS,
        body=_item(
            account="A-1", channel="call", direction="in", status="completed", occurred_at="2026-02-01T10:00:00Z"
        ),
    ),
    ("action-types", "get"): Row(_at("guardrails/actions/"), EVERYBODY),
    ("action-type", "get"): Row(_at("guardrails/actions/send_proposal/"), EVERYBODY),
    ("metrics", "get"): Row(_at("metrics/"), READERS),
    ("goals", "get"): Row(_at("goals/"), READERS),
    ("goals", "post"): Row(
        _at("goals/"),
        frozenset({"manager"}),
        201,
        body=lambda world: {
            "goal_type": "revenue",
            "target_value": "1000.00",
            "period_start": "2026-01-01",
            "period_end": "2026-12-31",
        },
    ),
    ("goal", "get"): Row(_of_goal(), READERS, of_an_object=True),
    ("goal", "patch"): Row(
        _of_goal(), frozenset({"manager"}), body=lambda world: {"target_value": 5}, of_an_object=True
    ),
    ("goal", "delete"): Row(_of_goal(), frozenset({"manager"}), 204, of_an_object=True),
    ("goal-status", "get"): Row(_of_goal("status/"), READERS, of_an_object=True),
    ("goal-readings", "get"): Row(_of_goal("readings/"), READERS, of_an_object=True),
    ("goal-suggestions", "get"): Row(_of_goal("suggestions/"), READERS, of_an_object=True),
    ("insights", "get"): Row(_at("insights/"), READERS),
    ("insight", "get"): Row(_of_insight(), READERS, of_an_object=True),
    ("judge-insight", "post"): Row(
        _of_insight("feedback/"),
        frozenset({"manager"}),
        body=lambda world: {"feedback": "useful"},
        of_an_object=True,
    ),
    ("actions", "get"): Row(_at("actions/"), READERS),
    ("actions", "post"): Row(_at("actions/"), PROPOSERS, 201, body=lambda world: follow_up()),
    ("check-action", "post"): Row(_at("actions/check/"), PROPOSERS, body=lambda world: follow_up()),
    ("action", "get"): Row(_of_action(), READERS, unseen_by=frozenset({"ingester"}), of_an_object=True),
    ("withdraw-action", "post"): Row(
        _of_action("withdraw/"), PROPOSERS, unseen_by=frozenset({"ingester"}), of_an_object=True
    ),
    ("reply", "post"): Row(
        _of_action("reply/"),
        PROPOSERS,
        body=lambda world: {"text": "They asked for it."},
        unseen_by=frozenset({"ingester"}),
        of_an_object=True,
    ),
    ("approve-action", "post"): Row(
        _of_action("approve/"),
        DECIDERS,
        body=lambda world: {"content_hash": world.action.content_hash},
        of_an_object=True,
    ),
    ("reject-action", "post"): Row(
        _of_action("reject/"), DECIDERS, body=lambda world: {"reason": "No."}, of_an_object=True
    ),
    ("approvals", "get"): Row(_at("approvals/"), PEOPLE),
    ("account-view", "get"): Row(
        lambda world: f"accounts/{world.company.account.pk}/view/", READERS, of_an_object=True
    ),
    ("digests", "get"): Row(_at("digests/"), PEOPLE),
}


def routes() -> Iterator[tuple[str, str]]:
    """Name and method of everything the URL conf answers below /api/v1/, but for what says that nothing is there."""
    for pattern, prefix in _patterns(get_resolver(), ""):
        view = getattr(pattern.callback, "cls", None)
        if prefix.startswith(V1.lstrip("/")) and view is not None and pattern.name:
            yield from ((pattern.name, method) for method in METHODS if hasattr(view, method))


def unnamed_routes() -> list[Any]:
    """The views below /api/v1/ that have no name, hence no row."""
    found = _patterns(get_resolver(), "")
    return [pattern.callback for pattern, prefix in found if prefix.startswith(V1.lstrip("/")) and not pattern.name]


def _patterns(resolver: Any, prefix: str) -> Iterator[tuple[URLPattern, str]]:
    for entry in resolver.url_patterns:
        place = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, place)
        else:
            yield entry, place
