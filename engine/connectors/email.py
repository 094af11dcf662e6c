"""E-mail by SMTP, through whatever backend Django is set to use."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMessage

from engine.connectors.contract import Delivery, Receipt
from engine.connectors.mailing import message_id, send


def deliver(delivery: Delivery) -> Receipt:
    """Send the action's mail once. Raises NotDelivered or Uncertain."""
    return send(compose(delivery))


def compose(delivery: Delivery) -> EmailMessage:
    """The mail as it will be sent: the clone's name and addresses around the approved subject, body and recipients."""
    action, payload = delivery.action, delivery.action.payload
    return EmailMessage(
        subject=payload["subject"],
        body=signed(payload["body"], action.clone.signature),
        from_email=sender(action.clone.name, action.clone.address),
        to=payload["to"],
        cc=payload.get("cc", []),
        reply_to=[action.clone.reply_to] if action.clone.reply_to else None,
        headers={"Message-ID": message_id(delivery.key, action.clone.address)},
    )


def signed(body: str, signature: str) -> str:
    """The body with the clone's signature under it, set off by the usual "-- " line (RFC 3676, 4.3)."""
    return f"{body}\n\n-- \n{signature}" if signature else body


def sender(name: str, address: str) -> str:
    """The From line: the clone's name with its address, or with the installation's default address."""
    return formataddr((name, address or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
