"""The rules that can fire on an action: what each does, how a manager is told of it, and the ways out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Effect(StrEnum):
    BLOCK = "block"  # nobody can let it through
    PERSON = "person"  # a person decides
    ALLOW = "allow"  # it may run


@dataclass(frozen=True, slots=True)
class Remedy:
    """A way out of a verdict: what can be done, by whom (agent, manager, operator or person), and how."""

    do: str
    who: str
    how: str

    def as_dict(self) -> dict[str, str]:
        return {"do": self.do, "who": self.who, "how": self.how}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule does when it fires, one sentence that says why, and the ways out."""

    effect: Effect
    explanation: str
    remedies: tuple[Remedy, ...] = ()


_DECIDE = Remedy(
    do="Approve, edit or reject the action.",
    who="manager",
    how="In the admin's approval queue, or POST /api/v1/actions/{id}/approve/ with the content_hash shown.",
)

# Strictest first: the order of `rules` in every verdict, whose first is its reason.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "hard_stop": Rule(
            Effect.BLOCK,
            "No agent may ever do this and nobody can approve it; a person does it in person or nobody does.",
            (
                Remedy(
                    do="Do it in person, if it is to be done at all.",
                    who="person",
                    how="Outside Autonomy, with the authority it takes; the agent can hand over what it knows"
                    " by proposing create_briefing or escalate_to_management.",
                ),
            ),
        ),
        "suppressed_contact": Rule(
            Effect.BLOCK,
            "Somebody it would be sent to must not be written to.",
            (
                Remedy(
                    do="Leave the suppressed recipient out.",
                    who="agent",
                    how="Propose the action again with the other recipients only.",
                ),
                Remedy(
                    do="Lift the suppression, if the contact wishes to hear from you again.",
                    who="manager",
                    how="Lift it in the admin under suppressions; then the agent proposes the action again.",
                ),
            ),
        ),
        "tenant_stop": Rule(
            Effect.BLOCK,
            "A rule of this company says that agents never do this here.",
            (
                Remedy(
                    do="Ask whether the rule is still meant this way.",
                    who="manager",
                    how="The company's rules stand in the admin under rules, each with its reason; once it is lifted the"
                    " agent proposes the action again.",
                ),
            ),
        ),
        "target_moved": Rule(
            Effect.BLOCK,
            "The deal or the contact it is about no longer belongs to its account.",
            (
                Remedy(
                    do="Propose it again for the account that the deal or the contact belongs to now.",
                    who="agent",
                    how="Read the opportunity or the contact, and send a new proposal with its present account.",
                ),
            ),
        ),
        "pending_limit": Rule(
            Effect.BLOCK,
            "As many of this clone's proposals wait for a person as the company lets wait.",
            (
                Remedy(
                    do="Wait until some of them are decided, or withdraw one.",
                    who="agent",
                    how="GET /api/v1/actions/?status=pending lists them; then propose the action again.",
                ),
                Remedy(
                    do="Decide what waits.",
                    who="manager",
                    how="In the admin's approval queue, filtered by the clone.",
                ),
            ),
        ),
        "check_failed": Rule(
            Effect.PERSON,
            "The guardrails could not finish checking this, so a person decides.",
            (
                _DECIDE,
                Remedy(
                    do="Find out why the check failed.",
                    who="operator",
                    how="The log of the process that checked it holds the error, under guardrails.checker.",
                ),
            ),
        ),
        "unknown_action_type": Rule(
            Effect.PERSON,
            "This kind of action is not in the catalogue, so a person decides.",
            (
                Remedy(
                    do="Propose it under a name from the catalogue, where one fits.",
                    who="agent",
                    how="GET /api/v1/guardrails/actions/ lists the names and what they stand for.",
                ),
                _DECIDE,
            ),
        ),
        "approval_required": Rule(Effect.PERSON, "A person decides every action of this kind.", (_DECIDE,)),
        "stage_gate": Rule(
            Effect.PERSON,
            "The deal is in evaluation or negotiation, is closed, or its stage is not one of the eight;"
            " there a person decides.",
            (
                _DECIDE,
                Remedy(
                    do="Put the stage right, if it is wrong.",
                    who="operator",
                    how="In the CRM, or in the deal_stage the agent claims; then it is proposed again.",
                ),
            ),
        ),
        "commitment": Rule(
            Effect.PERSON,
            "Its text may promise a price, a discount, a date, terms or something legal, or hides what it says.",
            (
                _DECIDE,
                Remedy(
                    do="Leave the promise out.",
                    who="agent",
                    how="Propose the action again without the words that commit the company.",
                ),
            ),
        ),
        "tenant_rule": Rule(Effect.PERSON, "A rule of this company puts a person before it.", (_DECIDE,)),
        "four_eyes": Rule(
            Effect.PERSON,
            "A rule of this company asks for two people: both approve, or it does not run.",
            (
                Remedy(
                    do="Give one of the two votes.",
                    who="manager",
                    how="In the admin's approval queue; whoever owns the clone gives none, and nobody gives both.",
                ),
            ),
        ),
        "unknown_recipient": Rule(
            Effect.PERSON,
            "It is addressed to somebody who is neither a contact of the account nor in one of its domains,"
            " or to more than five people.",
            (
                _DECIDE,
                Remedy(
                    do="Make the recipient known, if they belong to the account.",
                    who="operator",
                    how="Add the contact, or the account's domain, in the CRM or by POST"
                    " /api/v1/contacts/bulk/ or /api/v1/accounts/bulk/; then the agent proposes it again.",
                ),
                Remedy(
                    do="Write to at most five people at once.",
                    who="agent",
                    how="Propose the action again with fewer recipients.",
                ),
            ),
        ),
        "touch_limit": Rule(
            Effect.PERSON,
            "Somebody it would be sent to has been written to as often in the last seven days as the company lets agents.",
            (
                _DECIDE,
                Remedy(do="Wait some days.", who="agent", how="Propose the action again once a week has passed."),
            ),
        ),
        "send_limit": Rule(
            Effect.PERSON,
            "As many messages went to this account in the last 24 hours as the company lets agents send.",
            (_DECIDE, Remedy(do="Wait a day.", who="agent", how="Propose the action again once a day has passed.")),
        ),
        "paused": Rule(
            Effect.PERSON,
            "A pause is on for this clone, this kind of action or the whole company.",
            (
                Remedy(
                    do="Lift the pause when its reason is gone.",
                    who="manager",
                    how="In the admin under pauses; approved actions go on by themselves afterwards.",
                ),
                _DECIDE,
            ),
        ),
        "edited": Rule(
            Effect.PERSON,
            "Somebody changed what the agent had proposed, so a person approves the changed version.",
            (_DECIDE,),
        ),
        "autonomous": Rule(Effect.ALLOW, "Agents may do this on their own."),
    }
)
