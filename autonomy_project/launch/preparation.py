"""Whether the embedded database is as this code wants it, so that a warm start can skip asking Django.

What was done is noted in the servers' data folder: who removes the data removes the note with it.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autonomy_project.launch.places import CHECKOUT, VENV

_SHAPES = ("*/migrations/*.py", "*/*/migrations/*.py")


class Prepared:
    """The note in `data`: the migrations that were applied, and whether `up` has set its things up."""

    def __init__(self, data: Path) -> None:
        self.place = data / "prepared.json"

    def has_migrations(self) -> bool:
        """Whether every migration there is now has been applied."""
        return bool(self._read().get("migrations") == fingerprint())

    def is_set_up(self, *, demo: bool) -> bool:
        """Whether the migrations are applied, the log-in made and, where wanted, the demo data offered."""
        noted = self._read()
        return self.has_migrations() and bool(noted.get("log_in")) and bool(noted.get("demo") or not demo)

    def note_migrations(self) -> None:
        """Note that the migrations of this moment were applied."""
        self._write({**self._read(), "migrations": fingerprint()})

    def note_set_up(self, *, demo: bool) -> None:
        """Note all that `is_set_up` asks for. Demo data once offered stays offered."""
        self._write({"migrations": fingerprint(), "log_in": True, "demo": demo or self._read().get("demo", False)})

    def _read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.place.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def _write(self, noted: dict[str, Any]) -> None:
        unfinished = self.place.with_suffix(".new")
        unfinished.write_text(json.dumps(noted))
        unfinished.replace(self.place)


def fingerprint() -> str:
    """Changes whenever a migration of ours, the grants around them, or a package that brings some changes."""
    summed = hashlib.sha256()
    for place in sorted(_files()):
        summed.update(os.fsencode(place.relative_to(CHECKOUT)) + b"\0" + place.read_bytes() + b"\0")
    return summed.hexdigest()


def _files() -> Iterator[Path]:
    for shape in _SHAPES:
        yield from (place for place in CHECKOUT.glob(shape) if VENV not in place.parents)
    yield CHECKOUT / "requirements.txt"
    yield CHECKOUT / "autonomy_project" / "management" / "commands" / "migrate.py"
