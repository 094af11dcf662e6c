"""A warm start skips what is done, and nothing that is not."""

import pytest

from autonomy_project.launch import preparation
from autonomy_project.launch.preparation import Prepared


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A checkout with one migration."""
    for place in ("crm/migrations", "autonomy_project/management/commands", ".venv/x/migrations"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "crm/migrations/0001_initial.py").write_text("one")
    (tmp_path / "autonomy_project/management/commands/migrate.py").write_text("grants")
    (tmp_path / "requirements.txt").write_text("django==5")
    monkeypatch.setattr(preparation, "CHECKOUT", tmp_path)
    monkeypatch.setattr(preparation, "VENV", tmp_path / ".venv")
    return tmp_path


@pytest.fixture
def prepared(repository):
    (repository / "data").mkdir()
    return Prepared(repository / "data")


def test_a_new_database_is_not_prepared(prepared):
    assert not prepared.has_migrations()
    assert not prepared.is_set_up(demo=False)


def test_migrations_alone_are_not_all_that_up_needs(prepared):
    prepared.note_migrations()

    assert prepared.has_migrations()
    assert not prepared.is_set_up(demo=False)


@pytest.mark.parametrize(
    ("noted", "asked", "is_set_up"),
    [(True, True, True), (True, False, True), (False, False, True), (False, True, False)],
)
def test_demo_data_that_was_left_out_is_offered_when_it_is_wanted(prepared, noted, asked, is_set_up):
    prepared.note_set_up(demo=noted)

    assert prepared.is_set_up(demo=asked) == is_set_up


@pytest.mark.parametrize(
    "place",
    [
        "crm/migrations/0001_initial.py",
        "crm/migrations/0002_more.py",
        "autonomy_project/management/commands/migrate.py",
        "requirements.txt",
    ],
)
def test_whatever_changes_the_tables_is_noticed(repository, prepared, place):
    prepared.note_set_up(demo=True)

    (repository / place).write_text("changed")

    assert not prepared.has_migrations()
    assert not prepared.is_set_up(demo=True)


def test_the_virtual_environment_does_not_count(repository, prepared):
    prepared.note_migrations()

    (repository / ".venv/x/migrations/0001_initial.py").write_text("theirs")

    assert prepared.has_migrations()


def test_a_note_that_cannot_be_read_is_none(prepared):
    prepared.note_set_up(demo=True)
    prepared.place.write_text("{")

    assert not prepared.is_set_up(demo=True)
