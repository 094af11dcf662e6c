"""From a bare checkout to the pinned packages, or a sentence that says what is missing."""

import subprocess
import sys

import pytest

from autonomy_project.launch import bootstrap, holding
from autonomy_project.launch.places import CHECKOUT

PRETEND = "import sys, runpy; sys.version_info = {version}; runpy.run_path('manage.py', run_name='__main__')"


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """A checkout of its own whose .venv is not there yet; nothing is downloaded."""
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "VAR", tmp_path / "var")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    return tmp_path / ".venv"


@pytest.fixture
def commands(monkeypatch):
    """The programs that would have been run; each succeeds."""
    run = []
    monkeypatch.setattr(bootstrap, "_succeeds", lambda command, **_: run.append(command) or _pretend(command))
    return run


def _pretend(command):
    if command[1:3] == ["-m", "venv"]:
        (bootstrap.VENV / "bin").mkdir(parents=True)
        (bootstrap.VENV / "bin" / "python").touch()
    return True


def _installs(commands):
    return [command for command in commands if "install" in command]


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_is_told_what_is_needed(version):
    told = subprocess.run(
        [sys.executable, "-c", PRETEND.format(version=version), "up"], cwd=CHECKOUT, capture_output=True, text=True
    )

    assert told.returncode == 1
    assert "needs Python 3.11 or newer" in told.stderr
    assert f"this is Python {version[0]}.{version[1]}." in told.stderr
    assert "Traceback" not in told.stderr


def test_manage_py_can_be_read_by_old_pythons():
    import ast

    ast.parse((CHECKOUT / "manage.py").read_text(), feature_version=(3, 4))


def test_an_interpreter_that_has_the_pinned_packages_is_used_as_it_is(commands):
    bootstrap.ensure_packages(bootstrap.RUN)

    assert commands == []


def test_a_package_of_another_version_does_not_fit(monkeypatch):
    monkeypatch.setattr(bootstrap, "_text", lambda _: "django==1.0 \\\n    --hash=sha256:00\n")

    assert not bootstrap._has_packages(bootstrap.RUN)


def test_a_package_for_another_python_may_be_missing(monkeypatch):
    monkeypatch.setattr(bootstrap, "_text", lambda _: "no-such-package==1.0 ; python_full_version < '3' \\\n")

    assert bootstrap._has_packages(bootstrap.RUN)


def test_packages_are_installed_once_and_only_by_their_hashes(venv, commands):
    bootstrap._make_venv_fit(bootstrap.RUN)
    bootstrap._make_venv_fit(bootstrap.RUN)

    (install,) = _installs(commands)
    assert {"--require-hashes", "--no-deps"} <= set(install)
    assert install[-1].endswith("requirements.txt")


def test_changed_pins_are_installed_into_the_same_environment(venv, commands, monkeypatch):
    bootstrap._make_venv_fit(bootstrap.RUN)
    monkeypatch.setattr(bootstrap, "_text", lambda _: "django==999\n")

    bootstrap._make_venv_fit(bootstrap.RUN)

    assert len(_installs(commands)) == 2
    assert len([command for command in commands if command[1:3] == ["-m", "venv"]]) == 1


def test_another_interpreter_gets_an_environment_of_its_own(venv, commands, monkeypatch):
    bootstrap._make_venv_fit(bootstrap.RUN)
    monkeypatch.setattr(bootstrap, "_interpreter", lambda: "cpython-399 /elsewhere linux")

    bootstrap._make_venv_fit(bootstrap.RUN)

    assert len([command for command in commands if command[1:3] == ["-m", "venv"]]) == 2


def test_an_environment_in_use_is_not_made_anew(venv, commands, monkeypatch):
    bootstrap._make_venv_fit(bootstrap.RUN)
    monkeypatch.setattr(bootstrap, "_interpreter", lambda: "cpython-399 /elsewhere linux")
    monkeypatch.setattr(holding, "look", lambda: holding.Note(kind=holding.UP, pid=123, what="manage.py up"))

    with pytest.raises(bootstrap.CannotInstall, match=r"running \(process 123\).*Stop it first"):
        bootstrap._make_venv_fit(bootstrap.RUN)


def test_the_tools_bring_the_packages_with_them(venv, commands):
    bootstrap._make_venv_fit(bootstrap.TEST)

    assert bootstrap._fitting(bootstrap.RUN)
    (install,) = _installs(commands)
    assert install[-1].endswith("requirements-dev.txt")


def test_a_python_without_ensurepip_is_told_what_to_install(venv, commands, monkeypatch):
    found = bootstrap.importlib.util.find_spec
    monkeypatch.setattr(
        bootstrap.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name)
    )

    with pytest.raises(bootstrap.CannotInstall, match=r"apt-get install python3\.\d+-venv"):
        bootstrap._make_venv_fit(bootstrap.RUN)


def test_an_index_out_of_reach_is_told_in_a_sentence(venv, monkeypatch):
    monkeypatch.setattr(bootstrap, "_succeeds", lambda command, **_: "install" not in command and _pretend(command))

    with pytest.raises(bootstrap.CannotInstall, match="pip says above why"):
        bootstrap._make_venv_fit(bootstrap.RUN)

    assert not bootstrap._fitting(bootstrap.RUN)


def test_every_pin_of_the_product_is_a_pin_of_the_tools():
    product = {line for line in bootstrap._text(bootstrap.RUN).splitlines() if "==" in line}
    tools = {line for line in bootstrap._text(bootstrap.TEST).splitlines() if "==" in line}

    assert product <= tools
