"""approve: a manager's yes, from the command line."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from engine.approvals import approve
from engine.commands import answer_about, decider_and_action, refusals_in_words
from record.commands import Answer, JsonCommand


class Command(JsonCommand):
    help = (
        "Approve a waiting action as a person, with the rights that person has over the API: a manager of its"
        " tenant who did not propose it. The content hash says what was seen; `pending` shows it. There is no hold:"
        " it may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("id", metavar="ID", type=UUID, help="the action's id")
        parser.add_argument("--as", dest="username", required=True, metavar="USERNAME", help="who approves")
        parser.add_argument("--content-hash", required=True, metavar="HASH", help="of the action as it was seen")

    def answer(self, options: dict[str, Any]) -> Answer:
        actor, action = decider_and_action(options["username"], options["id"])
        with refusals_in_words():
            return answer_about(approve(action=action, actor=actor, content_hash=options["content_hash"]))
