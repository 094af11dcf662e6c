"""/livez and /readyz, without a key and without waiting for what is away."""

import socket
import time
from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings

from autonomy_project import health


def test_a_living_process_says_so(client: Client) -> None:
    response = client.get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_it_is_ready_with_database_and_broker(client: Client, broker: str) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "checks": {"database": "ok", "broker": "ok"}},
    )
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
@override_settings(CELERY_BROKER_URL="redis+socket:///nowhere/valkey.sock")
def test_without_a_broker_it_is_not_ready_and_says_which_part(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "ok", "broker": "does not answer (ConnectionError)"}


@pytest.mark.django_db
def test_a_frozen_broker_is_found_out_within_its_time(client: Client, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # takes connections into its backlog and never answers
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{frozen.getsockname()[1]}/0"
        began = time.monotonic()
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"].startswith("does not answer")
    assert time.monotonic() - began < health.BROKER_TIMEOUT_S + 2


@pytest.mark.django_db
def test_a_database_that_takes_no_connection_is_not_ready(
    client: Client, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        ours = connections["default"]
        away = {**ours.settings_dict, "HOST": "127.0.0.1", "PORT": str(frozen.getsockname()[1])}
        away["OPTIONS"] = {key: value for key, value in away["OPTIONS"].items() if key != "host"}
        began = time.monotonic()
        monkeypatch.setattr(ours, "settings_dict", away)
        response = client.get("/readyz")
        monkeypatch.undo()
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "does not answer (OperationalError)", "broker": "ok"}
    assert time.monotonic() - began < health.DATABASE_TIMEOUT_S + 2


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_only_reading_is_possible(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
