"""`manage.py test`: lint, types, import contracts, the migrations check and the tests, each in a section of its own."""

import argparse
import os
import subprocess
import sys
import time

from autonomy_project.launch import chromium
from autonomy_project.launch.places import CHECKOUT

_STEPS = (
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("types", ["-m", "mypy"]),
    ("import contracts", ["-c", "from importlinter.cli import lint_imports_command as main; main()"]),
    ("migrations", ["manage.py", "makemigrations", "--check", "--dry-run"]),
)


def options(words: list[str]) -> argparse.Namespace:
    """`--full`, and `rest`: what goes to pytest."""
    parser = argparse.ArgumentParser(
        prog="manage.py test",
        description="Lint, types, import contracts, the migrations check and the tests. Other arguments go to pytest.",
    )
    parser.add_argument("--full", action="store_true", help="also the long tests: browser, chaos, fuzz")
    wanted, rest = parser.parse_known_args(words)
    wanted.rest = rest
    return wanted


def run(wanted: argparse.Namespace) -> int:
    """Run every step, whatever the ones before gave. Returns 0 when all passed, else 1. pytest has the last word."""
    failed = [name for name, command in _STEPS if not _passes(name, command)]
    if wanted.full:
        _section("browser")
        print(chromium.find_or_install() or chromium.HOW_TO_GET_IT, flush=True)
    if failed:
        _section(f"failed so far: {', '.join(failed)}")
    tests_pass = _passes("tests", ["-m", "pytest", *_pytest_words(wanted)])
    return 0 if tests_pass and not failed else 1


def _pytest_words(wanted: argparse.Namespace) -> list[str]:
    sets_workers = any(word.startswith(("-n", "--numprocesses")) for word in wanted.rest)
    sets_marks = any(word.startswith("-m") for word in wanted.rest)
    return [
        *([] if sets_workers else ["-n", "2", "--dist", "loadgroup"]),
        *(["-m", ""] if wanted.full and not sets_marks else []),
        *wanted.rest,
    ]


def _passes(name: str, command: list[str]) -> bool:
    _section(name)
    began = time.monotonic()
    code = subprocess.run([sys.executable, *command], cwd=CHECKOUT, env=_without_our_settings()).returncode
    if name != "tests":
        print(f"{'passed' if code == 0 else 'FAILED'} in {time.monotonic() - began:.1f} s", flush=True)
    return code == 0


def _without_our_settings() -> dict[str, str]:
    """The tests bring their own servers and settings; those of this shell must not reach them."""
    ours = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if name not in ours}


def _section(title: str) -> None:
    print(f"\n=== {title} {'=' * max(3, 90 - len(title))}", flush=True)
