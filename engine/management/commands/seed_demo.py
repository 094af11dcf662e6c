"""seed_demo: a small world to look around in."""

from typing import Any

from django.utils import timezone

from engine.demo.players import LOG_IN
from engine.demo.world import SlugTaken, counts, make_world
from record.commands import Answer, JsonCommand, Refused


class Command(JsonCommand):
    help = (
        "Make the demo: two companies with people, agents, customers, deals in every stage, a month of talk with what was"
        " noticed in it, goals, and a queue with something of every kind. Nothing is sent anywhere. Run again, it"
        " changes nothing; the answer counts what is there and what was created."
    )

    def answer(self, options: dict[str, Any]) -> Answer:
        before = sum(counts().values())
        try:
            password = make_world(timezone.now())
        except SlugTaken as taken:
            raise Refused(
                f"There is a tenant {taken} already, and it is not the demo's. The demo needs that slug: use"
                f" another database, or do without the demo."
            ) from taken
        if password is not None:
            self.stderr.write(f"Log in as {LOG_IN} with the password {password}, which is not shown again.")
        there = counts()
        told = {**there, "created": sum(there.values()) - before}
        return Answer(told, _in_words(told))


def _in_words(told: dict[str, int]) -> str:
    if not told["created"]:
        return "The demo data is there already; nothing was changed."
    return (
        f"Made the demo: {told['tenants']} companies, {told['people']} people, {told['accounts']} customers,"
        f" {told['opportunities']} deals, {told['insights']} insights, {told['actions']} actions of which"
        f" {told['pending']} wait for a person."
    )
