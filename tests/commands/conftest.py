import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Company, company

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def rival(db: None) -> Company:
    return company("rival")


@pytest.fixture
def run() -> Run:
    """Run a command with --json and return its answer, which must be the only thing on standard output."""

    def call(name: str, *words: str) -> dict[str, Any]:
        output = StringIO()
        call_command(name, *words, "--json", stdout=output)
        answer = json.loads(output.getvalue())
        assert isinstance(answer, dict)
        return answer

    return call


@pytest.fixture
def told() -> Callable[..., str]:
    """Run a command without --json and return what it tells people."""

    def call(name: str, *words: str) -> str:
        output = StringIO()
        call_command(name, *words, stdout=output)
        return output.getvalue()

    return call


@pytest.fixture
def refused() -> Callable[..., tuple[int, str]]:
    """Run a command that must refuse; return its exit code and its sentence. Nothing may be on standard output."""

    def call(name: str, *words: str) -> tuple[int, str]:
        output = StringIO()
        with pytest.raises(CommandError) as refusal:
            call_command(name, *words, "--json", stdout=output)
        assert output.getvalue() == ""
        return refusal.value.returncode, str(refusal.value)

    return call
