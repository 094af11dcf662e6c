"""What a connector is: it takes one delivery and says what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.models import Action
from engine.payloads import Promise


@dataclass(frozen=True, slots=True)
class Delivery:
    """One action to carry out. `key` is the same at every try, so that whoever receives it can tell a repeat."""

    action: Action  # with account, contact, opportunity, clone and tenant loaded
    key: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that it happened: `detail` in one sentence, `facts` for the action's result."""

    detail: str
    facts: dict[str, Any] = field(default_factory=dict)


class NotDelivered(Exception):
    """It is proven that nothing happened; trying again can help, unless `final`."""

    def __init__(self, detail: str, *, final: bool = False) -> None:
        super().__init__(detail)
        self.final = final


class Uncertain(Exception):
    """The answer was lost: it may have happened or not."""


class Connector(NamedTuple):
    """`deliver` acts on the outside world, with no transaction open, and returns a Receipt or raises one of the two above.

    `in_transaction` connectors write to our own database instead and are called inside the transaction that records the
    result. `ready` says whether it is set up. `batch` is how many actions one claim may take.
    """

    promise: Promise
    deliver: Callable[[Delivery], Receipt]
    in_transaction: bool = False
    ready: Callable[[], bool] = lambda: True
    batch: int = 1
