"""A model chooses sentences by their numbers and can write none."""

from typing import Any

import pytest

from engine.llm.client import Question
from engine.llm.schema import DoesNotFit, checked
from engine.llm.summaries import MOST_SENTENCES, chosen

SENTENCES = ["We met.", "They cut the budget.", "Lunch was good.", "Jane leaves in May.", "Bye."]


def choosing(*numbers: Any, most: int = 2) -> list[int] | None:
    return chosen(SENTENCES, most=most, ask=lambda question: checked({"sentences": list(numbers)}, question.schema))


def test_what_was_chosen_comes_in_the_order_of_the_text() -> None:
    assert choosing(3, 1) == [1, 3]


def test_a_sentence_chosen_twice_counts_once() -> None:
    assert choosing(1, 1) == [1]


@pytest.mark.parametrize("numbers", [(5,), (-1,), (True,), ("1",), (1.0,), ("They love us.",), (0, 1, 2)], ids=str)
def test_another_answer_does_not_fit(numbers: tuple[Any, ...]) -> None:
    with pytest.raises(DoesNotFit):
        choosing(*numbers)


@pytest.mark.parametrize("answer", [None, {"sentences": []}])
def test_without_a_choice_the_rules_choose(answer: Any) -> None:
    assert chosen(SENTENCES, most=2, ask=lambda _: answer) is None


@pytest.mark.parametrize("sentences", [[], SENTENCES[:2], ["One."] * (MOST_SENTENCES + 1)], ids=len)
def test_where_there_is_nothing_to_choose_nothing_is_asked(sentences: list[str]) -> None:
    assert chosen(sentences, most=2, ask=lambda _: pytest.fail("asked")) is None


def test_the_sentences_are_numbered() -> None:
    asked: list[Question] = []
    chosen(SENTENCES, most=2, ask=asked.append)
    assert asked[0].material["sentences"][1] == {"number": 1, "sentence": "They cut the budget."}
