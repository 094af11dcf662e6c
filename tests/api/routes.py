"""Every route of the API with every method it has: who may call it, with what, and who does not even see it.

A test walks the URL conf: a route or a method that has no row here fails it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver

from crm.models import Interaction
from crm.tenancy import tenant_scope
from engine.models import Action
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

    @property
    def secrets(self) -> list[str]:
        """What must never reach another tenant."""
        own = (self.action, self.company.account, self.company.contact, self.company.deal, self.interaction)
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
    return World(company, company.propose_proposal(), interaction)


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
    ("actions", "get"): Row(_at("actions/"), READERS),
    ("actions", "post"): Row(_at("actions/"), PROPOSERS, 201, body=lambda world: follow_up()),
    ("check-action", "post"): Row(_at("actions/check/"), PROPOSERS, body=lambda world: follow_up()),
    ("action", "get"): Row(_of_action(), READERS, unseen_by=frozenset({"ingester"}), of_an_object=True),
    ("withdraw-action", "post"): Row(
        _of_action("withdraw/"), PROPOSERS, unseen_by=frozenset({"ingester"}), of_an_object=True
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
