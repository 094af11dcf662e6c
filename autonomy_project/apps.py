"""The map of the rooms, as a Django application: it brings the commands and the Celery application."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created

from autonomy_project import databases


class AutonomyProjectConfig(AppConfig):
    """Makes the Celery application the current one in every process, so that a task sent from anywhere finds it."""

    name = "autonomy_project"
    verbose_name = "Autonomy"

    def ready(self) -> None:
        """Load the Celery application, and see to it that no connection has more rights than it should."""
        import_module("autonomy_project.celery")
        if databases.shares_one_role(settings.ENVIRONMENT):
            connection_created.connect(databases.lay_down_powers)
