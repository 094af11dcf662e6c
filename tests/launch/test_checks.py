"""`manage.py test`: every step runs, none hides another, pytest has the last word."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from autonomy_project.launch import checks, chromium


@pytest.fixture
def steps(monkeypatch):
    """The steps that were run, in order. `failing` are those that fail; nothing is really run."""
    ran = SimpleNamespace(names=[], commands={}, failing=set())

    def passes(name, command):
        ran.names.append(name)
        ran.commands[name] = command
        return name not in ran.failing

    monkeypatch.setattr(checks, "_passes", passes)
    return ran


def run(*words):
    return checks.run(checks.options(list(words)))


def test_all_steps_run_and_the_tests_come_last(steps):
    assert run() == 0
    assert steps.names == ["lint", "format", "types", "import contracts", "migrations", "tests"]


@pytest.mark.parametrize("name", ["lint", "format", "types", "import contracts", "migrations", "tests"])
def test_one_failure_fails_the_whole_and_stops_nothing(steps, capsys, name):
    steps.failing = {name}

    assert run() == 1
    assert len(steps.names) == 6
    assert (f"failed so far: {name}" in capsys.readouterr().out) == (name != "tests")


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], ["-n", "2", "--dist", "loadgroup"]),
        (["tests/crm", "-k", "stage"], ["-n", "2", "--dist", "loadgroup", "tests/crm", "-k", "stage"]),
        (["-n", "0"], ["-n", "0"]),
        (["-n4", "-x"], ["-n4", "-x"]),
        (["--full"], ["-n", "2", "--dist", "loadgroup", "-m", ""]),
        (["--full", "-m", "chaos"], ["-n", "2", "--dist", "loadgroup", "-m", "chaos"]),
    ],
)
def test_the_other_arguments_go_to_pytest(steps, monkeypatch, words, given):
    monkeypatch.setattr(chromium, "find_or_install", lambda: "/usr/bin/chromium")

    run(*words)

    assert steps.commands["tests"] == ["-m", "pytest", *given]


def test_a_step_runs_for_real_and_is_judged_by_its_exit_code(capfd):
    assert checks._passes("lint", ["-c", "print('looked')"])
    assert not checks._passes("lint", ["-c", "raise SystemExit(2)"])

    told = capfd.readouterr().out
    assert "=== lint" in told
    assert "looked" in told
    assert "passed in" in told
    assert "FAILED in" in told


def test_the_servers_of_the_shell_do_not_reach_the_tests(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@production/autonomy")

    assert "DATABASE_URL" not in checks._without_our_settings()


def test_by_default_the_long_ones_are_left_out_and_full_takes_them_in(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_short(): pass\n"
        "@pytest.mark.long\ndef test_long(): pass\n"
        "@pytest.mark.browser\ndef test_browser(): pass\n"
        "@pytest.mark.chaos\ndef test_chaos(): pass\n"
    )

    def collected(*words):
        config = ["-c", str(checks.CHECKOUT / "pyproject.toml"), "-p", "no:cacheprovider", "--collect-only", "-q"]
        command = [sys.executable, "-m", "pytest", *config, *words, str(tmp_path)]
        told = subprocess.run(command, cwd=checks.CHECKOUT, capture_output=True, text=True).stdout
        return told.count("test_it.py::")

    assert collected() == 1
    assert collected("-m", "") == 4


class TestChromium:
    def test_it_is_found_where_it_is(self, monkeypatch):
        monkeypatch.setattr(chromium.shutil, "which", lambda name: f"/x/{name}" if name == "chromium-browser" else None)

        assert chromium.find_or_install() == "/x/chromium-browser"

    def test_root_on_debian_installs_it(self, monkeypatch):
        ran = []
        monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
        monkeypatch.setattr(chromium.subprocess, "run", lambda command, **_: ran.append(command))
        monkeypatch.setattr(
            chromium.shutil,
            "which",
            lambda name: f"/x/{name}" if name == "apt-get" or (name == "chromium" and ran) else None,
        )

        assert chromium.find_or_install() == "/x/chromium"
        assert [command[2] for command in ran] == ["update", "install"]

    def test_an_ordinary_user_installs_nothing(self, monkeypatch):
        monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
        monkeypatch.setattr(chromium.shutil, "which", lambda name: "/x/apt-get" if name == "apt-get" else None)
        monkeypatch.setattr(chromium.subprocess, "run", lambda *_, **__: pytest.fail("it ran something"))

        assert chromium.find_or_install() is None
