"""What of a mail the customer wrote now: quoting styles, signatures, footers, automatic replies, mark-up."""

import pytest

from insights.detectors import detect_text
from insights.findings import DEFAULT_THRESHOLD
from insights.reading import customer_part


def signals_in(text: str) -> set[str]:
    findings = detect_text(text, channel="email", direction="in")
    return {finding.signal for finding in findings if finding.confidence >= DEFAULT_THRESHOLD}


OLD = "Please unsubscribe me from your mailing list."
NEW = "Please send us a quote for 100 seats."

QUOTING = {
    "Gmail": f"{NEW}\n\nOn Tue, 3 Jun 2025 at 09:11, Kim Lee <kim@x.example> wrote:\n> {OLD}\n> Kim",
    "Gmail, header on two lines": f"{NEW}\n\nOn Tue, 3 Jun 2025 at 09:11, Kim Lee <kim@x.example>\nwrote:\n\n> {OLD}",
    "Apple Mail": f"{NEW}\n\nOn 3. Jun 2025, at 09:11, Kim Lee wrote:\n\n{OLD}",
    "Outlook": f"{NEW}\n\nFrom: Kim Lee <k@x.example>\nSent: Tuesday, 3 June 2025\nTo: Jo\nSubject: RE: offer\n\n{OLD}",
    "Outlook, bold": f"{NEW}\n\n*From:* Kim Lee\n*Sent:* Tuesday\n*To:* Jo\n\n{OLD}",
    "Outlook, rule": f"{NEW}\n\n________________________________\nFrom: Kim Lee\nSent: Tuesday\nTo: Jo\n\n{OLD}",
    "Outlook, German": f"{NEW}\n\nVon: Kim Lee\nGesendet: Dienstag, 3. Juni\nAn: Jo\nBetreff: AW: Angebot\n\n{OLD}",
    "original message": f"{NEW}\n\n-----Original Message-----\nFrom: Kim\n{OLD}",
    "Ursprüngliche Nachricht": f"{NEW}\n\n-----Ursprüngliche Nachricht-----\nVon: Kim\n{OLD}",
    "Thunderbird, German": f"{NEW}\n\nAm 03.06.25 um 09:11 schrieb Kim Lee:\n> {OLD}",
    "Gmail, German": f"{NEW}\n\nAm Di., 3. Juni 2025 um 09:11 Uhr schrieb Kim Lee <\nkim@x.example>:\n\n> {OLD}",
    "French": f"{NEW}\n\nLe mar. 3 juin 2025 à 09:11, Kim Lee <kim@x.example> a écrit :\n> {OLD}",
    "Spanish": f"{NEW}\n\nEl mar, 3 jun 2025 a las 9:11, Kim Lee escribió:\n> {OLD}",
    "forwarded": f"{NEW}\n\n---------- Forwarded message ---------\nFrom: Kim\nDate: Tue\nSubject: x\nTo: y\n\n{OLD}",
    "forwarded, Apple": f"{NEW}\n\nBegin forwarded message:\n\nFrom: Kim\n{OLD}",
    "bottom posting": f"On Tue, Kim Lee wrote:\n> {OLD}\n\n{NEW}",
    "answers in between": f"Kim Lee wrote on Tuesday:\n> {OLD}\n{NEW}\n> {OLD}\n",
    "nested": f"{NEW}\n> On Monday Jo wrote:\n>> {OLD}\n>>> {OLD}",
    "in one line": f"{NEW} On Tue, 3 Jun 2025 at 09:11, Kim Lee wrote: {OLD}",
    "pipes": f"{NEW}\n| {OLD}",
}


@pytest.mark.parametrize("text", QUOTING.values(), ids=QUOTING.keys())
def test_an_earlier_mail_is_not_read_again(text: str) -> None:
    part = customer_part(text)

    assert NEW in part
    assert OLD not in part


@pytest.mark.parametrize("text", QUOTING.values(), ids=QUOTING.keys())
def test_only_the_new_words_fire(text: str) -> None:
    assert signals_in(text) == {"pricing_requested"}


SIGNED = {
    "dashes": f"{NEW}\n\n-- \nJo Budget\nHead of Procurement and Legal Review",
    "best regards": f"{NEW}\n\nBest regards,\nJo Budget\nHead of Legal Review\nwww.x.example",
    "German": f"{NEW}\n\nMit freundlichen Grüßen\nJo Budget\nLeiter Einkauf",
    "no farewell": f"{NEW}\n\nJo Budget\nHead of Procurement and Legal Review\nx.example",
    "phone": f"{NEW}\n\nSent from my iPhone",
    "disclaimer": f"{NEW}\n\nThis e-mail is confidential and intended solely for the addressee. Legal is reviewing it.",
    "unsubscribe": f"{NEW}\n\nTo unsubscribe from these emails click here.",
    "unsubscribe, bar": f"{NEW}\n\nView in browser | Unsubscribe | Manage preferences",
    "warning on top": f"CAUTION: This email originated from outside. Legal review is urgent.\n{NEW}",
    "company data": f"{NEW}\n\nX GmbH, Geschäftsführer: Jo Urgent, Amtsgericht Köln",
}


@pytest.mark.parametrize("text", SIGNED.values(), ids=SIGNED.keys())
def test_signatures_and_footers_fire_nothing(text: str) -> None:
    assert signals_in(text) == {"pricing_requested"}


def test_a_postscript_below_the_signature_is_read() -> None:
    text = "All good here.\n\nBest regards,\nJo\n\nPS: Please send us a quote for 100 seats."

    assert signals_in(text) == {"pricing_requested"}


def test_a_thank_you_amid_the_text_is_no_signature() -> None:
    text = f"Thanks\n\nfor everything so far, it was a great help to all of us and made our first weeks easy.\n\n{NEW}"

    assert NEW in customer_part(text)


AUTOMATIC = [
    "Automatic reply: I am out of the office until 3 May. For urgent matters call Kim.",
    "I am currently on annual leave with limited access to e-mail. In urgent cases please contact Kim.",
    "I'm out until Monday. My colleague Kim has access to my mailbox, for anything urgent please call.",
    "Thank you for your message. Our office is closed until 3 January. Urgent requests: call the hotline.",
    "Ich bin derzeit nicht im Büro. Urgent: please contact Kim asap.",
]


@pytest.mark.parametrize("text", AUTOMATIC)
def test_an_automatic_reply_fires_nothing(text: str) -> None:
    assert detect_text(text, channel="email", direction="in") == []


def test_an_automatic_reply_that_tells_of_a_departure_is_read() -> None:
    text = "Automatic reply: I have left the company. Please contact Kim."

    assert "champion_departure" in signals_in(text)


def test_somebody_who_will_be_away_may_still_ask() -> None:
    text = "I'm on holiday next week. Could you send a quote before that?"

    assert "pricing_requested" in signals_in(text)


def test_mark_up_is_taken_out_and_places_stay() -> None:
    new = "<div>Hello,</div><p>please <b>send</b> us a quote for 100 seats,&nbsp;thanks.</p>"
    text = f"{new}<blockquote>{OLD}</blockquote>"

    (finding,) = detect_text(text, channel="email", direction="in")

    assert finding.signal == "pricing_requested"
    assert text[finding.start : finding.end] == finding.quote
    assert "<b>send</b> us a quote" in finding.quote


@pytest.mark.parametrize("text", ["", " ", "a < b & c > d", "<", "&nbsp;", "\n\n\n", "<div", "&#39;", "é" * 50])
def test_the_part_is_as_long_as_the_text(text: str) -> None:
    assert len(customer_part(text)) == len(text)
