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
