"""evaluate_signals: how well the detectors read a file of labelled texts."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from insights.evaluation import BadCase, Score, evaluate
from insights.findings import DEFAULT_THRESHOLD
from record.commands import Answer, JsonCommand, WrongArgument


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
        try:
            with Path(options["file"]).open(encoding="utf-8") as lines:
                scores = evaluate(lines, threshold=DEFAULT_THRESHOLD, part=options["part"])
        except OSError as error:
            raise WrongArgument("FILE", f"cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise WrongArgument("FILE", f"is not UTF-8 (at byte {error.start}).") from error
        except BadCase as refusal:
            raise WrongArgument("FILE", str(refusal)) from refusal
        return Answer(dict(scores), _in_words(scores))


def _in_words(scores: dict[str, Score]) -> str:
    lines = [f"{'signal':24} {'precision':>9} {'recall':>7} {'tp':>5} {'fp':>5} {'fn':>5}"]
    for signal, score in scores.items():
        shares = (
            f"{score['precision'] or 0:9.2f}" if score["precision"] is not None else f"{'-':>9}",
            f"{score['recall'] or 0:7.2f}" if score["recall"] is not None else f"{'-':>7}",
        )
        lines.append(f"{signal:24} {' '.join(shares)} {score['tp']:5} {score['fp']:5} {score['fn']:5}")
    return "\n".join(lines)
