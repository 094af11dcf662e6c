"""The addresses of insights, below /api/v1/."""

from django.urls import path

from insights.api import FeedbackView, InsightsView, InsightView

urlpatterns = [
    path("insights/", InsightsView.as_view(), name="insights"),
    path("insights/<uuid:insight_id>/", InsightView.as_view(), name="insight"),
    path("insights/<uuid:insight_id>/feedback/", FeedbackView.as_view(), name="judge-insight"),
]
