"""The Big List of Naughty Strings in every text, path and parameter: never an error of ours, and back unchanged."""

from urllib.parse import quote
from zlib import crc32

import pytest

from tests.api.callers import Caller, follow_up
from tests.api.routes import ROWS, World, world
from tests.cast import Company
from tests.vectors import naughty_strings


@pytest.fixture
def here(acme: Company) -> World:
    return world(acme)


@pytest.fixture(params=[30, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])
def naughty(request: pytest.FixtureRequest) -> list[str]:
    """Every 30th string, counted from another one in each test, so that together they see all; in the long run all."""
    every = request.param
    return naughty_strings()[crc32(request.node.nodeid.encode()) % every :: every]


TEXTS = ["action_type", "account", "rationale", "opportunity", "contact", "deal_stage", "runner", "payload"]


@pytest.mark.parametrize("field", TEXTS)
def test_in_a_field_of_a_proposal_each_is_taken_or_a_400(agent: Caller, naughty: list[str], field: str) -> None:
    answers = {text: agent.post("actions/check/", follow_up() | {field: text}).status_code for text in naughty}
    assert set(answers.values()) <= {200, 400}, {text: status for text, status in answers.items() if status >= 500}


def test_in_the_texts_that_are_kept_each_comes_back_unchanged(agent: Caller, naughty: list[str]) -> None:
    for text in naughty:
        payload = {"anything": text, text[:60]: [text]}
        sent = follow_up(action_type="something_else", payload=payload, rationale=text)
        response = agent.post("actions/", sent)
        if "\0" in text:
            assert response.status_code == 400
            continue
        assert response.status_code == 201, (text, response.content)
        shown = agent.get(f"actions/{response.json()['id']}/").json()
        assert (shown["payload"], shown["rationale"]) == (payload, text)


@pytest.mark.parametrize("part", ["to", "subject", "body", "cc"])
def test_in_a_mail_each_is_taken_or_a_400(agent: Caller, naughty: list[str], part: str) -> None:
    for text in naughty:
        payload = follow_up()["payload"] | {part: [text] if part in ("to", "cc") else text}
        assert agent.post("actions/check/", follow_up(payload=payload)).status_code in (200, 400), text


def test_in_a_decision_each_is_taken_or_refused(here: World, manager: Caller, naughty: list[str]) -> None:
    path = f"actions/{here.action.pk}/"
    for text in naughty:
        assert manager.post(path + "approve/", {"content_hash": text}).status_code in (400, 409), text
        answer = manager.post(path + "approve/", {"content_hash": "not it", "comment": text})
        assert answer.status_code in (400, 409), text


def test_as_a_reason_each_is_kept_or_a_400(acme: Company, manager: Caller, naughty: list[str]) -> None:
    for text in naughty:
        action = acme.propose_proposal()
        answer = manager.post(f"actions/{action.pk}/reject/", {"reason": text})
        assert answer.status_code in (200, 400), text
        if answer.status_code == 200:
            assert answer.json()["decision_comment"] == text


@pytest.mark.parametrize("name", sorted({name for (name, method), row in ROWS.items() if row.of_an_object}))
def test_in_the_place_of_an_id_each_is_nothing(here: World, manager: Caller, naughty: list[str], name: str) -> None:
    method, row = next((method, row) for (other, method), row in ROWS.items() if other == name)
    before, after = split_at_id(row.path(here))
    for text in naughty:
        path = before + quote(text, safe="") + after
        answer = manager.send(method.upper(), path, b"{}")
        assert answer.status_code in (404, 405), (text, answer.status_code)


def split_at_id(path: str) -> tuple[str, str]:
    kind, _, rest = path.partition("/")
    return f"{kind}/", rest[36:]


def test_as_an_action_type_in_the_path_each_is_classified_or_refused(agent: Caller, naughty: list[str]) -> None:
    for text in naughty:
        answer = agent.get(f"guardrails/actions/{quote(text, safe='')}/")
        assert answer.status_code in (200, 400, 404), text


PARAMETERS: list[tuple[str, str]] = [
    *(("actions/", name) for name in ("status", "action_type", "account", "clone", "since", "cursor", "page_size")),
    *(("approvals/", name) for name in ("cursor", "page_size", "anything")),
    *(("accounts/", name) for name in ("name", "external_id", "industry", "cursor")),
    *(("contacts/", name) for name in ("account", "external_id")),
    *(("opportunities/", name) for name in ("account", "clone", "stage", "external_id")),
    *(("interactions/", name) for name in ("account", "channel", "since", "external_id", "cursor")),
    *(("metrics/", name) for name in ("clone", "period_start", "period_end")),
]


@pytest.mark.parametrize(("path", "name"), PARAMETERS, ids=lambda value: str(value).strip("/"))
def test_in_a_parameter_each_is_taken_or_a_400(
    here: World, manager: Caller, naughty: list[str], path: str, name: str
) -> None:
    for text in naughty:
        assert manager.get(path, {name: text}).status_code in (200, 400), text


def test_as_the_name_of_a_parameter_or_a_field_each_is_a_400(agent: Caller, naughty: list[str]) -> None:
    for text in naughty:
        assert agent.get("actions/", {text: "x"}).status_code == 400, text
        assert agent.post("actions/check/", follow_up() | {text: "x"}).status_code == 400, text


def test_in_wait_and_version_each_is_a_400(acme: Company, agent: Caller, naughty: list[str]) -> None:
    blocked = acme.propose("commit_pricing", {})  # final: nobody waits for it
    for text in naughty:
        for name in ("wait", "version"):
            status = agent.get(f"actions/{blocked.pk}/", {name: text}).status_code
            assert status == 400 or (text.isascii() and text.isdigit()), (name, text)
