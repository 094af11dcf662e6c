"""Test data that others made. It is no part of the repository: it lies beside it, or where AUTONOMY_DATA says."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("AUTONOMY_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def vector_files(folder: str) -> list[Any]:
    """The files of a folder of test vectors as pytest parameters; where it is absent, one that is skipped."""
    found = sorted((DATA / "vectors" / folder).glob("*"))
    absent = pytest.param(None, marks=pytest.mark.skip(reason=f"no {folder} beside the repository"))
    return [pytest.param(path, id=path.name) for path in found] or [absent]


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings. Skips the test where it is absent."""
    place = DATA / "vectors" / "blns.json"
    if not place.is_file():
        pytest.skip("no blns.json beside the repository")
    return [str(text) for text in json.loads(place.read_text(encoding="utf-8"))]
