"""What an action would do, field by field, out of its canonical payload; nothing an agent says about it enters here.

What identifies the deed comes first (whom it reaches, what changes), long texts last and in boxes of their own, so that
no length hides a field. A mail is composed by the connector's own code: what is shown is what will be sent.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import EmailMessage

from crm.addresses import address_key
from crm.console.formats import as_text, pairs_of, words
from engine.connectors import calendar, email
from engine.connectors.contract import Delivery
from engine.console.words import moment_of
from engine.lifecycle import Status
from engine.models import Action


@dataclass(frozen=True, slots=True)
class Address:
    """A recipient; a `stranger` is neither a contact of the account nor in one of its domains."""

    text: str
    stranger: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One thing the action carries. `kind` says how it is drawn: line, addresses, text, pairs or change.

    `value` is a text, for addresses a list of Address, for pairs a list of (name, text). `was` is what stands in its
    place now, `note` where the value comes from if not from the payload.
    """

    label: str
    kind: str
    value: Any
    was: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """The fields under a heading that says what will happen with them."""

    heading: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class _Shown:
    action: Action
    strangers: frozenset[str]
    zone: ZoneInfo

    @property
    def payload(self) -> dict[str, Any]:
        return dict(self.action.payload)

    def addresses(self, listed: Collection[str]) -> list[Address]:
        return [Address(one, address_key(one) in self.strangers) for one in listed]


def contents_of(action: Action, *, strangers: Collection[str], zone: ZoneInfo) -> Contents:
    """The contents of `action`; `strangers` are the recipients unknown to the account, times are told as in `zone`."""
    subject, future, build = _BUILDERS.get(action.action_type, ("What it carries", "", _anything))
    shown = _Shown(action, frozenset(strangers), zone)
    return Contents(f"{subject}{future}" if action.status in _AHEAD else subject, build(shown))


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
