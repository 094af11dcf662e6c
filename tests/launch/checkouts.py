"""A checkout of its own for a test that starts the whole of Autonomy, and the commands given in it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from autonomy_project.launch.places import CHECKOUT
from tests.launch.processes import family_of, is_alive, until
from tests.sinks import free_port

NOT_COPIED = (".git", ".venv", "var", "tests", "docs", "bench", ".*_cache", "__pycache__", ".hypothesis", ".env")
OURS = {"DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}


class Checkout:
    """A copy of the repository in `folder`; its commands run with this interpreter's packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        shutil.copytree(CHECKOUT, self.folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        self.port = free_port()
        self.seen: set[int] = set()

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Start `manage.py` with these words, in a session of its own as a terminal would."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=self.folder,
            env=self._environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` with these words to its end."""
        child = self.start(*words, **variables)
        try:
            told, complained = child.communicate(timeout=120)
        finally:
            child.kill()
        return subprocess.CompletedProcess(words, child.returncode, told, complained)

    def up(self, *words: str, **variables: str) -> dict[str, Any]:
        """`up --detach` on a free port; returns the status."""
        done = self.run("up", "--detach", "--port", str(self.port), *words, **variables)
        assert done.returncode == 0, done.stderr + self.log()
        self.seen |= family_of(self.status()["pids"]["up"])
        return self.status()

    def status(self) -> dict[str, Any]:
        """What `status --json` says."""
        told: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return told

    def log(self) -> str:
        """All that the parts of the last `up` said."""
        place = self.folder / "var" / "log" / "up.log"
        return place.read_text() if place.exists() else ""

    def data(self) -> Path:
        """The folder of its embedded servers."""
        question = "from autonomy_project.launch.places import data_folder; print(data_folder())"
        told = subprocess.run([sys.executable, "-c", question], cwd=self.folder, capture_output=True, text=True)
        return Path(told.stdout.strip())

    def nothing_is_left(self) -> bool:
        """Whether every process that was seen to belong to it has ended."""
        return not any(map(is_alive, self.seen))

    def remove(self) -> None:
        """Stop what runs and remove all it wrote."""
        self.run("down")
        for pid in filter(is_alive, self.seen):
            os.kill(pid, signal.SIGKILL)
        until(self.nothing_is_left, within=10)
        shutil.rmtree(self.data(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if value and name not in OURS}
        return {name: value for name, value in kept.items() if not name.startswith(("AUTONOMY_", "PYTEST"))} | variables
