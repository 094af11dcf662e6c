"""What every command of ours promises: one answer, for people or (with --json) as one JSON object, and plain refusals.

Standard output belongs to the answer. Whatever goes wrong is one sentence on standard error and an exit code: 2 where
an argument does not fit, 1 where it fits and the answer is no.
"""

import json
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError


class WrongArgument(CommandError):
    """An argument names nothing or cannot be used (exit 2). The message names it and says what to do."""

    def __init__(self, argument: str, detail: str) -> None:
        super().__init__(f"{argument}: {detail}", returncode=2)


class Refused(CommandError):
    """The arguments fit, and this may not be done, or not any more (exit 1)."""


class Answer(NamedTuple):
    """What a command found or made: as plain JSON values, and in words."""

    as_json: dict[str, Any]
    in_words: str


class JsonCommand(BaseCommand, ABC):
    """A command with one answer. A subclass says which in `answer`, and adds its arguments in `add_arguments`."""

    requires_system_checks = ()  # `manage.py check` and the start do that; a command used in scripts should be quick

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The switch that all of them have."""
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output and nothing else there"
        )

    @abstractmethod
    def answer(self, options: dict[str, Any]) -> Answer:
        """Do what the command is for. Raises WrongArgument or Refused."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answer."""
        answer = self.answer(options)
        self.stdout.write(json.dumps(answer.as_json, ensure_ascii=False) if options["json"] else answer.in_words)


def wrong_argument(error: ValidationError, arguments: dict[str, str], *, default: str) -> WrongArgument:
    """What Django's validation said about a model's fields, said about the arguments they came from.

    `arguments` is {field: argument}; what belongs to no field is said about `default`.
    """
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    said = [(arguments.get(field, default), " ".join(messages)) for field, messages in by_field.items()]
    (argument, detail), *others = said
    return WrongArgument(argument, " ".join([detail, *(f"{name}: {text}" for name, text in others)]))
