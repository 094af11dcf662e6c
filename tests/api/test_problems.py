"""Every error is a problem: ours, the database's, Django's own, and what nobody foresaw."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.test import Client, override_settings

from autonomy_project.problem_kinds import KINDS
from autonomy_project.problems import listed_errors
from crm.tenancy import tenant_scope
from engine import api
from engine.models import Action
from tests.api.callers import PROBLEM, Caller, caller, follow_up, problem
from tests.cast import Company


def raising(error: Exception) -> Callable[..., Any]:
    def verb(*args: Any, **kwargs: Any) -> Any:
        raise error

    return verb


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/actions", "/api/v1/actions/not-an-id/", "/api/v1/"])
def test_an_unknown_path_is_a_404_for_who_is_known_and_a_401_for_others(acme: Company, path: str) -> None:
    headers = {"Authorization": f"Bearer {acme.bearer}"}
    for method in ("get", "post", "delete"):
        assert problem(getattr(Client(), method)(path, headers=headers), 404)["instance"] == path
        assert problem(getattr(Client(), method)(path), 401)


def test_a_path_without_its_last_slash_is_told_so(agent: Caller) -> None:
    assert "slash" in problem(agent.post("actions", follow_up()), 404)["detail"]


def test_an_unknown_path_elsewhere_under_api_is_a_404_problem(client: Client) -> None:
    assert problem(client.get("/api/nothing/"), 404)["type"] == "/api/docs/problems/#not_found"


def test_an_unknown_path_of_the_site_stays_a_page(client: Client) -> None:
    response = client.get("/nothing/")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_wrong_host_is_a_400_problem_under_api(client: Client) -> None:
    assert problem(client.get("/api/v1/actions/", headers={"Host": "evil.example"}), 400)
    assert client.get("/nothing/", headers={"Host": "evil.example"})["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_is_a_405_that_names_those_that_are(agent: Caller, method: str) -> None:
    response = agent.send(method, "actions/")
    problem(response, 405)
    assert {"GET", "POST"} <= {name.strip() for name in response["Allow"].split(",")}


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_a_503_with_a_time_to_come_back(
    agent: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(api, "propose", raising(error))
    response = agent.post("actions/", follow_up())
    body = problem(response, 503)
    assert int(response["Retry-After"]) > 0
    assert str(error) not in str(body)


def test_a_database_that_is_away_while_the_key_is_looked_up_is_a_503(
    agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autonomy_project.request_scope.find_caller", raising(OperationalError("gone")))
    assert "Retry-After" in agent.get("actions/").headers
    problem(agent.get("actions/"), 503)


def test_a_value_the_database_refuses_is_a_400_that_does_not_quote_it(
    agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "propose", raising(DataError('invalid byte sequence for encoding "UTF8"')))
    assert "byte sequence" not in str(problem(agent.post("actions/", follow_up()), 400))


@pytest.mark.parametrize("error", [RuntimeError("secret detail"), IntegrityError("secret detail"), KeyError("secret")])
def test_what_nobody_foresaw_is_a_500_that_says_nothing_and_is_logged(
    acme: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    monkeypatch.setattr(api, "propose", raising(error))
    response = caller(acme.bearer, patient=True).post("actions/", follow_up())
    assert "secret" not in str(problem(response, 500))
    assert any(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def test_what_nobody_foresaw_reaches_djangos_signal_too(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "propose", raising(RuntimeError("for the tests to see")))
    with pytest.raises(RuntimeError, match="for the tests to see"):
        caller(acme.bearer).post("actions/", follow_up())


def test_an_error_after_a_change_undoes_the_change(
    acme: Company, agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "as_json", raising(OperationalError("gone in between")))
    problem(agent.post("actions/", follow_up()), 503)
    with tenant_scope(acme.tenant):
        assert not Action.objects.exists()


def test_every_kind_of_problem_is_explained_on_its_page(client: Client) -> None:
    page = client.get("/api/docs/problems/").content.decode()
    for kind in KINDS.values():
        assert f'id="{kind.slug}"' in page
        assert kind.type.endswith(f"#{kind.slug}")


def test_nested_errors_become_a_flat_list_with_pointers() -> None:
    nested = {"items": [{}, {"a/b": ["bad"]}], "non_field_errors": ["all wrong"], "name": ["one", "two"]}
    assert [(fault["pointer"], fault["detail"]) for fault in listed_errors(nested)] == [
        ("/items/1/a~1b", "bad"),
        ("", "all wrong"),
        ("/name", "one"),
        ("/name", "two"),
    ]


def test_an_answer_of_the_api_is_never_kept_by_a_cache(agent: Caller) -> None:
    for response in (agent.get("actions/"), agent.get("nothing/"), agent.post("actions/", follow_up())):
        assert response["Cache-Control"] == "no-store"


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=10)
def test_a_flood_of_parameters_is_a_400(agent: Caller) -> None:
    response = agent.get("actions/", {f"p{number}": "x" for number in range(20)})
    assert response["Content-Type"] == PROBLEM
    assert response.status_code == 400


def test_nul_in_a_query_is_a_400(agent: Caller) -> None:
    assert problem(agent.get("actions/", {"account": "a\0b"}), 400)["errors"][0]["pointer"] == "/account"
    assert problem(agent.get("approvals/", {"a\0b": "x"}), 400)["errors"][0]["pointer"] == "/a?b"
