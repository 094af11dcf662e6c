"""What there is to notice about one account: its texts and its rhythm put together, by signal. No Django, no clock.

A signal is noticed when its evidence reaches the threshold of its pattern type and is either decisive or comes twice
(insights.findings). Evidence counts for as long as the signal's window is (insights.signals).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from insights.cross_account import Mention, mentions_in
from insights.detectors import Wording, detect_texts
from insights.findings import Finding, combined
from insights.rhythm import LIVE_CHANNELS, NOT_HELD, Touch, detect_rhythm
from insights.signals import SIGNALS, severity_of

MOST_EVIDENCE = 5  # pieces that are kept with an insight, the surest first
FEWEST_SUPPORTING = 2
LEAST_SUPPORT = 0.5  # or the threshold, where that is lower: many texts about nothing must not add up to something
MISSED_MEETING = Finding("meeting_missed", 0.9, "A meeting was cancelled or missed.", "", 0, 0, True)


@dataclass(frozen=True, slots=True)
class Text:
    """One interaction of an account as far as its words go. `reference`, `contact` and `who` are the caller's own."""

    reference: str
    at: datetime
    channel: str
    direction: str
    status: str
    text: str
    contact: str | None = None
    who: str = ""


class Read(NamedTuple):
    """A text with what the detectors found in it."""

    text: Text
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Noticed:
    """One signal of one account. `evidence` is [{interaction, quote, at, channel, who}], the surest first."""

    signal: str
    confidence: float
    severity: str
    reason: str
    evidence: Sequence[Mapping[str, Any]]
    contact: str | None


@dataclass(frozen=True, slots=True)
class Notes:
    """All of one account: what became an insight, who wants no more mail, and the topics it spoke of."""

    noticed: Sequence[Noticed]
    opt_outs: Sequence[Text]
    mentions: Sequence[Mention]


@dataclass(frozen=True, slots=True)
class _Piece:
    finding: Finding
    text: Text


def notice(
    *, account: str, read: Sequence[Read], touches: Sequence[Touch], thresholds: Mapping[str, float], now: datetime
) -> Notes:
    """Return what an account's texts and touches up to `now` show, given the tenant's thresholds by pattern type."""
    pieces = [_Piece(finding, text) for text, findings in read if text.at <= now for finding in findings]
    by_signal: dict[str, list[_Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.text.at > now - SIGNALS[piece.finding.signal].window:
            by_signal[piece.finding.signal].append(piece)
    opt_outs = [piece.text for piece in by_signal.pop("opt_out", []) if is_opt_out(piece.finding)]
    noticed = [*_from_texts(by_signal, thresholds), *_from_rhythm(touches, thresholds, now)]
    return Notes(noticed, opt_outs, [mention for one in read for mention in _mentions(account, one)])


def is_opt_out(finding: Finding) -> bool:
    """A wish to be left alone is believed when it is said outright: nobody tunes this threshold."""
    return finding.signal == "opt_out" and finding.decisive


def read_texts(texts: Sequence[Text]) -> list[Read]:
    """Have the detectors read many texts at once; a meeting that was cancelled or missed says so by its status."""
    found = detect_texts([Wording(text.text, text.channel, text.direction) for text in texts])
    return [Read(text, _with_status(text, findings)) for text, findings in zip(texts, found, strict=True)]


def _with_status(text: Text, findings: list[Finding]) -> list[Finding]:
    if text.status not in NOT_HELD or text.channel not in LIVE_CHANNELS:
        return findings
    return [*(finding for finding in findings if finding.signal != "meeting_missed"), MISSED_MEETING]


def _from_texts(by_signal: Mapping[str, list[_Piece]], thresholds: Mapping[str, float]) -> Iterable[Noticed]:
    for signal, pieces in by_signal.items():
        threshold = thresholds[SIGNALS[signal].pattern_type]
        surest = _surest(pieces, least=min(LEAST_SUPPORT, threshold))
        confidence = combined(piece.finding.confidence for piece in surest[:MOST_EVIDENCE])
        enough = len(surest) >= FEWEST_SUPPORTING or any(piece.finding.decisive for piece in surest)
        if enough and confidence >= threshold:
            yield _noticed(signal, confidence, surest)


def _surest(pieces: Iterable[_Piece], *, least: float) -> list[_Piece]:
    """The pieces that count, the surest first, of equally sure ones the newest."""
    counted = [piece for piece in pieces if piece.finding.confidence >= least]
    return sorted(counted, key=lambda piece: (-piece.finding.confidence, -piece.text.at.timestamp()))


def _noticed(signal: str, confidence: float, surest: Sequence[_Piece]) -> Noticed:
    evidence = [_evidence(piece) for piece in surest[:MOST_EVIDENCE]]
    contact = next((piece.text.contact for piece in surest if piece.text.contact), None)
    reason = surest[0].finding.reason
    if len(surest) > 1:
        reason = f"{reason} {len(surest)} pieces of evidence."
    return Noticed(signal, confidence, severity_of(signal, confidence).value, reason, evidence, contact)


def _evidence(piece: _Piece) -> dict[str, Any]:
    text = piece.text
    return {
        "interaction": text.reference,
        "quote": piece.finding.quote,
        "at": text.at.isoformat(),
        "channel": text.channel,
        "who": text.who,
    }


def _from_rhythm(touches: Sequence[Touch], thresholds: Mapping[str, float], now: datetime) -> Iterable[Noticed]:
    for finding in detect_rhythm(touches, now=now):
        if finding.confidence >= thresholds[SIGNALS[finding.signal].pattern_type]:
            evidence = [{"interaction": reference, "quote": ""} for reference in finding.evidence[:MOST_EVIDENCE]]
            severity = severity_of(finding.signal, finding.confidence).value
            yield Noticed(finding.signal, finding.confidence, severity, finding.reason, evidence, None)


def _mentions(account: str, read: Read) -> list[Mention]:
    text = read.text
    return mentions_in(text.text, read.findings, account=account, at=text.at, reference=text.reference)
