"""Chat: a JSON post to the tenant's webhook or the installation's; without one, a line in the channel's file."""

import json
import re
from pathlib import Path

import httpx
from django.conf import settings

from engine.connectors import webhooks
from engine.connectors.contract import Delivery, NotDelivered, Receipt, Uncertain


def deliver(delivery: Delivery) -> Receipt:
    """Post the action's message where the tenant has it posted. Raises NotDelivered or Uncertain."""
    return post(compose(delivery), tenant_url=delivery.action.tenant.chat_webhook_url)


def post(message: dict[str, str], *, tenant_url: str = "") -> Receipt:
    """Post a message with at least `channel` and `text`: to the tenant's webhook, else to the installation's, else to a
    file. Raises NotDelivered or Uncertain."""
    if tenant_url:
        return _receipt(webhooks.post(tenant_url, message), message)
    return _post(settings.CHAT_WEBHOOK_URL, message) if settings.CHAT_WEBHOOK_URL else _append(message)


def compose(delivery: Delivery) -> dict[str, str]:
    """What is posted: `text` is what chat services show, the rest tells where it comes from."""
    action, payload = delivery.action, delivery.action.payload
    return {
        "id": delivery.key,
        "channel": payload["channel"],
        "text": payload["text"],
        "from": action.clone.name,
        "account": action.account.name,
    }


def _post(url: str, message: dict[str, str]) -> Receipt:
    try:
        answer = httpx.post(url, json=message, timeout=settings.CONNECTOR_TIMEOUT_S, follow_redirects=False)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise NotDelivered(f"The chat service cannot be reached: {error}") from error
    except httpx.HTTPError as error:
        raise Uncertain(f"The chat service's answer was lost: {error!r}") from error
    return _receipt(answer, message)


def _receipt(answer: httpx.Response, message: dict[str, str]) -> Receipt:
    if answer.is_success:
        return Receipt(f"Posted to {message['channel']}.", {"status": answer.status_code})
    if answer.is_server_error:  # it may have posted before it failed
        raise Uncertain(f"The chat service answered {answer.status_code}.")
    raise NotDelivered(f"The chat service refused the message: {answer.status_code}.")


def _append(message: dict[str, str]) -> Receipt:
    name = re.sub(r"[^a-z0-9]+", "-", message["channel"].casefold()).strip("-") or "channel"
    path = Path(settings.CHAT_FOLDER) / f"{name}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(message, ensure_ascii=False) + "\n")
    except OSError as error:
        raise NotDelivered(f"The message could not be written: {error}") from error
    return Receipt(f"Written for {message['channel']}.", {"file": path.name})
