"""The OpenAPI description: complete, exact, and its pages work without the internet."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from jsonschema import Draft202012Validator

from autonomy_project import schema
from autonomy_project.problem_kinds import KINDS
from crm.stages import Stage
from tests.api.callers import Caller, caller, follow_up
from tests.api.routes import METHODS, ROWS, Row, World, world
from tests.api.test_every_route import call, somebody
from tests.cast import Company


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return json.loads(schema.description()[0])


@pytest.fixture
def here(acme: Company) -> World:
    return world(acme)


def test_generating_it_gives_no_warning_and_no_error() -> None:
    schema.description.cache_clear()
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        schema.description()
    assert list(GENERATOR_STATS._warn_cache) == []
    assert list(GENERATOR_STATS._error_cache) == []


def test_it_is_open_api_3_1_and_open_to_everybody(client: Client) -> None:
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert response.json()["openapi"].startswith("3.1")
    assert client.get("/api/schema/", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.post("/api/schema/").status_code == 405


def test_every_route_and_method_is_described(description: dict[str, Any], here: World) -> None:
    described = {(method, path) for path, operations in description["paths"].items() for method in operations}
    for (name, method), row in ROWS.items():
        assert any(m == method and fits(path, row.path(here)) for m, path in described), (name, method)
    assert len(described) == len(ROWS)


def fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), f"/api/v1/{path}") is not None


def operation(description: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    exact = [template for template in description["paths"] if template == f"/api/v1/{path}"]
    [template] = exact or [template for template in description["paths"] if fits(template, path)]
    found: dict[str, Any] = description["paths"][template][method]
    return found


def shape_of(description: dict[str, Any], answer: dict[str, Any], response: Any) -> Draft202012Validator:
    """What a described answer must look like; its references point into the description."""
    if "$ref" in answer:
        answer = description["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    content = answer["content"][response["Content-Type"].split(";")[0]]
    return Draft202012Validator(content["schema"] | {"components": description["components"]}, format_checker=None)


def check(description: dict[str, Any], path: str, method: str, response: Any) -> None:
    answers = operation(description, path, method)["responses"]
    assert str(response.status_code) in answers, f"{method} {path} answers {response.status_code} undescribed"
    if response.status_code == 204:
        assert response.content == b""
        return
    shape_of(description, answers[str(response.status_code)], response).validate(response.json())


@pytest.mark.parametrize(("name", "method"), sorted(ROWS))
def test_real_answers_fit_their_description(
    acme: Company, here: World, description: dict[str, Any], name: str, method: str
) -> None:
    row: Row = ROWS[name, method]
    path = row.path(here)
    for kind in ("agent", "manager", "ingester", "reader"):
        check(description, path, method, call(somebody(acme, kind), row, method, here))
    check(description, path, method, call(caller(None), row, method, here))
    check(description, path, method, call(somebody(acme, sorted(row.may)[0]), row, method, here, path))


def test_actions_of_every_kind_fit_their_description(
    acme: Company, description: dict[str, Any], agent: Caller, manager: Caller
) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    for body in (
        follow_up(opportunity="O-1", contact="C-1"),
        follow_up(action_type="commit_pricing"),
        follow_up(action_type="made_up", payload={}),
        follow_up("nobody's"),
        follow_up(payload={}),
    ):
        check(description, "actions/", "post", agent.post("actions/", body))
        check(description, "actions/check/", "post", agent.post("actions/check/", body))
    action = acme.propose_proposal()
    path = f"actions/{action.pk}/approve/"
    check(description, path, "post", manager.post(path, {"content_hash": "x"}))
    check(description, "actions/", "get", manager.get("actions/"))


def test_the_body_of_a_call_is_described_as_strictly_as_it_is_read(description: dict[str, Any]) -> None:
    body = operation(description, "actions/", "post")["requestBody"]
    told = body["content"]["application/json"]["schema"]
    assert body["required"] is True
    assert told["additionalProperties"] is False
    assert told["required"] == ["action_type", "account", "payload", "rationale"]


def test_every_post_takes_an_idempotency_key_and_nothing_else_does(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for method, told in operations.items():
            named = {parameter["name"] for parameter in told.get("parameters", [])}
            assert ("Idempotency-Key" in named) == (method == "post"), (method, path)


def test_every_call_needs_a_bearer_and_describes_its_refusals(description: dict[str, Any]) -> None:
    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, operations in description["paths"].items():
        for method, told in operations.items():
            assert method in METHODS
            assert told["security"] == [{"bearer": []}], (method, path)
            assert {"400", "401", "403", "503"} <= told["responses"].keys()
            assert ("404" in told["responses"]) == ("{" in path)


def test_every_kind_of_problem_is_listed(description: dict[str, Any]) -> None:
    listed = description["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert listed == [kind.type for kind in KINDS.values()]


def test_the_pages_load_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert links
    for link in links:
        assert link.startswith("/"), link
        assert client.get(link).status_code == 200, link


def test_the_pages_run_no_script_of_their_own_inline(client: Client) -> None:
    page = client.get("/api/docs/")
    assert "'unsafe-inline'" not in page["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert not re.findall(r"<script(?![^>]*src=)[^>]*>\s*\S", page.content.decode())
