"""From a bare checkout to an interpreter that has every pinned package: `.venv`, made once, kept while it fits.

Uses nothing outside the standard library. Every failure is one sentence that says what to do.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from autonomy_project.launch import holding
from autonomy_project.launch.places import CHECKOUT, VAR, VENV

RUN = "requirements.txt"
TEST = "requirements-dev.txt"  # holds every pin of RUN as well


class CannotInstall(Exception):
    """The packages cannot be had. The message says why and what to do."""


def ensure_packages(wanted: str) -> None:
    """Return when this interpreter has the packages of `wanted` (RUN or TEST); otherwise continue in `.venv`.

    The latter replaces this process: the same command starts again there. Raises CannotInstall.
    """
    if _inside_venv():
        _make_venv_fit(wanted)
    elif not _has_packages(wanted):
        _make_venv_fit(wanted)
        _continue_in_venv()


def _inside_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _has_packages(wanted: str) -> bool:
    """Whether this interpreter (an image's, a developer's own environment) has exactly the pinned packages."""
    if importlib.util.find_spec("django") is None:
        return False
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==(\S+)", _text(wanted), re.MULTILINE):
        pins.setdefault(name, set()).add(version)
    conditional = set(re.findall(r"^([A-Za-z0-9._-]+)==\S+ ;", _text(wanted), re.MULTILINE))
    return all(_fits(name, versions, name in conditional) for name, versions in pins.items())


def _fits(name: str, versions: set[str], may_be_missing: bool) -> bool:
    try:
        return importlib.metadata.version(name) in versions
    except importlib.metadata.PackageNotFoundError:
        return may_be_missing


def _make_venv_fit(wanted: str) -> None:
    if _fitting(wanted):
        return
    VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (VAR / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _fitting(wanted):  # another command may have installed while this one waited
            _install(wanted)


def _fitting(wanted: str) -> bool:
    mark = _mark(wanted)
    try:
        return mark.read_text() == _fingerprint(wanted)
    except OSError:
        return False


def _mark(wanted: str) -> Path:
    return VENV / f".installed-{Path(wanted).stem}"


def _fingerprint(wanted: str) -> str:
    """Changes with the pins and with the interpreter."""
    return f"{hashlib.sha256(_text(wanted).encode()).hexdigest()} {_interpreter()}"


def _interpreter() -> str:
    return f"{sys.implementation.cache_tag} {sys.base_prefix} {sysconfig.get_platform()}"


def _text(wanted: str) -> str:
    return (CHECKOUT / wanted).read_text(encoding="utf-8")


def _install(wanted: str) -> None:
    _say(f"Installing the packages of {wanted} into .venv (once; this can take a minute)")
    uv = shutil.which("uv")
    if not _made_by_this_interpreter():
        _refuse_while_running()
        _make_venv(uv)
    if not (uv and _succeeds([uv, "pip", "install", "--quiet", "--python", _venv_python(), *_what(wanted)])):
        _install_with_pip(wanted)
    for name in {wanted, RUN}:
        _mark(name).write_text(_fingerprint(name))


def _what(wanted: str) -> list[str]:
    # Every package is pinned with its hashes, dependencies included: there is nothing left to resolve.
    return ["--no-deps", "--require-hashes", "-r", str(CHECKOUT / wanted)]


def _install_with_pip(wanted: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
    if not _succeeds([_venv_python(), "-m", "ensurepip", "--upgrade"], show=False) and not _has_pip():
        raise CannotInstall(_no_ensurepip())
    if not _succeeds([_venv_python(), "-m", "pip", "install", *quiet, *_what(wanted)]):
        raise CannotInstall(
            "The packages could not be installed; pip says above why. Is the package index reachable from here?"
            " Run the same command again when it is: it goes on where it stopped."
        )


def _has_pip() -> bool:
    return _succeeds([_venv_python(), "-m", "pip", "--version"], show=False)


def _made_by_this_interpreter() -> bool:
    made_by = VENV / ".made-by"
    return made_by.exists() and made_by.read_text() == _interpreter() and Path(_venv_python()).exists()


def _refuse_while_running() -> None:
    note = holding.look()
    if VENV.exists() and note is not None:
        raise CannotInstall(
            f"Autonomy is running (process {note.pid}) out of a .venv made by another Python."
            " Stop it first (`python3 manage.py down`), or use the Python it was started with."
        )


def _make_venv(uv: str | None) -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    made = uv is not None and _succeeds([uv, "venv", "--quiet", "--python", _base_python(), str(VENV)])
    if not made:
        _make_venv_without_uv()
    (VENV / ".made-by").write_text(_interpreter())


def _make_venv_without_uv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise CannotInstall(_no_ensurepip())
    shutil.rmtree(VENV, ignore_errors=True)
    if not _succeeds([_base_python(), "-m", "venv", "--without-pip", str(VENV)]):
        raise CannotInstall(f"The virtual environment {VENV} could not be made; Python says above why.")


def _no_ensurepip() -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"This Python {version} comes without its venv and ensurepip modules, so packages cannot be installed."
        f" Install them (on Debian and Ubuntu: apt-get install python{version}-venv) and run the command again."
    )


def _base_python() -> str:
    """The interpreter itself, not the one of an environment that happens to be active."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _venv_python() -> str:
    return str(VENV / "bin" / "python")


def _continue_in_venv() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(_venv_python(), [_venv_python(), str(CHECKOUT / "manage.py"), *sys.argv[1:]])


def _succeeds(command: list[str], *, show: bool = True) -> bool:
    """Run it with its words on our error stream (standard output belongs to the command that was asked for)."""
    shown = sys.stderr if show else subprocess.DEVNULL
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=shown, stderr=shown).returncode == 0
    except OSError:
        return False


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
