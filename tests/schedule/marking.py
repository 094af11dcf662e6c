"""A job for the tests: it marks every account of its range, page by page, and fails where it is told to."""

from datetime import timedelta
from typing import Any

from crm.models import Account
from crm.tenancy import tenant_scope
from engine import slices
from engine.jobs import Page, Part, Tally
from engine.models import Run
from engine.runs import Task, begin_by_hand
from engine.slices import work
from record.actors import SYSTEM
from tests.cast import Company

HOUR = timedelta(hours=1)
PAGE = 3


def accounts(acme: Company, number: int) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.bulk_create(
            Account(tenant=acme.tenant, external_id=f"more-{n}", name=f"Account {n}") for n in range(number)
        )


class Marking:
    """A job that writes `plan` onto each account of its range, page by page, and can be told to fail."""

    def __init__(self) -> None:
        self.fails_at: set[str] = set()
        self.dies_at: set[str] = set()
        self.pages = 0
        self.finals = 0

    def page(self, part: Part) -> Page | None:
        with tenant_scope(part.tenant):
            after = {"pk__gt": part.cursor} if part.cursor else {"pk__gte": part.first}
            rows = list(Account.objects.filter(**after, pk__lte=part.last).order_by("pk")[:PAGE])
        if not rows:
            return None
        if self.dies_at & {row.name for row in rows}:
            raise RuntimeError("the page is poisoned")
        return Page(rows[-1].pk, lambda: self._write(rows), is_last=len(rows) < PAGE)

    def _write(self, rows: list[Account]) -> Tally:
        self.pages += 1
        tally = Tally(done=len(rows))
        for row in rows:
            if row.name in self.fails_at:
                tally.errors.append((row.pk, "it would not"))
                continue
            Account.objects.filter(pk=row.pk).update(plan=f"{row.plan}x")
            tally.count += 1
            tally.more["marked"] += 1
        return tally

    def final(self, part: Part) -> Page | None:
        with tenant_scope(part.tenant):
            assert not Account.objects.exclude(plan__startswith="x").exists(), "the others have not ended"
        return Page(None, self._finally, is_last=True)

    def _finally(self) -> Tally:
        self.finals += 1
        return Tally(more=Tally().more.__class__({"finals": 1}))

    def task(self, *, finale: bool = False) -> Task:
        return Task(
            "marking",
            HOUR,
            self.page,
            size=lambda tenant, now: Account.objects.count(),
            does="Marks.",
            counts="marked",
            by_account=True,
            finale=self.final if finale else None,
        )


def plans(acme: Company) -> set[str]:
    with tenant_scope(acme.tenant):
        return set(Account.objects.values_list("plan", flat=True))


def now_is(run: Run) -> Run:
    with tenant_scope(run.tenant_id):
        return Run.objects.get(pk=run.pk)


def begun(job: Marking, acme: Company, **how: Any) -> Run:
    return begin_by_hand(job.task(**how), tenant=acme.tenant, actor=SYSTEM)


def work_all(job: Marking, **how: Any) -> None:
    """What sweeps do, one after the other, as often as a page may be tried."""
    for _ in range(slices.MOST_TRIES):
        work({"marking": job.task(**how)}, seconds=60)
