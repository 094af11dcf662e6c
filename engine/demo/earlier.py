"""What the demo's companies sold in the year before: small deals of earlier customers, which give a forecast its past.

The same deals each time: drawn from a generator with a seed.
"""

from random import Random

from crm.stages import Stage
from engine.demo.rows import Customer, Deal

FIRST, LAST = 3, 400  # days ago on which a deal ended
EVERY = (2, 6)  # days from one to the next
TOOK = (14, 95)  # days from its opening to its end
WON = 0.6


def earlier_deals(
    customers: tuple[Customer, ...], agents: tuple[str, ...], *, worth: tuple[int, int]
) -> tuple[Deal, ...]:
    """Deals that ended, won or lost, about every fourth day of a year; `worth` in whole hundreds of the currency."""
    dice = Random(customers[0].key)
    found: list[Deal] = []
    days = LAST
    while days > FIRST:
        customer = dice.choice(customers)
        opened = days + dice.randint(*TOOK)
        amount = f"{dice.randint(*worth) * 100}.00"
        stage = Stage.CLOSED_WON if dice.random() < WON else Stage.CLOSED_LOST
        key = f"{customer.key}-{len(found) + 1}"
        found.append(Deal(key, dice.choice(agents), f"{dice.randint(3, 40)} seats", stage, amount, opened, days))
        days -= dice.randint(*EVERY)
    return tuple(found)
