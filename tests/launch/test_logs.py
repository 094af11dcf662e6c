"""Every line goes through one formatter, as text or as JSON, and says something."""

import json
import logging
import logging.config

import pytest
import structlog

from autonomy_project import logs


@pytest.fixture
def formatted():
    """Formats one record of the standard library's logging the way a process set to `log_format` writes it."""

    def line(log_format, **extra):
        configured = logs.configuration(log_format)["formatters"]["lines"]
        kind = configured.pop("()")
        record = logging.makeLogRecord(
            {"name": "a.library", "levelname": "INFO", "msg": "it %s", "args": ("ran",), **extra}
        )
        return kind(**configured).format(record)

    return line


def test_a_librarys_line_is_json_where_json_is_wanted(formatted):
    line = json.loads(formatted("json", account="a-1"))

    assert line["event"] == "it ran"
    assert line["account"] == "a-1"
    assert {"timestamp", "level", "logger"} <= line.keys()


def test_a_line_of_json_holds_what_would_break_a_line(formatted):
    text = formatted("json", msg="one\ntwo\x1b[31m", args=())

    assert "\n" not in text
    assert "\x1b" not in text


def test_a_line_of_text_has_no_colours(formatted):
    assert "\x1b" not in formatted("console")


@pytest.mark.parametrize(
    "line",
    [
        {"event": "request_started", "request": "POST /api/v1/actions/"},
        {"event": "request_finished", "request": "GET /readyz"},
        {"event": "request_finished", "request": "GET /livez"},
    ],
)
def test_what_says_nothing_is_left_out(line):
    with pytest.raises(structlog.DropEvent):
        logs.leave_out_the_obvious(logging.getLogger(), "info", line)


@pytest.mark.parametrize(
    "line",
    [
        {"event": "request_finished", "request": "POST /api/v1/actions/"},
        {"event": "request_failed", "request": "GET /readyz"},
    ],
)
def test_what_says_something_stays(line):
    assert logs.leave_out_the_obvious(logging.getLogger(), "info", line) is line
