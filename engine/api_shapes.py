"""What the engine's calls take and give, as OpenAPI describes it. Tests hold real answers against these shapes."""

from typing import Any

from rest_framework import serializers

from crm.api_fields import REFERENCE, AnyObject, Count, Wanted
from crm.fields import Moment, Text, Word
from crm.stages import STAGES
from engine.asides import LONGEST_ANSWER
from engine.lifecycle import WAITING_FOR, Status
from engine.models import Runner
from guardrails.api import RemedyShape
from guardrails.policy import Tier

LONGEST_RAW_NAME = 200
LONGEST_RATIONALE = 10_000
LONGEST_COMMENT = 2_000
LONGEST_WAIT_S = 30

_STATUSES = tuple(status.value for status in Status)
_TIERS = [tier.value for tier in Tier]

PROPOSAL = {
    "action_type": Wanted(
        Text(LONGEST_RAW_NAME, filled=True), required=True, description="A name of the catalogue, or one of your own."
    ),
    "account": Wanted(REFERENCE, required=True, description="The account's id or external_id."),
    "payload": Wanted(AnyObject(), required=True, description="The fields of the action type."),
    "rationale": Wanted(
        Text(LONGEST_RATIONALE), required=True, description="Why, for the person who decides. Changes no verdict."
    ),
    "opportunity": Wanted(REFERENCE, nullable=True, description="A deal of the account, by id or external_id."),
    "contact": Wanted(REFERENCE, nullable=True, description="A contact of the account, by id or external_id."),
    "deal_stage": Wanted(
        Text(64), nullable=True, description="What you believe the stage is. It can only make the verdict stricter."
    ),
    "runner": Wanted(Word(tuple(Runner.values)), description="Who carries it out: connector (default) or agent."),
}
APPROVAL = {
    "content_hash": Wanted(Text(200), required=True, description="The content_hash of the action as you saw it."),
    "comment": Wanted(Text(LONGEST_COMMENT), nullable=True),
}
REJECTION = {
    "reason": Wanted(Text(LONGEST_COMMENT, filled=True), required=True, description="Why; the agent reads it."),
}
REPLY = {
    "text": Wanted(
        Text(LONGEST_ANSWER, filled=True),
        required=True,
        description="The answer, for the person who asked and decides.",
    ),
}
ACTION_FILTERS = {
    "status": Wanted(Word(_STATUSES), description="Only actions in this status."),
    "action_type": Wanted(Text(LONGEST_RAW_NAME, filled=True), description="Only this type, in any spelling."),
    "account": Wanted(REFERENCE, description="Only this account's, by id or external_id."),
    "clone": Wanted(REFERENCE, description="Only this clone's, by id or external_id."),
    "since": Wanted(Moment(), description="Only those proposed at or after this time. Send a + as %2B, or use Z."),
}
WAIT = {
    "wait": Wanted(Count(0, LONGEST_WAIT_S), description="Seconds to wait for a change before answering."),
    "version": Wanted(
        Count(1, 2**31 - 1), description="The version you know; the answer comes at once if it is not the current one."
    ),
}


class DecisionShape(serializers.Serializer[Any]):
    """The guardrails' verdict."""

    allowed = serializers.BooleanField()
    reason = serializers.CharField(help_text="The strictest rule that fired.")
    requires_human = serializers.BooleanField()
    rules = serializers.ListField(child=serializers.CharField(), help_text="Strictest first.")
    remedy = RemedyShape(many=True, allow_null=True)


class CheckedShape(DecisionShape):
    """The verdict alone, with the tier of the action type."""

    tier = serializers.ChoiceField(choices=_TIERS)


class QuestionShape(serializers.Serializer[Any]):
    """What a person wanted to know before deciding, and what the agent said."""

    question = serializers.CharField()
    asked_by = serializers.CharField(help_text="The user name of the person.")
    asked_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_null=True, help_text="Null while it is open.")
    answered_at = serializers.DateTimeField(allow_null=True)


class VoteShape(serializers.Serializer[Any]):
    """One person's yes to an action that needs two."""

    by = serializers.CharField(help_text="The user name of the person.")
    at = serializers.DateTimeField()


class ActionShape(serializers.Serializer[Any]):
    """An action and all that has become of it."""

    id = serializers.UUIDField()
    action_type = serializers.CharField()
    tier = serializers.ChoiceField(choices=_TIERS)
    status = serializers.ChoiceField(choices=_STATUSES)
    version = serializers.IntegerField(help_text="Goes up with every change.")
    waiting_for = serializers.ChoiceField(choices=WAITING_FOR, allow_null=True)
    decision = DecisionShape()
    content_hash = serializers.CharField(help_text="What approving must name: SHA-256 of the canonical content.")
    payload = serializers.DictField()
    rationale = serializers.CharField()
    runner = serializers.ChoiceField(choices=Runner.values)
    account = serializers.UUIDField()
    opportunity = serializers.UUIDField(allow_null=True)
    contact = serializers.UUIDField(allow_null=True)
    clone = serializers.UUIDField()
    stage = serializers.ChoiceField(choices=[stage.value for stage in STAGES], allow_null=True)
    proposed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    not_before = serializers.DateTimeField(allow_null=True)
    assignee = serializers.CharField(allow_null=True, help_text="The user name of the person it was handed to.")
    snoozed_until = serializers.DateTimeField(allow_null=True, help_text="Until then people have put it off.")
    questions = QuestionShape(many=True, help_text="In the order they were asked.")
    votes = VoteShape(many=True, help_text="Where two people are needed: who was the first to say yes.")
    decided_by = serializers.CharField(allow_null=True, help_text="The user name of the person.")
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_comment = serializers.CharField(allow_null=True)
    result = serializers.DictField(allow_null=True)
    supersedes = serializers.UUIDField(allow_null=True)
    superseded_by = serializers.UUIDField(allow_null=True)
