"""What an action would do, field by field, out of its canonical payload; nothing an agent says about it enters here.

What identifies the deed comes first (whom it reaches, what changes), long texts last and in boxes of their own, so that
no length hides a field. A mail is composed by the connector's own code: what is shown is what will be sent.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from email.header import decode_header, make_header
from email.utils import parseaddr
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import EmailMessage

from crm.addresses import address_key
from crm.console.drawn import Span, unified
from crm.console.formats import as_text, pairs_of, words
from engine.connectors import calendar, email
from engine.connectors.contract import Delivery
from engine.console.words import moment_of
from engine.lifecycle import Status
from engine.models import Action
from guardrails.policy import MESSAGE_TYPES
from insights.commitments import MOST_READ, find_commitments


@dataclass(frozen=True, slots=True)
class Address:
    """A recipient; a `stranger` is neither a contact of the account nor in one of its domains. `who`: the contact's name
    and title, where there is one."""

    text: str
    stranger: bool
    who: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing the action carries. `kind` says how it is drawn: line, addresses, text, pairs or change.

    `value` is a text, for addresses a list of Address, for pairs a list of (name, text). `was` is what stands in its
    place now, `note` where the value comes from if not from the payload, `promises` the stretches of a text that
    promise something.
    """

    label: str
    kind: str
    value: Any
    was: str = ""
    note: str = ""
    promises: tuple[Span, ...] = ()

    @property
    def length(self) -> int:
        """How many characters a text has that is too long to be seen at a glance; else 0."""
        return len(self.value) if isinstance(self.value, str) and len(self.value) > GLANCE[self.kind] else 0


@dataclass(frozen=True, slots=True)
class Contents:
    """The fields under a heading that says what will happen with them. `unread`: a text is too long to be searched to its
    end for promises."""

    heading: str
    fields: list[Field]
    unread: bool = False

    @property
    def promised(self) -> list[str]:
        """What is promised somewhere in them, each kind once."""
        return sorted({promise.label for field in self.fields for promise in field.promises})


@dataclass(frozen=True, slots=True)
class _Shown:
    action: Action
    strangers: frozenset[str]
    titles: Mapping[str, str]
    zone: ZoneInfo

    @property
    def payload(self) -> dict[str, Any]:
        return dict(self.action.payload)

    def addresses(self, listed: Collection[str]) -> list[Address]:
        keys = [(one, address_key(one)) for one in listed]
        return [Address(one, key in self.strangers, self.titles.get(key, "")) for one, key in keys]


def contents_of(
    action: Action, *, strangers: Collection[str], zone: ZoneInfo, titles: Mapping[str, str] = MappingProxyType({})
) -> Contents:
    """The contents of `action`; `strangers` are the recipients unknown to the account, `titles` say by address who a
    recipient is, times are told as in `zone`. In a message, what promises something is marked."""
    subject, future, build = _BUILDERS.get(action.action_type, ("What it carries", "", _anything))
    fields = build(_Shown(action, frozenset(strangers), titles, zone))
    said = [one for one in fields if one.label in _SAID] if action.action_type in MESSAGE_TYPES else []
    fields = [replace(one, promises=_promises(one.value)) if one in said else one for one in fields]
    heading = f"{subject}{future}" if action.status in _AHEAD else subject
    return Contents(heading, fields, unread=any(len(one.value) > MOST_READ for one in said))


def _promises(text: str) -> tuple[Span, ...]:
    return tuple(Span(one.start, one.end, words(one.kind).lower()) for one in find_commitments(unified(text)))


def _mail(shown: _Shown) -> list[Field]:
    mail = email.compose(_delivery(shown.action))
    carbon = [Field("Cc", "addresses", shown.addresses(mail.cc))] if mail.cc else []
    return [
        Field("To", "addresses", shown.addresses(mail.to)),
        *carbon,
        *_sender(mail),
        Field("Subject", "line", mail.subject),
        Field("Text", "text", mail.body, note=_signed(shown.action)),
    ]


def _meeting(shown: _Shown) -> list[Field]:
    mail, payload = calendar.compose(_delivery(shown.action)), shown.payload
    place = [Field("Where", "line", payload["location"])] if "location" in payload else []
    return [
        Field("Invited", "addresses", shown.addresses(mail.to)),
        Field(
            "Begins",
            "line",
            moment_of(payload["starts_at"], shown.zone),
            note=f"{shown.zone.key}; as sent: {payload['starts_at']}",
        ),
        Field("Takes", "line", f"{payload['duration_minutes']} minutes"),
        *place,
        *_sender(mail),
        Field("Title", "line", mail.subject),
        Field("Text", "text", mail.body, note=_signed(shown.action)),
    ]


def _chat(shown: _Shown) -> list[Field]:
    return [
        Field("Channel", "line", shown.payload["channel"]),
        Field("From", "line", shown.action.clone.name, note="from the clone's settings"),
        Field("Text", "text", shown.payload["text"]),
    ]


def _escalation(shown: _Shown) -> list[Field]:
    return [
        Field("To", "line", "Every manager of this company who has an e-mail address"),
        Field("Severity", "line", words(shown.payload["severity"])),
        Field("Text", "text", shown.payload["summary"]),
    ]


def _stage(shown: _Shown) -> list[Field]:
    deal = shown.action.opportunity
    return [
        Field("Deal", "line", deal.name if deal else "none"),
        Field("Stage", "change", words(shown.payload["to_stage"]), was=words(deal.stage) if deal else ""),
    ]


def _answers(shown: _Shown) -> list[Field]:
    framework = shown.payload["framework"]
    noted = shown.action.opportunity.qualification.get(framework, {}) if shown.action.opportunity else {}
    return [
        Field("Framework", "line", framework),
        *(
            Field(words(name), "text", _or_cleared(answer), was=str(noted.get(name) or ""))
            for name, answer in shown.payload["fields"].items()
        ),
    ]


def _context(shown: _Shown) -> list[Field]:
    noted = shown.action.account.context
    return [
        Field(name, "pairs", pairs_of(value), was=as_text(noted[name]) if name in noted else "")
        for name, value in shown.payload["context"].items()
    ]


def _plan(shown: _Shown) -> list[Field]:
    return [Field("Account plan", "text", shown.payload["plan"], was=shown.action.account.plan)]


def _briefing(shown: _Shown) -> list[Field]:
    return [Field("Title", "line", shown.payload["title"]), Field("Text", "text", shown.payload["body"])]


def _interaction(shown: _Shown) -> list[Field]:
    payload = shown.payload
    return [
        Field("Channel", "line", words(payload["channel"])),
        Field(
            "Happened", "line", moment_of(payload["occurred_at"], shown.zone), note=f"as sent: {payload['occurred_at']}"
        ),
        Field("Summary", "text", payload["summary"]),
    ]


def _anything(shown: _Shown) -> list[Field]:
    return [Field(name, "pairs", pairs_of(value)) for name, value in shown.payload.items()] or [
        Field("Payload", "line", "empty")
    ]


def _sender(mail: EmailMessage) -> list[Field]:
    answers = readable(mail.reply_to[0]) if mail.reply_to else readable(mail.from_email)
    return [
        Field("From", "line", readable(mail.from_email), note="from the clone's settings"),
        Field("Answers to", "line", answers, note="from the clone's settings"),
    ]


def readable(address: str) -> str:
    """An address as it stands in a mail's head, with its name decoded."""
    name, bare = parseaddr(address)
    return f"{make_header(decode_header(name))} <{bare}>" if name else bare


def _signed(action: Action) -> str:
    return "ends with the signature from the clone's settings" if action.clone.signature else ""


def _or_cleared(answer: Any) -> str:
    return "cleared" if answer is None else str(answer)


def _delivery(action: Action) -> Delivery:
    return Delivery(action=action, key=str(action.pk))


_SAID = frozenset({"Subject", "Title", "Text"})  # the fields of a message that say something to whom it reaches
# From how many characters on a field says how many it has: more than its box shows at once.
GLANCE: Mapping[str, int] = MappingProxyType({"line": 400, "text": 3_000, "change": 400, "addresses": 0, "pairs": 0})
_Builder = Callable[[_Shown], list[Field]]
_AHEAD = (Status.PENDING, Status.APPROVED, Status.EXECUTING)
_E_MAIL: tuple[str, str, _Builder] = ("The e-mail", " as it will be sent", _mail)
# By action type: what is shown, what is said of it while it lies ahead, and how it is drawn.
_BUILDERS: Mapping[str, tuple[str, str, _Builder]] = MappingProxyType(
    {
        "send_follow_up_email": _E_MAIL,
        "send_routine_response": _E_MAIL,
        "send_proposal": _E_MAIL,
        "discuss_pricing": _E_MAIL,
        "negotiate_terms": _E_MAIL,
        "contact_c_suite": _E_MAIL,
        "share_minutes_externally": _E_MAIL,
        "schedule_meeting": ("The invitation", " as it will be sent", _meeting),
        "send_chat_message": ("The message", " as it will be posted", _chat),
        "escalate_to_management": ("The escalation", " as it will be sent", _escalation),
        "progress_early_stage": ("The change", " to be made", _stage),
        "progress_past_evaluation": ("The change", " to be made", _stage),
        "qualify_conversation": ("Notes about the deal", " to be taken", _answers),
        "update_account_context": ("Notes about the account", " to be taken", _context),
        "modify_account_plan": ("The account plan", " as it will stand", _plan),
        "create_briefing": ("The briefing", " to be filed", _briefing),
        "log_interaction": ("The interaction", " to be logged", _interaction),
    }
)
