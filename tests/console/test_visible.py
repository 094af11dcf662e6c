"""What a text hides is shown: unseen characters, turned directions, mixed alphabets, empty lines by the hundred."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.console.visible import hides_something, pieces, spelled_out


def marked(text: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in pieces(text) if piece.kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain words, 12 % off.\n\tAn indented line.",
        "Grüße aus Köln, naïve café, Ελλάδα, Привет, 你好, مرحبا, हिन्दी",
        "A\u00a0non-breaking space",
        "😀 👍🏽 ✔️ 1️⃣ 👨‍👩‍👧 🏳️‍🌈",
        "Windows\r\nline ends",
        "Three\n\n\nempty lines",
    ],
)
def test_what_people_write_every_day_is_left_alone(text: str) -> None:
    assert marked(text) == []
    assert "".join(piece.text for piece in pieces(text)) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x202E, "RIGHT-TO-LEFT OVERRIDE"),
        (0x202A, "LEFT-TO-RIGHT EMBEDDING"),
        (0x2066, "LEFT-TO-RIGHT ISOLATE"),
        (0x2069, "POP DIRECTIONAL ISOLATE"),
        (0x200B, "ZERO WIDTH SPACE"),
        (0x200D, "ZERO WIDTH JOINER"),
        (0x00AD, "SOFT HYPHEN"),
        (0xFEFF, "ZERO WIDTH NO-BREAK SPACE"),
        (0xE0041, "TAG LATIN CAPITAL LETTER A"),
        (0x3164, "HANGUL FILLER"),
        (0x2800, "BRAILLE PATTERN BLANK"),
        (0xFE01, "VARIATION SELECTOR-2"),
        (0xE0100, "VARIATION SELECTOR-17"),
        (0x034F, "COMBINING GRAPHEME JOINER"),
        (0x2028, "LINE SEPARATOR"),
        (0x3000, "IDEOGRAPHIC SPACE"),
        (0x0007, "CONTROL CHARACTER"),
        (0x001B, "CONTROL CHARACTER"),
        (0x000D, "CONTROL CHARACTER"),
    ],
)
def test_what_nobody_sees_is_named_by_its_code(code: int, name: str) -> None:
    (before, hidden, after) = pieces(f"ab{chr(code)}cd")
    assert (before.text, after.text) == ("ab", "cd")
    assert (hidden.kind, hidden.text, hidden.note) == ("unseen", f"U+{code:04X}", name)


@pytest.mark.parametrize("word", ["p\u0430ypal", "G\u03bfogle", "\u0430cc\u043eunt"])
def test_a_word_of_two_alphabets_that_look_alike_is_marked(word: str) -> None:
    assert marked(f"Log in at {word} now") == [("mixed", word)]


def test_on_one_line_of_plain_text_it_stands_in_brackets() -> None:
    assert spelled_out("invoice\u202efdp.exe") == "invoice[U+202E]fdp.exe"
    assert spelled_out("a" + "\n" * 9 + "b") == "a[8 empty lines]b"


def test_words_of_one_alphabet_each_are_not() -> None:
    assert marked("Привет Hank, µ-metal, Ω and Å") == []


def test_empty_lines_by_the_hundred_become_one_mark() -> None:
    found = pieces("Dear Hank," + "\n" * 400 + "PS: we grant 90 % off.")
    assert [piece.text for piece in found] == ["Dear Hank,", "399 empty lines", "PS: we grant 90 % off."]
    assert marked("a\n \t\n\n \n\n\n\n\nb") != []


def test_marks_stacked_on_a_letter_are_counted() -> None:
    assert marked("Z" + "\u0337" * 40 + "algo") == [("unseen", "40 marks")]


def test_data_smuggled_behind_an_emoji_is_marked() -> None:
    assert marked("😀" + "".join(chr(0xFE00 + n) for n in range(5))) != []
    assert marked("a\ufe0f") == [("unseen", "U+FE0F")]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_plain_piece_holds_what_nobody_sees(text: str) -> None:
    for piece in pieces(text):
        if piece.kind in ("", "mixed"):
            assert not {"\u202e", "\u200b", "\u2066", "\u00ad", "\x00", "\x1b"} & set(piece.text)
            assert all(unicodedata.category(letter) != "Co" for letter in piece.text)
    assert hides_something(text) == any(piece.kind for piece in pieces(text))


@given(st.text(alphabet="ab\n \u202e\u0430é", max_size=60))
def test_nothing_that_is_seen_gets_lost(text: str) -> None:
    seen = "".join(piece.text for piece in pieces(text) if piece.kind in ("", "mixed"))
    if "\n" not in text:
        assert seen == text.replace("\u202e", "")
