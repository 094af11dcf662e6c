"""Escalation: a mail to the tenant's managers."""

from django.conf import settings
from django.core.mail import EmailMessage

from crm.models import Membership, Role
from crm.tenancy import tenant_scope
from engine.connectors.contract import Delivery, NotDelivered, Receipt
from engine.connectors.mailing import message_id, send


def deliver(delivery: Delivery) -> Receipt:
    """Write to every manager of the tenant who has an address. Raises NotDelivered or Uncertain."""
    addresses = _managers_of(delivery)
    if not addresses:
        raise NotDelivered("No manager of this tenant has an e-mail address; give one of them one.")
    return send(compose(delivery, addresses))


def compose(delivery: Delivery, addresses: list[str]) -> EmailMessage:
    """The mail as it will be sent."""
    action, payload = delivery.action, delivery.action.payload
    subject = " ".join(
        f"[{payload['severity']}] {action.account.name}: {action.clone.name} asks for your attention".split()
    )
    return EmailMessage(
        subject=subject,
        body=payload["summary"],
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=addresses,
        headers={"Message-ID": message_id(delivery.key, "")},
    )


def _managers_of(delivery: Delivery) -> list[str]:
    with tenant_scope(delivery.action.tenant_id):
        managers = Membership.objects.filter(role=Role.MANAGER, person__is_active=True).exclude(person__email="")
        return sorted(managers.values_list("person__email", flat=True))
