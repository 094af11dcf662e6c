"""Who sits at the console, and what their role in the current tenant lets them do there.

The one place where a page asks. Django's own permissions and `is_superuser` have no say. (Deciding an action is asked
of engine.deciders, which reads the role afresh under the action's lock.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from crm.access import actor_of
from crm.models import Role, Tenant
from crm.posts import Desk, Post, desk_of
from record.actors import Actor


class Power(StrEnum):
    SEE_THE_TENANT = "see the tenant"
    SEE_KEYS = "see keys"
    SEE_OTHERS_TOKENS = "see other people's tokens"
    SEE_LOG_INS = "see log-ins"
    MANAGE_PEOPLE = "manage people"
    ISSUE_KEYS = "issue and revoke keys"
    ISSUE_OWN_TOKEN = "issue a token for oneself"
    EDIT_CLONES = "edit clones"
    SET_PAUSES = "set and lift pauses"
    SET_POLICY = "set hold and deadlines"
    SUPPRESS = "suppress contacts"
    SET_SCHEDULE = "set the schedule"
    JUDGE_INSIGHTS = "judge insights"
    SET_GOALS = "set goals"
    SET_WEBHOOK = "set the webhook"
    SET_LOG_IN = "set how people log in"
    SEE_NOTICES = "see what others are told"
    SET_OWN_REACH = "set how one is told"
    SEE_STAMPING = "see how others decide"


_EVERYBODY = frozenset(Role.values)
_OPERATORS = frozenset({Role.OPERATOR.value})
_MANAGERS = frozenset({Role.MANAGER.value})
_INSPECTORS = _OPERATORS | {Role.AUDITOR.value}

# Source: docs/operations.md, roles.
HOLDERS: Mapping[Power, frozenset[str]] = MappingProxyType(
    {
        Power.SEE_THE_TENANT: _EVERYBODY,
        Power.SEE_KEYS: _INSPECTORS | _MANAGERS,
        Power.SEE_OTHERS_TOKENS: _INSPECTORS,
        Power.SEE_LOG_INS: _INSPECTORS,
        Power.MANAGE_PEOPLE: _OPERATORS,
        Power.ISSUE_KEYS: _OPERATORS,
        Power.ISSUE_OWN_TOKEN: _EVERYBODY,
        Power.EDIT_CLONES: _OPERATORS | _MANAGERS,
        Power.SET_PAUSES: _OPERATORS | _MANAGERS,
        Power.SET_POLICY: _MANAGERS,
        Power.SUPPRESS: _OPERATORS | _MANAGERS,
        Power.SET_SCHEDULE: _OPERATORS,
        Power.JUDGE_INSIGHTS: _MANAGERS | {Role.REP.value},
        Power.SET_GOALS: _MANAGERS | {Role.REP.value},
        Power.SET_WEBHOOK: _OPERATORS,
        Power.SET_LOG_IN: _OPERATORS,
        Power.SEE_NOTICES: _INSPECTORS | _MANAGERS,
        Power.SET_OWN_REACH: _EVERYBODY,
        Power.SEE_STAMPING: _MANAGERS | {Role.AUDITOR.value},
    }
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person of a request to the console: where they are now (`post`), and what they bring along (`desk`)."""

    person: User
    post: Post
    desk: Desk

    @property
    def posts(self) -> tuple[Post, ...]:
        return self.desk.posts

    @property
    def tenant(self) -> Tenant:
        return self.post.tenant

    @property
    def role(self) -> str:
        return self.post.role

    @property
    def actor(self) -> Actor:
        return actor_of(self.person)

    def may(self, power: Power) -> bool:
        return self.role in HOLDERS[power]


def visitor(person: User, wanted: UUID | str | None) -> Visitor | None:
    """The person in the tenant they want to be in, or in their first one; None for who belongs to none."""
    desk = desk_of(person.pk)
    first = desk.posts[0] if desk.posts else None
    post = next((post for post in desk.posts if str(post.tenant.pk) == str(wanted)), first)
    return None if post is None else Visitor(person, post, desk)


def visitor_of(request: HttpRequest) -> Visitor:
    """Who sits at the console. Raises PermissionDenied (403) for a person without a tenant."""
    found: Visitor | None = getattr(request, "visitor", None)
    if found is None:
        raise PermissionDenied("You belong to no company here.")
    return found


def may(request: HttpRequest, power: Power) -> bool:
    """Whether the person's role in the current tenant holds `power`."""
    found: Visitor | None = getattr(request, "visitor", None)
    return found is not None and found.may(power)


def require(request: HttpRequest, power: Power) -> Visitor:
    """Who sits at the console, holding `power`. Raises PermissionDenied (403) with a sentence."""
    found = visitor_of(request)
    if not found.may(power):
        needed = " or ".join(sorted(Role(role).label.lower() for role in HOLDERS[power]))
        raise PermissionDenied(f"To {power} takes the role {needed}; yours here is {found.post.role_in_words.lower()}.")
    return found
