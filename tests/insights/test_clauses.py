"""An outgoing text is taken apart into what we say ourselves, in plain words."""

import pytest

from insights.clauses import clauses, without_their_words


def words(text: str) -> list[str]:
    return [clause.words.strip() for clause in clauses(text) if clause.words.strip()]


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("We'll hold it, I'd say.", ["we will hold it", "i would say"]),
        ("We can't, won't, don't!", ["we can not will not do not"]),
        ("It\u2019s free.", ["it is free"]),
        ("youll get it tmrw", ["you will get it tomorrow"]),
        ("(10% OFF)", ["10% off"]),
        ("$1,250.50 a year", ["$1,250.50 a year"]),
    ],
)
def test_words_are_written_out_plainly(said: str, plain: list[str]) -> None:
    assert words(said) == plain


def test_what_is_said_with_but_and_so_stands_by_itself() -> None:
    assert words("I can not do 15%, but I'll take 10% off, so we close it") == [
        "i can not do 15%",
        "i will take 10% off",
        "we close it",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "If you sign by Friday, we take 10% off.",
        "We take 10% off if you sign by Friday.",
        "If you sign we'll take 10% off",
    ],
)
def test_a_condition_of_theirs_is_left_out(text: str) -> None:
    assert any("10% off" in said for said in words(text))
    assert not any("friday" in said for said in words(text))


@pytest.mark.parametrize(
    "text",
    [
        "If finance approves, we take 10% off.",
        "Once my boss has signed off we take 10% off",
        "In theory we take 10% off.",
    ],
)
def test_what_hangs_on_somebody_of_ours_is_not_said(text: str) -> None:
    assert words(text) == []


def test_what_hangs_on_somebody_of_theirs_is() -> None:
    assert any("10% off" in said for said in words("Once your manager agrees, you get 10% off."))


def test_a_question_is_no_statement_and_an_offer_with_a_tag_is_one() -> None:
    assert words("Would 10% off help?") == []
    assert words("We take 10% off, ok?") == ["we take 10% off"]


def test_an_item_of_a_list_is_read_with_what_opens_the_list() -> None:
    text = "Here is what we offer:\n\n- 10% off\n- net 60\n\nBest\nAnn"
    assert words(text) == [
        "here is what we offer",
        "here is what we offer - 10% off",
        "here is what we offer - net 60",
        "best",
        "ann",
    ]


def test_a_short_heading_is_read_with_what_follows() -> None:
    assert words("Delivery date: 12 June") == ["delivery date 12 june"]


@pytest.mark.parametrize(
    "theirs",
    [
        "> we take 10% off",
        "On Mon, 4 Mar, Ann wrote:\nwe take 10% off",
        "Am 4.3. schrieb Ann:\nwe take 10% off",
        "-----Original Message-----\nwe take 10% off",
        "---------- Forwarded message ---------\nwe take 10% off",
        "Begin forwarded message:\n\nwe take 10% off",
        "From: Ann\nSent: Monday\n\nwe take 10% off",
        "You wrote \u201cwe take 10% off\u201d",
        "This e-mail is confidential; we take 10% off viruses",
    ],
)
def test_what_others_wrote_is_left_out(theirs: str) -> None:
    assert not any("10%" in said for said in words(f"Hello.\n\n{theirs}"))
    assert len(without_their_words(theirs)) == len(theirs)


@pytest.mark.parametrize(
    "ours", ["On top of that we offer:\n10% off", "From: here on, 10% off", "- 10% off", "Am I glad:\n10% off"]
)
def test_what_only_looks_like_a_quotation_is_ours(ours: str) -> None:
    assert any("10% off" in said for said in words(ours))
