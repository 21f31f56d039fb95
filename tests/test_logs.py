"""Log lines: one an event, easy to read and to search."""

import re

import pytest

from aidigest.logs import Event, log, set_up_logs


def test_an_event_is_one_line_of_name_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """`grep edition.sent` must find it, and a value with spaces must stay one value."""
    set_up_logs(verbose=True)

    log(Event.EDITION_SENT, digest="daily", reason="all is\nwell", took_s=0.123, nothing=None)

    line = capsys.readouterr().err
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info edition\.sent"
        r' digest=daily reason="all is\\nwell" took_s=0\.12\n',
        line,
    )


def test_a_command_is_quiet_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard error is for what went wrong."""
    set_up_logs()

    log(Event.POLL_DONE, asked=3)

    assert capsys.readouterr().err == ""
