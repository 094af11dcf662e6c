"""Every route with every kind of caller: who gets in, who is refused and how, and that nobody sees another tenant's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from autonomy_project.no_such_path import NoSuchPath
from crm.keys import issue_agent_key, revoke
from crm.models import Membership
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from tests.api.callers import Caller, caller, problem
from tests.api.routes import EVERYBODY, KEYS, METHODS, ROWS, Row, World, routes, unnamed_routes, world
from tests.cast import Company

EVERY_ROW = [pytest.param(row, method, id=f"{method} {name}") for (name, method), row in ROWS.items()]
EVERY_OBJECT = [parameter for parameter in EVERY_ROW if parameter.values[0].of_an_object]
SCOPES = {
    "agent": ["propose", "read", "result"],
    "proposer": ["propose"],
    "reader": ["read"],
    "reporter": ["result"],
    "ingester": ["ingest"],
}


@pytest.fixture
def here(acme: Company) -> World:
    return world(acme)


def somebody(company: Company, kind: str) -> Caller:
    """A caller of one of the kinds in the table."""
    if kind not in KEYS:
        return caller(company.token_of(getattr(company, kind)))
    clone = None if kind == "ingester" else company.clone
    return caller(issue_agent_key(tenant=company.tenant, clone=clone, scopes=SCOPES[kind], actor=SYSTEM)[1])


def call(who: Caller, row: Row, method: str, here: World, path: str | None = None) -> Any:
    if method == "get":
        return who.get(path or row.path(here))
    return getattr(who, method)(path or row.path(here), row.body(here))


def test_every_route_and_method_has_a_row() -> None:
    assert set(routes()) == ROWS.keys()
    assert {view.cls for view in unnamed_routes()} == {NoSuchPath}


@pytest.mark.parametrize(("row", "method"), EVERY_ROW)
def test_each_caller_gets_in_or_is_refused_as_the_table_says(here: World, row: Row, method: str) -> None:
    for kind in sorted(EVERYBODY):
        with undone():
            response = call(somebody(here.company, kind), row, method, here)
        if kind in row.may:
            assert response.status_code == row.status, (kind, response.content)
        else:
            problem(response, 404 if kind in row.unseen_by else 403)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block wrote, so that the next caller finds things as they were."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def no_key(company: Company) -> str | None:
    return None


def junk(company: Company) -> str:
    return "junk"


def wrong_secret(company: Company) -> str:
    return company.bearer[:13] + "A" * 43


def secret_of_another_key(company: Company) -> str:
    other = issue_agent_key(tenant=company.tenant, clone=company.clone, scopes=["read"], actor=SYSTEM)[1]
    return company.bearer[:13] + other[13:]


def token_spelled_as_key(company: Company) -> str:
    return company.token_of(company.manager).replace("autp_", "aut_")


def revoked(company: Company) -> str:
    revoke(company.key, actor=SYSTEM)
    return company.bearer


def expired(company: Company) -> str:
    yesterday = timezone.now() - timedelta(days=1)
    key = {"tenant": company.tenant, "clone": company.clone, "scopes": ["propose", "read"], "actor": SYSTEM}
    return issue_agent_key(**key, expires_at=yesterday)[1]


def inactive_person(company: Company) -> str:
    bearer = company.token_of(company.manager)
    User.objects.filter(pk=company.manager.pk).update(is_active=False)
    return bearer


def person_without_membership(company: Company) -> str:
    bearer = company.token_of(company.manager)
    with tenant_scope(company.tenant):
        Membership.objects.filter(person=company.manager).delete()
    return bearer


NOBODIES = [
    no_key,
    junk,
    wrong_secret,
    secret_of_another_key,
    token_spelled_as_key,
    revoked,
    expired,
    inactive_person,
    person_without_membership,
]


@pytest.mark.parametrize("nobody", NOBODIES)
def test_who_has_no_valid_credential_gets_a_401_everywhere(
    here: World, nobody: Callable[[Company], str | None]
) -> None:
    stranger = caller(nobody(here.company))
    told = set()
    for (_, method), row in ROWS.items():
        for tried in METHODS if nobody is no_key else (method, "delete"):  # also methods that are not there
            response = stranger.send(tried.upper(), row.path(here), b"{")
            told.add(problem(response, 401)["detail"])
            assert response["WWW-Authenticate"].startswith("Bearer")
    assert len(told) == 1  # and never says which part was wrong


@pytest.mark.parametrize("given", ["Basic YTpi", "Bearer", "Bearer ", "aut_x", "Token aut_x", "Bearer a b", "\xff"])
def test_another_scheme_or_a_broken_header_is_a_401(here: World, given: str) -> None:
    problem(Caller({"Authorization": given}).get("actions/"), 401)


def test_the_scheme_is_read_in_any_case(acme: Company) -> None:
    assert Caller({"Authorization": f"bEARER {acme.bearer}"}).get("actions/").status_code == 200


def test_a_cookie_of_the_console_opens_nothing(here: World, client: Any) -> None:
    client.force_login(here.company.manager)
    problem(client.get("/api/v1/approvals/"), 401)


@pytest.mark.parametrize(("row", "method"), EVERY_OBJECT)
def test_what_another_tenant_has_and_what_nobody_has_are_the_same_404(
    here: World, rival: Company, row: Row, method: str
) -> None:
    for kind in ("agent", "manager"):
        who = somebody(rival, kind)
        foreign = problem(call(who, row, method, here), 404)
        nobodys = problem(call(who, row, method, here, row.elsewhere(here)), 404)
        assert {name: value for name, value in foreign.items() if name != "instance"} == {
            name: value for name, value in nobodys.items() if name != "instance"
        }


@pytest.mark.parametrize(("row", "method"), EVERY_ROW)
def test_no_answer_to_another_tenant_holds_anything_of_ours(here: World, rival: Company, row: Row, method: str) -> None:
    for kind in sorted(EVERYBODY):
        response = call(somebody(rival, kind), row, method, here)
        content = response.content.decode().replace(row.path(here), "")
        assert not [secret for secret in here.secrets if secret in content]


@pytest.mark.parametrize(("row", "method"), EVERY_ROW)
def test_a_method_that_is_not_there_is_a_405(here: World, row: Row, method: str) -> None:
    there = {other for (_, other), same in ROWS.items() if same.path(here) == row.path(here)}
    for missing in set(METHODS) - there:
        problem(somebody(here.company, "agent").send(missing.upper(), row.path(here), b"{}"), 405)


@pytest.mark.parametrize(("row", "method"), [parameter for parameter in EVERY_ROW if parameter.values[1] == "post"])
def test_every_post_refuses_what_is_no_strict_json_and_unknown_fields(here: World, row: Row, method: str) -> None:
    who = somebody(here.company, sorted(row.may)[0])
    for raw in (b"{", b'{"a": 1, "a": 2}', b'{"tenant": "rival"}', b"[]", b"\xff", b"NaN"):
        problem(who.post(row.path(here), raw), 400)


@pytest.mark.parametrize(("row", "method"), [parameter for parameter in EVERY_ROW if parameter.values[1] == "get"])
def test_no_reading_changes_anything(here: World, row: Row, method: str) -> None:
    who = somebody(here.company, sorted(row.may)[0])
    who.get(row.path(here))  # the first use of a key is noted
    before = rows_written()
    who.get(row.path(here))
    assert rows_written() == before


def rows_written() -> int:
    """How many rows the test's transaction has written so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])
