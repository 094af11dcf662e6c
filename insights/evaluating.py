"""What the two commands that measure against a labelled file have in common: the file, its refusals, a table for people."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from insights.labelled import BadCase, Score
from record.commands import Answer, WrongArgument

Evaluate = Callable[[Iterable[str]], Mapping[str, Score]]


def evaluated(path: str, evaluate: Evaluate, *, told_besides: Evaluate | None = None) -> Answer:
    """The scores of the cases in a file. Raises WrongArgument for a file that cannot be read and a line that is no case.

    `told_besides` gives further lines of the table for people; the object is `evaluate`'s alone.
    """
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            lines = list(file)
        scores = evaluate(lines)
        besides = told_besides(lines) if told_besides else {}
    except OSError as error:
        raise WrongArgument("FILE", f"{path} cannot be read ({error.strerror}); check its path.") from error
    except UnicodeDecodeError as error:
        raise WrongArgument("FILE", f"{path} is not UTF-8; save it as that.") from error
    except BadCase as error:
        raise WrongArgument("FILE", str(error)) from error
    return Answer(dict(scores), _table({**scores, **besides}))


def _table(scores: Mapping[str, Score]) -> str:
    widest = max(map(len, scores))
    head = f"{'':{widest}}  right  wrong  missed  precision  recall"
    return "\n".join([head, *(_line(name, score, widest) for name, score in scores.items())])


def _line(name: str, score: Score, widest: int) -> str:
    precision, recall = _percent(score["precision"]), _percent(score["recall"])
    return f"{name:{widest}}  {score['tp']:5}  {score['fp']:5}  {score['fn']:6}  {precision:>9}  {recall:>6}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
