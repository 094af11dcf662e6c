"""Lines of several processes: whole, named, kept, and never waiting for a reader that sleeps."""

import os
from contextlib import suppress

import pytest

from autonomy_project.launch import output
from autonomy_project.launch.output import Lines, Output


@pytest.fixture
def pipe():
    """A screen as a pipe (reading end, writing end); when it is read is the test's to decide."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


def test_lines_are_put_together_from_pieces():
    lines = Lines()

    assert lines.feed(b"one\ntw") == ["one"]
    assert lines.feed(b"o\r\nthree") == ["two"]
    assert lines.feed(b"") == ["three"]
    assert lines.feed(b"") == []


def test_bytes_that_are_no_text_are_shown_as_such():
    assert Lines().feed(b"\xff\n") == ["\N{REPLACEMENT CHARACTER}"]


def test_a_line_carries_its_processs_name(tmp_path, pipe):
    Output(tmp_path / "up.log", screen=pipe[1]).line("web", "hello")

    assert os.read(pipe[0], 100) == b"web      | hello\n"
    assert (tmp_path / "up.log").read_text() == "web      | hello\n"


def test_a_reader_that_sleeps_loses_lines_but_holds_nobody_up(tmp_path, pipe):
    out = Output(tmp_path / "up.log", screen=pipe[1])
    for number in range(300):
        out.line("web", f"{number} {'x' * 1000}")
    assert out.dropped > 0

    while len(os.read(pipe[0], 65536)) == 65536:
        continue
    out.line("web", "after")

    told = os.read(pipe[0], 65536).decode()
    assert "lines dropped here while nobody read them" in told
    assert told.endswith("web      | after\n")
    assert (tmp_path / "up.log").read_text().count("\n") == 301


def test_a_reader_that_is_gone_does_not_stop_us(tmp_path, pipe):
    os.close(pipe[0])
    out = Output(tmp_path / "up.log", screen=pipe[1])

    out.line("web", "one")
    out.line("web", "two")

    assert (tmp_path / "up.log").read_text().count("\n") == 2


def test_a_long_line_is_cut_on_screen_and_whole_in_the_file(tmp_path, pipe):
    Output(tmp_path / "up.log", screen=pipe[1]).line("web", "x" * 9000)

    assert len(os.read(pipe[0], 65536)) == 4000
    assert (tmp_path / "up.log").stat().st_size > 9000


def test_the_file_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "_LARGEST_FILE", 100)
    out = Output(tmp_path / "up.log")

    for _ in range(20):
        out.line("web", "x" * 50)

    assert (tmp_path / "up.log").stat().st_size < 200
    assert (tmp_path / "up.log.1").exists()


def test_advice_that_does_not_concern_us_is_left_out(tmp_path):
    out = Output(tmp_path / "up.log")

    out.line("valkey", "# WARNING Memory overcommit must be enabled! Without it ...")

    assert (tmp_path / "up.log").read_text() == ""
