"""Drafts: right words for every signal, nobody's promises, and a customer's words that stay a quotation."""

import itertools
import re

import pytest

from engine.drafts import LONGEST_SUBJECT, WORDINGS, Matter, briefing, chat, escalation, mail, one_line, quoted
from insights.signals import SIGNALS, PatternType

EVIDENCE = (
    {
        "quote": "We have set aside 40k for this.",
        "at": "2026-11-12T23:30:00+00:00",
        "who": "Hank Scorpio",
        "channel": "email",
    },
)
SPOKEN_OF = [*WORDINGS, *(name for name, row in SIGNALS.items() if row.pattern_type is not PatternType.CONTACT)]
# What would be a promise: money, dates, terms.
PROMISES = re.compile(
    r"[$€£%]|\bdiscount|\bfree of charge|\bguarantee|\bwe will deliver|\bby (?:mon|tues|wednes|thurs|fri)day|"
    r"\bcontract terms|\bprice of|\bcosts? \d|\bwe agree|\bpromise",
    re.IGNORECASE,
)


@pytest.mark.parametrize("signal", sorted(set(SPOKEN_OF)))
@pytest.mark.parametrize("first_name", ["Hank", ""])
@pytest.mark.parametrize("deal", ["Globex: 100 seats", ""])
@pytest.mark.parametrize("evidence", [EVIDENCE, ()])
def test_every_mail_reads_like_one(
    signal: str, first_name: str, deal: str, evidence: tuple[dict[str, str], ...]
) -> None:
    written = mail(Matter(signal, "Globex", deal=deal, first_name=first_name, evidence=evidence))
    assert written.subject
    assert len(written.subject) <= LONGEST_SUBJECT
    assert "\n" not in written.subject
    assert "{" not in written.subject + written.body
    assert "  " not in written.body
    paragraphs = written.body.strip().split("\n\n")
    assert paragraphs[0] == (f"Hello {first_name}," if first_name else "Hello,")
    assert paragraphs[-1].rstrip(" .").endswith("?") or "?" in paragraphs[-1]
    assert all(paragraph[0].isupper() and paragraph[-1] in ".?,”" for paragraph in paragraphs)
    assert not PROMISES.search("\n".join(part for part in paragraphs if "“" not in part))


def test_their_own_words_are_recalled_with_the_day_they_were_written() -> None:
    written = mail(Matter("budget_mentioned", "Globex", first_name="Hank", evidence=EVIDENCE, zone="Europe/Berlin"))
    assert "On 13 November you wrote: “We have set aside 40k for this.”" in written.body


@pytest.mark.parametrize(
    "changes", [{"who": "Somebody Else"}, {"channel": "meeting"}, {"who": ""}, {"quote": ""}], ids=str
)
def test_what_somebody_else_said_or_we_noted_is_not_put_into_their_mouth(changes: dict[str, str]) -> None:
    said = {**EVIDENCE[0], **changes}
    assert "you wrote" not in mail(Matter("budget_mentioned", "Globex", first_name="Hank", evidence=(said,))).body


def test_an_upset_customer_does_not_get_their_words_back() -> None:
    assert "“" not in mail(Matter("negative_sentiment", "Globex", first_name="Hank", evidence=EVIDENCE)).body


@pytest.mark.parametrize(
    "hostile",
    [
        "line\r\nBcc: everybody@example.com",
        "a ” b “ c",
        "x" * 5_000,
        "zero\u200bwidth \u202eevil",
        "\x00\x07",
        'he said "yes"',
    ],
)
def test_a_quote_is_one_line_within_its_marks(hostile: str) -> None:
    shown = quoted(hostile)
    assert shown[0] == "“"
    assert shown[-1] == "”"
    assert not set("“”\n\r") & set(shown[1:-1])
    assert len(shown) <= 162
    assert shown.isprintable()


@pytest.mark.parametrize("hostile", ["two\nlines", "  spaces   ", "\u202egnirts"])
def test_names_are_one_line(hostile: str) -> None:
    written = mail(Matter("silence", "Globex", deal=hostile, first_name=hostile))
    assert "\n" not in written.subject
    assert one_line(hostile) in written.subject


@pytest.mark.parametrize(
    "signal", [name for name, row in SIGNALS.items() if row.pattern_type is PatternType.RISK_INDICATOR]
)
def test_an_escalation_says_what_whose_words_and_what_is_at_stake(signal: str) -> None:
    matter = Matter(
        signal,
        "Globex",
        deal="100 seats",
        value="$12,000",
        stage="negotiation",
        reason="Why.",
        severity="critical",
        evidence=EVIDENCE,
    )
    told = escalation(matter)
    assert told.startswith(f"{signal.replace('_', ' ').capitalize()} at Globex (critical).")
    assert "On 12 November Hank Scorpio: “We have set aside 40k for this.”" in told
    assert "At stake: 100 seats ($12,000), stage negotiation." in told


@pytest.mark.parametrize(
    "signal", [n for n, row in SIGNALS.items() if row.pattern_type is PatternType.ENGAGEMENT_CHANGE]
)
def test_a_chat_message_says_what_changed_and_what_to_do(signal: str) -> None:
    told = chat(Matter(signal, "Globex", reason="9 touches in the last 7 days; a usual week had 2.0."))
    assert told.startswith(f"Globex: {signal.replace('_', ' ')}. 9 touches")
    assert ("Worth a call" in told) is signal.endswith("_up")


def test_a_briefing_says_what_is_missing() -> None:
    title, body = briefing(Matter("silence", "Globex", reason="Silent."), "Add a contact.")
    assert title == "Nobody to write to at Globex"
    assert body.endswith("Add a contact.")


def test_every_text_signal_and_goal_has_words_of_its_own() -> None:
    openings = [wording.opens for wording in WORDINGS.values()]
    same = {a for a, b in itertools.combinations(openings, 2) if a == b}
    assert same <= {WORDINGS["goal:revenue"].opens}
