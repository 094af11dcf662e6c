"""run_task: one of the scheduled tasks, now, without a worker."""

from argparse import ArgumentParser
from typing import Any

from crm.models import Tenant
from engine.schedule import BY_NAME, ProactiveScheduler
from record.commands import Answer, JsonCommand, WrongArgument


class Command(JsonCommand):
    help = (
        "Run a scheduled task now, for one tenant or for all, every slice of it in this process. What it proposes as"
        " autonomous waits for a worker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help=f"one of {', '.join(BY_NAME)}")
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant")

    def answer(self, options: dict[str, Any]) -> Answer:
        tenant = self._tenant(options["tenant"])
        try:
            done = ProactiveScheduler().run(options["name"], tenant=tenant)
        except ValueError as refusal:
            raise WrongArgument("NAME", str(refusal).removeprefix("task: ")) from refusal
        task = BY_NAME[options["name"]]
        errors = f", {done['errors']} errors (see the schedule's page)" if done["errors"] else ""
        return Answer(done, f"{task.name}: {done['count']} {task.counts}{errors}.")

    def _tenant(self, slug: str | None) -> Tenant | None:
        if slug is None:
            return None
        found = Tenant.objects.filter(slug=slug).first()
        if found is None:
            raise WrongArgument("--tenant", f"there is no tenant {slug}.")
        return found
