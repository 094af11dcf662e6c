"""The engine's addresses below /api/v1/."""

from django.urls import path

from engine.account_view_api import UnifiedView
from engine.api import (
    ActionsView,
    ActionView,
    ApprovalsView,
    ApproveView,
    CheckView,
    RejectView,
    ReplyView,
    WithdrawView,
)
from engine.digests.api import DigestsView

urlpatterns = [
    path("accounts/<uuid:account_id>/view/", UnifiedView.as_view(), name="account-view"),
    path("actions/", ActionsView.as_view(), name="actions"),
    path("actions/check/", CheckView.as_view(), name="check-action"),
    path("actions/<uuid:action_id>/", ActionView.as_view(), name="action"),
    path("actions/<uuid:action_id>/withdraw/", WithdrawView.as_view(), name="withdraw-action"),
    path("actions/<uuid:action_id>/reply/", ReplyView.as_view(), name="reply"),
    path("actions/<uuid:action_id>/approve/", ApproveView.as_view(), name="approve-action"),
    path("actions/<uuid:action_id>/reject/", RejectView.as_view(), name="reject-action"),
    path("digests/", DigestsView.as_view(), name="digests"),
    path("approvals/", ApprovalsView.as_view(), name="approvals"),
]
