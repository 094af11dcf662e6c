"""What a scheduled task does, a page at a time: look (in a scope of its own), think (in none), and hand back what to write.

The runner (engine.slices) writes it in the transaction that moves the slice's cursor, so that a page is done once or not at
all, however often a worker is killed. Nothing but `Page.write` changes a row; what a page sends out it leaves in a table.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from crm.models import Tenant

PAGE = 100  # accounts of one page; a page's transaction lasts well below a second


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a run that a page is wanted of. `first` and `last` are account ids, both included; None: the whole.

    `cursor` is the last id that is done (None: nothing yet). `now` is the run's clock, the same for all its pages.
    """

    tenant: Tenant
    run_id: UUID
    first: UUID | None
    last: UUID | None
    cursor: UUID | None
    pages: int  # how many pages of this part are done
    now: datetime


@dataclass(slots=True)
class Tally:
    """What a page did: `done` towards the run's total, `count` of what the task counts, `more` further counts by name,
    `errors` as (account id or None, what went wrong)."""

    done: int = 0
    count: int = 0
    more: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[UUID | None, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is the id up to which this page goes (an account's; a job without ranges may use any id or None).
    `write` is called in the tenant's scope, in the transaction that moves the cursor."""

    cursor: UUID | None
    write: Callable[[], Tally]
    is_last: bool = False  # nothing follows: the part ends in this page's transaction


# Called with no transaction open. None: nothing is left, the part has ended. May raise; the page is then tried again by
# the next sweep, so whatever concerns a single account is caught by the job and told in Tally.errors.
Job = Callable[[Part], Page | None]

# How many things a run has to go through, asked in the tenant's scope when the run begins.
Size = Callable[[Tenant, datetime], int]
