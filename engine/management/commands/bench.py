"""bench: how fast the parts are that must be fast."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from record.commands import Answer, JsonCommand, Refused, WrongArgument

BOOK = "book"


class Command(JsonCommand):
    help = (
        "Measure on tenants of its own: `book` fills one with accounts and interactions, `scan` scans it with two workers,"
        " `queue` times the approval queue with ten thousand and with a million actions. Without names it does all of it."
        " The benches are in bench/; see bench/README.md for what they gave."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of {', '.join(_BENCHES)}; none: all of them")
        parser.add_argument("--accounts", type=int, default=20_000, help="of the book (default 20000)")
        parser.add_argument("--interactions", type=int, default=1_000_000, help="of the book (default 1000000)")
        parser.add_argument(
            "--days", type=int, default=730, help="back from now over which they are spread (default 730)"
        )
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same book (default 1)")
        parser.add_argument("--replace", action="store_true", help="make a book anew that is there already")

    def answer(self, options: dict[str, Any]) -> Answer:
        names = options["names"] or list(_BENCHES)
        unknown = [name for name in names if name not in _BENCHES]
        if unknown:
            raise WrongArgument("NAME", f"{unknown[0]} is none of {', '.join(_BENCHES)}.")
        found = {name: _BENCHES[name](options) for name in names}
        return Answer(found, "\n".join(_lines(found)))


def _book(options: dict[str, Any]) -> dict[str, Any]:
    book = import_module("bench.book")
    if not options["names"] and book.is_there() and not options["replace"]:
        return {"kept": True}
    wanted = book.Wanted(**{name: options[name] for name in ("accounts", "interactions", "days", "seed")})
    try:
        return book.make(wanted, replace=options["replace"])
    except book.BookIsThere as refusal:
        raise Refused(str(refusal)) from refusal


def _scan(options: dict[str, Any]) -> dict[str, Any]:
    if not import_module("bench.book").is_there():
        raise Refused("There is no book to scan; make one: manage.py bench book")
    return import_module("bench.scan").measure()


def _queue(options: dict[str, Any]) -> dict[str, Any]:
    queue = import_module("bench.waiting")
    try:
        return queue.measure()
    except queue.NotOurs as refusal:
        raise Refused(str(refusal)) from refusal


# bench/ is a room of its own that nothing of the product imports; only this command looks for it.
_BENCHES: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {BOOK: _book, "scan": _scan, "queue": _queue}


def _lines(value: dict[str, Any], indent: str = "") -> list[str]:
    """One figure a line."""
    lines = []
    for name, figure in value.items():
        if isinstance(figure, dict):
            lines += [f"{indent}{name}:", *_lines(figure, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {figure}")
    return lines
