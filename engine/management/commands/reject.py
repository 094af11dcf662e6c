"""reject: a manager's no, from the command line."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from engine.approvals import reject
from engine.commands import answer_about, decider_and_action, refusals_in_words
from record.commands import Answer, JsonCommand


class Command(JsonCommand):
    help = (
        "Reject a waiting action as a person, with the rights that person has over the API: a manager of its tenant"
        " who did not propose it. The agent reads the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("id", metavar="ID", type=UUID, help="the action's id")
        parser.add_argument("--as", dest="username", required=True, metavar="USERNAME", help="who rejects")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why, so that the agent can do better")

    def answer(self, options: dict[str, Any]) -> Answer:
        actor, action = decider_and_action(options["username"], options["id"])
        with refusals_in_words():
            return answer_about(reject(action=action, actor=actor, reason=options["reason"]))
