"""How fast the book is scanned: a run of pattern_scan worked by two processes, and a second one over the unchanged book.

    python3 manage.py bench scan --json

Each worker is a process with one thread, as in production (two of them on two cores). What is measured is the time from the
run's beginning to its end as the clock of this process tells it; the workers are up and have their weights loaded before.
`seconds_of_workers` are summed over the workers; where `cpu` is far below `seconds` times the workers, others had the cores.
"""

import multiprocessing
import os
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import monotonic, process_time, sleep
from typing import Any
from uuid import UUID

from bench.book import SLUG

WORKERS = 2
PATIENCE_S = 3_600.0
_MEBI = 2**20
_KIBI = 2**10


def measure(*, workers: int = WORKERS) -> dict[str, Any]:
    """Scan the book of the tenant `bench` twice. The first scan is a full one: what earlier scans saw is forgotten."""
    _forget()
    first = _scan(workers)
    second = _scan(workers)
    return {
        "accounts": first["accounts"],
        "workers": workers,
        "full": first,
        "unchanged": second,
        "unchanged_to_full": round(second["accounts_per_s"] / first["accounts_per_s"], 1),
    }


def _forget() -> None:
    from crm.tenancy import tenant_scope
    from engine.models import Run
    from insights.models import Insight, Watch

    with tenant_scope(SLUG):
        Run.objects.filter(ended_at=None).delete()  # of a bench that was broken off
        Watch.objects.all().delete()
        Insight.objects.all().delete()


def _scan(workers: int) -> dict[str, Any]:
    """One run: begun when every worker is ready, over when it has ended."""
    from django.db import connections

    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(workers + 1), context.SimpleQueue()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the numerics of a worker stay on its core
    connections.close_all()
    processes = [context.Process(target=_work, args=(ready, told)) for _ in range(workers)]
    for process in processes:
        process.start()
    ready.wait(timeout=60)  # all have loaded what they need
    began = monotonic()
    run_id = _begin()
    ready.wait(timeout=60)
    run = _ended(run_id)
    took = monotonic() - began
    counts = [told.get() for _ in processes]
    for process in processes:
        process.join()
    return _figures(run, took, counts)


def _begin() -> UUID:
    from crm.models import Tenant
    from engine.schedule import start
    from record.actors import SYSTEM

    (run,) = start("pattern_scan", tenant=Tenant.objects.get(slug=SLUG), actor=SYSTEM)
    return run.pk


def _ended(run_id: UUID) -> Any:
    """The run when it has ended; it is looked at often enough for the figures."""
    from crm.tenancy import tenant_scope
    from engine.models import Run

    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        with tenant_scope(SLUG):
            run = Run.objects.get(pk=run_id)
        if run.ended_at is not None:
            return run
        sleep(0.01)
    raise TimeoutError("the scan did not end within an hour")


def _figures(run: Any, took: float, counts: list[Counter[str]]) -> dict[str, Any]:
    total: Counter[str] = sum(counts, Counter())
    return {
        "accounts": run.done,
        "active": run.count,
        "more": run.more,
        "errors": run.errors,
        "seconds": round(took, 2),
        "accounts_per_s": round(run.done / took),
        "accounts_per_s_of_cpu": round(_ratio(run.done * 1_000_000, total["cpu_us"])),
        "peak_mib": sorted(round(one["peak"] / _MEBI) for one in counts),
        "pages": total["pages"],
        "statements_per_page": _ratio(total["statements"], total["pages"]),
        "texts": total["texts"],
        "passages": total["passages"],
        "passages_let_through": _ratio(total["passed"], total["passages"]),
        "encoder_texts": total["encoded"],
        "encoder_texts_per_s_and_worker": _ratio(total["encoded"] * 1_000_000, total["encoder_us"]),
        "seconds_of_workers": {
            name: round(total[f"{name}_us"] / 1_000_000, 2)
            for name in ("cpu", "texts", "screen", "encoder", "database")
        },
    }


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0


# --- in a worker -------------------------------------------------------------------------------------------------------


def _work(ready: Any, told: Any) -> None:
    """Work slices until there is none, and tell what it took."""
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autonomy_project.settings")
        import django

        django.setup()
        from engine.schedule import BY_NAME
        from engine.slices import work
        from insights.encoder import encoder
        from insights.screen import screen

        encoder(), screen()
        tasks = {"pattern_scan": BY_NAME["pattern_scan"]}
    except BaseException:
        ready.abort()  # nobody waits for one that did not come up
        raise
    counts: Counter[str] = Counter()
    with _counted(counts):
        ready.wait()
        ready.wait()
        began = process_time()
        _work_all(lambda: work(tasks, seconds=PATIENCE_S), counts)
    counts["cpu_us"] = round((process_time() - began) * 1_000_000)
    counts["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else _KIBI)
    told.put(counts)


def _work_all(turn: Callable[[], bool], counts: Counter[str]) -> None:
    """The last slice comes free only when the others have ended: look again while the run goes on, and do not count that."""
    from crm.tenancy import tenant_scope
    from engine.models import Run

    ended = False
    while not ended:
        before = counts.copy()
        turn()
        if counts["pages"] == before["pages"]:
            counts.update({name: before[name] - counts[name] for name in ("statements", "database_us")})
        waited = counts.copy()
        with tenant_scope(SLUG):
            ended = not Run.objects.filter(task="pattern_scan", ended_at=None).exists()
        counts.update({name: waited[name] - counts[name] for name in ("statements", "database_us")})
        sleep(0.01)


@contextmanager
def _counted(counts: Counter[str]) -> Iterator[None]:
    """Count and time what the scan calls, by standing in front of it."""
    from django.db import connection

    from engine import scanning
    from insights import encoder, noticing, screen

    def sized(name: str, time: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def counting(*args: Any, **named: Any) -> Any:
            began = monotonic()
            answer = call(*args, **named)
            counts[f"{time}_us"] += round((monotonic() - began) * 1_000_000)
            counts[name] += len(args[-1])
            return answer

        return counting

    def executed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = monotonic()
        counts["statements"] += 1
        counts["pages"] += sql == scanning._ACCOUNTS
        try:
            return execute(sql, params, many, context)
        finally:
            counts["database_us"] += round((monotonic() - began) * 1_000_000)

    def passes(self: Any, passages: Any) -> list[bool]:
        answers = looked(self, passages)
        counts["passed"] += sum(answers)
        return answers

    looked = sized("passages", "screen", screen.Screen.passes)
    screen.Screen.passes = passes  # type: ignore[method-assign]
    encoder.Encoder.read = sized("encoded", "encoder", encoder.Encoder.read)  # type: ignore[method-assign]
    noticing.detect_texts = sized("texts", "texts", noticing.detect_texts)  # type: ignore[attr-defined]
    with connection.execute_wrapper(executed):
        yield
