"""An action in words: what it is called, and in one line what it carries. Knows no Django.

The line is made of the canonical payload, never of what the agent says about it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from crm.console.formats import at, words
from guardrails.rules import RULES

LONGEST_LINE = 160
_UTC = ZoneInfo("UTC")

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "send_follow_up_email": "Send a follow-up e-mail",
        "send_routine_response": "Answer by e-mail",
        "send_chat_message": "Post a chat message",
        "schedule_meeting": "Invite to a meeting",
        "qualify_conversation": "Note how the deal qualifies",
        "progress_early_stage": "Move the deal on",
        "update_account_context": "Note facts about the account",
        "create_briefing": "Prepare a briefing",
        "log_interaction": "Log an interaction",
        "send_proposal": "Send a proposal",
        "discuss_pricing": "Write about prices",
        "negotiate_terms": "Write about terms",
        "progress_past_evaluation": "Move the deal to a late stage",
        "contact_c_suite": "Write to top management",
        "share_minutes_externally": "Send minutes to the customer",
        "modify_account_plan": "Rewrite the account plan",
        "escalate_to_management": "Escalate to management",
        "commit_pricing": "Promise a price",
        "modify_contract": "Change a contract",
        "approve_discount": "Grant a discount",
        "strategic_decision": "Decide on strategy",
        "initiate_executive_relationship": "Open a relationship with an executive",
        "legal_commitment": "Make a legal commitment",
        "market_positioning_change": "Change the market positioning",
    }
)


def title_of(action_type: str) -> str:
    """What a manager calls an action; a kind the catalogue does not know by its own name."""
    return TITLES.get(action_type) or f"{words(action_type)} (not in the catalogue)"


def line_of(action_type: str, payload: Mapping[str, Any], zone: ZoneInfo = _UTC) -> str:
    """What the payload carries, in one line of at most 160 characters; times as in `zone`."""
    line = " ".join(_LINES.get(action_type, _any_line)(payload, zone).split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def why_of(rule: str) -> str:
    """In one sentence, why a rule wants a person."""
    return RULES[rule].explanation if rule in RULES else f"The rule {words(rule).lower()} asks for a person."


def moment_of(text: str, zone: ZoneInfo) -> str:
    """A payload's instant as people in `zone` say it; an unreadable one as it stands."""
    try:
        return at(datetime.fromisoformat(text).astimezone(zone), "full")
    except ValueError:
        return text


def _mail_line(payload: Mapping[str, Any], zone: ZoneInfo) -> str:
    return f"To {_addresses(payload.get('to'))}: {payload.get('subject', '')}"


def _meeting_line(payload: Mapping[str, Any], zone: ZoneInfo) -> str:
    when = moment_of(str(payload.get("starts_at", "")), zone)
    length, people = payload.get("duration_minutes", "?"), _addresses(payload.get("attendees"))
    return f"{payload.get('title', '')}, {when}, {length} min, with {people}"


def _stage_line(payload: Mapping[str, Any], zone: ZoneInfo) -> str:
    return f"To {words(str(payload.get('to_stage', '')))}"


def _answers_line(payload: Mapping[str, Any], zone: ZoneInfo) -> str:
    answers = payload.get("fields")
    named = ", ".join(words(name).lower() for name in answers) if isinstance(answers, dict) else ""
    return f"{payload.get('framework', '')}: {named}"


def _context_line(payload: Mapping[str, Any], zone: ZoneInfo) -> str:
    return _any_line(payload.get("context") or {}, zone)


def _any_line(payload: Any, zone: ZoneInfo) -> str:
    if not isinstance(payload, Mapping):
        return str(payload)
    return "; ".join(f"{name}: {value}" for name, value in payload.items())


def _addresses(listed: Any) -> str:
    if not isinstance(listed, list) or not listed:
        return "nobody"
    more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
    return f"{listed[0]}{more}"


_LINES: Mapping[str, Callable[[Mapping[str, Any], ZoneInfo], str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "send_follow_up_email",
                "send_routine_response",
                "send_proposal",
                "discuss_pricing",
                "negotiate_terms",
                "contact_c_suite",
                "share_minutes_externally",
            ),
            _mail_line,
        ),
        "send_chat_message": lambda payload, zone: f"In {payload.get('channel', '')}: {payload.get('text', '')}",
        "schedule_meeting": _meeting_line,
        "qualify_conversation": _answers_line,
        "progress_early_stage": _stage_line,
        "progress_past_evaluation": _stage_line,
        "update_account_context": _context_line,
        "modify_account_plan": lambda payload, zone: str(payload.get("plan", "")),
        "create_briefing": lambda payload, zone: str(payload.get("title", "")),
        "log_interaction": lambda payload, zone: (
            f"{words(str(payload.get('channel', '')))}: {payload.get('summary', '')}"
        ),
        "escalate_to_management": lambda payload, zone: (
            f"{words(str(payload.get('severity', '')))}: {payload.get('summary', '')}"
        ),
    }
)
