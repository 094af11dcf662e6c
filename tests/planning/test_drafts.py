"""Drafts: right words for every signal, nobody's promises, and a customer's words that stay a quotation."""

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest

from engine.drafts import (
    LONGEST_SUBJECT,
    Mail,
    Matter,
    briefing,
    channel_of,
    chat,
    escalation,
    first_name,
    mail,
    meeting,
    one_line,
    quoted,
)
from engine.promised import kinds_promised
from engine.wordings import CHANGES, MAILS, REMEDIES
from insights.commitments import find_commitments
from insights.signals import SIGNALS, PatternType

SAID = {
    "interaction": "i-1",
    "quote": "We have set aside 40k for this.",
    "at": "2026-11-12T23:30:00+00:00",
    "who": "Hank Scorpio",
    "channel": "email",
}
THEIRS = frozenset({"i-1"})
HANK = Matter(
    "budget_mentioned", "Globex", deal="GTX Pro for Globex", contact="Hank Scorpio", evidence=(SAID,), theirs=THEIRS
)
SPOKEN_OF = sorted({*SIGNALS, *MAILS})
PRESSING = re.compile(
    r"\b(?:urgent\w*|asap|last chance|only today|act now|hurry|before it is too late|limited)\b", re.I
)


def risks(kind: PatternType) -> list[str]:
    return [name for name, row in SIGNALS.items() if row.pattern_type is kind]


@pytest.mark.parametrize("signal", SPOKEN_OF)
@pytest.mark.parametrize("contact", ["Hank Scorpio", ""])
@pytest.mark.parametrize("deal", ["GTX Pro for Globex", ""])
@pytest.mark.parametrize("evidence", [(SAID,), ()], ids=["quote", "no quote"])
def test_every_mail_reads_like_one(signal: str, contact: str, deal: str, evidence: Any) -> None:
    matter = Matter(signal, "Globex", deal=deal, contact=contact, evidence=evidence, theirs=THEIRS)
    for written in (mail(matter), meeting(matter)):
        assert_it_fits(written)
        assert find_commitments(f"{written.subject}.\n\n{written.body}") == []
    paragraphs = mail(matter).body.strip().split("\n\n")
    assert paragraphs[0] == ("Hello Hank," if contact else "Hello,")
    assert paragraphs[-1].endswith("?")
    assert "".join(part for part in paragraphs if "“" not in part).count("?") == 1
    assert all(paragraph[0].isupper() and paragraph[-1] in ".?,”" for paragraph in paragraphs)
    assert len(mail(matter).body) < 700


def assert_it_fits(written: Mail) -> None:
    assert 0 < len(written.subject) <= LONGEST_SUBJECT <= 200
    assert written.subject.isprintable()
    assert not re.search(r"[{}]|  | [.,?]", written.subject + written.body)
    assert not PRESSING.search(written.body)


@pytest.mark.parametrize("signal", sorted(MAILS))
def test_a_deal_is_named_where_there_is_one(signal: str) -> None:
    named = mail(Matter(signal, "Globex", deal="GTX Pro"))
    assert "GTX Pro" in named.subject + named.body or signal in ("negative_sentiment", "meeting_missed")
    assert "GTX Pro" not in "".join(mail(Matter(signal, "Globex")))


@pytest.mark.parametrize(
    "deal", ["20% discount renewal", "Upsell GTX, CFO weak", "Globex: $40k", "x" * 81, "churn risk"]
)
def test_a_deal_whose_name_is_for_ourselves_is_not_named_to_the_customer(deal: str) -> None:
    assert mail(Matter("silence", "Globex", deal=deal)) == mail(Matter("silence", "Globex"))


def test_a_mail_in_full() -> None:
    assert mail(HANK) == Mail(
        "Your plans for GTX Pro for Globex",
        "Hello Hank,\n\n"
        "Thank you for being open about your budget for GTX Pro for Globex.\n\n"
        "On 12 November you wrote: “We have set aside 40k for this.”\n\n"
        "What would you need from us to take the next step?\n",
    )


def test_days_are_the_tenants() -> None:
    assert "On 13 November you wrote" in mail(replace(HANK, zone="Europe/Berlin")).body


@pytest.mark.parametrize("at", ["", "yesterday", None])
def test_a_day_that_is_not_on_record_is_not_made_up(at: str | None) -> None:
    assert "\n\nYou wrote: “" in mail(replace(HANK, evidence=({**SAID, "at": at},))).body


@pytest.mark.parametrize(
    "changes", [{"interaction": "i-2"}, {"interaction": None}, {"quote": ""}, {"quote": " \n"}], ids=str
)
def test_what_somebody_else_wrote_or_we_noted_is_not_put_into_their_mouth(changes: dict[str, Any]) -> None:
    assert "wrote" not in mail(replace(HANK, evidence=({**SAID, **changes},))).body


@pytest.mark.parametrize("signal", [name for name, wording in MAILS.items() if not wording.quotes])
def test_nobody_gets_bad_news_of_their_own_back(signal: str) -> None:
    assert "“" not in mail(replace(HANK, signal=signal)).body


HOSTILE = [
    "line\r\nBcc: everybody@example.com",
    "a ” b “ c",
    "x" * 5_000,
    "zero\u200bwidth \u202eevil",
    "\x00\x07",
    'he said "yes" \u201e so \u301d',
    "para\u2028graph\u2029s",
    "\ud800",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_a_quote_is_one_line_within_its_marks(hostile: str) -> None:
    shown = quoted(hostile)
    assert (shown[0], shown[-1]) == ("“", "”")
    assert not set('“”„"\n\r') & set(shown[1:-1])
    assert len(shown) <= 200
    assert shown.isprintable()


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_hostile_records_make_no_line_of_their_own(hostile: str) -> None:
    said = {**SAID, "quote": hostile, "who": hostile}
    evil = Matter("silence", hostile, deal=hostile, contact=hostile, reason=hostile, evidence=(said,), theirs=THEIRS)
    kind = Matter(
        "silence", "G", deal="D", contact="Hank", reason="R.", evidence=({**SAID, "who": "W"},), theirs=THEIRS
    )
    for write in (lambda m: mail(m).body, escalation, chat, lambda m: briefing(m, "M.").body):
        assert len(write(evil).split("\n")) <= len(write(kind).split("\n"))
        assert len(write(evil).splitlines()) == len(write(evil).rstrip("\n").split("\n"))
    assert mail(evil).subject.isprintable()
    assert briefing(evil, "M.").subject.isprintable()


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Hank Scorpio", "Hank"),
        ("Scorpio, Hank", "Hank"),
        ("Dr. Hank Scorpio", "Hank"),
        ("Prof. Dr. Scorpio", ""),
        ("Mr. Scorpio", ""),
        ("Scorpio, Dr. Hank", "Hank"),
        ("HANK SCORPIO", "Hank"),
        ("Anne-Marie d'Arc", "Anne-Marie"),
        ("Zoë", "Zoë"),
        ("J. R. Ewing", ""),
        ("J.R. Ewing", ""),
        ("hank@globex.example", ""),
        ("Info", ""),
        ("Purchasing Team", ""),
        ("two\nlines", "two"),
        ("", ""),
        (",", ""),
        ("42", ""),
    ],
)
def test_people_are_greeted_by_their_first_name_or_by_none(name: str, greeted: str) -> None:
    assert first_name(name) == greeted


@pytest.mark.parametrize("signal", risks(PatternType.RISK_INDICATOR))
def test_an_escalation_says_what_whose_words_what_is_at_stake_and_what_to_do(signal: str) -> None:
    matter = replace(HANK, signal=signal, value="$12,000", stage="negotiation", reason="Why.", severity="critical")
    first, why, quote, stake, proposed = escalation(matter).split("\n")
    assert first == f"{signal.replace('_', ' ').capitalize()} at Globex (critical)."
    assert (why, quote) == ("Why.", "- 12 November, Hank Scorpio: “We have set aside 40k for this.”")
    assert stake == "At stake: GTX Pro for Globex ($12,000, negotiation)."
    assert proposed == f"Proposed: {REMEDIES[signal]}."
    assert len(escalation(Matter(signal, "Globex")).split("\n")) == 2


@pytest.mark.parametrize("signal", risks(PatternType.ENGAGEMENT_CHANGE))
def test_a_chat_message_says_what_changed_and_what_to_do(signal: str) -> None:
    told = chat(Matter(signal, "Globex", deal="GTX Pro", value="$4,821", reason="9 touches in the last 7 days."))
    change = CHANGES[signal]
    assert told.split("\n") == [
        f"Globex {change.is_so}. 9 touches in the last 7 days.",
        "Open deal: GTX Pro.",
        f"Suggestion: {change.advice}.",
    ]


def test_a_chat_message_calls_nobody() -> None:
    assert not set("<>@") & set(chat(Matter("rate_up", "<!channel> @here", reason="<@U123>", deal="<!here>")))


@pytest.mark.parametrize(
    ("team", "channel"),
    [("", "#sales"), ("Dustin Brinkmann", "#dustin-brinkmann"), ("-- !", "#sales"), ("Süd\n2", "#süd-2")],
)
def test_a_clones_team_has_a_channel(team: str, channel: str) -> None:
    assert channel_of(team) == channel


@pytest.mark.parametrize("signal", SPOKEN_OF)
def test_a_briefing_says_what_is_missing(signal: str) -> None:
    title, body = briefing(replace(HANK, signal=signal, reason="So."), "Add a contact.")
    assert title == "Nobody to write to at Globex"
    assert body.endswith("Add a contact.")
    assert "goal:" not in body
    assert body.split("\n")[0].endswith(" at Globex. So.")


def test_signals_have_words_of_their_own() -> None:
    by_signal = {name: wording for name, wording in MAILS.items() if name in SIGNALS}
    assert not [(a, b) for a, b in itertools.combinations(by_signal, 2) if by_signal[a].opens == by_signal[b].opens]
    assert by_signal.keys() == {*risks(PatternType.BUYING_SIGNAL), *risks(PatternType.RISK_INDICATOR)}
    assert CHANGES.keys() == set(risks(PatternType.ENGAGEMENT_CHANGE))
    assert REMEDIES.keys() == set(risks(PatternType.RISK_INDICATOR))


@pytest.mark.parametrize("hostile", ["two\nlines", "  spaces   ", "\u202egnirts"])
def test_names_are_one_line(hostile: str) -> None:
    assert one_line(hostile) in mail(Matter("silence", "Globex", deal=hostile)).subject


@pytest.mark.parametrize("signal", SPOKEN_OF)
def test_no_draft_of_ours_is_taken_for_a_promise(signal: str) -> None:
    for deal, value in (("", ""), ("GTX Pro", "$4,821")):
        about = Matter(signal, "Globex", deal=deal, value=value, reason="9 touches in the last 7 days.")
        assert kinds_promised("send_chat_message", {"channel": "#sales", "text": chat(about)}) == ()
        subject, body = mail(about)
        assert kinds_promised("send_follow_up_email", {"subject": subject, "body": body}) == ()
