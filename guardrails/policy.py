"""What an agent may do on its own, what needs a person, what it may never do: tables, and the walk over them.

Source of the tiers, the stage gate and the verdicts: docs/guardrails.md. Nothing here reads a clock or a
database; the facts are handed in, and a verdict depends on no text that an agent or a customer wrote.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from crm.stages import GATED_STAGES, STAGES
from guardrails.names import bare_letters, plain_name
from guardrails.rules import RULES, Effect


class Tier(StrEnum):
    AUTONOMOUS = "autonomous"
    APPROVAL_REQUIRED = "approval_required"
    HARD_STOP = "hard_stop"


class CatalogueEntry(NamedTuple):
    tier: Tier
    description: str


_WHAT_THEY_DO: Mapping[Tier, Mapping[str, str]] = {
    Tier.AUTONOMOUS: {
        "send_follow_up_email": "Write to a contact to take up an earlier exchange.",
        "send_routine_response": "Answer an everyday question by e-mail.",
        "send_chat_message": "Post a message in a chat channel.",
        "schedule_meeting": "Invite people to a meeting.",
        "qualify_conversation": "Record what a talk showed, by BANT or MEDDIC.",
        "progress_early_stage": "Move a deal to discovery or qualification.",
        "update_account_context": "Note what was learnt about an account.",
        "create_briefing": "Prepare a note that people read before a talk.",
        "log_interaction": "Log a mail, chat, meeting or call that took place.",
    },
    Tier.APPROVAL_REQUIRED: {
        "send_proposal": "Send a customer a proposal.",
        "discuss_pricing": "Write to a customer about prices.",
        "negotiate_terms": "Write to a customer about terms.",
        "progress_past_evaluation": "Move a deal to evaluation or negotiation, or close it.",
        "contact_c_suite": "Write to a customer's top management.",
        "share_minutes_externally": "Send the minutes of a meeting to a customer.",
        "modify_account_plan": "Rewrite the plan for an account.",
        "escalate_to_management": "Bring a matter before the management.",
    },
    Tier.HARD_STOP: {
        "commit_pricing": "Promise a price.",
        "modify_contract": "Change a contract.",
        "approve_discount": "Grant a discount.",
        "strategic_decision": "Decide on strategy.",
        "initiate_executive_relationship": "Open a relationship with an executive.",
        "legal_commitment": "Make a legal commitment.",
        "market_positioning_change": "Change how the company places itself in the market.",
    },
}

CATALOGUE: Mapping[str, CatalogueEntry] = MappingProxyType(
    {
        name: CatalogueEntry(tier, description)
        for tier, rows in _WHAT_THEY_DO.items()
        for name, description in rows.items()
    }
)

TIERS: Mapping[str, Tier] = MappingProxyType({name: entry.tier for name, entry in CATALOGUE.items()})
HARD_STOPS = frozenset(name for name, tier in TIERS.items() if tier is Tier.HARD_STOP)
_HARD_STOP_BY_LETTERS = {bare_letters(name): name for name in HARD_STOPS}

# The actions that write to people.
MESSAGE_TYPES = frozenset(
    {
        "send_follow_up_email",
        "send_routine_response",
        "send_chat_message",
        "schedule_meeting",
        "send_proposal",
        "discuss_pricing",
        "negotiate_terms",
        "contact_c_suite",
        "share_minutes_externally",
    }
)

MOST_RECIPIENTS = 5  # an autonomous message to more of them needs a person


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules may ask beside the action and our own records' stage; each can only tighten a verdict.

    Raises TypeError for a fact of another type: one that could not be read must not count as harmless.
    """

    _: KW_ONLY
    claimed_stage: object = None  # what the caller says the stage is, whatever it sent; None: nothing claimed
    suppressed: bool = False  # somebody it would write to must not be written to
    unknown_recipients: tuple[str, ...] = ()  # addresses neither of the account's contacts nor in its domains
    recipient_count: int = 0
    paused: bool = False  # a pause holds for it now
    tightened_by_edit: bool = False  # it is somebody's edit of a proposal
    target_moved: bool = False  # its deal or contact is no longer one of its account
    stopped_by_rule: bool = False  # a rule of the tenant says never
    person_by_rule: bool = False  # a rule of the tenant puts a person before it
    four_eyes: bool = False  # a rule of the tenant asks for two people
    commitments: tuple[str, ...] = ()  # what its text promises, by kind
    touches_used_up: bool = False  # the week's messages to somebody it would be sent to
    sends_used_up: bool = False  # the day's messages to the account
    queue_full: bool = False  # as many of the clone's proposals wait as may

    def __post_init__(self) -> None:
        for name in _TRUE_OR_FALSE:
            if type(getattr(self, name)) is not bool:
                raise TypeError(f"{name}: true or false, not {getattr(self, name)!r}.")
        if type(self.recipient_count) is not int:
            raise TypeError(f"recipient_count: a whole number, not {self.recipient_count!r}.")
        if isinstance(self.unknown_recipients, str):
            raise TypeError("unknown_recipients: a list of addresses, not one text.")
        if isinstance(self.commitments, str):
            raise TypeError("commitments: a list of kinds, not one text.")
        object.__setattr__(self, "unknown_recipients", tuple(self.unknown_recipients))
        object.__setattr__(self, "commitments", tuple(self.commitments))


_TRUE_OR_FALSE = tuple(fact.name for fact in fields(Facts) if fact.type is bool)
NOTHING_KNOWN = Facts()


@dataclass(frozen=True, slots=True)
class GuardrailResult:
    """A verdict. `rules` are the ids of the rules that fired, strictest first; `reason` is their first."""

    allowed: bool
    reason: str
    requires_human: bool
    tier: Tier
    rules: tuple[str, ...]

    def __post_init__(self) -> None:
        allowed = bool(self.rules) and all(RULES[rule].effect is Effect.ALLOW for rule in self.rules)
        if (self.allowed, self.requires_human, self.reason) != (allowed, not allowed, *self.rules[:1]):
            raise ValueError("A verdict must say what its rules say.")

    @property
    def remedy(self) -> list[dict[str, str]] | None:
        """The ways out as {do, who, how}, each once, the strictest rule's first; None when allowed."""
        if self.allowed:
            return None
        ways = dict.fromkeys(way for rule in self.rules for way in RULES[rule].remedies)
        return [way.as_dict() for way in ways]

    @property
    def explanations(self) -> list[str]:
        """One sentence for each rule that fired, for managers."""
        return [RULES[rule].explanation for rule in self.rules]

    def as_dict(self) -> dict[str, object]:
        """The verdict as plain JSON values, with the contract's six names."""
        return {
            "allowed": self.allowed,
            "reason": self.reason,
            "requires_human": self.requires_human,
            "tier": str(self.tier),
            "rules": list(self.rules),
            "remedy": self.remedy,
        }


def normalise_action_type(raw: str) -> str:
    """Return the name an action is looked up and stored under; a disguised hard stop gets its own name back.

    Raises TypeError for anything but a text.
    """
    if not isinstance(raw, str):
        raise TypeError(f"action_type: a text, not {type(raw).__name__}.")
    if raw in TIERS:
        return str(raw)
    name = plain_name(raw)
    read_as = (_HARD_STOP_BY_LETTERS.get(bare_letters(spelling)) for spelling in (raw, name))
    return next(filter(None, read_as), name)


def classify(action_type: object) -> Tier:
    """Return the tier of an action; what is not in the table, or no name at all, is approval_required."""
    if not isinstance(action_type, str):
        return Tier.APPROVAL_REQUIRED
    return TIERS.get(normalise_action_type(action_type), Tier.APPROVAL_REQUIRED)


def is_gated(stage: object) -> bool:
    """Say whether autonomous actions need a person here: in the gated four, and in what is no stage."""
    if stage is None:
        return False
    return not isinstance(stage, str) or stage not in STAGES or stage in GATED_STAGES


def may_write_to_people(action_type: str) -> bool:
    """Say whether an action, by its stored name, writes to people, or is unknown and so may."""
    return action_type in MESSAGE_TYPES or action_type not in TIERS


class _Case(NamedTuple):
    action_type: str
    tier: Tier
    stage: object
    facts: Facts

    @property
    def autonomous(self) -> bool:
        return self.tier is Tier.AUTONOMOUS

    @property
    def unknown(self) -> bool:
        return self.action_type not in TIERS

    @property
    def gated(self) -> bool:
        return is_gated(self.stage) or is_gated(self.facts.claimed_stage)

    @property
    def may_write_to_people(self) -> bool:
        return may_write_to_people(self.action_type)

    @property
    def strays(self) -> bool:
        """It is addressed beyond the account, or to too many."""
        return bool(self.facts.unknown_recipients) or self.facts.recipient_count > MOST_RECIPIENTS


# When each rule fires. An unknown action may be a message, so a suppressed contact blocks it as well; on a
# message that needs approval anyway, `commitment`, `unknown_recipient` and the limits only tell the person who decides.
# `pending_limit` depends on what else fires and is added by the walk; `check_failed` stands where no walk came to its end.
_FIRES: Mapping[str, Callable[[_Case], bool]] = MappingProxyType(
    {
        "hard_stop": lambda case: case.tier is Tier.HARD_STOP,
        "suppressed_contact": lambda case: case.facts.suppressed and case.may_write_to_people,
        "tenant_stop": lambda case: case.facts.stopped_by_rule,
        "target_moved": lambda case: case.facts.target_moved,
        "unknown_action_type": lambda case: case.unknown,
        "approval_required": lambda case: case.tier is Tier.APPROVAL_REQUIRED and not case.unknown,
        "stage_gate": lambda case: case.autonomous and case.gated,
        "commitment": lambda case: case.action_type in MESSAGE_TYPES and bool(case.facts.commitments),
        "tenant_rule": lambda case: case.facts.person_by_rule,
        "four_eyes": lambda case: case.facts.four_eyes,
        "unknown_recipient": lambda case: case.action_type in MESSAGE_TYPES and case.strays,
        "touch_limit": lambda case: case.may_write_to_people and case.facts.touches_used_up,
        "send_limit": lambda case: case.may_write_to_people and case.facts.sends_used_up,
        "paused": lambda case: case.autonomous and case.facts.paused,
        "edited": lambda case: case.autonomous and case.facts.tightened_by_edit,
    }
)


def decide(action_type: str, stage: object = None, facts: Facts = NOTHING_KNOWN) -> GuardrailResult:
    """Return the verdict on an action in our own records' stage (None: no deal), given the facts.

    Raises TypeError where the question makes no sense; GuardrailChecker.check turns that into a refusal.
    """
    if not isinstance(facts, Facts):
        raise TypeError(f"facts: Facts, not {type(facts).__name__}.")
    if facts is NOTHING_KNOWN and isinstance(stage, str | None) and (action_type, stage) in _WITHOUT_FACTS:
        return _WITHOUT_FACTS[action_type, stage]
    return _walk(normalise_action_type(action_type), stage, facts)


def strictest(results: Iterable[GuardrailResult]) -> GuardrailResult:
    """Return one verdict that is as strict as all of these together: every rule that fired in any of them.

    Raises ValueError for none: without a check there is no verdict.
    """
    verdicts = list(results)
    if not verdicts:
        raise ValueError("No verdicts to combine: at least one check must have been made.")
    fired = {rule for verdict in verdicts for rule in verdict.rules}
    return _verdict(max((verdict.tier for verdict in verdicts), key=_STRICTNESS), _in_order(fired))


def refusal(action_type: object) -> GuardrailResult:
    """Return the verdict where a check could not be finished: a person decides; a hard stop stays one."""
    tier = max(Tier.APPROVAL_REQUIRED, classify(action_type), key=_STRICTNESS)
    return _verdict(tier, ("hard_stop",) if tier is Tier.HARD_STOP else ("check_failed",))


def status_for(result: GuardrailResult) -> str:
    """Return what an action with this verdict begins as: 'approved', 'pending' or 'blocked'."""
    if result.allowed:
        return "approved"
    return "blocked" if any(RULES[rule].effect is Effect.BLOCK for rule in result.rules) else "pending"


_STRICTNESS: Callable[[Tier], int] = list(Tier).index
_ORDER: Callable[[str], int] = list(RULES).index


def _walk(action_type: str, stage: object, facts: Facts) -> GuardrailResult:
    case = _Case(action_type, TIERS.get(action_type, Tier.APPROVAL_REQUIRED), stage, facts)
    fired = {rule for rule, fires in _FIRES.items() if fires(case)}
    return _verdict(
        case.tier, _in_order(fired | ({"pending_limit"} if _would_wait(fired) and facts.queue_full else set()))
    )


def _would_wait(fired: set[str]) -> bool:
    """Whether a person would have to decide: only then does it matter how much waits already."""
    effects = {RULES[rule].effect for rule in fired}
    return Effect.PERSON in effects and Effect.BLOCK not in effects


def _in_order(fired: set[str]) -> tuple[str, ...]:
    """The rules strictest first; `autonomous` is among them only where nothing else fired."""
    return tuple(sorted(fired - {"autonomous"}, key=_ORDER)) or ("autonomous",)


@cache  # tiers x sets of rules: a few hundred at most, each made once
def _verdict(tier: Tier, rules: tuple[str, ...]) -> GuardrailResult:
    allowed = all(RULES[rule].effect is Effect.ALLOW for rule in rules)
    return GuardrailResult(allowed=allowed, reason=rules[0], requires_human=not allowed, tier=tier, rules=rules)


_WITHOUT_FACTS: Mapping[tuple[str, str | None], GuardrailResult] = MappingProxyType(
    {(name, stage): _walk(name, stage, NOTHING_KNOWN) for name in TIERS for stage in (None, *STAGES)}
)
