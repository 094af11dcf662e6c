"""What is said plainly is found; what is not the customer's, or tells nothing, is not."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from insights.detectors import MOST_READ, REASONS, Wording, detect_text, detect_texts
from insights.findings import DECISIVE, DEFAULT_THRESHOLD
from insights.sentences import LONGEST, sentences
from insights.signals import TEXT_SIGNALS
from tests.insights.said import NOTHING, PLAINLY

CHANNELS = st.sampled_from(["email", "chat", "meeting", "call", "crm"])
SAID = list(PLAINLY.values())
PIECES = st.sampled_from(
    [*SAID, "\n> ", "On Tue, Kim wrote:", "-- ", "<p>", "</blockquote>", '"', "&amp;", "Rep: ", "?", "İ"]
)
TEXTS = st.one_of(st.text(max_size=400), st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=6).map(" ".join))


def signals_in(text: str, channel: str = "email", direction: str = "in") -> set[str]:
    findings = detect_text(text, channel=channel, direction=direction)
    return {finding.signal for finding in findings if finding.confidence >= DEFAULT_THRESHOLD}


def test_there_is_a_plain_case_and_a_reason_for_every_signal() -> None:
    assert set(PLAINLY) == set(TEXT_SIGNALS) == set(REASONS)


@pytest.mark.parametrize(("signal", "text"), PLAINLY.items(), ids=PLAINLY.keys())
@pytest.mark.parametrize("channel", ["email", "chat"])
def test_what_is_said_plainly_is_found_decisive_and_quoted(signal: str, text: str, channel: str) -> None:
    found = {finding.signal: finding for finding in detect_text(text, channel=channel, direction="in")}
    finding = found[signal]
    assert finding.decisive is (finding.confidence >= DECISIVE) is True
    assert (finding.quote, finding.reason) == (text, REASONS[signal])
    assert text[finding.start : finding.end] == finding.quote


@pytest.mark.parametrize("text", NOTHING)
def test_what_tells_nothing_is_passed_over(text: str) -> None:
    assert signals_in(text) == set()


@pytest.mark.parametrize("text", SAID, ids=PLAINLY.keys())
@pytest.mark.parametrize("channel", ["email", "chat", "meeting", "call", "crm"])
def test_our_own_words_are_no_signal(text: str, channel: str) -> None:
    assert detect_text(text, channel=channel, direction="out") == []


@pytest.mark.parametrize("text", SAID, ids=PLAINLY.keys())
def test_what_stands_in_a_quoted_mail_is_no_signal(text: str) -> None:
    assert detect_text(f"> {text}", channel="email", direction="in") == []
    reply = f"Thanks.\n\nOn Tue, 3 Jun 2025 at 09:11, Kim Lee <kim@x.example> wrote:\n\n{text}"
    assert signals_in(reply) == set()


def test_a_quote_is_the_sentence_that_says_it() -> None:
    text = f"{NOTHING[0]} {PLAINLY['opt_out']} {NOTHING[0]}"
    (finding,) = [one for one in detect_text(text, channel="email", direction="in") if one.signal == "opt_out"]
    assert finding.quote == PLAINLY["opt_out"]


def test_only_the_customers_turns_of_a_transcript_count() -> None:
    text = f"Rep: {PLAINLY['budget_mentioned']}\nCustomer: {PLAINLY['opt_out']}\nRep: Great."
    assert signals_in(text, "call") == {"opt_out"}


@pytest.mark.parametrize("text", [f"To do (me): {PLAINLY['pricing_requested']}", f"Internal note: {SAID[0]}"])
def test_a_note_to_ourselves_is_no_signal(text: str) -> None:
    assert detect_text(text, channel="crm", direction="in") == []


def test_a_record_without_a_direction_is_a_note_of_ours_unless_it_is_a_letter() -> None:
    assert "budget_freeze" in signals_in("Their budget has been frozen until next year.", "crm", "none")
    assert detect_text(f"Hi Joel,\n\n{SAID[0]}", channel="email", direction="none") == []
    assert detect_text("Could you send us your quote?", channel="crm", direction="none") == []


def test_many_at_once_are_read_as_each_by_itself() -> None:
    texts = [*SAID, *NOTHING, "", " "] * 3
    wordings = [Wording(text, "email", "in") for text in texts]
    together = detect_texts(wordings)
    alone = {text: detect_text(text, channel="email", direction="in") for text in set(texts)}
    assert len(together) == len(texts)
    for text, found in zip(texts, together, strict=True):
        assert [one.signal for one in found] == [one.signal for one in alone[text]]
        assert [one.confidence for one in found] == pytest.approx([one.confidence for one in alone[text]], abs=0.01)


def test_no_texts_have_no_findings() -> None:
    assert detect_texts([]) == []


@given(TEXTS, CHANNELS, st.sampled_from(["in", "none"]))
@example("\x85\u2028'\"'", "email", "in")
@example("ẞ İ ŉ 40k", "chat", "in")
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read_and_quotes_stand_in_it(text: str, channel: str, direction: str) -> None:
    findings = detect_text(text, channel=channel, direction=direction)
    assert len({finding.signal for finding in findings}) == len(findings)
    for finding in findings:
        assert text[finding.start : finding.end] == finding.quote != ""
        assert 0 < finding.confidence < 1


@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=4), CHANNELS)
@settings(max_examples=50, deadline=None)
def test_a_text_that_is_quoted_as_a_whole_never_fires(texts: list[str], channel: str) -> None:
    assert detect_text("\n".join(f"> {line}" for line in texts), channel=channel, direction="in") == []


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_sentences_stand_where_they_say_and_are_never_long(text: str) -> None:
    for sentence in sentences(text):
        assert text[sentence.start :].startswith(sentence.text)
        assert 0 < len(sentence.text) <= LONGEST


HOSTILE = {
    "one letter": "a" * 100_000,
    "spaces": " " * 100_000,
    "line breaks": "\n" * 100_000,
    "quote marks": '"' * 100_000,
    "arrows": ">" * 100_000,
    "tags": "<" * 100_000,
    "open tags": "<a " * 33_000,
    "entities": "&amp;" * 20_000,
    "headers": "From: a\n" * 12_000,
    "headers again": "On Monday a\n" * 8_000,
    "farewells": "Best,\n" * 16_000,
    "numbers": "1." * 50_000,
    "dates": "12/12 " * 16_000,
    "names": "Ann Bob\n\n" * 10_000,
    "dots": ". " * 50_000,
    "turns": "Customer: we\nRep: no\n" * 5_000,
    "footers": "unsubscribe | " * 8_000,
    "an automatic reply, nearly": "I am away " * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    detect_text(text, channel="email", direction="in")
    assert time.process_time() - began < 8  # some tenths of a second where nobody else computes


def test_only_the_top_of_a_very_long_text_is_read() -> None:
    assert detect_text("x" * MOST_READ + f". {PLAINLY['opt_out']}", channel="email", direction="in") == []
