"""A regular expression sorted by first letters matches what it matched before."""

import re

import pytest

from insights.by_letter import by_letter

WORDS = (
    *(
        "apple",
        "apples",
        "apply",
        "ape",
        "bat",
        "bats",
        "boat",
        "cat",
        "c|t",
        "dog",
        "do",
        "12",
        "1)",
        "eel",
        "feel",
        "",
    ),
    *("abab", "ab", "steel", "tee", "a(b", "x", "xy", "xyz"),
)


@pytest.mark.parametrize(
    "expression",
    [
        "apple|ape|bat",
        "(?:apple|bat)s?",
        "(?:ap)?ple|ap(?:ple|ply)",
        "(?:a|b(?:at|oat))s?|c[|(]t",
        r"\d+\)?|do?g",
        "(?:ab)+|(?:ab){2}|x?yz?",
        "(?:f|st)?eel|te+",
        r"a\(b|c\|t",
        "(?:(?:a|b)pe|(?:bat))",
    ],
)
def test_what_matches_stays_the_same(expression: str) -> None:
    before, after = re.compile(f"(?:{expression})(?!\\w)"), re.compile(f"(?:{by_letter(expression)})(?!\\w)")
    assert [before.match(word) is None for word in WORDS] == [after.match(word) is None for word in WORDS]


def test_alternatives_stand_together_under_their_first_letter() -> None:
    assert by_letter("apple|bat|ape") == "a(?:pple|pe)|b(?:at)"


def test_what_begins_with_no_plain_letter_stands_last_as_it_was() -> None:
    assert by_letter(r"\d+|[xy]z|a") == r"a(?:)|\d+|[xy]z"


def test_a_long_alternative_is_not_written_out() -> None:
    long = f"(?:a|b){'x' * 500}"
    assert by_letter(f"{long}|c") == f"c(?:)|{long}"
