"""Actions and approvals over HTTP. Every view: fetch within the caller's reach, ask who may, read the body, call one verb."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import DECIDERS, Caller, require_person, require_reader, require_scope
from crm.api_fields import body_schema, id_named, query_parameters, read_body, read_query
from crm.models import Account, Clone, Scope
from crm.tenancy import tenant_scope
from engine.api_shapes import (
    ACTION_FILTERS,
    APPROVAL,
    PROPOSAL,
    REJECTION,
    WAIT,
    ActionShape,
    CheckedShape,
)
from engine.approvals import approve, reject
from engine.lifecycle import Status, is_final
from engine.models import Action
from engine.proposals import Proposal, preview, propose
from engine.queue import pending
from engine.representation import as_json, as_list_json
from engine.waiting import until_news
from engine.withdrawals import withdraw
from guardrails.policy import normalise_action_type

_PROPOSAL_BODY = {"application/json": body_schema(PROPOSAL)}


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
        require_reader(request.auth)
        asked = read_query(request.query_params, ACTION_FILTERS)
        actions = _visible_to(request.auth).filter(**_conditions(asked))
        return self.get_paginated_response(as_list_json(self.paginate_queryset(actions) or []))

    @extend_schema(
        operation_id="propose_action", summary="Propose an action", request=_PROPOSAL_BODY, responses={201: ActionShape}
    )
    def post(self, request: Request) -> Response:
        """The action as it was judged: approved, pending or blocked. All three are a 201."""
        require_scope(request.auth, Scope.PROPOSE)
        action = propose(_proposal(request), actor=request.auth.actor)
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
        require_scope(request.auth, Scope.PROPOSE)
        return Response(preview(_proposal(request)).as_dict())


class ActionView(APIView):
    """One action, at once or as soon as it changes. It holds no transaction while it waits, so it enters its own scopes."""

    scoped = False

    @extend_schema(
        operation_id="get_action", summary="One action", parameters=query_parameters(WAIT), responses=ActionShape
    )
    def get(self, request: Request, action_id: UUID) -> Response:
        """With `wait` the answer comes when the version is not `version` (default: the one on arrival) or cannot change."""
        caller: Caller = request.auth
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
        action = _found(_visible_to(request.auth), action_id)
        require_scope(request.auth, Scope.PROPOSE)
        read_body(request.data, {})
        return Response(as_json(withdraw(action=action, actor=request.auth.actor, clone_id=request.auth.clone_id)))


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
        action = _found(_of_tenant(request.auth), action_id)
        require_person(request.auth, DECIDERS)
        sent = read_body(request.data, APPROVAL)
        return Response(as_json(approve(action=action, actor=request.auth.actor, **sent)))


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
        action = _found(_of_tenant(request.auth), action_id)
        require_person(request.auth, DECIDERS)
        sent = read_body(request.data, REJECTION)
        return Response(as_json(reject(action=action, actor=request.auth.actor, **sent)))


class ApprovalsView(GenericAPIView[Action]):
    """What waits for a person."""

    serializer_class = ActionShape
    page_ordering = ("expires_at", "id")

    @extend_schema(operation_id="list_approvals", summary="The pending queue", responses=ActionShape(many=True))
    def get(self, request: Request) -> Response:
        """For people only; what runs out first comes first."""
        require_person(request.auth)
        read_query(request.query_params, {})
        waiting = pending(tenant_id=request.auth.tenant.pk)
        return self.get_paginated_response(as_list_json(self.paginate_queryset(waiting) or []))


def _of_tenant(caller: Caller) -> QuerySet[Action]:
    return Action.objects.filter(tenant_id=caller.tenant.pk).select_related("decided_by")


def _visible_to(caller: Caller) -> QuerySet[Action]:
    actions = _of_tenant(caller)
    return actions if caller.is_person else actions.filter(clone_id=caller.clone_id)


def _found(actions: QuerySet[Action], action_id: UUID) -> Action:
    action = actions.filter(pk=action_id).first()
    if action is None:
        raise NotFound("No action of yours has this id.")
    return action


def _look(caller: Caller, action_id: UUID) -> dict[str, Any]:
    with tenant_scope(caller.tenant):
        action = _found(_visible_to(caller), action_id)
        require_reader(caller)
        return as_json(action)


def _cannot_change(shown: dict[str, Any]) -> bool:
    return is_final(Status(shown["status"]), held=shown["waiting_for"] == "hold")


def _proposal(request: Request) -> Proposal:
    sent = read_body(request.data, PROPOSAL)
    return Proposal(tenant=request.auth.tenant, clone_id=request.auth.clone_id, **sent)


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
