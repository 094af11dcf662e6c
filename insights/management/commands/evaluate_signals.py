"""evaluate_signals: how well the detectors read a file of labelled texts."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from insights.evaluating import evaluated
from insights.evaluation import evaluate
from record.commands import Answer, JsonCommand


class Command(JsonCommand):
    help = (
        "Measure the detection of signals against labelled cases: JSON lines of {id, channel, direction (in or out), text,"
        " signals: [...]}. The answer has, for every text signal, {tp, fp, fn, precision, recall}; null where undefined."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="the labelled cases, one JSON object a line")
        parser.add_argument(
            "--part", metavar="NAME", help="only the cases whose field `part` is this (ours: tuning, held_back)"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        return evaluated(options["file"], partial(evaluate, part=options["part"]))
