"""Canonical JSON: the published vectors of RFC 8785, and a clear refusal of what it cannot hold."""

import hashlib
import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from record.canonical import CanonicalError, canonical, digest

BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "data"
VECTORS = Path(os.environ.get("AUTONOMY_DATA", BESIDE_THE_REPOSITORY)) / "vectors" / "jcs"
NAMES = sorted(path.name for path in (VECTORS / "input").glob("*.json"))

SAFE = 2**53 - 1
numbers = st.one_of(st.integers(-SAFE, SAFE), st.floats(allow_nan=False, allow_infinity=False))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=20,
)


@pytest.mark.skipif(not NAMES, reason="the published vectors are not on this machine (AUTONOMY_DATA)")
def test_the_published_vectors_come_out_to_the_byte():
    for name in NAMES:
        value = json.loads((VECTORS / "input" / name).read_bytes())
        assert canonical(value) == (VECTORS / "output" / name).read_bytes().rstrip(b"\n"), name


@pytest.mark.skipif(not NAMES, reason="the published vectors are not on this machine (AUTONOMY_DATA)")
def test_the_published_vectors_come_out_to_the_byte_in_hexadecimal_too():
    for name in NAMES:
        value = json.loads((VECTORS / "input" / name).read_bytes())
        expected = (VECTORS / "outhex" / name).with_suffix(".txt").read_text()
        assert canonical(value) == bytes.fromhex(expected), name


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None]}, b'{"a":[true,null],"b":1}'),
        ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'.encode()),
        (1.0, b"1"),
        (-0.0, b"0"),
        (1e21, b"1e+21"),
        (1e-7, b"1e-7"),
        (0.000001, b"0.000001"),
        (333333333.33333329, b"333333333.3333333"),
        (SAFE, b"9007199254740991"),
        ('\u20ac$\u000f\nA\'B"\\"/', b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\"/"'),
        ((1, 2), b"[1,2]"),
        ("", b'""'),
        ({}, b"{}"),
    ],
    ids=repr,
)
def test_a_value_has_one_spelling(value, written):
    assert canonical(value) == written


def itself():
    circle = []
    circle.append(circle)
    return circle


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (2**53, "safe integer"),
        (-(2**53), "safe integer"),
        ("\ud800", "non-UTF-8"),
        ({"\udfff": 1}, "surrogate"),
        ({1: 1}, "keys must be strings"),
        ({"when": date(2026, 1, 1)}, "unsupported type"),
        ({"raw": b"bytes"}, "unsupported type"),
        ({1, 2}, "unsupported type"),
        (itself(), "contains itself"),
    ],
    ids=ascii,
)
def test_what_cannot_be_written_is_refused_with_the_reason(value, why):
    with pytest.raises(CanonicalError, match=why):
        canonical(value)


def test_the_digest_is_the_sha_256_of_the_canonical_bytes():
    assert digest({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()


@settings(deadline=None)
@given(values)
def test_reading_a_canonical_text_and_writing_it_again_changes_nothing(value):
    written = canonical(value)
    assert canonical(json.loads(written, parse_int=float)) == written  # to JCS every number is a double


@settings(deadline=None)
@given(st.dictionaries(texts, values, max_size=6))
def test_the_order_of_the_fields_does_not_matter(value):
    assert digest(dict(reversed(value.items()))) == digest(value)


@settings(deadline=None)
@given(st.one_of(values, st.integers(), st.floats(), st.text(), st.binary()))
def test_a_value_is_written_or_refused_and_nothing_else(value):
    try:
        answer = canonical(value).decode()
    except CanonicalError as refusal:
        answer = str(refusal)
    assert answer
