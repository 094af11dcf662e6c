"""Somebody with a key or a token who calls the API over HTTP (Django's test client: the whole stack but the socket)."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.test.client import Client, ClientHandler

V1 = "/api/v1/"
PROBLEM = "application/problem+json"


@dataclass
class Caller:
    """Each call returns Django's response. `patient`: an unexpected error is a 500 to look at, not raised."""

    headers: dict[str, str] = field(default_factory=dict)
    patient: bool = False

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._client().get(V1 + path, query or {}, headers=self.headers | _named(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST `body` as JSON; bytes go as they are, None as an empty body."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.send("POST", path, raw, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """PATCH with `body` as JSON."""
        return self.send("PATCH", path, json.dumps(body).encode(), **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> Any:
        """DELETE, without a body."""
        return self.send("DELETE", path, **headers)

    def send(
        self, method: str, path: str, raw: bytes = b"", content_type: str = "application/json", **headers: str
    ) -> Any:
        """Any method with any bytes."""
        return self._client().generic(
            method, V1 + path, raw, content_type=content_type, headers=self.headers | _named(headers)
        )

    def _client(self) -> Client:
        client = Client(raise_request_exception=not self.patient)
        client.handler = _whole_stack()
        return client


@cache
def _whole_stack() -> ClientHandler:
    """The middleware and views, put together once: WhiteNoise looks at every static file when it begins."""
    handler = ClientHandler()
    handler.load_middleware()
    return handler


def caller(bearer: str | None, **how: Any) -> Caller:
    """A caller with this bearer text, or with none."""
    return Caller({"Authorization": f"Bearer {bearer}"} if bearer else {}, **how)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def follow_up(account: str = "A-1", **changes: Any) -> dict[str, Any]:
    """The body of a proposal that may run on its own."""
    payload = {"to": ["hank@globex.example"], "subject": "Next steps", "body": "Shall we talk on Monday?"}
    return {
        "action_type": "send_follow_up_email",
        "account": account,
        "payload": payload,
        "rationale": "They asked for it.",
        **changes,
    }


def proposal(**changes: Any) -> dict[str, Any]:
    """The body of a proposal that waits for a person."""
    return follow_up(action_type="send_proposal", **changes)


def problem(response: Any, status: int) -> dict[str, Any]:
    """The problem that `response` must be: its status, its media type and RFC 9457's members."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    assert response["Content-Type"] == PROBLEM
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance"} <= body.keys()
    return body


def pointers(body: dict[str, Any]) -> list[str]:
    return [fault["pointer"] for fault in body["errors"]]
