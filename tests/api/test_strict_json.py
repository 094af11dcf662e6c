"""What is JSON to us, and where a fault is said to be."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from autonomy_project.strict_json import LARGEST_INTEGER, MalformedJson, parse
from tests.api.callers import Caller, follow_up, pointers, problem
from tests.vectors import DATA, vector_files

# Grammatical JSON that we refuse, because readers disagree on it or our storage cannot hold it.
REFUSED_ON_PURPOSE = {
    "y_object_duplicated_key.json": "duplicate_name",
    "y_object_duplicated_key_and_value.json": "duplicate_name",
    "y_object_escaped_null_in_key.json": "character",
    "y_string_null_escape.json": "character",
}


def fault(raw: bytes, **limits: int) -> dict[str, str]:
    """The one fault for which `raw` is refused."""
    with pytest.raises(MalformedJson) as refusal:
        parse(raw, **limits)
    [error] = refusal.value.errors
    return error


@pytest.mark.parametrize("path", vector_files("json-test-suite/test_parsing"))
def test_the_public_suite_is_judged_as_it_says(path: Path) -> None:
    raw = path.read_bytes()
    if path.name in REFUSED_ON_PURPOSE:
        assert fault(raw)["code"] == REFUSED_ON_PURPOSE[path.name]
    elif path.name.startswith("y_"):
        assert parse(raw) == json.loads(raw)
    elif path.name.startswith("n_"):
        fault(raw)
    else:
        accepted_or_refused(raw)


@pytest.mark.parametrize("path", vector_files("json-test-suite/test_transform"))
def test_the_public_transform_files_are_read_or_refused(path: Path) -> None:
    accepted_or_refused(path.read_bytes())


def accepted_or_refused(raw: bytes) -> None:
    """What is accepted reads as the standard library reads it; nothing else than MalformedJson is raised."""
    with suppress(MalformedJson):
        assert parse(raw) == json.loads(raw)


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        (b'{"a": {"b": 1, "b": 2}}', "/a/b", "duplicate_name"),
        (b'[{"x": 1}, {"y": 1, "y": 1}]', "/1/y", "duplicate_name"),
        (rb'{"a": 1, "\u0061": 2}', "/a", "duplicate_name"),
        (b'{"payload": {"n": NaN}}', "/payload/n", "not_json"),
        (b"[0, -Infinity]", "/1", "not_json"),
        (b'{"n": 1e999}', "/n", "number"),
        (b'{"n": -1e999}', "/n", "number"),
        (b'{"n": 9007199254740992}', "/n", "number"),
        (b'{"n": -9007199254740992}', "/n", "number"),
        (b"[" + b"9" * 5000 + b"]", "/0", "number"),
        (rb'{"a/b~c": "\u0000"}', "/a~1b~0c", "character"),
        (rb'{"a": ["\ud800"]}', "/a/0", "character"),
        (rb'{"a": "\udc00x"}', "/a", "character"),
        (rb'{"\ud800": 1}', "/?", "character"),
        (b"\xef\xbb\xbf{}", "", "byte_order_mark"),
        ("{}".encode("utf-16"), "", "byte_order_mark"),
        ("{}".encode("utf-16-be"), "", "not_json"),
        (b'{"a": "\xff"}', "", "not_utf_8"),
        (b'{"a": "\xed\xa0\x80"}', "", "not_utf_8"),
        (b"", "", "not_json"),
        (b"  \n", "", "not_json"),
        (b"{} {}", "", "not_json"),
        (b"{}x", "", "not_json"),
        (b'{"a": 1,}', "", "not_json"),
        (b"{'a': 1}", "", "not_json"),
        (b'{"a": "line\nbreak"}', "", "not_json"),
    ],
)
def test_a_fault_is_pointed_at(raw: bytes, pointer: str, code: str) -> None:
    found = fault(raw)
    assert (found["pointer"], found["code"]) == (pointer, code)


def test_the_largest_numbers_are_kept_exactly() -> None:
    assert parse(f"[{LARGEST_INTEGER}, -{LARGEST_INTEGER}, 0.1, 1e300]".encode()) == [
        LARGEST_INTEGER,
        -LARGEST_INTEGER,
        0.1,
        1e300,
    ]


def test_thirty_two_levels_are_read_and_one_more_is_refused() -> None:
    assert parse(b"[" * 32 + b"]" * 32)
    assert fault(b"[" * 33 + b"]" * 33) == {
        "pointer": "/0" * 32,
        "code": "too_deep",
        "detail": "At most 32 levels of lists and objects are allowed.",
    }


def test_a_hundred_thousand_levels_are_refused_like_thirty_three() -> None:
    assert fault(b"[" * 100_000)["code"] == "too_deep"
    assert fault(b'{"a":' * 40_000)["code"] == "too_deep"


def test_values_are_counted_up_to_the_limit() -> None:
    assert len(parse(b"[" + b"1," * 1998 + b"1]")) == 1999  # and the list itself
    assert fault(b"[" + b"1," * 1999 + b"1]") == {
        "pointer": "/1999",
        "code": "too_many_values",
        "detail": "At most 2000 values are allowed in one body.",
    }
    assert fault(b"[1, 2]", most_nodes=2)["pointer"] == "/1"


def test_pairs_of_surrogates_are_one_character() -> None:
    assert parse(rb'["\ud83d\ude00"]') == ["\U0001f600"]


@pytest.mark.skipif(not DATA.is_dir(), reason="no test data beside the repository")
def test_no_file_of_the_public_suite_breaks_a_call(agent: Caller) -> None:
    around = b'{"action_type": "log_interaction", "account": "A-1", "rationale": "", "payload": %s}'
    for parameter in vector_files("json-test-suite/test_parsing"):
        body = around.replace(b"%s", parameter.values[0].read_bytes())
        assert agent.send("POST", "actions/", body).status_code == 400, parameter.id


def test_a_fault_in_a_body_is_a_problem_with_its_pointer(agent: Caller) -> None:
    raw = json.dumps(follow_up()).encode().replace(b'"subject"', b'"body": "Pay now.", "subject"')
    body = problem(agent.send("POST", "actions/", raw), 400)
    assert body["type"] == "/api/docs/problems/#malformed_json"
    assert pointers(body) == ["/payload/body"]


def test_a_body_over_the_limit_is_refused_by_its_length_alone(agent: Caller) -> None:
    body = problem(agent.send("POST", "actions/", b" " * (256 * 1024 + 1)), 413)
    assert "262144" in body["detail"]
    assert problem(agent.send("POST", "actions/", b" " * (256 * 1024)), 400)["errors"][0]["code"] == "not_json"


def test_a_body_in_chunks_needs_a_length(agent: Caller) -> None:
    problem(agent.send("POST", "actions/", b"", Transfer_Encoding="chunked"), 411)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_read(agent: Caller, kind: str) -> None:
    body = problem(agent.send("POST", "actions/", b'{"a": 1}', content_type=kind), 415)
    assert body["type"].endswith("#unsupported_media_type")


def test_a_media_type_with_parameters_is_still_json(agent: Caller) -> None:
    raw = json.dumps(follow_up()).encode()
    assert agent.send("POST", "actions/", raw, content_type="application/json; charset=utf-8").status_code == 201


@pytest.mark.parametrize("accepts", ["text/html", "application/xml", "*/*", "nonsense", "application/json; indent=4"])
def test_the_answer_is_json_whatever_is_accepted(agent: Caller, accepts: str) -> None:
    response = agent.get("guardrails/actions/", Accept=accepts)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert b"\n" not in response.content
