"""The addresses of goals, below /api/v1/."""

from django.urls import path

from goals.api import GoalStatusView, GoalsView, GoalView, MetricsView, ReadingsView, SuggestionsView

urlpatterns = [
    path("metrics/", MetricsView.as_view(), name="metrics"),
    path("goals/", GoalsView.as_view(), name="goals"),
    path("goals/<uuid:goal_id>/", GoalView.as_view(), name="goal"),
    path("goals/<uuid:goal_id>/status/", GoalStatusView.as_view(), name="goal-status"),
    path("goals/<uuid:goal_id>/readings/", ReadingsView.as_view(), name="goal-readings"),
    path("goals/<uuid:goal_id>/suggestions/", SuggestionsView.as_view(), name="goal-suggestions"),
]
