"""What a model finds counts only if our own texts bear it out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.llm.client import Question
from engine.llm.detections import LONGEST_TEXT, MOST_TEXTS, SCHEMA, SUREST, more_findings
from engine.llm.schema import checked
from insights.findings import Finding
from insights.noticing import Read, Text, is_opt_out
from insights.signals import TEXT_SIGNALS

WORDS = "Hello!\nour CFO has put the whole project on ice.\nWe can talk in spring.\n\n> your budget is great\n-- \nHank"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def text(words: str = WORDS, *, reference: str = "i-1", direction: str = "in") -> Text:
    return Text(reference, AT, "email", direction, "completed", words)


def told(**changes: Any) -> dict[str, Any]:
    return {"text": 0, "signal": "budget_freeze", "quote": "put the whole project on ice", "confidence": 0.8, **changes}


def found(*signals: dict[str, Any], read: list[Read] | None = None) -> dict[str, list[Finding]]:
    answer = checked({"signals": list(signals)}, SCHEMA)
    return more_findings(read or [Read(text(), [])], lambda _: answer)


def test_a_signal_whose_quote_stands_in_the_text_is_found_with_its_sentence() -> None:
    ((reference, (finding,)),) = found(told()).items()
    assert (reference, finding.signal, finding.confidence, finding.decisive) == ("i-1", "budget_freeze", 0.8, True)
    assert finding.quote == "our CFO has put the whole project on ice."
    assert WORDS[finding.start : finding.end] == finding.quote
    assert "language model" in finding.reason


REFUSED = {
    "invented": "the budget is frozen",
    "of our quoted mail": "your budget is great",
    "of the signature": "Hank",
    "part of a word": "hole project",
    "in another order": "project whole the",
    "with a gap": "our CFO on ice",
    "empty": "",
    "blank": "  \n ",
    "marks alone": "...",
    "an expression": "our .* ice",
}


@pytest.mark.parametrize("quote", REFUSED.values(), ids=REFUSED.keys())
def test_a_quote_that_the_customer_did_not_write_is_no_evidence(quote: str) -> None:
    assert found(told(quote=quote)) == {}


def test_a_quote_over_a_line_break_stands_all_the_same() -> None:
    assert found(told(quote="on ice. We can talk"))


def test_a_quote_may_not_reach_over_what_the_customer_did_not_write() -> None:
    words = "We stop here\n> and this was your sentence\nwhich is final."
    assert found(told(quote="We stop here which is final."), read=[Read(text(words), [])]) == {}


def test_confidence_is_capped() -> None:
    ((finding,),) = found(told(confidence=1)).values()
    assert finding.confidence == SUREST


def test_an_opt_out_is_never_decided_by_a_model() -> None:
    ((finding,),) = found(told(signal="opt_out", confidence=1)).values()
    assert (finding.decisive, is_opt_out(finding)) == (False, False)


def test_what_the_detectors_saw_is_not_told_twice() -> None:
    seen = Finding("budget_freeze", 0.4, "", "", 0, 0, False)
    assert found(told(), read=[Read(text(), [seen])]) == {}


def test_a_signal_counts_once_in_a_text() -> None:
    ((finding,),) = found(told(), told(confidence=0.5)).values()
    assert finding.confidence == 0.8


def test_a_number_of_no_text_is_passed_over() -> None:
    assert found(told(text=1)) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"signal": "commit_pricing"},
        {"signal": "silence"},
        {"confidence": 1.01},
        {"confidence": -0.1},
        {"confidence": True},
        {"confidence": "high"},
        {"text": -1},
        {"text": 0.5},
        {"severity": "critical"},
        {"decisive": True},
    ],
    ids=str,
)
def test_an_answer_of_another_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="answer"):
        found(told(**wrong))


@pytest.mark.parametrize(
    ("words", "direction"),
    [
        (WORDS, "out"),
        ("Hi Hank, thank you for your time.", "none"),
        ("Internal note: chase the budget.", "in"),
        ("> all of it quoted", "in"),
        ("", "in"),
    ],
)
def test_what_no_customer_wrote_is_not_even_sent(words: str, direction: str) -> None:
    def ask(_: Question) -> Any:
        raise AssertionError("nothing is to be asked")

    assert more_findings([Read(text(words, direction=direction), [])], ask) == {}


def test_only_the_customers_own_words_are_sent_and_not_too_many() -> None:
    asked: list[Question] = []
    long = "We think about it. " * 2000
    read = [Read(text(long, reference=f"i-{n}"), []) for n in range(MOST_TEXTS + 5)] + [Read(text(), [])]
    assert more_findings(read, lambda question: asked.append(question)) == {}
    (question,) = asked
    sent = question.material["texts"]
    assert (len(sent), max(len(one["text"]) for one in sent)) == (MOST_TEXTS, LONGEST_TEXT)
    more_findings([Read(text(), [])], lambda question: asked.append(question))
    assert asked[1].material == {
        "texts": [{"number": 0, "text": "Hello!\nour CFO has put the whole project on ice.\nWe can talk in spring."}]
    }


def test_the_schema_names_every_text_signal() -> None:
    assert SCHEMA["properties"]["signals"]["items"]["properties"]["signal"]["enum"] == list(TEXT_SIGNALS)
