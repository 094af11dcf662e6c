"""What several accounts have in common: the same objection, the same request, the same competitor.

Every text gives its mentions (`mentions_in`); over the mentions of many accounts `detect_shared` tells what is shared.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from insights.findings import DEFAULT_THRESHOLD, MOST, Finding
from insights.letters import words
from insights.reading import customer_part
from insights.sentences import Sentence, sentences

WINDOW = timedelta(days=30)
FEWEST_ACCOUNTS = 3


class Kind(StrEnum):
    OBJECTION = "objection"
    REQUEST = "request"
    COMPETITOR = "competitor"


@dataclass(frozen=True, slots=True)
class Mention:
    """One account spoke of one topic. `account` and `reference` are the caller's own names."""

    account: str
    kind: Kind
    topic: str
    at: datetime
    reference: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """A topic that several accounts have in common, with the finding that says so."""

    kind: Kind
    topic: str
    accounts: tuple[str, ...]
    mentions: tuple[Mention, ...]  # the newest of each account, the newest first
    finding: Finding


# The topics we look for, each with the words that speak of it.
_TOPICS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        topic: re.compile(rf"\b(?:{written})\b", re.IGNORECASE)
        for topic, written in {
            "price": r"pric\w+|costs?|expensive|costly|fees?|budget\w*|discounts?",
            "integration": r"integrat\w+|interfaces?|apis?|connectors?|compatib\w+|sync\w*",
            "security": r"security|secure|gdpr|privacy|compliance|certif\w+|encryption|data protection|soc ?2|iso ?\d+",
            "performance": r"slow\w*|performance|speed|latency|scal\w+|throughput|downtime|outages?|stability|uptime",
            "usability": (
                r"usab\w+|user[- ]friendly|complicated|complex\w*|intuitive|confusing|ease of use|learning curve|"
                r"adoption"
            ),
            "support": r"support|hotline|helpdesk|response times?",
            "migration": r"migrat\w+|transition|switching effort|data import|cut[- ]?over|disruption\w*",
            "contract terms": r"terms|liability|termination|notice period|contract length|lock[- ]?in|minimum term",
            "single sign-on": r"sso|single sign[- ]?on|saml|okta|azure ad|active directory",
            "mobile app": r"mobile (?:app|client|version)|ios|android app|smartphone app",
            "reporting": r"report(?:ing|s)?|dashboards?|analytics|kpis?",
            "on-premises": r"on[- ]prem\w*|self[- ]hosted|own servers?|private cloud",
            "training": r"training\w*|workshops?|documentation|tutorials?",
            "reference customers": r"references?|case stud(?:y|ies)|reference customers?|success stories",
        }.items()
    }
)
_OBJECTS = re.compile(
    r"\b(?:concern\w*|worr(?:y|ied|ies)|too (?:expensive|slow|complex|complicated|high|risky|long|late)|afraid|"
    r"doubts?|sceptical|skeptical|hesita\w+|problem with|issue with|"
    r"not (?:convinced|sure about|happy with|comfortable with)|drawback|downside|obstacle|blocker|objection\w*|deal "
    r"?breaker|reservations?|risk|lacks?|missing|unclear)\b",
    re.IGNORECASE,
)
_WISHES = re.compile(
    r"\b(?:do you (?:have|support|offer|plan)|does it (?:have|support|offer)|is there (?:an?|any)|need(?:s|ed)?|"
    r"would (?:like|love)|want(?:s|ed)?|request(?:s|ed)?|ask(?:s|ed)? (?:for|about|whether|if)|"
    r"looking for|interested in|wish(?:es|ed)?|require[sd]?|could you (?:add|offer|support)|missing)\b",
    re.IGNORECASE,
)
_SIGNS: Mapping[Kind, re.Pattern[str]] = MappingProxyType({Kind.OBJECTION: _OBJECTS, Kind.REQUEST: _WISHES})
_RIVAL_SIGNALS = ("competitive_evaluation", "competitor_preference")
_NAME = re.compile(r"(?<![.!?] )(?<!^)(?<!\w)[A-Z][a-z]+(?:[A-Z][a-z]+)*(?: [A-Z][a-z]+)?")
_NO_RIVALS = words(
    "i we our the monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december"
)

SIGNAL_OF: Mapping[Kind, str] = MappingProxyType(
    {Kind.OBJECTION: "shared_objection", Kind.REQUEST: "shared_request", Kind.COMPETITOR: "shared_competitor"}
)


def mentions_in(
    text: str, findings: Iterable[Finding], *, account: str, at: datetime, reference: str = ""
) -> list[Mention]:
    """Return the topics of one text of a customer: objections and requests by topic, and the rivals that are named.

    `findings` are what the detectors found in it: a name is a rival's only in a sentence that compares or prefers.
    """
    found: dict[tuple[Kind, str], str] = {}
    for kind, topic, quote in (*_topics(text), *_rivals(findings)):
        found.setdefault((kind, topic), quote)
    return [Mention(account, kind, topic, at, reference, quote) for (kind, topic), quote in found.items()]


def detect_shared(mentions: Iterable[Mention], *, now: datetime, fewest: int = FEWEST_ACCOUNTS) -> list[Shared]:
    """Return each topic that at least `fewest` accounts mentioned within the last 30 days, the widest first."""
    by_topic: dict[tuple[Kind, str], list[Mention]] = {}
    for mention in mentions:
        if now - WINDOW < mention.at <= now:
            by_topic.setdefault((mention.kind, mention.topic.casefold()), []).append(mention)
    shared = [_shared(rows) for rows in by_topic.values() if len({row.account for row in rows}) >= fewest]
    return sorted(shared, key=lambda row: (-len(row.accounts), row.kind, row.topic))


def _shared(rows: list[Mention]) -> Shared:
    newest = sorted(rows, key=lambda row: row.at, reverse=True)
    accounts = tuple(dict.fromkeys(row.account for row in newest))
    confidence = round(
        min(MOST, max(DEFAULT_THRESHOLD, DEFAULT_THRESHOLD + 0.05 * (len(accounts) - FEWEST_ACCOUNTS + 1))), 4
    )
    kind, topic = newest[0].kind, newest[0].topic
    what = f"named {topic}" if kind is Kind.COMPETITOR else f"had the same {kind}: {topic}"
    reason = f"{len(accounts)} accounts {what}, in 30 days."
    evidence = tuple(row.reference for row in newest if row.reference)
    decisive = len(accounts) > FEWEST_ACCOUNTS
    finding = Finding(SIGNAL_OF[kind], confidence, reason, newest[0].quote, 0, 0, decisive, evidence)
    newest_of_each = tuple(next(row for row in newest if row.account == account) for account in accounts)
    return Shared(kind, topic, accounts, newest_of_each, finding)


def _topics(text: str) -> Iterator[tuple[Kind, str, str]]:
    if not any(sign.search(text) for sign in _SIGNS.values()):
        return
    for sentence in sentences(customer_part(text)):
        kinds = [kind for kind, sign in _SIGNS.items() if sign.search(sentence.text)]
        topics = [topic for topic, speaks_of in _TOPICS.items() if kinds and speaks_of.search(sentence.text)]
        yield from ((kind, topic, _quote(text, sentence)) for kind in kinds for topic in topics)


def _quote(text: str, sentence: Sentence) -> str:
    return text[sentence.start : sentence.start + len(sentence.text)]


def _rivals(findings: Iterable[Finding]) -> Iterator[tuple[Kind, str, str]]:
    for finding in findings:
        if finding.signal in _RIVAL_SIGNALS and finding.confidence >= DEFAULT_THRESHOLD:
            names = (name for name in _NAME.findall(finding.quote) if name.lower() not in _NO_RIVALS)
            yield from ((Kind.COMPETITOR, name, finding.quote) for name in names)
