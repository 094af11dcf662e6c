"""What the demo's world is written in: the rows of its tables. They know no database and no clock.

Times are relative. `hours_ago` and `days_ago` count back from the moment the world is made, `hours_later` on from the
proposal; a negative `days_ago` lies ahead.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from crm.models import Channel, Direction, InteractionStatus, Role
from crm.stages import Stage
from engine.connectors.contract import NotDelivered, Uncertain


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who works for the company."""

    username: str
    first_name: str
    last_name: str
    role: Role
    email: str


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A clone, with the sales representative it works for."""

    name: str
    team: str
    owner: str
    address: str
    reply_to: str
    signature: str


@dataclass(frozen=True)
class Customer:
    """An account. `key` is its external id."""

    key: str
    name: str
    domain: str
    industry: str
    owner: str


@dataclass(frozen=True)
class Contact:
    """A person at a customer. `key` is its external id."""

    key: str
    account: str
    name: str
    email: str
    title: str


@dataclass(frozen=True)
class Deal:
    """An opportunity. `key` is its external id, which begins with its account's."""

    key: str
    clone: str
    name: str
    stage: Stage
    amount: str
    opened_days_ago: int
    closed_days_ago: int | None

    @property
    def account(self) -> str:
        return self.key.partition("-")[0]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """Something that was said or written about a deal, or will be. `at` is a time of day in the company's zone."""

    deal: str
    contact: str | None
    channel: Channel
    direction: Direction
    days_ago: int
    at: str
    subject: str
    text: str
    status: InteractionStatus = InteractionStatus.COMPLETED


@dataclass(frozen=True, kw_only=True)
class Loose:
    """A mail that names no account; its sender may lead to one."""

    days_ago: int
    at: str
    sender: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """A goal of the company, a team or one of its agents, for the current month or, with `quarter`, its quarter."""

    goal_type: str
    value: str
    set_by: str
    clone: str | None = None
    team: str = ""
    quarter: bool = False


@dataclass(frozen=True)
class At:
    """An instant inside a payload: so many days from today, at a time of day in the company's zone."""

    days: int
    clock: str


# --- what happened to a proposal ---


@dataclass(frozen=True, kw_only=True)
class Approved:
    by: str
    hours_later: float
    comment: str = ""
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class Rejected:
    by: str
    hours_later: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Edited:
    by: str
    hours_later: float
    changes: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    hours_later: float


@dataclass(frozen=True, kw_only=True)
class CarriedOut:
    """Claimed and tried once for each of `troubles`, then once more unless the last of them ended it."""

    hours_later: float
    troubles: tuple[NotDelivered | Uncertain, ...] = ()


Step = Approved | Rejected | Edited | Withdrawn | CarriedOut


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A proposal, and what happened then. `expired`: nobody decided, and its time ran out."""

    hours_ago: float
    clone: str
    action_type: str
    account: str
    payload: dict[str, Any]
    rationale: str
    deal: str | None = None
    contact: str | None = None
    deal_stage: str | None = None
    then: tuple[Step, ...] = ()
    expired: bool = False


@dataclass(frozen=True, kw_only=True)
class Paused:
    """A clone, or an action type, was held back, and still is."""

    hours_ago: float
    by: str
    reason: str
    clone: str | None = None
    action_type: str = ""


@dataclass(frozen=True, kw_only=True)
class OptedOut:
    """A contact asked not to be written to."""

    hours_ago: float
    by: str
    contact: str
    reason: str


Happening = Proposed | Paused | OptedOut


@dataclass(frozen=True, kw_only=True)
class OwnRule:
    """A rule the company has set: its kind, why, and what guardrails.setting takes beside."""

    kind: str
    reason: str
    given: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Company:
    """A tenant and everything in it. `happenings` may stand in any order; they are told oldest first."""

    slug: str
    name: str
    time_zone: str
    currency: str
    hold_seconds: int
    deadline_hours: int
    deadlines: dict[str, int]
    people: tuple[Person, ...]
    agents: tuple[Agent, ...]
    customers: tuple[Customer, ...]
    contacts: tuple[Contact, ...]
    deals: tuple[Deal, ...]
    answers: dict[str, dict[str, str]]  # what is known of a deal by BANT
    talks: tuple[Talk, ...]
    unsorted: tuple[Loose, ...]
    targets: tuple[Target, ...]
    rules: tuple[OwnRule, ...]
    happenings: tuple[Happening, ...] = field(repr=False)


def mail_from(contact: str, deal: str, days_ago: int, at: str, subject: str, text: str) -> Talk:
    """An e-mail that a contact wrote."""
    return Talk(
        deal=deal,
        contact=contact,
        channel=Channel.EMAIL,
        direction=Direction.IN,
        days_ago=days_ago,
        at=at,
        subject=subject,
        text=text,
    )


def call_with(contact: str, deal: str, days_ago: int, at: str, subject: str, text: str) -> Talk:
    """A telephone call with a contact."""
    return replace(mail_from(contact, deal, days_ago, at, subject, text), channel=Channel.CALL)


def mail_to(contact: str, deal: str, days_ago: int, at: str, subject: str, text: str) -> Talk:
    """An e-mail that an agent wrote."""
    return replace(mail_from(contact, deal, days_ago, at, subject, text), direction=Direction.OUT)


def chat_with(contact: str, deal: str, days_ago: int, at: str, text: str) -> Talk:
    """A chat message that a contact wrote."""
    return replace(mail_from(contact, deal, days_ago, at, "", text), channel=Channel.CHAT)


def note_on(deal: str, days_ago: int, at: str, subject: str, text: str) -> Talk:
    """A note in the CRM."""
    said = mail_from("", deal, days_ago, at, subject, text)
    return replace(said, contact=None, channel=Channel.CRM, direction=Direction.NONE)


def meeting_with(
    contact: str,
    deal: str,
    days_ago: int,
    at: str,
    subject: str,
    text: str,
    status: InteractionStatus = InteractionStatus.COMPLETED,
) -> Talk:
    """A meeting with a contact."""
    said = mail_from(contact, deal, days_ago, at, subject, text)
    return replace(said, channel=Channel.MEETING, direction=Direction.NONE, status=status)


def mail(to: str, subject: str, *paragraphs: str, cc: tuple[str, ...] = ()) -> dict[str, Any]:
    """The payload of an e-mail to one person."""
    copies = {"cc": list(cc)} if cc else {}
    return {"to": [to], "subject": subject, "body": "\n\n".join(paragraphs), **copies}
