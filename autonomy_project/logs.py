"""How every line is written, ours and the libraries': one formatter, as text or as JSON."""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict

_HEALTH_CHECKS = frozenset({"GET /livez", "GET /readyz", "GET /metrics"})


def configuration(log_format: str) -> dict[str, Any]:
    """The dictConfig of every process. `log_format`: "console" or "json"."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _each_line(),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_written(log_format)],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.access": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
        },
    }


def configure_structlog() -> None:
    """Let structlog's loggers go the way of logging's."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            leave_out_the_obvious,
            *_each_line(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def leave_out_the_obvious(logger: logging.Logger, method: str, line: EventDict) -> EventDict:
    """Drop the line that a request began (the one that it ended says more) and those of health checks."""
    begins = line.get("event") == "request_started"
    is_healthy_check = line.get("request") in _HEALTH_CHECKS and line.get("event") == "request_finished"
    if begins or is_healthy_check:
        raise structlog.DropEvent
    return line


def _each_line() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _written(log_format: str) -> list[Any]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
