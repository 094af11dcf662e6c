"""Which connector works which queue. A queue is named for its connector."""

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors import calendar, chat, crm, email, escalation
from engine.connectors.contract import Connector
from engine.payloads import Promise

CONNECTORS: Mapping[str, Connector] = MappingProxyType(
    {
        "email": Connector(Promise.NEITHER, email.deliver),
        "chat": Connector(Promise.NEITHER, chat.deliver),
        "calendar": Connector(Promise.KEYED, calendar.deliver),
        "escalation": Connector(Promise.NEITHER, escalation.deliver),
        "crm": Connector(Promise.KEYED, crm.deliver, in_transaction=True, batch=20),
    }
)

QUEUES = tuple(CONNECTORS)


def is_ready(queue: str) -> bool:
    """Whether the connector of `queue` is set up; an agent-run action has no queue and needs none."""
    return not queue or CONNECTORS[queue].ready()
