"""evaluate_commitments: how well promises are found in a file of labelled drafts."""

from argparse import ArgumentParser
from typing import Any

from insights.commitments import KINDS, evaluate, evaluate_any
from insights.evaluating import evaluated
from record.commands import Answer, JsonCommand


class Command(JsonCommand):
    help = (
        f"Measure how well commitments ({', '.join(KINDS)}) are found in outgoing drafts, against a file of JSON lines"
        " {id, text, commitments: [...]}: for every kind how often it was rightly found, wrongly found and missed;"
        " the table for people has the same for any kind at all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="the labelled drafts, UTF-8, a JSON object a line")

    def answer(self, options: dict[str, Any]) -> Answer:
        return evaluated(options["file"], evaluate, told_besides=evaluate_any)
