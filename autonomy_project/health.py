"""Whether this process lives, and whether what it needs answers: for supervisors, hence without a key."""

import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)

DATABASE_TIMEOUT_S = 2  # libpq takes no less
BROKER_TIMEOUT_S = 1


@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """200 as long as requests are served at all."""
    return _answer({"status": "ok"}, 200)


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where database and broker answer, else 503; `checks` names each part and what it lacks. Takes 4 s at most."""
    checks = {name: _outcome(name, check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    return _answer({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)


def _answer(body: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


def _outcome(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as failure:  # whatever its client raises, the answer is that this part is not ready
        log.warning("Not ready: the %s does not answer: %s", name, failure)
        return f"does not answer ({type(failure).__name__})"
    return "ok"


def _check_database() -> None:
    """A connection of its own: one at rest would not notice a frozen server before its own, longer limits."""
    probe = connection.copy()
    probe.settings_dict["OPTIONS"] = {**probe.settings_dict["OPTIONS"], "connect_timeout": DATABASE_TIMEOUT_S}
    try:
        with probe.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        probe.close()


def _check_broker() -> None:
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1)  # what redis-py calls a socket
    with redis.Redis.from_url(
        url, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S, retry=None
    ) as client:
        client.ping()


CHECKS: dict[str, Callable[[], None]] = {"database": _check_database, "broker": _check_broker}
