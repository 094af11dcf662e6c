"""Actions and approvals over HTTP. A view fetches within reach, asks who may, reads the body and calls one verb."""

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import Caller, require_person, require_reader, require_scope
from crm.api_fields import body_schema, id_named, query_parameters, read_body, read_query
from crm.models import Account, Clone, Scope
from crm.tenancy import tenant_scope
from engine.api_shapes import (
    ACTION_FILTERS,
    APPROVAL,
    PROPOSAL,
    REJECTION,
    REPLY,
    WAIT,
    ActionShape,
    CheckedShape,
)
from engine.approvals import approve, reject
from engine.asides import answer
from engine.deciders import require_decider
from engine.lifecycle import Status, is_final
from engine.models import Action
from engine.proposals import Proposal, preview, propose
from engine.queue import pending
from engine.representation import as_json, as_list_json
from engine.waiting import until_news
from engine.withdrawals import withdraw
from guardrails.policy import normalise_action_type
from record import journal

_PROPOSAL_BODY = {"application/json": body_schema(PROPOSAL)}


class KeyCannotDecide(PermissionDenied):
    """An agent's key tried to decide (403). That it tried stays on the record."""

    default_detail = "Only a person can do this, never an agent's key."
    keeps_changes = True


class ActionsView(GenericAPIView[Action]):
    """Proposing, and reading what was proposed."""

    serializer_class = ActionShape

    @extend_schema(
        operation_id="list_actions",
        summary="Actions, newest first",
        parameters=query_parameters(ACTION_FILTERS),
        responses=ActionShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """A key sees its own clone's actions, a person the tenant's."""
        caller = _caller(request)
        require_reader(caller)
        asked = read_query(request.query_params, ACTION_FILTERS)
        actions = _visible_to(caller).filter(**_conditions(asked))
        return self.get_paginated_response(as_list_json(self.paginate_queryset(actions) or []))

    @extend_schema(
        operation_id="propose_action", summary="Propose an action", request=_PROPOSAL_BODY, responses={201: ActionShape}
    )
    def post(self, request: Request) -> Response:
        """The action as it was judged: approved, pending or blocked. All three are a 201."""
        caller = _caller(request)
        require_scope(caller, Scope.PROPOSE)
        action = propose(_proposal(request), actor=caller.actor)
        location = reverse("action", args=[action.pk])
        return Response(as_json(action), status=201, headers={"Location": location})


class CheckView(APIView):
    """Asking before proposing."""

    @extend_schema(
        operation_id="check_action",
        summary="The decision alone",
        request=_PROPOSAL_BODY,
        responses=CheckedShape,
    )
    def post(self, request: Request) -> Response:
        """What the guardrails would say to this proposal now. Nothing is stored."""
        caller = _caller(request)
        require_scope(caller, Scope.PROPOSE)
        return Response(preview(_proposal(request)).as_dict())


class ActionView(APIView):
    """One action, now or as soon as it changes. Holding no transaction while it waits, it enters its own scopes."""

    scoped = False

    @extend_schema(
        operation_id="get_action", summary="One action", parameters=query_parameters(WAIT), responses=ActionShape
    )
    def get(self, request: Request, action_id: UUID) -> Response:
        """With `wait`, once the version is not `version` (default: the one on arrival) or can no longer change."""
        caller = _caller(request)
        shown = _look(caller, action_id)
        asked = read_query(request.query_params, WAIT)
        known = asked.get("version", shown["version"])
        shown = until_news(
            shown,
            look=lambda: _look(caller, action_id),
            is_news=lambda seen: seen["version"] != known or _cannot_change(seen),
            seconds=asked.get("wait", 0),
            credential_id=caller.credential_id,
        )
        return Response(shown)


class WithdrawView(APIView):
    """Taking a proposal back."""

    @extend_schema(
        operation_id="withdraw_action", summary="Withdraw an action", request=None, responses={200: ActionShape}
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """By the clone that proposed it, before anything has started."""
        caller = _caller(request)
        action = _found(_visible_to(caller), action_id)
        require_scope(caller, Scope.PROPOSE)
        read_body(request.data, {})
        return Response(as_json(withdraw(action=action, actor=caller.actor, clone_id=caller.clone_id)))


class ReplyView(APIView):
    """Answering a question."""

    @extend_schema(
        operation_id="reply_to_question",
        summary="Answer what was asked about an action",
        request={"application/json": body_schema(REPLY)},
        responses={200: ActionShape},
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """By the clone that proposed it, while it waits. The answer goes to the latest open question; 409 with none."""
        caller = _caller(request)
        action = _found(_visible_to(caller), action_id)
        require_scope(caller, Scope.PROPOSE)
        sent = read_body(request.data, REPLY)
        return Response(as_json(answer(action=action, actor=caller.actor, clone_id=caller.clone_id, **sent)))


class ApproveView(APIView):
    """A person's yes."""

    @extend_schema(
        operation_id="approve_action",
        summary="Approve an action",
        request={"application/json": body_schema(APPROVAL)},
        responses={200: ActionShape},
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """By a manager who names the content that was shown. An agent's key never approves."""
        caller = _caller(request)
        action = _found(_of_tenant(caller), action_id)
        _require_decider(caller, action, tried="approve")
        sent = read_body(request.data, APPROVAL)
        return Response(as_json(approve(action=action, actor=caller.actor, **sent)))


class RejectView(APIView):
    """A person's no."""

    @extend_schema(
        operation_id="reject_action",
        summary="Reject an action",
        request={"application/json": body_schema(REJECTION)},
        responses={200: ActionShape},
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """By a manager, with a reason. An agent's key never rejects."""
        caller = _caller(request)
        action = _found(_of_tenant(caller), action_id)
        _require_decider(caller, action, tried="reject")
        sent = read_body(request.data, REJECTION)
        return Response(as_json(reject(action=action, actor=caller.actor, **sent)))


class ApprovalsView(GenericAPIView[Action]):
    """What waits for a person."""

    serializer_class = ActionShape
    page_ordering = ("expires_at", "id")

    @extend_schema(operation_id="list_approvals", summary="The pending queue", responses=ActionShape(many=True))
    def get(self, request: Request) -> Response:
        """For people only; what runs out first comes first."""
        caller = _caller(request)
        require_person(caller)
        read_query(request.query_params, {})
        waiting = pending(tenant_id=caller.tenant.pk)
        return self.get_paginated_response(as_list_json(self.paginate_queryset(waiting) or []))


def _caller(request: Request) -> Caller:
    return cast(Caller, request.auth)


def _of_tenant(caller: Caller) -> QuerySet[Action]:
    shown = ("clone", "decided_by", "assignee", "first_vote_by")
    return Action.objects.filter(tenant_id=caller.tenant.pk).select_related(*shown)


def _visible_to(caller: Caller) -> QuerySet[Action]:
    actions = _of_tenant(caller)
    return actions if caller.is_person else actions.filter(clone=caller.clone_id)


def _found(actions: QuerySet[Action], action_id: UUID) -> Action:
    action = actions.filter(pk=action_id).first()
    if action is None:
        raise NotFound("No action of yours has this id.")
    return action


def _require_decider(caller: Caller, action: Action, *, tried: str) -> None:
    """Refuse (403) who may not decide."""
    if not caller.is_person:
        journal.write(
            tenant_id=action.tenant_id,
            kind="action.decision_denied",
            subject=("action", action.pk),
            actor=caller.actor,
            facts={"tried": tried},
        )
        raise KeyCannotDecide
    require_decider(action, caller.actor)


def _look(caller: Caller, action_id: UUID) -> dict[str, Any]:
    with tenant_scope(caller.tenant):
        action = _found(_visible_to(caller), action_id)
        require_reader(caller)
        return as_json(action)


def _cannot_change(shown: dict[str, Any]) -> bool:
    return is_final(Status(shown["status"]), held=shown["waiting_for"] == "hold")


def _proposal(request: Request) -> Proposal:
    caller, sent = _caller(request), read_body(request.data, PROPOSAL)
    clone_id = cast(UUID, caller.clone_id)  # a key that may propose has a clone: a CHECK of the database
    return Proposal(tenant=caller.tenant, clone_id=clone_id, **sent)


def _conditions(asked: dict[str, Any]) -> dict[str, Any]:
    """The filters of a list as conditions on actions. Raises InvalidRequest for an account or clone nobody knows."""
    conditions = {name: asked[name] for name in ("status",) if name in asked}
    if "action_type" in asked:
        conditions["action_type"] = normalise_action_type(asked["action_type"])
    if "since" in asked:
        conditions["proposed_at__gte"] = asked["since"]
    for name, model in (("account", Account), ("clone", Clone)):
        if name in asked:
            conditions[f"{name}_id"] = id_named(model, asked[name], name)
    return conditions
