"""What a script around the commands relies on: the exit code, and where the words go."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from record.commands import JsonCommand

OURS = [
    "approve",
    "check_policy",
    "create_agent_key",
    "create_person",
    "create_tenant",
    "create_token",
    "pending",
    "propose",
    "reject",
    "seed_demo",
]


def django(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a script would start it."""
    return subprocess.run(
        [sys.executable, "-m", "django", *words],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "autonomy_project.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.django_db
def test_an_answer_is_alone_on_standard_output_and_exits_0() -> None:
    ran = django("check_policy", "send_proposal", "--json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["reason"] == "approval_required"


@pytest.mark.django_db
def test_an_argument_that_names_nothing_exits_2_with_a_sentence_on_standard_error() -> None:
    ran = django("pending", "--tenant", "nobody", "--json")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--tenant: there is no tenant 'nobody'" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("name", OURS)
def test_every_command_says_what_it_is_for(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, JsonCommand)
    text = command.create_parser("manage.py", name).format_help()
    assert command.help.endswith(".")
    assert "--json" in text


@pytest.mark.parametrize("name", OURS)
def test_every_argument_of_ours_is_explained(name: str) -> None:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    unexplained = [action.dest for action in parser._actions if not action.help]
    assert unexplained == []
