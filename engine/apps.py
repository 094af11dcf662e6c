from django.apps import AppConfig
from django.core.checks import register


class EngineConfig(AppConfig):
    name = "engine"
    verbose_name = "Engine"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the engine's checks run before anything starts, and goals hear what insights tell."""
        from engine import checks  # its models are loaded only now
        from engine.interest import buying_signals
        from goals.suggestions import hear_from

        register(checks.check_time_limits)
        register(checks.check_connectors)
        register(checks.check_scheduled_tasks)
        hear_from(buying_signals)
