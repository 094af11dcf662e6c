"""The guardrails' addresses below /api/v1/."""

from django.urls import path

from guardrails.api import ActionTypeView, CatalogueView

urlpatterns = [
    path("guardrails/actions/", CatalogueView.as_view(), name="action-types"),
    path("guardrails/actions/<str:action_type>/", ActionTypeView.as_view(), name="action-type"),
]
