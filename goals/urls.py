"""The addresses of goals, below /api/v1/."""

from django.urls import path

from goals.api import MetricsView

urlpatterns = [path("metrics/", MetricsView.as_view(), name="metrics")]
