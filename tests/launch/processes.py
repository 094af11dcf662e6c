"""Looking at processes, and waiting for what they do."""

import time
from collections.abc import Callable
from pathlib import Path


def until(happened: Callable[[], object], *, within: float) -> None:
    """Return once `happened` holds. Fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not happened():
        assert time.monotonic() < deadline, f"did not happen within {within:g} s"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process runs. One that has ended and is only waiting to be reaped does not (Linux)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def family_of(pid: int) -> set[int]:
    """The living process `pid` and all that descend from it (Linux)."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, size = {pid}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return {one for one in found if is_alive(one)}


def standing_in(folder: Path) -> set[int]:
    """The living processes whose working directory is `folder` or below it (Linux)."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            stands = (place / "cwd").readlink()
        except OSError:
            continue
        if stands.is_relative_to(folder) and is_alive(int(place.name)):
            found.add(int(place.name))
    return found
